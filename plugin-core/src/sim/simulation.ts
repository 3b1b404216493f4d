// Computes. Its whole state is the world's memory: the same state, inputs and facts give the same next state, on
// every machine.

import { copyRange } from '../bytes/equal.ts'
import { assertLittleEndian } from '../bytes/field-types.ts'
import { sizedBytes } from '../bytes/sized-bytes.ts'
import { xxhash32Words } from '../bytes/xxhash32.ts'
import type { TickControl } from '../input/tick-control.ts'
import { seedRandom } from '../math/random.ts'
import { Canonical } from './canonical.ts'
import type { Game, SimEvent } from './game.ts'
import { RulesError } from './rules-error.ts'
import type { WorldLayout } from './schema.ts'
import { SimFacade, type Output, type Raised } from './sim-facade.ts'
import type { ScriptImage, ScriptSet, SimScripts } from './sim-scripts.ts'
import { World } from './world.ts'

export type { SimEvent } from './game.ts'
export type { Output, Raised } from './sim-facade.ts'

assertLittleEndian()

export class Simulation {
  /** Of the world; the image of scripts comes beside it. */
  readonly sizeBytes: number
  readonly layout: WorldLayout
  /** The rules that run now. */
  game: Game
  readonly #world: World
  /** Of the live world: what judging events depends on. */
  readonly rights: Uint32Array
  /** The world as the rules see it. */
  readonly facade: SimFacade
  readonly #canonical: Canonical
  #scripts: SimScripts | null = null
  /** The state before a tick, where nobody else has it: a script that uses up its budget brings it back. */
  #before: Uint8Array | null = null
  readonly #beforeImage = sizedBytes()

  constructor(game: Game, options: { seed: number; scripts?: ScriptSet | null }) {
    this.game = game
    this.layout = game.schema.layout
    this.sizeBytes = this.layout.sizeBytes
    this.#world = new World(this.layout)
    const { rightsOffset, rightsWords } = this.layout
    this.rights = new Uint32Array(this.#world.bytes.buffer, rightsOffset, rightsWords)
    this.facade = new SimFacade(game.schema, this.#world)
    this.#canonical = new Canonical(this.layout)
    if (options.scripts != null) this.#use(this.openScripts(options.scripts, null))
    this.reset(options.seed)
  }

  /** The live world. */
  get bytes(): Uint8Array {
    return this.#world.bytes
  }

  /** Null: this game has none. */
  get scripts(): SimScripts | null {
    return this.#scripts
  }

  get tick(): number {
    return this.#world.words[this.layout.header.tick]
  }

  /** The match's. */
  get seed(): number {
    return this.#world.words[this.layout.header.seed]
  }

  /** What the last `advance` raised; reused. */
  get raised(): readonly Raised[] {
    return this.facade.raised
  }

  /** What the last `advance` said to the network; reused. */
  get said(): readonly Output[] {
    return this.facade.said
  }

  /** The rules ended the round at this tick; 0: they have not. */
  get roundEndTick(): number {
    return this.#world.words[this.layout.header.roundEndTick]
  }

  /** A new round does not begin with nothing: texts that players gave the scripts stay, and who may send what. */
  get outlivesRounds(): boolean {
    return this.#scripts !== null || this.game.rights !== null
  }

  /** The round that is played; 0 before the first. */
  get round(): number {
    return this.#world.words[this.layout.header.round]
  }

  /** What the round hands on; a view. */
  get carry(): Uint8Array {
    return this.#world.carry.subarray(0, this.#world.words[this.layout.header.carryBytes])
  }

  /** An empty world before any round, with the match's seed. */
  reset(seed: number): void {
    this.#world.bytes.fill(0)
    this.#world.words[this.layout.header.seed] = seed
    this.#scripts?.reset()
  }

  /**
   * Computes tick `tick` from the state before it. `row` holds every slot's input. Throws a RulesError where the rules
   * throw; the world is then half way, and to be loaded anew. `before` and `beforeImage`: the state before it, where it lies saved.
   */
  advance(
    tick: number,
    row: Uint8Array,
    control: TickControl | null,
    events: readonly SimEvent[],
    before: Uint8Array | null = null,
    beforeImage: ScriptImage | null = null,
  ): void {
    const { previous } = this.#world
    const scripts = this.#scripts
    if (row.length !== previous.length)
      throw new RangeError(`tick ${tick} needs ${previous.length} bytes of inputs (every slot's), not ${row.length}`)
    if (scripts !== null && beforeImage === null)
      this.save((this.#before ??= new Uint8Array(this.sizeBytes)), this.#beforeImage)
    scripts?.open(tick)
    for (let isAgain = false; ; isAgain = true)
      try {
        if (isAgain) {
          // The tick's events were judged before it began.
          const rights = this.rights.slice()
          this.load(before ?? this.#before!, beforeImage ?? this.#beforeImage)
          this.rights.set(rights)
          scripts!.again()
        }
        this.#run(tick, row, control, events)
        break
      } catch (error) {
        // What the rules threw while Lua ran them is one already.
        if (error instanceof RulesError) throw error
        if (scripts === null || !scripts.stopped(error)) throw new RulesError(tick, error)
      }
    // A few bytes: a loop beats any call.
    copyRange(row, 0, previous, 0, row.length)
  }

  /** One copy into `into`, which has `sizeBytes` bytes; with scripts one more into `image`. */
  save(into: Uint8Array, image: ScriptImage | null = null): void {
    into.set(this.#world.bytes)
    this.#scripts?.save(image!)
  }

  load(from: Uint8Array, image: ScriptImage | null = null): void {
    // First what may refuse it.
    this.#scripts?.load(image!)
    this.#world.bytes.set(from)
  }

  /** xxHash32 of a saved state; NaN is made canonical in that copy first. With scripts their image's hash is in it. u32. */
  checksum(snapshot: Uint8Array, image: ScriptImage | null = null): number {
    const words = this.#canonical.make(snapshot)
    const world = xxhash32Words(words, words.length, 0)
    return this.#scripts === null ? world : (Math.imul(world, 0x9e3779b1) ^ this.#scripts.hash(image!)) >>> 0
  }

  /** The round that a saved state is of. */
  roundOf(snapshot: Uint8Array): number {
    const { buffer, byteOffset } = snapshot
    return new Uint32Array(buffer, byteOffset)[this.layout.header.round]
  }

  /** Starts scripts beside this world, for `swapRules`; nothing of it is changed. */
  openScripts(set: ScriptSet, before: ScriptSet | null): SimScripts {
    const world = this.#world.bytes.slice()
    // Everywhere they are loaded before the same empty world.
    this.#world.bytes.fill(0)
    const scripts = set.open(this, before)
    this.#world.bytes.set(world)
    return scripts
  }

  /** Other rules over the same world: their schema must be the same, and their scripts fit those before. */
  swapRules(game: Game, scripts: SimScripts | null = null): void {
    if (game.schema.hash !== this.game.schema.hash)
      throw new Error('rules with another schema cannot run over this world')
    this.game = game
    if (scripts === this.#scripts) return
    const image = sizedBytes()
    this.#scripts?.save(image)
    scripts?.load(image)
    this.#use(scripts)
  }

  /** A local event comes to the rules; slot -1: nobody's. */
  handle(kind: string, payload: unknown, slot: number): void {
    if (Object.hasOwn(this.game.on, kind)) this.game.on[kind](this.facade, { kind, payload, slot })
  }

  #use(scripts: SimScripts | null): void {
    this.#scripts = scripts
    this.facade.scripts = scripts
  }

  // What a tick consists of, in this order: who is there; what is due (the scripts' timers, local events of the tick before);
  // the players' events; the rules' step; the scripts' on_tick.
  #run(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SimEvent[]): void {
    const { words, signed } = this.#world
    const { header } = this.layout
    const scripts = this.#scripts
    words[header.tick] = tick
    seedRandom(signed, header.random0, words[header.seed], tick)
    this.facade.begin(row)
    // Before anyone emits more: that is for the next tick.
    const local = scripts === null ? this.facade.local.take() : []
    if (control !== null) this.#control(control, tick)
    if (scripts !== null) scripts.begin()
    else if (control?.restart == null) for (const { kind, payload, slot } of local) this.handle(kind, payload, slot)
    for (let i = 0; i < events.length; i++) this.#handle(events[i])
    this.game.step(this.facade)
    scripts?.step()
  }

  #control(control: TickControl, tick: number): void {
    const { game } = this
    const { joins, leaves, restart } = control
    if (control.swap !== null) this.#scripts?.swap()
    if (restart !== null) {
      // A copy: the rules may write into theirs, and every rollback needs the fact as it was.
      const carry = restart.carry.slice()
      this.#restart(restart.round, tick)
      for (const slot of joins) this.#presence(slot, true)
      game.setup(this.facade, carry)
      for (const slot of joins) game.join(this.facade, slot)
      return
    }
    // Who is there changes first, so that no rule sees half of it.
    const left = leaves.filter(slot => this.facade.present(slot))
    const joined = joins.filter(slot => !this.facade.present(slot) || left.includes(slot))
    for (const slot of left) this.#presence(slot, false)
    for (const slot of joined) this.#presence(slot, true)
    for (const slot of left) game.leave(this.facade, slot)
    for (const slot of joined) game.join(this.facade, slot)
  }

  // Nothing of the round before stays: whoever enters now has not seen it.
  #restart(round: number, tick: number): void {
    const { words, signed } = this.#world
    const { header } = this.layout
    this.#world.reset()
    words[header.tick] = tick
    words[header.round] = round
    seedRandom(signed, header.random0, words[header.seed], tick)
    this.#scripts?.restart((words[header.seed] ^ Math.imul(round, 0x9e3779b1)) >>> 0)
  }

  #presence(slot: number, present: boolean): void {
    const { words } = this.#world
    const word = slot < 32 ? this.layout.header.presentLow : this.layout.header.presentHigh
    const bit = 1 << (slot & 31)
    words[word] = present ? words[word] | bit : words[word] & ~bit
    // What the slot's last player held is not released by the next one.
    const { sizeBytes } = this.game.schema.input
    this.#world.previous.fill(0, slot * sizeBytes, (slot + 1) * sizeBytes)
  }

  #handle(event: SimEvent): void {
    if (!this.facade.present(event.slot)) return
    // A kind that these rules do not know: another page's, or a stranger's. It changes nothing, everywhere.
    if (Object.hasOwn(this.game.on, event.kind)) this.game.on[event.kind](this.facade, event)
    this.#scripts?.deliver(event.slot, event.kind, event.payload)
  }
}

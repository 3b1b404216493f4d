// Computes. Its whole state is the world's memory: the same state, inputs and facts give the same next state, on
// every machine.

import { copyRange } from '../bytes/equal.ts'
import { assertLittleEndian } from '../bytes/field-types.ts'
import { xxhash32Words } from '../bytes/xxhash32.ts'
import type { TickControl } from '../input/tick-control.ts'
import { seedRandom } from '../math/random.ts'
import { Canonical } from './canonical.ts'
import type { Game, SimEvent } from './game.ts'
import { RulesError } from './rules-error.ts'
import type { WorldLayout } from './schema.ts'
import { SimFacade, type Raised } from './sim-facade.ts'
import { World } from './world.ts'

export type { SimEvent } from './game.ts'
export type { Raised } from './sim-facade.ts'

assertLittleEndian()

export class Simulation {
  readonly sizeBytes: number
  readonly layout: WorldLayout
  /** The rules that run now. */
  game: Game
  readonly #world: World
  /** The world as the rules see it. */
  readonly facade: SimFacade
  readonly #canonical: Canonical

  constructor(game: Game, options: { seed: number }) {
    this.game = game
    this.layout = game.schema.layout
    this.sizeBytes = this.layout.sizeBytes
    this.#world = new World(this.layout)
    this.facade = new SimFacade(game.schema, this.#world)
    this.#canonical = new Canonical(this.layout)
    this.reset(options.seed)
  }

  /** The live world. */
  get bytes(): Uint8Array {
    return this.#world.bytes
  }

  get tick(): number {
    return this.#world.words[this.layout.header.tick]
  }

  /** What the last `advance` raised; reused. */
  get raised(): readonly Raised[] {
    return this.facade.raised
  }

  /** The rules ended the round at this tick; 0: they have not. */
  get roundEndTick(): number {
    return this.#world.words[this.layout.header.roundEndTick]
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
  }

  /**
   * Computes tick `tick` from the state before it. `row` holds every slot's input. Throws a RulesError where the rules
   * throw; the world is then half way, and to be loaded anew.
   */
  advance(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SimEvent[]): void {
    const { words, signed, previous } = this.#world
    const { header } = this.layout
    if (row.length !== previous.length)
      throw new RangeError(`tick ${tick} needs ${previous.length} bytes of inputs (every slot's), not ${row.length}`)
    words[header.tick] = tick
    seedRandom(signed, header.random0, words[header.seed], tick)
    this.facade.begin(row)
    try {
      if (control !== null) this.#control(control, tick)
      for (let i = 0; i < events.length; i++) this.#handle(events[i])
      this.game.step(this.facade)
    } catch (error) {
      throw new RulesError(tick, error)
    }
    // A few bytes: a loop beats any call.
    copyRange(row, 0, previous, 0, row.length)
  }

  /** One copy into `into`, which has `sizeBytes` bytes. */
  save(into: Uint8Array): void {
    into.set(this.#world.bytes)
  }

  load(from: Uint8Array): void {
    this.#world.bytes.set(from)
  }

  /** xxHash32 of a saved state; NaN is made canonical in that copy first. u32. */
  checksum(snapshot: Uint8Array): number {
    const words = this.#canonical.make(snapshot)
    return xxhash32Words(words, words.length, 0)
  }

  /** The round that a saved state is of. */
  roundOf(snapshot: Uint8Array): number {
    const { buffer, byteOffset } = snapshot
    return new Uint32Array(buffer, byteOffset)[this.layout.header.round]
  }

  /** Other rules over the same world: their schema must be the same. */
  swapRules(game: Game): void {
    if (game.schema.hash !== this.game.schema.hash)
      throw new Error('rules with another schema cannot run over this world')
    this.game = game
  }

  #control(control: TickControl, tick: number): void {
    const { game } = this
    const { joins, leaves, restart } = control
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
    // A kind that these rules do not know: another page's, or a stranger's. It changes nothing, everywhere.
    if (!Object.hasOwn(this.game.on, event.kind)) return
    if (!this.facade.present(event.slot)) return
    this.game.on[event.kind](this.facade, event)
  }
}

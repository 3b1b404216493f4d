// The world as the rules see it: names checked, mistakes told with a sentence that names the rules' own line.

import { encodeEvent, decodeEvent } from '../event/event-codec.ts'
import { nextRandom } from '../math/random.ts'
import { CARRY_BYTES } from '../wire/limits.ts'
import type { Entity, OutputWhen, Sim, SimNetwork } from './game.ts'
import { InputView } from './input-view.ts'
import { LocalEvents } from './local-events.ts'
import { Query } from './query.ts'
import { mistake } from './rules-error.ts'
import type { GameSchema } from './schema.ts'
import type { SimScripts } from './sim-scripts.ts'
import type { World } from './world.ts'

/** An event of the rules for the scenes. */
export interface Raised {
  readonly kind: string
  readonly key: string | number | undefined
  readonly payload: unknown
}

/** What a tick says to the network; it leaves the machine where this slot's player sits. */
export interface Output {
  readonly kind: string
  /** As it was when it was said. */
  readonly payload: unknown
  readonly slot: number
  readonly when: OutputWhen
}

export class SimFacade implements Sim {
  readonly components: Sim['components']
  readonly raw: Uint8Array
  /** What this tick raised so far. */
  readonly raised: Raised[] = []
  /** What this tick said to the network so far. */
  readonly said: Output[] = []
  readonly network: SimNetwork = { emit: (kind, payload, from) => this.#network(kind, payload, from) }
  readonly local: LocalEvents
  /** Local events are theirs where there are any. */
  scripts: SimScripts | null = null
  /** Forks set their own. */
  kairos = 'main'
  readonly inputs: readonly InputView[]
  readonly #world: World
  readonly #queries = new Map<number, Query>()
  /** The same ones, to be gone through without an iterator. */
  readonly #opened: Query[] = []
  #slots: number[] = []
  #slotsLow = 0
  #slotsHigh = 0

  constructor(schema: GameSchema, world: World) {
    this.#world = world
    this.components = world.components as Sim['components']
    this.raw = world.raw
    this.local = new LocalEvents(world)
    this.inputs = Array.from(
      { length: schema.maxPlayers },
      (_, slot) => new InputView(schema.input, slot, world.previous),
    )
  }

  get tick(): number {
    return this.#world.words[this.#world.layout.header.tick]
  }

  get round(): number {
    return this.#world.words[this.#world.layout.header.round]
  }

  get slots(): readonly number[] {
    const { words, layout } = this.#world
    const low = words[layout.header.presentLow]
    const high = words[layout.header.presentHigh]
    if (low !== this.#slotsLow || high !== this.#slotsHigh) {
      this.#slotsLow = low
      this.#slotsHigh = high
      this.#slots = []
      for (let slot = 0; slot < this.inputs.length; slot++) if (this.present(slot)) this.#slots.push(slot)
    }
    return this.#slots
  }

  present(slot: number): boolean {
    const { words, layout } = this.#world
    const word = words[slot < 32 ? layout.header.presentLow : layout.header.presentHigh]
    return ((word >>> (slot & 31)) & 1) === 1
  }

  // Named one by one: a rest parameter would be an array per call.
  query(a: string, b?: string, c?: string, d?: string, e?: string, f?: string): Query {
    const world = this.#world
    if (arguments.length > QUERY_COMPONENTS)
      throw mistake(
        `query: ${arguments.length} components, at most ${QUERY_COMPONENTS} are asked for at once`,
        CALLED.query,
      )
    let mask = world.bit(a, CALLED.query)
    if (b !== undefined) mask |= world.bit(b, CALLED.query)
    if (c !== undefined) mask |= world.bit(c, CALLED.query)
    if (d !== undefined) mask |= world.bit(d, CALLED.query)
    if (e !== undefined) mask |= world.bit(e, CALLED.query)
    if (f !== undefined) mask |= world.bit(f, CALLED.query)
    mask >>>= 0
    let query = this.#queries.get(mask)
    if (query === undefined) {
      query = new Query(world, mask)
      this.#queries.set(mask, query)
      this.#opened.push(query)
    }
    return query
  }

  spawn(...components: string[]): Entity {
    let mask = 0
    for (const name of components) mask |= this.#world.bit(name, CALLED.spawn)
    return this.#world.spawn(mask)
  }

  destroy(e: Entity): void {
    this.#world.destroy(e, CALLED.destroy)
  }

  alive(e: Entity): boolean {
    return this.#world.alive(e)
  }

  has(e: Entity, component: string): boolean {
    const bit = this.#world.bit(component, CALLED.has)
    // Who is gone has no bits, and what is no index has no mask.
    return (this.#world.masks[e] & bit) >>> 0 === bit
  }

  add(e: Entity, component: string): void {
    this.#world.check(e, CALLED.add)
    this.#world.give(e, this.#world.bit(component, CALLED.add))
  }

  remove(e: Entity, component: string): void {
    this.#world.check(e, CALLED.remove)
    this.#world.take(e, this.#world.bit(component, CALLED.remove))
  }

  ref(e: Entity): number {
    return this.#world.ref(e, CALLED.ref)
  }

  deref(reference: number): Entity {
    return this.#world.deref(reference)
  }

  input(slot: number): InputView {
    const view = this.inputs[slot]
    if (view === undefined)
      throw mistake(
        `no slot ${slot}; the game has ${this.inputs.length} (0 to ${this.inputs.length - 1})`,
        CALLED.input,
      )
    return view
  }

  random(): number {
    return (nextRandom(this.#world.signed, this.#world.layout.header.random0) >>> 0) / 4294967296
  }

  randomInt(below: number): number {
    if (!(Number.isInteger(below) && below >= 1 && below <= 4294967296))
      throw mistake(`randomInt(${below}): a whole number from 1 to 2^32 is needed`, CALLED.randomInt)
    return Math.floor(this.random() * below)
  }

  raise(kind: string, payload?: unknown, key?: string | number): void {
    this.raised.push({ kind, payload: payload ?? null, key })
  }

  emit(kind: string, payload?: unknown, slot = -1): void {
    const bytes = encodeEvent(kind, payload)
    const copy = copied(kind, bytes)
    if (this.scripts !== null) this.scripts.emit(kind, copy, slot)
    else if (!this.local.push(bytes, slot))
      throw mistake(
        `emit('${kind}'): ${this.#world.layout.emitBytes} bytes are there for the local events of a tick; defineGame({ emitBytes }) says how many`,
        CALLED.emit,
      )
  }

  /** `network.emit`. Throws what follows from its arguments alone. */
  say(kind: string, payload: unknown, slot: number, when: OutputWhen): void {
    this.said.push({ kind, payload: copied(kind, encodeEvent(kind, payload)), slot, when })
  }

  #network(kind: string, payload: unknown, from: { readonly slot: number; readonly when?: OutputWhen }): void {
    this.say(kind, payload, from.slot, from.when ?? 'first')
  }

  endRound(carry?: Uint8Array): void {
    const { words, layout, carry: into } = this.#world
    const bytes = carry ?? NOTHING
    if (bytes.length > CARRY_BYTES)
      throw mistake(
        `endRound: the carry has ${bytes.length} bytes, at most ${CARRY_BYTES} are handed on`,
        CALLED.endRound,
      )
    // The first word stands: a round ends once.
    if (words[layout.header.roundEndTick] !== 0) return
    words[layout.header.roundEndTick] = words[layout.header.tick]
    words[layout.header.carryBytes] = bytes.length
    into.set(bytes)
  }

  /** Forgets what the last tick raised, and loops that nobody finished: a throw left them, or a `next()` by hand. */
  begin(row: Uint8Array): void {
    this.raised.length = 0
    this.said.length = 0
    for (let i = 0; i < this.#opened.length; i++) this.#opened[i].abandon()
    for (let i = 0; i < this.inputs.length; i++) this.inputs[i].read(row)
  }
}

/** The rules may go on writing into theirs. */
function copied(kind: string, bytes: Uint8Array): unknown {
  const event = decodeEvent(bytes)
  if (event === null) throw new TypeError(`emit('${kind}'): the payload must be data, and holds something undefined`)
  return event.payload
}

/** What the rules call: stacks of their mistakes begin below it. */
const CALLED = SimFacade.prototype as unknown as Readonly<Record<keyof Sim, () => void>>
const NOTHING = new Uint8Array(0)
/** Most components that one query names. */
const QUERY_COMPONENTS = 6

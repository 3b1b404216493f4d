// A game's rules, declared once. Types flow from here: columns, inputs, kinds of events and their payloads.

import { FIELD_TYPES, type FieldArray } from '../bytes/field-types.ts'
import type { Predict } from '../input/input-log.ts'
import { inputSchema, type AxisType } from '../input/input-schema.ts'
import { LIMITS } from '../wire/limits.ts'
import { eventRights, rightsWords, type EventRights, type RightsSpec } from './event-rights.ts'
import { MAX_COMPONENTS, schemaHash, worldLayout, type Components, type GameSchema } from './schema.ts'

/** What a game's types are made of. */
export interface GameTypes {
  buttons: string
  axes: string
  components: Components
  /** Payloads of what the rules raise, by kind. */
  raises: object
  /** Payloads of what scenes emit, by kind. */
  handles: object
}

/** Those of a game that is not known closer: any kind, any payload. */
export interface AnyTypes extends GameTypes {
  raises: Record<string, unknown>
  handles: Record<string, unknown>
}

/** An entity is its index. */
export type Entity = number
/** No entity: the world is full, or what a reference named is gone. */
export const NONE = -1

export type ColumnsOf<C extends Components> = {
  readonly [K in keyof C]: { readonly [F in keyof C[K]]: FieldArray<C[K][F]> }
}

/** A player's input at this tick. Names that the game does not declare throw. */
export interface InputReader<T extends GameTypes = AnyTypes> {
  held(button: T['buttons']): boolean
  /** Held now, not at the tick before. */
  pressed(button: T['buttons']): boolean
  released(button: T['buttons']): boolean
  axis(axis: T['axes']): number
  /** All buttons at once, the first one in bit 0. */
  readonly bits: number
}

/** An event as the rules get it. */
export interface SimEvent<P = unknown> {
  readonly slot: number
  readonly kind: string
  readonly payload: P
}

/** The world as the rules see it. Everything in it rolls back. */
export interface Sim<T extends GameTypes = AnyTypes> {
  /** This tick's number; a match's first is 1. */
  readonly tick: number
  /** 1 in the first round. */
  readonly round: number
  /** The branch: `main` on every machine of a match, the fork's id in a what-if. */
  readonly kairos: string
  /** Columns by component and field: `sim.components.Body.x[e]`. */
  readonly components: ColumnsOf<T['components']>
  /** The game's own block of bytes, 8-aligned. Lay typed arrays over `raw.buffer` at `raw.byteOffset`. */
  readonly raw: Uint8Array
  /** Slots that take part, ascending. */
  readonly slots: readonly number[]
  present(slot: number): boolean
  /**
   * Entities that have all of these components, in the order of their index. Entities spawned meanwhile are met when their index
   * is still ahead; destroyed ones are not met. At most six components; may be nested, and left by `break`.
   */
  query(...components: (keyof T['components'] & string)[]): Iterable<Entity>
  /** A new entity with these components, all fields 0; `NONE` when the world is full. */
  spawn(...components: (keyof T['components'] & string)[]): Entity
  destroy(e: Entity): void
  alive(e: Entity): boolean
  has(e: Entity, component: keyof T['components'] & string): boolean
  /** Gives a component, its fields 0; one that it has stays as it is. */
  add(e: Entity, component: keyof T['components'] & string): void
  remove(e: Entity, component: keyof T['components'] & string): void
  /** A reference for a `ref` field: index and generation. */
  ref(e: Entity): number
  /** The entity, or `NONE` when it is gone (or its index was given to another since). */
  deref(reference: number): Entity
  input(slot: number): InputReader<T>
  /** From 0 up to, not including, 1. */
  random(): number
  /** A whole number from 0 up to, not including, `below` (1 to 2^32). */
  randomInt(below: number): number
  /** Tells the scenes. Shown once, also when this tick runs again; with a key also when the event moves by some ticks. */
  raise<K extends keyof T['raises'] & string>(kind: K, payload?: T['raises'][K], key?: string | number): void
  /**
   * A local event: the rules' `on[kind]`, and the scripts' `on_<kind>`, run at the next tick on every machine. `slot`: whose event it is;
   * without one it is nobody's (-1). Without scripts the game says by `emitBytes` how much room such events have.
   */
  emit<K extends keyof T['handles'] & string>(kind: K, payload?: T['handles'][K], slot?: number): void
  readonly network: SimNetwork<T>
  /** This round is over: once everyone agrees, the next one starts, with `carry` (at most 256 bytes) for its setup. */
  endRound(carry?: Uint8Array): void
}

/** When what the rules say to the network leaves: at the first live run of its tick, or once that tick is confirmed. */
export type OutputWhen = 'first' | 'confirmed'

/** What leaves the machine. It answers nothing, so no machine's rules can depend on it. */
export interface SimNetwork<T extends GameTypes = AnyTypes> {
  /**
   * Sends an event to everyone, as `net.emit` does: from the machine alone whose player has this slot, and from no run of the tick but the
   * first live one; a re-run that would say something else says nothing. With `when: 'confirmed'` it leaves when the tick is
   * confirmed, as the run that counts says it. Catch-up, replay, forks and synctest send nothing. Throws for a payload that cannot travel.
   */
  emit<K extends keyof T['handles'] & string>(
    kind: K,
    payload: T['handles'][K],
    from: { readonly slot: number; readonly when?: OutputWhen },
  ): void
}

/** A payload's type, for `events`: `events: { hit: payload<{ e: number }>() }`. */
export interface Payload<P> {
  readonly payload?: P
}
export function payload<P>(): Payload<P> {
  return {}
}

export type HandlersOf<O> = {
  [K in keyof O]: O[K] extends (sim: never, event: SimEvent<infer P>) => void ? P : unknown
}
export type RaisesOf<E> = string extends keyof E
  ? Record<string, unknown>
  : { [K in keyof E]: E[K] extends Payload<infer P> ? P : unknown }

// Declared as a method, so that a handler may say more of its event than that there is one.
type Handler<S> = { handle(sim: S, event: SimEvent): void }['handle']

/** A method of a script's `self`: `self:applyInput(payload)` calls `applyInput(sim, e, payload)`. It takes and answers data. */
type Method<S> = { call(sim: S, e: Entity, ...args: never[]): unknown }['call']

export interface TypesOf<B extends readonly string[], A, C extends Components, E extends object, O extends object> {
  buttons: B[number]
  axes: keyof A & string
  components: C
  raises: RaisesOf<E>
  handles: HandlersOf<O>
}

/** The `sim` of rules that are spread over functions: `type ArenaSim = SimOf<typeof input, typeof components, typeof events>`. */
export type SimOf<
  I extends { readonly buttons: readonly string[]; readonly axes?: object },
  C extends Components,
  E extends object = Record<string, unknown>,
> = Sim<TypesOf<I['buttons'], I['axes'], C, E, Record<string, unknown>>>

export interface GameSpec<
  B extends readonly string[],
  A extends Readonly<Record<string, AxisType>>,
  C extends Components,
  E extends Readonly<Record<string, Payload<unknown>>>,
  O extends object,
> extends RightsSpec {
  name: string
  /** Of the rules: machines with different ones do not meet. */
  version: number
  /** Ticks a second. Default 60. */
  tickRate?: number
  /** 1-64. */
  maxPlayers: number
  /** Ready players that a first round needs. Default 2. */
  minPlayers?: number
  /** Most entities that exist at once. */
  maxEntities: number
  /** Size of `sim.raw`. Default 0. */
  rawBytes?: number
  /** Room for the local events of one tick (`sim.emit`) in a game without scripts. Default 0: it has none. */
  emitBytes?: number
  /** Silent host calls after which a player is dropped. Default 600. */
  dropAfterTicks?: number
  /** Whoever comes during a round enters it at once (the default), or waits for the next one. */
  lateJoin?: boolean
  input: { buttons: B; axes?: A }
  components: C
  events?: E
  /** Predicts another player's input: writes bytes into `into`. Default: the last received one again. */
  predict?: Predict
  /**
   * In authoritative mode with the rules on the host: whether this player's input of the next tick can be. `false` makes it the
   * player's last one, and names the player. It changes nothing in the world.
   */
  validate?(
    sim: Sim<TypesOf<B, A, C, E, Record<string, unknown>>>,
    slot: number,
    input: InputReader<TypesOf<B, A, C, E, Record<string, unknown>>>,
  ): boolean
  /** A round begins: the world is empty, `carry` is what the last round handed on (empty in the first). */
  setup?(sim: Sim<TypesOf<B, A, C, E, Record<string, unknown>>>, carry: Uint8Array): void
  join?(sim: Sim<TypesOf<B, A, C, E, Record<string, unknown>>>, slot: number): void
  leave?(sim: Sim<TypesOf<B, A, C, E, Record<string, unknown>>>, slot: number): void
  step(sim: Sim<TypesOf<B, A, C, E, Record<string, unknown>>>): void
  /** Events from scenes, at their tick: `on: { chat(sim, event: SimEvent<{ text: string }>) {} }`. */
  on?: O & Record<string, Handler<Sim<TypesOf<B, A, C, E, Record<string, unknown>>>>>
  /** What scripts may do beyond their columns: `methods: { applyInput(sim, e, payload: { axis: number[] }) {} }`. */
  methods?: Record<string, Method<Sim<TypesOf<B, A, C, E, Record<string, unknown>>>>>
}

/** A game, ready to be served. `types` exists for the compiler alone. */
export interface Game<T extends GameTypes = AnyTypes> {
  readonly schema: GameSchema
  readonly dropAfterTicks: number
  readonly lateJoin: boolean
  readonly predict: Predict | null
  readonly validate: ((sim: Sim, slot: number, input: InputReader) => boolean) | null
  readonly setup: (sim: Sim, carry: Uint8Array) => void
  readonly join: (sim: Sim, slot: number) => void
  readonly leave: (sim: Sim, slot: number) => void
  readonly step: (sim: Sim) => void
  readonly on: Readonly<Record<string, (sim: Sim, event: SimEvent) => void>>
  readonly methods: Readonly<Record<string, (sim: Sim, e: Entity, ...args: unknown[]) => unknown>>
  /** Null: its events need no envelopes. */
  readonly rights: EventRights | null
  readonly types?: T
}

/** Any game: what `connect<typeof arena>` takes. */
export type AnyGame = Game<AnyTypes>

type Of<G> = G extends { readonly types?: infer T }
  ? NonNullable<T> extends GameTypes
    ? NonNullable<T>
    : AnyTypes
  : AnyTypes

/** Inputs by name; missing ones are neutral. Of any game: every name. */
export type InputValues<G> = string extends Of<G>['buttons']
  ? Partial<Record<string, boolean | number>>
  : Partial<Record<Of<G>['buttons'], boolean> & Record<Of<G>['axes'], number>>
export type EmitKinds<G> = keyof Of<G>['handles'] & string
export type EmitPayload<G, K extends EmitKinds<G>> = Of<G>['handles'][K & keyof Of<G>['handles']]
export type RaisedKinds<G> = keyof Of<G>['raises'] & string
export type RaisedPayload<G, K extends RaisedKinds<G>> = Of<G>['raises'][K & keyof Of<G>['raises']]
export type ComponentsOf<G> = Of<G>['components']

const nothing = (): void => {}

/** Declares a game. Throws a sentence for what cannot be played. */
export function defineGame<
  const B extends readonly string[],
  const C extends Components,
  const A extends Readonly<Record<string, AxisType>> = Record<never, never>,
  const E extends Readonly<Record<string, Payload<unknown>>> = Record<string, Payload<unknown>>,
  O extends object = Record<never, never>,
>(spec: GameSpec<B, A, C, E, O>): Game<TypesOf<B, A, C, E, O>> {
  const {
    name,
    version,
    tickRate = 60,
    maxPlayers,
    minPlayers = Math.min(2, maxPlayers),
    maxEntities,
    rawBytes = 0,
    emitBytes = 0,
    dropAfterTicks = LIMITS.timeoutTicks,
    lateJoin = true,
  } = spec
  if (typeof name !== 'string' || name.length === 0 || new TextEncoder().encode(name).length > 64)
    throw new TypeError('defineGame: a game needs a name of 1 to 64 bytes')
  const where = `defineGame("${name}")`
  whole(where, 'version', version, 0, 0xffffffff)
  whole(where, 'tickRate', tickRate, 1, 240)
  whole(where, 'maxPlayers', maxPlayers, 1, LIMITS.peers)
  whole(where, 'minPlayers', minPlayers, 1, maxPlayers)
  whole(where, 'maxEntities', maxEntities, 1, 2 ** 20)
  whole(where, 'rawBytes', rawBytes, 0, 2 ** 28)
  whole(where, 'emitBytes', emitBytes, 0, 2 ** 16)
  whole(where, 'dropAfterTicks', dropAfterTicks, 1, 65535)
  checkKeys(where, spec)
  checkComponents(where, spec.components)
  if (typeof spec.step !== 'function') throw new TypeError(`${where}: step(sim) is missing`)
  const rights = eventRights(spec)
  const input = inputSchema(spec.input.buttons, spec.input.axes ?? {})
  const layout = worldLayout({
    components: spec.components,
    maxEntities,
    maxPlayers,
    inputBytes: input.sizeBytes,
    rawBytes,
    emitBytes,
    rightsWords: rightsWords(rights, maxPlayers),
  })
  const rules = spec as unknown as Partial<
    Pick<Game, 'setup' | 'join' | 'leave' | 'step' | 'on' | 'methods' | 'validate'>
  >
  const { setup, join, leave, step, validate } = rules
  checkRules(where, { setup, join, leave, step, validate, ...rules.on, ...rules.methods })
  // Methods are numbered in the scripts' image: a world goes on with the same ones.
  const hash = schemaHash(input, layout, Object.keys(rules.methods ?? {}), rights?.declared ?? [])
  return {
    schema: { name, version, tickRate, maxPlayers, minPlayers, input, layout, hash },
    dropAfterTicks,
    lateJoin,
    predict: spec.predict ?? null,
    validate: validate ?? null,
    setup: setup ?? nothing,
    join: join ?? nothing,
    leave: leave ?? nothing,
    step: step!,
    on: rules.on ?? {},
    methods: rules.methods ?? {},
    rights,
  }
}

const KEYS = new Set(
  (
    'name version tickRate maxPlayers minPlayers maxEntities rawBytes emitBytes dropAfterTicks lateJoin input components events predict ' +
    'validate setup join leave step on methods requires grants signed draws'
  ).split(' '),
)

function checkKeys(where: string, spec: object): void {
  for (const key of Object.keys(spec))
    if (!KEYS.has(key))
      throw new TypeError(`${where}: "${key}" is not part of a game; known are ${[...KEYS].join(', ')}`)
}

// What an async rule does after its first await happens between ticks, where no rollback reaches it.
function checkRules(where: string, rules: Readonly<Record<string, unknown>>): void {
  for (const [name, rule] of Object.entries(rules)) {
    if (rule === undefined) continue
    if (typeof rule !== 'function') throw new TypeError(`${where}: ${name} must be a function, not ${typeof rule}`)
    const kind = Object.prototype.toString.call(rule)
    if (kind !== '[object Function]')
      throw new TypeError(
        `${where}: ${name} is async or a generator; rules run from their first line to their last within the tick`,
      )
  }
}

function checkComponents(where: string, components: Components): void {
  const names = Object.keys(components)
  if (names.length > MAX_COMPONENTS)
    throw new RangeError(`${where}: ${names.length} components, at most ${MAX_COMPONENTS} fit`)
  for (const component of names) {
    // Views carry components beside their own members, which are all lower case.
    if (!/^[A-Z]/.test(component))
      throw new TypeError(`${where}: component "${component}" must start with an upper-case letter`)
    for (const [field, type] of Object.entries(components[component]))
      if (!Object.hasOwn(FIELD_TYPES, type))
        throw new TypeError(
          `${where}: ${component}.${field} has type "${String(type)}"; known are ${Object.keys(FIELD_TYPES).join(', ')}`,
        )
  }
}

function whole(where: string, name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new RangeError(`${where}: ${name} must be a whole number from ${min} to ${max}, not ${String(value)}`)
}

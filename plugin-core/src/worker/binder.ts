// Keeps one object of a scene for each entity of a query: made when the entity appears, placed every frame, removed
// when it goes. Knows no engine: a sink writes the pose into the object.

import type { AnyGame } from '../sim/game.ts'
import { PoseTrack, type Pose, type PoseSpec } from './pose-track.ts'
import { reportMistake } from './report-mistake.ts'
import { framesOf, type StateView } from './state-view.ts'
import type { StateFrame } from './state-frame.ts'
import type { ComponentName, FieldName } from './view-types.ts'

export interface BindSpec<G extends AnyGame, T, Q extends ComponentName<G> = ComponentName<G>> extends PoseSpec {
  /** Entities that have all of these components get an object. */
  readonly query: readonly Q[]
  /** Makes the object of an entity that has appeared; it is placed right after. */
  create(e: number, view: StateView<G>): T
  /** Every frame, after placing: what else shows the state (a frame, a colour, a score). */
  update?(object: T, e: number, view: StateView<G>): void
  /** Removes the object. Default: the engine's own way (Phaser's `destroy()`, Babylon's `dispose()`). */
  destroy?(object: T, e: number): void
  readonly position?: readonly (FieldName<G, Q> | null)[]
  readonly rotation?: FieldName<G, Q> | readonly [FieldName<G, Q>, FieldName<G, Q>, FieldName<G, Q>, FieldName<G, Q>]
}

/** Writes the bound parts of a pose into an object. `pose` is valid during the call. */
export type Placer<T> = (object: T, pose: Pose) => void

/** How an engine's objects are written: the only part that an adapter supplies. */
export interface BinderSink<T> {
  /** Called once for each binding: which parts of the pose are bound is known then. */
  placer(spec: PoseSpec): Placer<T>
  /** Removes an object whose spec has no `destroy`. */
  destroy(object: T): void
}

export interface Binding<T> {
  /** Bound objects now. */
  readonly count: number
  /** The object of an entity, or undefined. */
  get(e: number): T | undefined
  /** Destroys all objects. */
  dispose(): void
}

const UNBOUND = -1

export class Binder<T> implements Binding<T> {
  readonly #view: StateView
  readonly #spec: BindSpec<AnyGame, T>
  readonly #sink: BinderSink<T>
  readonly #place: Placer<T>
  readonly #track: PoseTrack
  #schemaEpoch = -1
  #frame!: StateFrame
  #mask = 0
  /** By entity index: the object, and which entity it was made for. */
  #objects: (T | undefined)[] = []
  #identities = new Float64Array(0)
  /** Every bound index is below this. */
  #limit = 0
  #count = 0
  #disposed = false

  /** Throws a sentence when the spec names what the game does not have. */
  constructor(view: StateView, spec: BindSpec<AnyGame, T>, sink: BinderSink<T>) {
    if (!Array.isArray(spec?.query) || spec.query.length === 0)
      throw new Error("bind: query lists the components that an entity must have: query: ['Body', 'Player']")
    if (typeof spec.create !== 'function') throw new Error(`bind ${naming(spec)}: create(e, view) makes the object`)
    this.#view = view
    this.#spec = spec
    this.#sink = sink
    this.#place = sink.placer(spec)
    this.#track = new PoseTrack(view, spec.query, spec)
    this.#rebind()
  }

  get count(): number {
    return this.#count
  }

  get(e: number): T | undefined {
    return this.#objects[e]
  }

  /** One frame: creates, destroys and places. `nowMs` as for `StateView.alpha`. */
  frame(nowMs: number): void {
    if (this.#schemaEpoch !== this.#view.schemaEpoch) this.#rebind()
    this.#track.begin(nowMs)
    const { masks, entityLimit } = this.#frame
    const limit = Math.max(entityLimit, this.#limit)
    for (let e = 0; e < limit; e++) {
      const here = e < entityLimit && (masks[e] & this.#mask) >>> 0 === this.#mask
      const bound = this.#identities[e]
      if (bound !== UNBOUND && !(here && bound === this.#frame.identity(e))) this.#remove(e)
      // What it calls of the scene may end the scene.
      if (here && !this.#disposed) this.#show(e)
    }
    this.#limit = entityLimit
  }

  dispose(): void {
    this.#disposed = true
    this.#clear()
    this.#track.dispose()
  }

  #show(e: number): void {
    if (this.#identities[e] === UNBOUND) this.#add(e)
    const object = this.#objects[e]
    if (object === undefined) return
    this.#place(object, this.#track.read(e))
    this.#spec.update?.(object, e, this.#view)
  }

  #add(e: number): void {
    let object: T
    try {
      object = this.#spec.create(e, this.#view)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`bind ${naming(this.#spec)}: create(${e}) threw: ${why}`, { cause })
    }
    if (object === undefined || object === null)
      throw new Error(`bind ${naming(this.#spec)}: create(${e}) returned nothing: it must return the object to place`)
    if (this.#disposed) {
      this.#destroy(object, e)
      return
    }
    this.#objects[e] = object
    this.#identities[e] = this.#frame.identity(e)
    this.#limit = Math.max(this.#limit, e + 1)
    this.#count++
  }

  #remove(e: number): void {
    const object = this.#objects[e] as T
    this.#objects[e] = undefined
    this.#identities[e] = UNBOUND
    this.#count--
    this.#destroy(object, e)
  }

  // One that fails leaves the rest to be destroyed.
  #destroy(object: T, e: number): void {
    try {
      if (this.#spec.destroy) this.#spec.destroy(object, e)
      else this.#sink.destroy(object)
    } catch (error) {
      reportMistake(error)
    }
  }

  #clear(): void {
    for (let e = 0; e < this.#identities.length; e++) if (this.#identities[e] !== UNBOUND) this.#remove(e)
    this.#limit = 0
  }

  #rebind(): void {
    this.#clear()
    this.#schemaEpoch = this.#view.schemaEpoch
    this.#frame = framesOf(this.#view).now
    this.#mask = this.#frame.maskOf(this.#spec.query)
    this.#objects = Array.from({ length: this.#frame.maxEntities }, () => undefined)
    this.#identities = new Float64Array(this.#frame.maxEntities).fill(UNBOUND)
  }
}

/**
 * Binds the entities of a query to objects of a scene: `frame(nowMs)` once a frame, `dispose()` at the end.
 * Throws a sentence that lists the known names when the spec names a component or field that the game does not have.
 */
export function createBinder<G extends AnyGame, T, Q extends ComponentName<G>>(
  match: { readonly view: StateView<G> },
  spec: BindSpec<G, T, Q>,
  sink: BinderSink<T>,
): Binder<T> {
  return new Binder(match.view, spec, sink)
}

function naming(spec: { readonly query: readonly string[] }): string {
  return `[${spec.query.join(', ')}]`
}

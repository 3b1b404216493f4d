// What a scene holds of a match, in any engine: inputs sampled once a frame, objects bound to entities, events heard.
// The match outlives it. `release` takes back everything that the scene registered, and leaves the match alone.

import type { AnyGame, EmitKinds, EmitPayload, InputValues, RaisedKinds, RaisedPayload } from '../sim/game.ts'
import { Binder, type BinderSink, type BindSpec, type Binding } from './binder.ts'
import type { Match } from './match.ts'
import type { HandleOptions, RaisedEvent } from './raised-handlers.ts'
import { restInput, sampleInto, type HeldInput, type Sampler } from './sampler.ts'
import type { StateView } from './state-view.ts'
import type { ComponentName } from './view-types.ts'

/** Something that follows a view frame by frame: a binder, an adapter's instances. */
export interface FramePart {
  /** `nowMs` as for `StateView.alpha`. */
  frame(nowMs: number): void
  dispose(): void
}

/** The page's time as `StateView.alpha` takes it: comparable with the worker's. */
export function pageNowMs(): number {
  return performance.timeOrigin + performance.now()
}

/** A part's registration: it lives again with each match that the scene uses. */
class Part<P extends FramePart> {
  live: P | null = null
  readonly #make: (view: StateView) => P

  constructor(make: (view: StateView) => P) {
    this.#make = make
  }

  start(match: Match): void {
    this.live = this.#make(match.view)
  }

  stop(): void {
    const { live } = this
    this.live = null
    live?.dispose()
  }
}

class Handler {
  stop: (() => void) | null = null
  readonly kind: string
  readonly run: (event: RaisedEvent) => unknown
  readonly options: HandleOptions | undefined

  constructor(kind: string, run: (event: RaisedEvent) => unknown, options: HandleOptions | undefined) {
    this.kind = kind
    this.run = run
    this.options = options
  }

  start(match: Match): void {
    this.stop = match.handle(this.kind as never, this.run, this.options)
  }
}

/** By match, the samplers of each scene that steers in it now: a game's, and those of the scene with its touch controls. */
const steering = new WeakMap<Match, Set<ReadonlySet<Sampler>>>()

/** `T` is what the engine can place: every bound object is one. */
export class SceneNet<G extends AnyGame = AnyGame, T = unknown> {
  readonly #sink: BinderSink<T>
  readonly #parts = new Set<Part<FramePart>>()
  readonly #handlers = new Set<Handler>()
  readonly #samplers = new Set<Sampler>()
  #held: HeldInput = {}
  #match: Match | null = null
  #stopWatching: (() => void) | null = null

  constructor(sink: BinderSink<T>) {
    this.#sink = sink
  }

  /** The match in use, or null. */
  get match(): Match<G> | null {
    return this.#match
  }

  /** The view of the match in use. */
  get view(): StateView<G> {
    return this.#used('view').view
  }

  /**
   * Follows this match; what is bound, sampled and heard moves over from the one before. Returns this, typed by
   * the match's game: `const net = this.net.use(match)`.
   */
  use<M extends AnyGame>(match: Match<M>): SceneNet<M, T> {
    const used = match as unknown as Match
    if (used !== this.#match) {
      this.#leaveMatch()
      this.#match = used
      for (const part of this.#parts) part.start(used)
      for (const handler of this.#handlers) handler.start(used)
    }
    return this
  }

  /**
   * Asks for the inputs once a frame, also when the page loses the focus. Several count together, those of other scenes of the
   * match too: a button is held where any says so. Returns its stop.
   */
  sample(...samplers: (Sampler | (() => InputValues<G>))[]): () => void {
    for (const sampler of samplers) {
      if (typeof sampler !== 'function')
        throw new Error('sample: a function that returns the inputs: sample(() => ({ left: keys.left.isDown }))')
      this.#samplers.add(sampler)
    }
    this.#samplersChanged()
    return () => {
      for (const sampler of samplers) {
        if (this.#samplers.delete(sampler)) (sampler as Sampler).dispose?.()
      }
      this.#samplersChanged()
    }
  }

  /** One object of the scene for each entity of a query; see BindSpec. */
  bind<O extends T = T, const Q extends ComponentName<G> = ComponentName<G>>(spec: BindSpec<G, O, Q>): Binding<O> {
    const anySpec = spec as unknown as BindSpec<AnyGame, O>
    const part = this.follow(view => new Binder<O>(view, anySpec, this.#sink))
    return {
      get count() {
        return part.live?.count ?? 0
      },
      get: e => part.live?.get(e),
      dispose: () => part.dispose(),
    }
  }

  /** @internal A part of an adapter's own. Made anew for each match in use; `dispose` ends it. */
  follow<P extends FramePart>(make: (view: StateView) => P): { readonly live: P | null; dispose(): void } {
    const part = new Part(make)
    if (this.#match !== null) part.start(this.#match)
    this.#parts.add(part)
    return {
      get live() {
        return part.live
      },
      dispose: () => {
        this.#parts.delete(part)
        part.stop()
      },
    }
  }

  /**
   * Hears what the rules raise: each event once, also when a rollback runs its tick again. `{ when: 'confirmed' }` waits
   * until it is certain; `{ cancel }` takes back what the handler answered with. Returns its stop.
   */
  on<K extends RaisedKinds<G>, S>(
    kind: K,
    run: (event: RaisedEvent<RaisedPayload<G, K>>) => S,
    options?: HandleOptions<RaisedPayload<G, K>, NoInfer<S>>,
  ): () => void {
    const handler = new Handler(kind, run as (event: RaisedEvent) => unknown, options as HandleOptions | undefined)
    this.#handlers.add(handler)
    if (this.#match !== null) handler.start(this.#match)
    return () => {
      this.#handlers.delete(handler)
      handler.stop?.()
    }
  }

  /**
   * Lets something go over some frames: `step` gets what is left of it, from 1 down to 0, and 0 once. At once when the
   * scene ends, or uses no match.
   */
  fade(ms: number, step: (left: number) => void): void {
    if (this.#match === null) {
      step(0)
      return
    }
    let beganMs = -1
    const part = this.follow(() => ({
      frame(nowMs) {
        if (beganMs < 0) beganMs = nowMs
        const left = 1 - (nowMs - beganMs) / ms
        if (left > 0) step(left)
        else part.dispose()
      },
      dispose() {
        // Another match would begin it anew.
        part.dispose()
        step(0)
      },
    }))
  }

  /** Sends an event with this player's input: the rules' `on[kind]` runs at the same tick on every machine. */
  emit<K extends EmitKinds<G>>(kind: K, payload: EmitPayload<G, K>): void {
    this.#used('emit').emit(kind as never, payload)
  }

  /** One frame: samples the inputs, then places what is bound. The adapter calls it. */
  frame(nowMs: number): void {
    if (this.#match === null) return
    this.#match.view.refresh?.()
    this.sampleNow()
    for (const part of this.#parts) part.live?.frame(nowMs)
  }

  /** Samples at once: between frames, when the page is about to have none. */
  sampleNow(): void {
    if (this.#samplers.size > 0) this.#steer(true)
  }

  /** Lets go of everything that is held: no release will be seen. */
  rest(): void {
    for (const sampler of this.#samplers) sampler.rest?.()
    this.sampleNow()
  }

  /** Everything held is let go for as long as no frame samples again: the scene is paused. */
  pause(): void {
    for (const sampler of this.#samplers) sampler.rest?.()
    this.#steer(false)
  }

  /** Destroys what is bound and forgets what is registered. The match goes on; the net may be used again. */
  release(): void {
    this.#leaveMatch()
    for (const sampler of this.#samplers) sampler.dispose?.()
    this.#parts.clear()
    this.#handlers.clear()
    this.#samplers.clear()
    this.#samplersChanged()
  }

  #leaveMatch(): void {
    if (this.#match === null) return
    for (const part of this.#parts) part.stop()
    for (const handler of this.#handlers) handler.stop?.()
    this.#steer(false)
    this.#match = null
  }

  #steer(on: boolean): void {
    const match = this.#match
    if (match === null) return
    let scenes = steering.get(match)
    if (scenes === undefined) steering.set(match, (scenes = new Set()))
    if (on) scenes.add(this.#samplers)
    else if (scenes.delete(this.#samplers)) this.#held = {}
    else return
    restInput(this.#held)
    for (const samplers of scenes) sampleInto(this.#held, samplers)
    match.setInput(this.#held as never)
  }

  #samplersChanged(): void {
    if (this.#samplers.size === 0) {
      this.#steer(false)
      this.#stopWatching?.()
      this.#stopWatching = null
      return
    }
    this.#held = {}
    this.#stopWatching ??= watchFocus(() => this.rest())
  }

  #used(what: string): Match {
    if (this.#match === null) throw new Error(`net.${what}: no match is in use; call net.use(match) first`)
    return this.#match
  }
}

/** A page that is hidden draws no frames, and one without the focus sees no key released. */
function watchFocus(lost: () => void): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => {}
  const hidden = (): void => {
    if (document.hidden) lost()
  }
  window.addEventListener('blur', lost)
  document.addEventListener('visibilitychange', hidden)
  return () => {
    window.removeEventListener('blur', lost)
    document.removeEventListener('visibilitychange', hidden)
  }
}

// A Babylon scene's part in a match: pulls the state before each frame's animations, and goes with the scene.

import {
  SceneNet,
  pageNowMs,
  type AnyGame,
  type BindSpec,
  type Binding,
  type ComponentName,
  type Match,
  type RaisedEvent,
  type RaisedKinds,
  type RaisedPayload,
} from '@lockstride/core'
import type { BabylonNode, BabylonScene, BabylonSound } from './babylon-types.ts'
import { nodeSink } from './node-sink.ts'
import { ThinBinder, type ThinSpec } from './thin-binder.ts'
import type { RotationAxis } from './turn.ts'

export interface NodeSpec<G extends AnyGame, T, Q extends ComponentName<G> = ComponentName<G>> extends BindSpec<
  G,
  T,
  Q
> {
  /** What an angle turns about; `'-y'` is the other way round. Default: the axis that `position` leaves out. */
  readonly rotationAxis?: RotationAxis
}

/** Instances of one mesh, one for each entity. */
export interface ThinBinding {
  readonly count: number
  dispose(): void
}

export interface SoundOptions<P = unknown> {
  /** Default: the sound's own. */
  readonly volume?: number | ((event: RaisedEvent<P>) => number)
  /** How long the sound of an event that is cancelled takes to fade. Default 120. */
  readonly fadeMs?: number
  /** 'confirmed' waits until the event is certain. Default 'predicted'. */
  readonly when?: 'predicted' | 'confirmed'
}

const FADE_MS = 120

export class BabylonNet<G extends AnyGame = AnyGame> extends SceneNet<G, BabylonNode> {
  readonly #scene: BabylonScene
  readonly #observer: unknown
  readonly #disposeObserver: unknown
  #disposed = false

  constructor(scene: BabylonScene) {
    super(nodeSink)
    this.#scene = scene
    this.#observer = scene.onBeforeAnimationsObservable.add(() => this.frame(pageNowMs()))
    this.#disposeObserver = scene.onDisposeObservable.add(() => this.dispose())
  }

  override use<M extends AnyGame>(match: Match<M>): BabylonNet<M> {
    if (this.#disposed)
      throw new Error('This net was disposed, with its scene or before: attach(scene, match) makes another')
    super.use(match)
    return this
  }

  /**
   * One node for each entity of a query. `position: ['x', null, 'y']` lays a flat game on the ground and leaves the
   * height to you.
   */
  override bind<O extends BabylonNode = BabylonNode, const Q extends ComponentName<G> = ComponentName<G>>(
    spec: NodeSpec<G, O, Q>,
  ): Binding<O> {
    return super.bind(spec)
  }

  /** One thin instance of a mesh for each entity of a query. */
  bindThin<const Q extends ComponentName<G> = ComponentName<G>>(spec: ThinSpec<G, Q>): ThinBinding {
    const part = this.follow(view => new ThinBinder(view, spec as unknown as ThinSpec<AnyGame>))
    return {
      get count() {
        return part.live?.count ?? 0
      },
      dispose: () => part.dispose(),
    }
  }

  /** Plays a sound for each event of a kind; when its newest event is cancelled, it fades. Returns its stop. */
  sound<K extends RaisedKinds<G>>(
    kind: K,
    sound: BabylonSound,
    options: SoundOptions<RaisedPayload<G, K>> = {},
  ): () => void {
    const { volume = sound.getVolume?.() ?? sound.volume ?? 1, fadeMs = FADE_MS, when } = options
    let newest = 0
    const play = (event: RaisedEvent<RaisedPayload<G, K>>): { number: number; volume: number } => {
      const loud = typeof volume === 'function' ? volume(event) : volume
      sound.setVolume(loud)
      sound.play()
      return { number: ++newest, volume: loud }
    }
    if (when === 'confirmed') return this.on(kind, play, { when })
    return this.on(kind, play, {
      cancel: ({ number, volume: from }) =>
        this.fade(fadeMs, left => {
          // It plays for another event by now.
          if (number !== newest) return
          if (left > 0) sound.setVolume(from * left)
          else sound.stop()
        }),
    })
  }

  /** Destroys what is bound and detaches from the scene. The match goes on. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    this.release()
    this.#scene.onBeforeAnimationsObservable.remove(this.#observer as never)
    this.#scene.onDisposeObservable.remove(this.#disposeObserver as never)
  }
}

/**
 * Follows a match with a scene, until the scene is disposed or `dispose()` is called:
 *
 *     const net = attach(scene, match)
 *     net.bind({ query: ['Body'], create: e => MeshBuilder.CreateSphere(`ball ${e}`, {}, scene), position: ['x', null, 'y'] })
 */
export function attach<G extends AnyGame>(scene: BabylonScene, match: Match<G>): BabylonNet<G> {
  if (typeof scene?.onBeforeAnimationsObservable?.add !== 'function')
    throw new Error('attach(scene, match): the first argument is a Babylon scene')
  return new BabylonNet(scene).use(match)
}

// Phaser's scene plugin: a scene's `net`. A plugin by shape: it imports no Phaser, so one build serves 3.90 and 4.

import {
  SceneNet,
  pageNowMs,
  type AnyGame,
  type Match,
  type RaisedEvent,
  type RaisedKinds,
  type RaisedPayload,
} from '@lockstride/core'
import { spriteSink } from './sprite-sink.ts'
import type {
  PhaserEvents,
  PhaserGame,
  PhaserObject,
  PhaserPluginManager,
  PhaserScene,
  PhaserSound,
} from './phaser-types.ts'

export interface SoundOptions<P = unknown> {
  /** As in `scene.sound.add(key, config)`: volume, rate, detune… */
  readonly config?: object | ((event: RaisedEvent<P>) => object)
  /** How long the sound of an event that is cancelled takes to fade. Default 120. */
  readonly fadeMs?: number
  /** 'confirmed' waits until the event is certain. Default 'predicted'. */
  readonly when?: 'predicted' | 'confirmed'
}

const FADE_MS = 120

/**
 * Installed by the game's configuration:
 *
 *     plugins: { scene: [{ key: 'LockstridePlugin', plugin: LockstridePlugin, mapping: 'net' }] }
 *
 * Each scene then has a `net`, from `init()` on. `net.use(match)` follows a match; when the scene shuts down, all that
 * it bound is destroyed and unregistered, and the match goes on.
 */
export class LockstridePlugin<G extends AnyGame = AnyGame> extends SceneNet<G, PhaserObject> {
  readonly #scene: PhaserScene
  readonly #events: PhaserEvents
  readonly #listeners: Readonly<Record<string, () => void>> = {
    // Before anything of the scene's frame: its `update` and its tweens find the objects where they are drawn.
    preupdate: () => this.frame(pageNowMs()),
    pause: () => this.pause(),
    sleep: () => this.pause(),
    shutdown: () => this.release(),
    // The scene is removed, or the game destroyed, with or without a shutdown before.
    destroy: () => this.destroy(),
  }

  constructor(scene: PhaserScene, pluginManager: PhaserPluginManager, _pluginKey?: string) {
    super(spriteSink)
    const { events, game } = scene.sys
    this.#scene = scene
    this.#events = events
    // Here, not in `boot`: Phaser's own plugins listen from their boot on, and destroy the scene's objects; what is bound
    // must be let go before that.
    for (const [event, run] of Object.entries(this.#listeners)) events.on(event, run)
    forgetWithGame(game, pluginManager, this.constructor)
  }

  override use<M extends AnyGame>(match: Match<M>): LockstridePlugin<M> {
    super.use(match)
    return this as unknown as LockstridePlugin<M>
  }

  /** Plays a sound for each event of a kind; that of an event that is cancelled fades. Returns its stop. */
  sound<K extends RaisedKinds<G>>(kind: K, key: string, options: SoundOptions<RaisedPayload<G, K>> = {}): () => void {
    const { config, fadeMs = FADE_MS, when } = options
    const play = (event: RaisedEvent<RaisedPayload<G, K>>): PhaserSound | null =>
      this.#play(key, typeof config === 'function' ? config(event) : config)
    return when === 'confirmed'
      ? this.on(kind, play, { when })
      : this.on(kind, play, { cancel: sound => this.fadeSound(sound, fadeMs) })
  }

  /** Fades a sound and destroys it: in a `cancel`, what `scene.sound.add` gave. */
  fadeSound(sound: PhaserSound | null, ms = FADE_MS): void {
    // By itself it is over already.
    if (sound?.isPlaying !== true) return
    const loud = sound as unknown as { volume: number }
    const from = loud.volume
    this.fade(ms, left => {
      // What ended meanwhile has no volume any more.
      if (left > 0) {
        if (sound.isPlaying) loud.volume = from * left
      } else sound.destroy()
    })
  }

  #play(key: string, config: object | undefined): PhaserSound | null {
    const { sound: sounds } = this.#scene
    if (!sounds) return null
    const sound = sounds.add(key, config)
    sound.once('complete', () => sound.destroy())
    if (sound.play()) return sound
    sound.destroy()
    return null
  }

  /** Phaser calls it; everything is set up by then. */
  boot(): void {}

  destroy(): void {
    this.release()
    for (const [event, run] of Object.entries(this.#listeners)) this.#events.off(event, run)
  }
}

/** Live games by plugin class. */
const games = new Map<unknown, Set<PhaserGame>>()

/**
 * Phaser keeps plugin classes in a module-wide cache under their keys, where they outlive their game: the next game, or
 * a hot-replaced class, would get the old one. So the keys go with the last game that used them.
 */
function forgetWithGame(game: PhaserGame, pluginManager: PhaserPluginManager, plugin: unknown): void {
  const live = games.get(plugin) ?? new Set()
  games.set(plugin, live)
  if (live.has(game)) return
  live.add(game)
  const keys = installedKeys(game, plugin)
  game.events.once('destroy', () => {
    live.delete(game)
    if (live.size > 0) return
    games.delete(plugin)
    for (const key of keys) pluginManager.removeScenePlugin(key)
  })
}

function installedKeys(game: PhaserGame, plugin: unknown): string[] {
  const installed = (game.config as { installScenePlugins?: unknown }).installScenePlugins
  if (!Array.isArray(installed)) return []
  return (installed as { key?: unknown; plugin?: unknown }[]).flatMap(item =>
    item.plugin === plugin && typeof item.key === 'string' ? [item.key] : [],
  )
}

// What this package touches of Phaser, as shapes: the same in 3.90 and 4, and Node tests bring their own.

export interface PhaserEvents {
  on(event: string, run: (...args: never[]) => void, context?: unknown): unknown
  once(event: string, run: (...args: never[]) => void, context?: unknown): unknown
  off(event: string, run: (...args: never[]) => void, context?: unknown): unknown
}

export interface PhaserKey {
  readonly isDown: boolean
  readonly keyCode: number
  reset(): unknown
}

export interface PhaserPoint {
  x: number
  y: number
}

export interface PhaserGame {
  readonly events: PhaserEvents
  readonly config: object
}

export interface PhaserPluginManager {
  removeScenePlugin(key: string): void
}

/** A scene with the plugins that this package needs: events always, input for the samplers. */
export interface PhaserScene {
  readonly sys: { readonly events: PhaserEvents; readonly game: PhaserGame }
  readonly input?: PhaserInput | null
  readonly cameras?: { readonly main: PhaserCamera } | null
  readonly sound?: PhaserSounds | null
}

export interface PhaserSounds {
  add(key: string, config?: object): PhaserSound
}

export interface PhaserSound {
  readonly isPlaying: boolean
  play(): boolean
  once(event: 'complete', run: () => void): unknown
  destroy(): void
}

export interface PhaserInput {
  readonly keyboard: { addKey(key: string, enableCapture?: boolean): PhaserKey } | null
  readonly activePointer: {
    readonly x: number
    readonly y: number
    readonly isDown: boolean
    /** The newest one; none at first. */
    readonly event?: object | null
  }
}

export interface PhaserCamera {
  readonly midPoint: PhaserPoint
}

/** What a binder can place: images, sprites, containers, texts… */
export interface PhaserObject {
  x: number
  y: number
  z?: number
  rotation?: number
  destroy(): void
}

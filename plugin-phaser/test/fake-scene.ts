// A Phaser scene by shape: emitters that count, keys that are pressed by hand.

import type { PhaserScene } from '../src/phaser-types.ts'

export class FakeEmitter {
  readonly #listeners: { event: string; run: (...args: never[]) => void; context: unknown; once: boolean }[] = []

  on(event: string, run: (...args: never[]) => void, context?: unknown): void {
    this.#listeners.push({ event, run, context, once: false })
  }

  once(event: string, run: (...args: never[]) => void, context?: unknown): void {
    this.#listeners.push({ event, run, context, once: true })
  }

  off(event: string, run: (...args: never[]) => void, context?: unknown): void {
    const at = this.#listeners.findIndex(l => l.event === event && l.run === run && l.context === context)
    if (at >= 0) this.#listeners.splice(at, 1)
  }

  emit(event: string): void {
    for (const listener of this.#listeners.filter(l => l.event === event)) {
      if (listener.once) this.#listeners.splice(this.#listeners.indexOf(listener), 1)
      listener.run.call(listener.context)
    }
  }

  get listenerCount(): number {
    return this.#listeners.length
  }
}

export class FakeGame {
  readonly events = new FakeEmitter()
  readonly config: { installScenePlugins: object[] }

  constructor(installScenePlugins: object[] = []) {
    this.config = { installScenePlugins }
  }
}

export class FakeKey {
  isDown = false
  readonly keyCode: number | undefined
  constructor(keyCode: number | undefined) {
    this.keyCode = keyCode
  }
  reset(): void {
    this.isDown = false
  }
}

export class FakeSound {
  volume: number
  isPlaying = false
  destroyed = 0
  readonly #complete: (() => void)[] = []
  readonly #playable: boolean

  constructor({ volume = 1 }: { volume?: number } = {}, playable = true) {
    this.volume = volume
    this.#playable = playable
  }
  play(): boolean {
    this.isPlaying = this.#playable
    return this.#playable
  }
  once(_event: 'complete', run: () => void): void {
    this.#complete.push(run)
  }
  complete(): void {
    this.isPlaying = false
    for (const run of this.#complete) run()
  }
  destroy(): void {
    this.isPlaying = false
    this.destroyed++
  }
}

export class FakeScene {
  readonly sounds: FakeSound[] = []
  silent = false
  readonly sound = {
    add: (_key: string, config?: object) => this.sounds[this.sounds.push(new FakeSound(config, !this.silent)) - 1],
  }

  readonly keys = new Map<string, FakeKey>()
  readonly events = new FakeEmitter()
  readonly sys: { events: FakeEmitter; game: FakeGame }
  readonly input = {
    keyboard: {
      addKey: (name: string) => {
        const key =
          this.keys.get(name) ?? new FakeKey(/^([A-Z]|LEFT|SPACE)$/.test(name) ? name.charCodeAt(0) : undefined)
        this.keys.set(name, key)
        return key
      },
    },
    activePointer: { x: 10, y: 20, isDown: false, event: {} as object | null },
  }
  readonly cameras = {
    main: {
      midPoint: { x: 100, y: 200 },
      // A camera scrolled by 100.
      getWorldPoint: (x: number, y: number, output: { x: number; y: number }) => {
        output.x = x + 100
        output.y = y + 100
        return output
      },
    },
  }

  constructor(game = new FakeGame()) {
    this.sys = { events: this.events, game }
  }

  get asScene(): PhaserScene {
    return this as unknown as PhaserScene
  }
}

// Phaser's devices as samplers for `net.sample`.

import { isTyping, pointerSampler, type KeyBindings, type PointerBindings, type Sampler } from '@lockstride/core'
import type { PhaserKey, PhaserPoint, PhaserScene } from './phaser-types.ts'

export interface KeyOptions {
  /** Bound keys do nothing else in the page: arrows and space do not scroll it. Phaser's default, and ours: true. */
  capture?: boolean
}

/**
 * Buttons held by keys, named as in `Phaser.Input.Keyboard.KeyCodes`: `{ left: ['A', 'LEFT'], dash: ['SPACE'] }`. At rest
 * while the page is hidden, has lost the focus, or a text field is typed into. Make it in `create`: a scene's keys end
 * with its run.
 */
export function keyboardSampler<K extends string>(
  scene: PhaserScene,
  bindings: KeyBindings<K>,
  options: KeyOptions = {},
): Sampler<K> {
  const keyboard = scene.input?.keyboard
  if (!keyboard)
    throw new Error("keyboardSampler: this scene has no keyboard; the game's configuration has input.keyboard: false")
  const buttons = Object.keys(bindings) as K[]
  const keys = buttons.map(button =>
    bindings[button].map(name => {
      const key = keyboard.addKey(name, options.capture ?? true)
      if (!Number.isInteger(key.keyCode))
        throw new Error(
          `keyboardSampler: Phaser knows no key '${name}' (for '${button}'); see Phaser.Input.Keyboard.KeyCodes`,
        )
      return key
    }),
  )
  const values = {} as Record<K, boolean>
  return Object.assign(
    () => {
      const away = isTyping()
      for (let i = 0; i < buttons.length; i++) values[buttons[i]] = !away && isAnyDown(keys[i])
      return values
    },
    {
      rest() {
        for (const key of keys.flat()) key.reset()
      },
    },
  )
}

function isAnyDown(keys: readonly PhaserKey[]): boolean {
  for (let i = 0; i < keys.length; i++) if (keys[i].isDown) return true
  return false
}

export interface PhaserPointerBindings<A extends string, B extends string> extends PointerBindings<A, B> {
  /** Where directions start, in the world's coordinates: a sprite will do. Default: the middle of the main camera. */
  from?(): PhaserPoint
}

/** Two axes that point from an origin to the pointer, in the world's coordinates, and a button while it is down. */
export function pointerAxes<A extends string, B extends string = never>(
  scene: PhaserScene,
  bindings: PhaserPointerBindings<A, B>,
): Sampler<A | B> {
  const at = { x: 0, y: 0, isDown: false }
  return pointerSampler(
    {
      read() {
        const { input, cameras } = scene
        if (!input || !cameras) return null
        const pointer = input.activePointer
        // Before its first event it stands in the canvas' corner, where nobody has put it.
        if (!pointer.event) return null
        const origin = bindings.from?.() ?? cameras.main.midPoint
        // Not pointer.worldX: that is from the last time the pointer moved, and cameras move too.
        worldPoint(cameras.main, pointer.x, pointer.y, at)
        at.x -= origin.x
        at.y -= origin.y
        at.isDown = pointer.isDown
        return at
      },
    },
    bindings,
  )
}

function worldPoint(camera: object, x: number, y: number, into: PhaserPoint): void {
  ;(camera as { getWorldPoint(x: number, y: number, output: PhaserPoint): unknown }).getWorldPoint(x, y, into)
}

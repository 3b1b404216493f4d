// The pointer over Babylon's canvas as a sampler for `net.sample`.

import { pointerSampler, type PointerBindings, type Sampler } from '@lockstride/core'
import type { BabylonScene } from './babylon-types.ts'

export interface BabylonPointerBindings<A extends string, B extends string> extends PointerBindings<A, B> {
  /** Where directions start, in the canvas' CSS pixels. Default: its middle. */
  from?(): { readonly x: number; readonly y: number }
}

/** Two axes that point from an origin to the pointer, in CSS pixels of the canvas, and a button while it is down. */
export function pointerAxes<A extends string, B extends string = never>(
  scene: BabylonScene,
  bindings: BabylonPointerBindings<A, B>,
): Sampler<A | B> {
  const canvas = scene.getEngine().getInputElement?.() ?? null
  const at = { x: 0, y: 0, isDown: false }
  let seen = false
  let clientX = 0
  let clientY = 0
  const moved = (event: PointerEvent): void => {
    seen = true
    clientX = event.clientX
    clientY = event.clientY
  }
  const pressed = (event: PointerEvent): void => {
    moved(event)
    at.isDown = true
  }
  const released = (): void => void (at.isDown = false)
  canvas?.addEventListener('pointermove', moved)
  canvas?.addEventListener('pointerdown', pressed)
  canvas?.ownerDocument.addEventListener('pointerup', released)
  canvas?.ownerDocument.addEventListener('pointercancel', released)
  const source = {
    read() {
      if (!seen || canvas === null) return null
      const box = canvas.getBoundingClientRect()
      const origin = bindings.from?.()
      at.x = clientX - box.left - (origin?.x ?? box.width / 2)
      at.y = clientY - box.top - (origin?.y ?? box.height / 2)
      return at
    },
    dispose() {
      canvas?.removeEventListener('pointermove', moved)
      canvas?.removeEventListener('pointerdown', pressed)
      canvas?.ownerDocument.removeEventListener('pointerup', released)
      canvas?.ownerDocument.removeEventListener('pointercancel', released)
    },
  }
  return pointerSampler(source, bindings)
}

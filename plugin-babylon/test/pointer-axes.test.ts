// The pointer over a canvas: as much of one as is asked. The engines' tests have a real one.

import { expect, test } from 'vitest'
import { pointerAxes, type BabylonScene } from '../src/index.ts'

class Canvas extends EventTarget {
  readonly ownerDocument = new EventTarget()

  getBoundingClientRect(): { left: number; top: number; width: number; height: number } {
    return { left: 10, top: 20, width: 300, height: 200 }
  }
}

const sceneOf = (canvas: Canvas | null): BabylonScene =>
  ({ getEngine: () => ({ getInputElement: () => canvas }) }) as unknown as BabylonScene

const at = (type: string, clientX: number, clientY: number): Event =>
  Object.assign(new Event(type), { clientX, clientY })

const AXES = { x: 'aimX', y: 'aimY', button: 'fire', max: 100 } as const

test('points from the middle of the canvas, or from where you say, in its CSS pixels', () => {
  const canvas = new Canvas()
  const sampler = pointerAxes(sceneOf(canvas), AXES)
  const elsewhere = pointerAxes(sceneOf(canvas), { ...AXES, from: () => ({ x: 0, y: 200 }) })
  expect(sampler()).toEqual({ aimX: 0, aimY: 0, fire: false })
  canvas.dispatchEvent(at('pointermove', 160 + 30, 120 - 50))
  expect(sampler()).toEqual({ aimX: 30, aimY: -50, fire: false })
  canvas.dispatchEvent(at('pointermove', 10 + 40, 220 - 30))
  expect(elsewhere()).toEqual({ aimX: 40, aimY: -30, fire: false })
})

test.each(['pointerup', 'pointercancel'])('is down from its press on the canvas to its %s, wherever that is', how => {
  const canvas = new Canvas()
  const sampler = pointerAxes(sceneOf(canvas), AXES)
  canvas.dispatchEvent(at('pointerdown', 170, 120))
  expect(sampler()).toEqual({ aimX: 10, aimY: 0, fire: true })
  canvas.ownerDocument.dispatchEvent(at(how, 0, 0))
  expect(sampler()).toEqual({ aimX: 10, aimY: 0, fire: false })
})

test('hears nothing once disposed, and nothing where there is no canvas', () => {
  const canvas = new Canvas()
  const sampler = pointerAxes(sceneOf(canvas), AXES)
  canvas.dispatchEvent(at('pointerdown', 170, 120))
  sampler.dispose!()
  canvas.dispatchEvent(at('pointermove', 200, 200))
  canvas.ownerDocument.dispatchEvent(at('pointerup', 0, 0))
  expect(sampler()).toEqual({ aimX: 10, aimY: 0, fire: true })
  expect(pointerAxes(sceneOf(null), AXES)()).toEqual({ aimX: 0, aimY: 0, fire: false })
})

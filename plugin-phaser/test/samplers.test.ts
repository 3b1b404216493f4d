import { afterEach, expect, test, vi } from 'vitest'
import { FakeElement, stubPage } from '../../plugin-core/test/worker/fake-page.ts'
import { keyboardSampler, pointerAxes } from '../src/index.ts'
import { FakeScene } from './fake-scene.ts'

afterEach(() => vi.unstubAllGlobals())

test("keys are the scene's own, by Phaser's names", () => {
  const scene = new FakeScene()
  const sampler = keyboardSampler(scene.asScene, { left: ['A', 'LEFT'], dash: ['SPACE'] })
  scene.keys.get('LEFT')!.isDown = true
  expect(sampler()).toEqual({ left: true, dash: false })
  sampler.rest!()
  expect(sampler()).toEqual({ left: false, dash: false })
})

test('keys typed into a text field hold nothing', () => {
  const { document } = stubPage()
  const scene = new FakeScene()
  const sampler = keyboardSampler(scene.asScene, { left: ['A'] })
  scene.keys.get('A')!.isDown = true
  document.activeElement = new FakeElement('textarea')
  expect(sampler()).toEqual({ left: false })
})

test('a key that Phaser does not know, and a game without keyboard, get a sentence', () => {
  const scene = new FakeScene()
  expect(() => keyboardSampler(scene.asScene, { left: ['LEFTT'] })).toThrow("Phaser knows no key 'LEFTT' (for 'left')")
  expect(() => keyboardSampler({ input: { keyboard: null } } as never, {})).toThrow('input.keyboard: false')
})

test("the pointer points from the camera's middle, or from where you say, in the world's coordinates", () => {
  const scene = new FakeScene()
  const bindings = { x: 'aimX', y: 'aimY', max: 100 } as const
  expect(pointerAxes(scene.asScene, bindings)()).toEqual({ aimX: 10, aimY: -80 })
  expect(pointerAxes(scene.asScene, { ...bindings, from: () => ({ x: 60, y: 120 }) })()).toEqual({ aimX: 50, aimY: 0 })
})

test('a pointer that nobody has moved yet points nowhere', () => {
  const scene = new FakeScene()
  const sampler = pointerAxes(scene.asScene, { x: 'aimX', y: 'aimY', button: 'fire', max: 100 })
  scene.input.activePointer.event = null
  expect(sampler()).toEqual({ aimX: 0, aimY: 0, fire: false })
  scene.input.activePointer.event = {}
  expect(sampler()).toEqual({ aimX: 10, aimY: -80, fire: false })
})

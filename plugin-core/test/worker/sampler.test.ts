import { afterEach, describe, expect, test, vi } from 'vitest'
import { combineSamplers, gamepadSampler, keyboardSampler, pointerSampler } from '../../src/worker/sampler.ts'
import { FakeElement, stubPage } from './fake-page.ts'

afterEach(() => vi.unstubAllGlobals())

test('of several samplers a button is held where any says so, and the largest deflection counts', () => {
  let key = true
  const sampler = combineSamplers<string>(
    () => ({ jump: key, left: false, aimX: -20 }),
    () => ({ jump: false, aimX: 90, aimY: 3 }),
    () => ({ aimX: 10, aimY: undefined }),
  )
  expect(sampler()).toEqual({ jump: true, left: false, aimX: 90, aimY: 3 })
  key = false
  expect(sampler()).toEqual({ jump: false, left: false, aimX: 90, aimY: 3 })
})

describe('the keyboard', () => {
  const key = (code: string, more: object = {}): object => ({ code, preventDefault: vi.fn<() => void>(), ...more })

  test('holds a button while any of its keys is down', () => {
    const { window } = stubPage()
    const sampler = keyboardSampler({ left: ['A', 'LEFT'], dash: ['SPACE'], slot7: ['7'] })
    expect(sampler()).toEqual({ left: false, dash: false, slot7: false })
    window.dispatch('keydown', key('KeyA'))
    window.dispatch('keydown', key('ArrowLeft'))
    window.dispatch('keydown', key('Numpad7'))
    window.dispatch('keyup', key('KeyA'))
    expect(sampler()).toEqual({ left: true, dash: false, slot7: true })
    window.dispatch('keyup', key('ArrowLeft'))
    expect(sampler()).toEqual({ left: false, dash: false, slot7: true })
  })

  test('is at rest after the window lost the focus', () => {
    const { window } = stubPage()
    const sampler = keyboardSampler({ left: ['A'] })
    window.dispatch('keydown', key('KeyA'))
    window.dispatch('blur')
    expect(sampler()).toEqual({ left: false })
  })

  test('leaves text fields and shortcuts alone, and keeps bound keys from scrolling the page', () => {
    const { window, document } = stubPage()
    const sampler = keyboardSampler({ left: ['A'], dash: ['SPACE'] })
    window.dispatch('keydown', key('KeyA', { ctrlKey: true }))
    document.activeElement = new FakeElement('input')
    window.dispatch('keydown', key('KeyA'))
    expect(sampler()).toEqual({ left: false, dash: false })
    document.activeElement = new FakeElement('button')
    const space = key('Space') as { preventDefault: ReturnType<typeof vi.fn> }
    const other = key('F5') as { preventDefault: ReturnType<typeof vi.fn> }
    window.dispatch('keydown', space)
    window.dispatch('keydown', other)
    expect(sampler()).toEqual({ left: false, dash: true })
    expect(space.preventDefault).toHaveBeenCalledOnce()
    expect(other.preventDefault).not.toHaveBeenCalled()
  })

  test('hears nothing once disposed, and nothing where there is no window', () => {
    const { window } = stubPage()
    keyboardSampler({ left: ['A'] }).dispose!()
    expect(window.listenerCount).toBe(0)
    vi.unstubAllGlobals()
    expect(keyboardSampler({ left: ['A'] })()).toEqual({ left: false })
  })
})

describe('a gamepad', () => {
  const pad = (axes: number[], pressed: number[] = [], connected = true): object => ({
    connected,
    axes,
    buttons: Array.from({ length: 16 }, (_, i) => ({ pressed: pressed.includes(i) })),
  })
  const pads = (...list: (object | null)[]): void => void vi.stubGlobal('navigator', { getGamepads: () => list })

  test('gives buttons, sticks as buttons, and axes beyond their dead zone', () => {
    pads(null, pad([-0.9, 0.1, 1], [2]))
    const sampler = gamepadSampler({
      buttons: { dash: [0, 2], left: ['axis0-'], right: ['axis0+'] },
      axes: { moveX: 0, moveY: 1, aimX: 2 },
    })
    expect(sampler()).toEqual({ dash: true, left: true, right: false, moveX: -112, moveY: 0, aimX: 127 })
  })

  test('is at rest when there is none, and while the page has no focus', () => {
    const { document } = stubPage()
    const sampler = gamepadSampler({ buttons: { dash: [0] }, axes: { moveX: 0 } })
    for (const list of [[], [null], [pad([1], [0], false)]]) {
      pads(...list)
      expect(sampler()).toEqual({ dash: false, moveX: 0 })
    }
    // Plugged in while it plays.
    pads(pad([1], [0], false), pad([1], [0]))
    expect(sampler()).toEqual({ dash: true, moveX: 127 })
    document.focused = false
    expect(sampler()).toEqual({ dash: false, moveX: 0 })
  })

  test('may be one of several', () => {
    pads(pad([0]), pad([1]))
    expect(gamepadSampler({ axes: { moveX: 0 }, pad: 1 })()).toEqual({ moveX: 127 })
    expect(gamepadSampler({ axes: { moveX: 0 }, pad: 2 })()).toEqual({ moveX: 0 })
  })
})

describe('a pointer', () => {
  const at = { x: 30, y: 40, isDown: false }
  const bindings = { x: 'aimX', y: 'aimY', button: 'fire' } as const

  test('points from the origin, at most as far as the radius', () => {
    expect(pointerSampler({ read: () => at }, { ...bindings, max: 100 })()).toEqual({ aimX: 30, aimY: 40, fire: false })
    expect(pointerSampler({ read: () => at }, { ...bindings, radius: 5, max: 100 })()).toEqual({
      aimX: 60,
      aimY: 80,
      fire: false,
    })
  })

  test('may count only while it is down, and upwards', () => {
    const pointer = { ...at }
    const sampler = pointerSampler({ read: () => pointer }, { ...bindings, max: 100, whileDown: true, invertY: true })
    expect(sampler()).toEqual({ aimX: 0, aimY: 0, fire: false })
    pointer.isDown = true
    expect(sampler()).toEqual({ aimX: 30, aimY: -40, fire: true })
  })

  test('is at rest while the page has no focus, or there is none', () => {
    const { document } = stubPage()
    let pointer: typeof at | null = { ...at, isDown: true }
    const sampler = pointerSampler({ read: () => pointer }, { ...bindings, max: 100 })
    document.focused = false
    expect(sampler()).toEqual({ aimX: 0, aimY: 0, fire: false })
    document.focused = true
    expect(sampler()).toEqual({ aimX: 30, aimY: 40, fire: true })
    pointer = null
    expect(sampler()).toEqual({ aimX: 0, aimY: 0, fire: false })
  })

  test('is not down from the loss of the focus until it was up', () => {
    const pointer = { ...at, isDown: true }
    const sampler = pointerSampler({ read: () => pointer }, bindings)
    sampler.rest!()
    expect(sampler()).toEqual({ aimX: 0, aimY: 0, fire: false })
    pointer.isDown = false
    sampler()
    pointer.isDown = true
    expect(sampler()).toMatchObject({ fire: true })
  })
})

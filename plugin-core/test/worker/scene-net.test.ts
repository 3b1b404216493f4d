import { afterEach, describe, expect, test, vi } from 'vitest'
import { SceneNet } from '../../src/worker/scene-net.ts'
import { POSE } from '../../src/worker/pose-track.ts'
import { FakeMatch } from './fake-match.ts'
import { stubPage } from './fake-page.ts'

interface Drawn {
  match: string
  x: number
  gone: boolean
}

const newNet = () =>
  new SceneNet<never, Drawn>({
    placer: () => (object, pose) => void (object.x = pose[POSE.x]),
    destroy: object => void (object.gone = true),
  })

function matchWithBody(x: number): FakeMatch {
  const match = new FakeMatch()
  match.world.write(0, ['Body'], { 'Body.x': x })
  match.world.publish()
  return match
}

afterEach(() => vi.unstubAllGlobals())

test('a frame samples the inputs, then places what is bound', () => {
  const match = matchWithBody(5)
  const net = newNet().use(match.asMatch)
  const made: Drawn[] = []
  net.sample(() => ({ left: true }))
  const binding = net.bind({
    query: ['Body'],
    create() {
      made.push({ match: 'a', x: NaN, gone: false })
      return made[0]
    },
    position: ['x'],
  })
  net.frame(1e6)
  expect(match.inputs).toEqual([{ left: true }])
  expect(made[0].x).toBe(5)
  expect(binding.count).toBe(1)
  expect(binding.get(0)).toBe(made[0])
})

test('another match takes over what is bound, sampled and heard; the first one is left alone', () => {
  const [first, second] = [matchWithBody(1), matchWithBody(2)]
  const heard: unknown[] = []
  const made: Drawn[] = []
  const net = newNet().use(first.asMatch)
  net.sample(() => ({ left: true }))
  net.on('hit', event => heard.push(event.payload))
  net.bind({
    query: ['Body'],
    create: (_e, view) => made[made.push({ match: String(view.Body.x[0]), x: 0, gone: false }) - 1],
    position: ['x'],
  })
  net.frame(1e6)
  net.use(second.asMatch)
  net.frame(1e6)
  first.raise('hit', { e: 1 })
  second.raise('hit', { e: 2 })
  expect(made).toEqual([
    { match: '1', x: 1, gone: true },
    { match: '2', x: 2, gone: false },
  ])
  expect(heard).toEqual([{ e: 2 }])
  // The last thing that the first match hears is that nothing is held.
  expect(first.inputs).toEqual([{ left: true }, {}])
  expect(first.handlerCount).toBe(0)
  expect(net.match).toBe(second)
})

test('what is registered before a match is used waits for it', () => {
  const match = matchWithBody(1)
  const net = newNet()
  let made = 0
  net.bind({ query: ['Body' as never], create: () => ({ match: '', x: made++, gone: false }) })
  net.on('hit' as never, () => made++)
  net.frame(1e6)
  net.use(match.asMatch).frame(1e6)
  match.raise('hit', {})
  expect(made).toBe(2)
})

test('release destroys and unregisters everything; the net may be used again', () => {
  const { window, document } = stubPage()
  const match = matchWithBody(1)
  const net = newNet().use(match.asMatch)
  const object = { match: '', x: 0, gone: false }
  const disposed = vi.fn<() => void>()
  net.sample(Object.assign(() => ({ left: true }), { dispose: disposed }))
  net.on('hit', () => {})
  net.bind({ query: ['Body'], create: () => object })
  net.frame(1e6)
  net.release()
  net.frame(1e6)
  expect(object.gone).toBe(true)
  expect(disposed).toHaveBeenCalledOnce()
  expect(match.handlerCount).toBe(0)
  expect(match.inputs.at(-1)).toEqual({})
  expect(match.inputs).toHaveLength(2)
  expect(window.listenerCount + document.listenerCount).toBe(0)
  expect(net.match).toBeNull()
  net.use(match.asMatch)
  net.frame(1e6)
  expect(match.inputs).toHaveLength(2)
})

describe('inputs', () => {
  test('of several samplers count together, each until its stop', () => {
    const match = new FakeMatch()
    const net = newNet().use(match.asMatch)
    net.sample(() => ({ left: true }))
    const stop = net.sample(() => ({ aimX: 5 }))
    net.frame(0)
    stop()
    net.frame(0)
    expect(match.inputs).toEqual([{ left: true, aimX: 5 }, { left: true }])
  })

  test('are what the samplers say in this frame, and nothing of the one before', () => {
    const match = new FakeMatch()
    const net = newNet().use(match.asMatch)
    const said: Record<string, boolean | number>[] = [{ left: true, aimX: 90 }, { left: false, aimX: -5 }, {}]
    net.sample(() => said.shift()!)
    for (let i = 0; i < 3; i++) net.frame(0)
    expect(match.inputs).toEqual([
      { left: true, aimX: 90 },
      { left: false, aimX: -5 },
      { left: false, aimX: 0 },
    ])
  })

  test('of scenes beside each other count together, each as long as it runs', () => {
    const match = new FakeMatch()
    const [game, touch] = [newNet().use(match.asMatch), newNet().use(match.asMatch)]
    let held = true
    game.sample(() => ({ left: held, aimX: 3 }))
    touch.sample(() => ({ left: false, aimX: -9 }))
    const frame = (): object => {
      match.inputs.length = 0
      for (const net of [game, touch]) net.frame(0)
      return match.inputs.at(-1)!
    }
    expect(frame()).toEqual({ left: true, aimX: -9 })
    // Nor does one let go what the other holds.
    expect(match.inputs[0]).toMatchObject({ left: true })
    touch.pause()
    expect(match.inputs.at(-1)).toEqual({ left: true, aimX: 3 })
    expect(frame()).toEqual({ left: true, aimX: -9 })
    touch.release()
    expect(match.inputs.at(-1)).toEqual({ left: true, aimX: 3 })
    expect(frame()).toEqual({ left: true, aimX: 3 })
    held = false
    game.use(new FakeMatch().asMatch)
    expect(match.inputs.at(-1)).not.toMatchObject({ left: true })
  })

  test('are let go of when the page is hidden or loses the focus, without a frame', () => {
    const { window, document } = stubPage()
    const match = new FakeMatch()
    const net = newNet().use(match.asMatch)
    let held = true
    net.sample(
      Object.assign(() => ({ left: held }), { rest: () => void (held = false) }),
      // A script goes on: nobody holds it.
      () => ({ aimX: 7 }),
    )
    window.dispatch('blur')
    expect(match.inputs).toEqual([{ left: false, aimX: 7 }])
    held = true
    document.dispatch('visibilitychange')
    expect(match.inputs).toHaveLength(1)
    document.hidden = true
    document.dispatch('visibilitychange')
    expect(match.inputs.at(-1)).toEqual({ left: false, aimX: 7 })
  })

  test('are neutral while the scene is paused', () => {
    const match = new FakeMatch()
    const net = newNet().use(match.asMatch)
    net.sample(() => ({ left: true }))
    net.frame(0)
    net.pause()
    expect(match.inputs).toEqual([{ left: true }, {}])
  })

  test('that are no function get a sentence', () => {
    expect(() => newNet().sample({ left: true } as never)).toThrow('sample: a function that returns the inputs')
  })
})

test('events go to the match in use; without one there is a sentence', () => {
  const match = new FakeMatch()
  const net = newNet()
  expect(() => net.emit('chat' as never, { text: 'hi' } as never)).toThrow('call net.use(match) first')
  expect(() => net.view).toThrow('call net.use(match) first')
  net.use(match.asMatch).emit('chat', { text: 'hi' })
  expect(match.emitted).toEqual([['chat', { text: 'hi' }]])
})

describe('raised events', () => {
  test('wait until they are certain, or are taken back, as the scene asks', () => {
    const match = new FakeMatch()
    const net = newNet()
    const told: unknown[] = []
    net.on('hit' as never, ({ payload }) => ({ sound: payload }), { cancel: shown => told.push(shown) })
    net.on('hit' as never, ({ payload }) => told.push(payload), { when: 'confirmed' })
    net.use(match.asMatch)
    const [first, second] = [match.raise('hit', 'a'), match.raise('hit', 'b')]
    match.settle('cancelled', first, 'hit')
    match.settle('confirmed', second, 'hit', 'b')
    expect(told).toEqual([{ sound: 'a' }, 'b'])
  })

  test('fade frame by frame, to nothing, once', () => {
    const net = newNet().use(new FakeMatch().asMatch)
    const left: number[] = []
    net.fade(100, share => left.push(Math.round(share * 100)))
    for (const ms of [1000, 1025, 1090, 1100, 1200]) net.frame(ms)
    expect(left).toEqual([100, 75, 10, 0])
  })

  test.each(['release', 'use', 'no match'] as const)('are gone at once when the scene cannot fade them (%s)', how => {
    const net = newNet()
    const left: number[] = []
    if (how !== 'no match') net.use(new FakeMatch().asMatch)
    net.fade(100, share => left.push(share))
    if (how === 'release') net.release()
    if (how === 'use') net.use(new FakeMatch().asMatch).frame(0)
    expect(left).toEqual([0])
  })
})

test('a disposed binding and a stopped handler stay away from the next match', () => {
  const [first, second] = [matchWithBody(1), matchWithBody(2)]
  const net = newNet().use(first.asMatch)
  let made = 0
  const binding = net.bind({ query: ['Body'], create: () => ({ match: '', x: made++, gone: false }) })
  const stop = net.on('hit', () => made++)
  binding.dispose()
  stop()
  net.use(second.asMatch).frame(0)
  second.raise('hit', {})
  expect(made).toBe(0)
  expect(binding.count).toBe(0)
})

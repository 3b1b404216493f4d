import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { SceneNet } from '../../src/worker/scene-net.ts'
import { SharedFeed } from '../../src/worker/shared-feed.ts'
import { AGAIN_TICK, DUE_MS, SharedWriter, TICK } from '../../src/worker/shared-states.ts'
import { POSE, PoseTrack } from '../../src/worker/pose-track.ts'
import type { StateView } from '../../src/worker/state-view.ts'
import { FakeMatch } from './fake-match.ts'
import { catchMistakes } from './mistakes.ts'

/** Frames as a browser draws them: whoever asks in a frame comes in the next one. */
let frames: Map<number, () => void>

beforeEach(() => {
  frames = new Map()
  let requests = 0
  vi.stubGlobal('requestAnimationFrame', (run: () => void) => {
    frames.set(++requests, run)
    return requests
  })
  vi.stubGlobal('cancelAnimationFrame', (request: number) => frames.delete(request))
})
afterEach(() => vi.unstubAllGlobals())

function drawFrame(): void {
  const due = frames
  frames = new Map()
  for (const run of due.values()) run()
}

/** A worker that publishes what a test writes. */
class Written {
  readonly match = new FakeMatch()
  readonly writer = new SharedWriter(this.match.world.layout.sizeBytes)
  readonly stats: number[] = []
  readonly view = this.match.view
  readonly feed = new SharedFeed(this.writer.memory, this.view as unknown as StateView, stats =>
    this.stats.push(stats[0]),
  )

  /** Entity 0 stands at `x` after `tick`. */
  readonly publish = (tick: number, x: number, again: { tick: number; x: number } | null = null): void => {
    const { header, stats, before, now, again: corrected } = this.writer.place
    before.set(this.#state(x - 1))
    now.set(this.#state(x))
    if (again !== null) corrected.set(this.#state(again.x))
    header[TICK] = tick
    header[DUE_MS] = 1000 + 20 * tick
    header[AGAIN_TICK] = again?.tick ?? -1
    stats[0] = tick
    this.writer.publish()
  }

  #state(x: number): Uint8Array {
    this.match.world.write(0, ['Body'], { 'Body.x': x })
    return this.match.world.bytes
  }
}

describe('the view follows shared memory', () => {
  test('a frame shows the newest state, with its stats and its time', () => {
    const { view, stats, publish } = new Written()
    const { x } = view.Body
    publish(1, 10)
    publish(2, 11)
    expect(view.tick).toBe(0)
    drawFrame()
    expect([view.tick, view.previous.tick, view.tickTimeMs]).toEqual([2, 1, 1040])
    expect([view.previous.Body.x[0], x[0]]).toEqual([10, 11])
    expect(stats).toEqual([2])
    drawFrame()
    expect(stats).toEqual([2])
  })

  test('columns are the page’s own: what is published later does not show through', () => {
    const { view, publish } = new Written()
    publish(1, 10)
    drawFrame()
    for (let tick = 2; tick < 9; tick++) publish(tick, 99)
    expect(view.Body.x[0]).toBe(10)
  })

  test('before anything that the worker tells is heard', () => {
    const { view, feed, publish } = new Written()
    publish(1, 10)
    feed.look()
    expect(view.tick).toBe(1)
  })

  test('a scene has the state of its frame, and the scenes of a frame have the same one', () => {
    const { match, view, publish } = new Written()
    const [first, second] = [scene(), scene()]
    for (const net of [first, second]) net.use(match.asMatch)
    publish(1, 10)
    first.frame(0)
    expect(view.tick).toBe(1)
    publish(2, 11)
    second.frame(0)
    expect(view.tick).toBe(1)
    drawFrame()
    publish(3, 12)
    second.frame(0)
    expect(view.tick).toBe(3)
  })

  test('a page without frames has what it is told to look for', () => {
    const { view, feed, publish } = new Written()
    for (let tick = 1; tick < 500; tick++) publish(tick, tick)
    feed.look()
    expect(view.Body.x[0]).toBe(499)
  })

  test('who throws on an update is reported, and ends no frame', () => {
    const { view, publish } = new Written()
    const mistakes = catchMistakes()
    const stop = view.onUpdate(() => {
      throw new Error('a mistake of the page')
    })
    publish(1, 10)
    drawFrame()
    expect(mistakes).toEqual(['a mistake of the page'])
    stop()
    publish(2, 11)
    drawFrame()
    expect(view.tick).toBe(2)
  })

  test('who draws a frame while it is told of a state reads that state to its end', () => {
    const { match, view, publish } = new Written()
    const net = scene()
    net.use(match.asMatch)
    const seen: number[] = []
    view.onUpdate(() => {
      seen.push(view.tick)
      // The worker goes on meanwhile.
      if (view.tick < 5) publish(view.tick + 1, 50)
      net.frame(0)
      seen.push(view.tick)
    })
    publish(1, 10)
    drawFrame()
    expect(seen).toEqual([1, 1])
  })

  test('stopped, it asks for no frame and reads no memory', () => {
    const { match, view, feed, publish } = new Written()
    feed.stop()
    publish(1, 10)
    expect(frames.size).toBe(0)
    scene().use(match.asMatch).frame(0)
    expect(view.tick).toBe(0)
  })
})

describe('a page that draws less often than the game ticks', () => {
  test('glides to what a rollback changed of the state that it shows', () => {
    const { view, publish } = new Written()
    const track = new PoseTrack(view as unknown as StateView, ['Body'], { position: ['x'] })
    publish(1, 100)
    drawFrame()
    expect(drawn(track, 20)).toBe(99)
    expect(drawn(track, 40)).toBe(100)
    publish(2, 41, { tick: 1, x: 40 })
    publish(3, 42, { tick: 1, x: 40 })
    drawFrame()
    expect(view.tick).toBe(3)
    // On the way from 41 to 42, and 60 more that fade.
    expect(drawn(track, 40)).toBe(101)
    expect(drawn(track, 90)).toBeLessThan(60)
    expect(drawn(track, 400)).toBe(42)
  })

  test('takes no correction of a state that it does not show', () => {
    const { view, publish } = new Written()
    const track = new PoseTrack(view as unknown as StateView, ['Body'], { position: ['x'] })
    publish(1, 100)
    drawFrame()
    publish(3, 102)
    drawFrame()
    publish(6, 105, { tick: 1, x: 40 })
    drawFrame()
    expect(drawn(track, 120)).toBe(104)
  })
})

function scene(): SceneNet {
  return new SceneNet({ placer: () => () => {}, destroy() {} })
}

/** Where entity 0 is drawn, `ms` after the time of tick 0. */
function drawn(track: PoseTrack, ms: number): number {
  track.begin(1000 + ms)
  return track.read(0)[POSE.x]
}

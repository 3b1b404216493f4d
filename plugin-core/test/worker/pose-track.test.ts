import { describe, expect, test } from 'vitest'
import { POSE, PoseTrack, type PoseSpec } from '../../src/worker/pose-track.ts'
import type { StateView } from '../../src/worker/state-view.ts'
import { layoutOf, TICK_MS, WrittenWorld } from './written-world.ts'

const BODY: PoseSpec = { position: ['x', 'y'], rotation: 'angle' }

function trackOf(world: WrittenWorld, spec: PoseSpec = BODY, query: string[] = ['Body']): PoseTrack {
  return new PoseTrack(world.view as unknown as StateView, query, spec)
}

/** The x that is drawn of entity 0 at this time. */
function drawnX(track: PoseTrack, nowMs: number): number {
  track.begin(nowMs)
  return track.read(0)[POSE.x]
}

/** A body that moves by 1 a tick, seen at tick 10. */
function moving(): WrittenWorld {
  const world = new WrittenWorld()
  world.tick = 9
  world.write(0, ['Body'], { 'Body.x': 9 })
  world.advance()
  world.set(0, { 'Body.x': 10 })
  return world
}

describe('between two states', () => {
  test('positions are drawn along the line, angles the short way round', () => {
    const world = new WrittenWorld()
    world.write(0, ['Body'], { 'Body.x': 0, 'Body.y': 10, 'Body.angle': 3.1 })
    world.advance()
    world.set(0, { 'Body.x': 4, 'Body.y': 20, 'Body.angle': -3.1 })
    const track = trackOf(world)
    world.publish(1000)
    track.begin(1000 + TICK_MS / 2)
    const pose = track.read(0)
    expect(pose[POSE.x]).toBeCloseTo(2)
    expect(pose[POSE.y]).toBeCloseTo(15)
    expect(Math.cos(pose[POSE.angle])).toBeCloseTo(-1)
  })

  test('quaternions are blended, fixed point is drawn as what it means', () => {
    const world = new WrittenWorld()
    world.write(0, ['Spin', 'Place'], { 'Spin.qw': 1, 'Place.x': 65536 })
    world.advance()
    world.set(0, { 'Spin.qw': Math.SQRT1_2, 'Spin.qy': Math.SQRT1_2, 'Place.x': 3 * 65536 })
    const track = trackOf(world, { position: ['x'], rotation: ['qx', 'qy', 'qz', 'qw'] }, ['Spin', 'Place'])
    world.publish(1000)
    track.begin(1000 + TICK_MS / 2)
    const pose = track.read(0)
    expect(pose[POSE.x]).toBeCloseTo(2)
    expect(pose[POSE.quaternion + 1]).toBeCloseTo(Math.sin(Math.PI / 8))
    expect(pose[POSE.quaternion + 3]).toBeCloseTo(Math.cos(Math.PI / 8))
  })

  test('an entity that was not there before is drawn where it is', () => {
    const world = moving()
    world.write(0, ['Body'], { 'Body.x': 100 }, 1)
    const track = trackOf(world)
    world.publish(1000)
    expect(drawnX(track, 1000)).toBe(100)
  })

  test('a move longer than the snap distance is a teleport', () => {
    const world = moving()
    world.set(0, { 'Body.x': 60 })
    const track = trackOf(world, { ...BODY, snapDistance: 50 })
    world.publish(1000)
    expect(drawnX(track, 1000)).toBe(60)
  })

  test('scale and offset map to the engine; a mirrored axis turns angles the other way', () => {
    const world = moving()
    world.set(0, { 'Body.y': 2, 'Body.angle': 0.5 })
    const track = trackOf(world, { ...BODY, scale: [10, -10], offset: [5, 7], rotationOffset: 1 })
    world.publish(1000)
    track.begin(2000)
    const pose = track.read(0)
    expect([pose[POSE.x], pose[POSE.y], pose[POSE.angle]]).toEqual([105, -13, 0.5])
  })
})

describe('a correction after a rollback', () => {
  /** Drawn at x = 10, then tick 10 turns out to be `x`, and the body goes on by 1 a tick. */
  function corrected(x: number, spec: PoseSpec = BODY): { world: WrittenWorld; track: PoseTrack; atMs: number } {
    const world = moving()
    const track = trackOf(world, spec)
    world.publish(1000)
    const atMs = 1000 + TICK_MS
    expect(drawnX(track, atMs)).toBeCloseTo(10)
    world.advance()
    world.rewriteBefore(0, { 'Body.x': x })
    world.set(0, { 'Body.x': x + 1 })
    world.publish(atMs)
    return { world, track, atMs }
  }

  test('does not move what is drawn, then fades', () => {
    const { track, atMs } = corrected(4)
    expect(drawnX(track, atMs)).toBeCloseTo(10)
    const soon = drawnX(track, atMs + 50) - 5
    expect(soon).toBeCloseTo(6 * Math.exp(-1.5))
    expect(drawnX(track, atMs + 100) - 5).toBeCloseTo(6 * 0.05, 1)
    expect(drawnX(track, atMs + 250)).toBe(5)
  })

  test('is nothing when the state before is what was published', () => {
    const { track, atMs } = corrected(10)
    expect(drawnX(track, atMs)).toBeCloseTo(10)
    expect(drawnX(track, atMs + TICK_MS / 2)).toBeCloseTo(10.5)
  })

  test('adds to what is left of the one before', () => {
    const { world, track, atMs } = corrected(4)
    const left = drawnX(track, atMs + TICK_MS) - 5
    world.advance()
    world.rewriteBefore(0, { 'Body.x': 8 })
    world.set(0, { 'Body.x': 9 })
    world.publish(atMs + TICK_MS)
    expect(drawnX(track, atMs + TICK_MS)).toBeCloseTo(5 + left)
  })

  test('snaps when it is longer than the snap distance', () => {
    const { track, atMs } = corrected(4, { ...BODY, snapDistance: 5 })
    expect(drawnX(track, atMs)).toBe(4)
  })

  test('is drawn at once with correctionMs 0', () => {
    const { track, atMs } = corrected(4, { ...BODY, correctionMs: 0 })
    expect(drawnX(track, atMs)).toBe(4)
  })

  test('is never blended into another entity of the same index', () => {
    const world = moving()
    const track = trackOf(world)
    world.publish(1000)
    drawnX(track, 1000 + TICK_MS)
    world.write(0, ['Body'], { 'Body.x': 50 }, 1)
    world.advance()
    world.publish(1000 + TICK_MS)
    expect(drawnX(track, 1000 + TICK_MS)).toBe(50)
  })

  test('that is still fading ends with its entity', () => {
    const { world, track, atMs } = corrected(4)
    world.advance()
    world.write(0, ['Body'], { 'Body.x': 50 }, 1)
    world.publish(atMs + TICK_MS)
    expect(drawnX(track, atMs + TICK_MS)).toBe(50)
  })

  test('of an entity that came later than predicted starts where it comes', () => {
    const world = moving()
    world.destroy(0)
    world.advance()
    world.write(0, ['Body'], { 'Body.x': 50 })
    const track = trackOf(world)
    world.publish(1000)
    expect(drawnX(track, 1000 + TICK_MS)).toBe(50)
    world.destroy(0)
    world.set(0, { 'Body.x': 0 })
    world.advance()
    world.write(0, ['Body'], { 'Body.x': 52 })
    world.publish(1000 + TICK_MS)
    expect(drawnX(track, 1000 + TICK_MS)).toBe(52)
  })

  test('is never blended into the next round, where generations begin again', () => {
    const world = moving()
    const track = trackOf(world)
    world.publish(1000)
    drawnX(track, 1000 + TICK_MS)
    world.round = 2
    world.write(0, ['Body'], { 'Body.x': 50 })
    world.advance()
    world.publish(1000 + TICK_MS)
    expect(drawnX(track, 1000 + TICK_MS)).toBe(50)
  })

  test('is unknown after ticks that were not published', () => {
    const { world, track, atMs } = corrected(10)
    world.tick += 3
    world.rewriteBefore(0, { 'Body.x': 30 })
    world.set(0, { 'Body.x': 31 })
    world.publish(atMs + 3 * TICK_MS)
    expect(drawnX(track, atMs + 3 * TICK_MS)).toBe(30)
  })

  test('of the newest tick, published once more, is blended too', () => {
    const { world, track, atMs } = corrected(10)
    const late = atMs + 3 * TICK_MS
    expect(drawnX(track, late)).toBe(11)
    world.set(0, { 'Body.x': 14 })
    world.publish(atMs)
    expect(drawnX(track, late)).toBeCloseTo(11)
    expect(drawnX(track, late + 1000)).toBe(14)
  })

  test('of an angle goes the short way round', () => {
    const world = new WrittenWorld()
    world.write(0, ['Body'], { 'Body.angle': 3.1 })
    world.advance()
    const track = trackOf(world)
    world.publish(1000)
    world.advance()
    world.rewriteBefore(0, { 'Body.angle': -3.1 })
    world.set(0, { 'Body.angle': -3.1 })
    world.publish(1000 + TICK_MS)
    track.begin(1000 + TICK_MS)
    expect(Math.sin(track.read(0)[POSE.angle])).toBeCloseTo(Math.sin(3.1))
    track.begin(1000 + TICK_MS + 30)
    // Between 3.1 and 2π − 3.1, not back through 0.
    expect(Math.cos(track.read(0)[POSE.angle])).toBeLessThan(-0.99)
  })

  test('of an orientation is a turn that fades', () => {
    const world = new WrittenWorld()
    const half = Math.PI / 12
    world.write(0, ['Spin'], { 'Spin.qz': Math.sin(half), 'Spin.qw': Math.cos(half) })
    world.advance()
    const track = trackOf(world, { rotation: ['qx', 'qy', 'qz', 'qw'] }, ['Spin'])
    world.publish(1000)
    world.advance()
    // The other way: 30° were drawn, -30° are true.
    world.rewriteBefore(0, { 'Spin.qz': -Math.sin(half), 'Spin.qw': Math.cos(half) })
    world.set(0, { 'Spin.qz': -Math.sin(half), 'Spin.qw': Math.cos(half) })
    world.publish(1000 + TICK_MS)
    const turnAt = (nowMs: number): number => {
      track.begin(nowMs)
      const pose = track.read(0)
      return 2 * Math.atan2(pose[POSE.quaternion + 2], pose[POSE.quaternion + 3])
    }
    expect(turnAt(1000 + TICK_MS)).toBeCloseTo(Math.PI / 6)
    const soon = turnAt(1000 + TICK_MS + 50)
    expect(soon).toBeGreaterThan(-Math.PI / 6 + 0.1)
    expect(soon).toBeLessThan(0)
    expect(turnAt(2000)).toBeCloseTo(-Math.PI / 6)
  })
})

describe('a spec', () => {
  const world = new WrittenWorld()

  test('that names no field of the query gets the known ones', () => {
    expect(() => trackOf(world, { position: ['x', 'z'] }, ['Body', 'Player'])).toThrow(
      "No field 'z' in Body, Player. Known fields: Body.x, Body.y, Body.angle, Player.slot, Player.score.",
    )
    expect(() => trackOf(world, { position: ['Player.slot'] }, ['Body'])).toThrow("No field 'Player.slot' in Body.")
  })

  test('that names a field of two components is asked which', () => {
    expect(() => trackOf(world, { position: ['x'] }, ['Body', 'Place'])).toThrow(
      "The field 'x' is in several of the queried components: say which, of Body.x, Place.x.",
    )
    expect(() => trackOf(world, { position: ['Place.x'] }, ['Body', 'Place'])).not.toThrow()
  })

  test('of half a quaternion or four positions is refused', () => {
    expect(() => trackOf(world, { rotation: ['qx', 'qy'] as never }, ['Spin'])).toThrow('the four of a quaternion')
    expect(() => trackOf(world, { position: ['x', 'y', 'x', 'y'] })).toThrow('not 4 fields')
  })
})

test('another schema is taken up by the next frame', () => {
  const world = moving()
  const track = trackOf(world)
  world.publish(1000)
  world.view.reset(layoutOf({ Body: { y: 'f32', x: 'i32', angle: 'f32' } }), 60)
  expect(() => track.begin(1000)).not.toThrow()
  world.view.reset(layoutOf({ Ship: { x: 'f64' } }), 60)
  expect(() => track.begin(1000)).toThrow("No component 'Body'. Known components: Ship.")
})

test('stops listening when disposed', () => {
  const world = moving()
  const track = trackOf(world, { ...BODY, correctionMs: 0 })
  world.publish(1000)
  track.dispose()
  world.set(0, { 'Body.x': 4 })
  world.publish(1000)
  expect(drawnX(track, 5000)).toBe(10)
})

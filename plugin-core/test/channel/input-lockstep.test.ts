// Every rule of "input-lockstep" in `specs/domn.md`, by name.

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { InputLockstep } from '../../src/channel/input-lockstep.ts'

const FAR = 1_000_000
const input = (a: number, b = 0): Uint8Array => Uint8Array.of(a, b)

function started(firstTick = 1): InputLockstep {
  const player = new InputLockstep(64, 2)
  player.start(firstTick)
  return player
}

test('exactly one input per player per tick', () => {
  const [ann, bob] = [started(), started()]
  expect(ann.take(1, input(5), null, FAR)).toBe('taken')
  expect(ann.lastTick).toBe(1)
  expect(bob.lastTick).toBe(0)
  expect(bob.take(1, input(6), null, FAR)).toBe('taken')
  expect([ann.ring.inputs.view(1), bob.ring.inputs.view(1)]).toEqual([input(5), input(6)])
})

test('a second, different input for the same tick is an error and never replaces the first', () => {
  const player = started()
  for (let tick = 1; tick <= 10; tick++) player.take(tick, input(tick), null, FAR)
  expect(player.take(7, input(99), null, FAR)).toBe('contradicts')
  expect(player.take(7, input(7, 1), null, FAR)).toBe('contradicts')
  expect(player.ring.inputs.view(7)).toEqual(input(7))
  expect(player.lastTick).toBe(10)
})

test('nor does it replace one that waits for those before it', () => {
  const player = started()
  player.take(9, input(9), null, FAR)
  expect(player.take(9, input(8), null, FAR)).toBe('contradicts')
  expect(player.ring.inputs.view(9)).toEqual(input(9))
  expect(player.lastTick).toBe(0)
})

test('a repeat of the same bytes is harmless', () => {
  const player = started()
  const bytes = input(5)
  expect(player.take(1, bytes, null, FAR)).toBe('taken')
  expect(player.take(1, input(5), null, FAR)).toBe('repeated')
  bytes[0] = 77
  expect(player.ring.inputs.view(1)).toEqual(input(5))
})

test('events are part of their tick: the same ones are a repeat, others contradict', () => {
  const player = started()
  const events = [Uint8Array.of(1, 2), Uint8Array.of(3)]
  expect(player.take(1, input(5), events, FAR)).toBe('taken')
  expect(player.take(1, input(5), [Uint8Array.of(1, 2), Uint8Array.of(3)], FAR)).toBe('repeated')
  for (const others of [null, [], [Uint8Array.of(1, 2)], [Uint8Array.of(1, 2), Uint8Array.of(4)]])
    expect(player.take(1, input(5), others, FAR)).toBe('contradicts')
  expect(player.ring.events(1)).toBe(events)
  expect(player.take(2, input(5), null, FAR)).toBe('taken')
  expect(player.take(2, input(5), events, FAR)).toBe('contradicts')
  expect(player.ring.events(2)).toBe(null)
})

test('inputs may come in any order: a gap holds back what counts as received, and is filled', () => {
  const player = started()
  for (const tick of [5, 1, 8, 3, 2]) expect(player.take(tick, input(tick), null, FAR)).toBe('taken')
  expect(player.lastTick).toBe(3)
  player.take(4, input(4), null, FAR)
  expect(player.lastTick).toBe(5)
  for (const tick of [7, 6]) player.take(tick, input(tick), null, FAR)
  expect(player.lastTick).toBe(8)
})

test('inputs beyond the buffer are not taken, and can come again', () => {
  const player = started()
  expect(player.take(33, input(1), null, 32)).toBe('ahead')
  expect(player.ring.has(33)).toBe(false)
  expect(player.take(32, input(1), null, 32)).toBe('taken')
  expect(player.take(33, input(2), null, 33)).toBe('taken')
  expect(player.ring.inputs.view(33)).toEqual(input(2))
})

test('a tick that is over changes nothing, whatever is said of it', () => {
  const player = started(100)
  expect(player.take(99, input(1), null, FAR)).toBe('repeated')
  expect(player.ring.has(99)).toBe(false)
  for (let tick = 100; tick < 200; tick++) player.take(tick, input(tick & 255), null, FAR)
  expect(player.take(100, input(1), null, FAR)).toBe('repeated')
  expect(player.ring.inputs.view(164)).toEqual(input(164))
})

test('ticks decided without the player are over; what came for later ones counts on', () => {
  const player = started()
  player.take(1, input(1), null, FAR)
  player.take(5, input(5), null, FAR)
  player.skipTo(4)
  expect(player.lastTick).toBe(5)
  expect(player.take(3, input(3), null, FAR)).toBe('repeated')
  expect(player.ring.has(3)).toBe(false)
  player.skipTo(2)
  expect(player.lastTick).toBe(5)
})

test('a new round begins anew', () => {
  const player = started()
  player.take(1, input(1), null, FAR)
  player.start(1)
  expect(player.lastTick).toBe(0)
  expect(player.take(1, input(2), null, FAR)).toBe('taken')
})

test('an input of another size is a mistake of ours', () => {
  expect(() => started().take(1, new Uint8Array(3), null, FAR)).toThrow('an input of 3 bytes where the game')
})

test('whatever order inputs, repeats and lies come in, the first of each tick stands', () => {
  const arrivals = fc.array(fc.record({ tick: fc.integer({ min: 1, max: 60 }), value: fc.nat(2) }), { maxLength: 300 })
  fc.assert(
    fc.property(arrivals, list => {
      const player = started()
      const first = new Map<number, number>()
      for (const { tick, value } of list) {
        const known = first.get(tick)
        const expected = known === undefined ? 'taken' : known === value ? 'repeated' : 'contradicts'
        expect(player.take(tick, input(value), null, FAR)).toBe(expected)
        if (known === undefined) first.set(tick, value)
      }
      for (const [tick, value] of first) expect(player.ring.inputs.view(tick)).toEqual(input(value))
      let last = 0
      while (first.has(last + 1)) last++
      expect(player.lastTick).toBe(last)
    }),
  )
})

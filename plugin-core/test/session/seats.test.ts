import { expect, test } from 'vitest'
import { Seats } from '../../src/session/star/seats.ts'
import { RESERVED_CALLS } from '../../src/wire/limits.ts'
import { entered } from './host-peers.ts'

/** Four places, and who sits there by slot; empty: nobody. */
function seatsOf(...tickets: readonly string[]): Seats {
  const seats = new Seats()
  seats.clear(4)
  tickets.forEach((ticket, slot) => ticket !== '' && seats.sit(entered(slot, ticket)))
  return seats
}

test('who comes has the lowest free place', () => {
  expect(seatsOf('a', '', 'c').slotFor('x', [])).toBe(1)
  expect(seatsOf('a', 'b', 'c', 'd').slotFor('x', [])).toBe(-1)
})

test('who comes again with its ticket has its own place, once', () => {
  const seats = seatsOf('a', 'b', 'c')
  seats.leave(seats.slots[0]!, 1)
  seats.leave(seats.slots[1]!, 1)
  expect(seats.knows('b')).toBe(true)
  expect(seats.slotFor('b', [])).toBe(1)
  expect(seats.knows('b')).toBe(false)
})

test('a kept place is for nobody else, nor is one of who is awaited, while there is another', () => {
  const seats = seatsOf('a', 'b')
  seats.leave(seats.slots[0]!, 1)
  expect(seats.slotFor('x', [2])).toBe(3)
})

test('in a full room the place of who is away longest goes first', () => {
  const seats = seatsOf('a', 'b', 'c', 'd')
  seats.leave(seats.slots[2]!, 1)
  seats.leave(seats.slots[0]!, 2)
  const comes = (ticket: string): number => {
    const slot = seats.slotFor(ticket, [])
    if (slot >= 0) seats.sit(entered(slot, ticket))
    return slot
  }
  expect(['x', 'y', 'z'].map(comes)).toEqual([2, 0, -1])
})

test('a place is kept for a while, and for nobody without a ticket', () => {
  const seats = seatsOf('a', 'b')
  const b = seats.slots[1]!
  b.ticket = ''
  seats.leave(seats.slots[0]!, 10)
  seats.leave(b, 10)
  seats.expire(10 + RESERVED_CALLS - 1)
  expect(seats.knows('a')).toBe(true)
  seats.expire(10 + RESERVED_CALLS)
  expect(seats.knows('a')).toBe(false)
  expect(seats.knows('')).toBe(false)
})

test('the roster has another version for any number of changes, and none without one', () => {
  const seats = seatsOf('a', 'b')
  expect(seats.renewRoster()).toBe(true)
  expect(seats.renewRoster()).toBe(false)
  expect(seats.rosterVersion).toBe(1)
  seats.leave(seats.slots[0]!, 1)
  seats.clear(2)
  // Who was told of the room before is told that it is another.
  expect(seats.renewRoster()).toBe(true)
  seats.rosterVersion = 0xffff
  seats.changed()
  seats.renewRoster()
  expect(seats.rosterVersion).toBe(0)
})

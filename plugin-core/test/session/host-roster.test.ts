import { expect, test } from 'vitest'
import { HostRoster } from '../../src/session/star/host-roster.ts'
import { RESERVED_CALLS } from '../../src/wire/limits.ts'
import { entered } from './host-peers.ts'

/** Of four slots, with these tickets; empty: nobody. */
function rosterOf(...tickets: readonly string[]): HostRoster {
  const roster = new HostRoster()
  roster.clear(4)
  tickets.forEach((ticket, slot) => ticket !== '' && roster.put(entered(slot, ticket)))
  return roster
}

test('who comes has the lowest free slot', () => {
  expect(rosterOf('a', '', 'c').slotFor('x', [])).toBe(1)
  expect(rosterOf('a', 'b', 'c', 'd').slotFor('x', [])).toBe(-1)
})

test('who comes again with its ticket has its own slot, once', () => {
  const roster = rosterOf('a', 'b', 'c')
  roster.leave(roster.slots[0]!, 1)
  roster.leave(roster.slots[1]!, 1)
  expect(roster.knows('b')).toBe(true)
  expect(roster.slotFor('b', [])).toBe(1)
  expect(roster.knows('b')).toBe(false)
})

test('a kept slot is for nobody else, nor is one of who is awaited, while there is another', () => {
  const roster = rosterOf('a', 'b')
  roster.leave(roster.slots[0]!, 1)
  expect(roster.slotFor('x', [2])).toBe(3)
})

test('in a full room the slot of who is away longest goes first', () => {
  const roster = rosterOf('a', 'b', 'c', 'd')
  roster.leave(roster.slots[2]!, 1)
  roster.leave(roster.slots[0]!, 2)
  const comes = (ticket: string): number => {
    const slot = roster.slotFor(ticket, [])
    if (slot >= 0) roster.put(entered(slot, ticket))
    return slot
  }
  expect(['x', 'y', 'z'].map(comes)).toEqual([2, 0, -1])
})

test('a slot is kept for a while, and for nobody without a ticket', () => {
  const roster = rosterOf('a', 'b')
  const b = roster.slots[1]!
  b.ticket = ''
  roster.leave(roster.slots[0]!, 10)
  roster.leave(b, 10)
  roster.expire(10 + RESERVED_CALLS - 1)
  expect(roster.knows('a')).toBe(true)
  roster.expire(10 + RESERVED_CALLS)
  expect(roster.knows('a')).toBe(false)
  expect(roster.knows('')).toBe(false)
})

test('the roster has another version for any number of changes, and none without one', () => {
  const roster = rosterOf('a', 'b')
  expect(roster.renew()).toBe(true)
  expect(roster.renew()).toBe(false)
  expect(roster.version).toBe(1)
  roster.leave(roster.slots[0]!, 1)
  roster.clear(2)
  // Who was told of the room before is told that it is another.
  expect(roster.renew()).toBe(true)
  roster.version = 0xffff
  roster.changed()
  roster.renew()
  expect(roster.version).toBe(0)
})

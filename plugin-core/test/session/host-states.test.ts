import { expect, test } from 'vitest'
import { newStats, type HostStats } from '../../src/session/star/host-report.ts'
import { HostOutbox } from '../../src/session/star/host-outbox.ts'
import type { HostPeer } from '../../src/session/star/host-peer.ts'
import { HostSnapshots } from '../../src/session/star/host-snapshots.ts'
import { HostStates } from '../../src/session/star/host-states.ts'
import { HostRoster } from '../../src/session/star/host-roster.ts'
import { entered, playing } from './host-peers.ts'

function roomOf(...peers: readonly HostPeer[]): { states: HostStates; snapshots: HostSnapshots; stats: HostStats } {
  const roster = new HostRoster()
  roster.clear(4)
  for (const p of peers) roster.put(p)
  const stats = newStats()
  const outbox = new HostOutbox({ sessionId: { hi: 1, lo: 1 }, epoch: 0, seed: 0 })
  const snapshots = new HostSnapshots(outbox, () => true)
  return { states: new HostStates(roster, snapshots, stats), snapshots, stats }
}

test('one whose state is not that of most gets another, and is compared no more until it has it', () => {
  const [a, b, c] = [playing(0), playing(1), playing(2)]
  const { states, snapshots, stats } = roomOf(a, b, c)
  expect(states.compare(a, 30, 5, null)).toEqual([])
  expect(states.compare(b, 30, 6, null)).toEqual([])
  expect(states.compare(c, 30, 5, null)).toEqual([b])
  expect([a, b, c].map(p => snapshots.has(p))).toEqual([false, true, false])
  expect(b.resyncing).toBe(true)
  expect(stats.desyncs).toBe(1)
  // Of those who are left both say the same.
  expect(states.compare(a, 60, 7, null)).toEqual([])
  expect(states.compare(c, 60, 7, null)).toEqual([])
})

test('two who differ cannot go on, and a sentence says so', () => {
  const [a, b] = [playing(0), playing(1)]
  const { states, stats } = roomOf(a, b)
  states.compare(a, 30, 5, null)
  expect(states.compare(b, 30, 6, null)).toBe(
    'desync at tick 30: the states of players 0 and 1 differ; run synctest on the rules to find the field',
  )
  expect(stats.desyncs).toBe(1)
})

test('the word of the rules beside the host is compared with at once, where there is one', () => {
  const a = playing(0)
  const { states } = roomOf(a, playing(1))
  const referee = {
    closed: () => {},
    allows: () => true,
    predict: () => false,
    checksum: (tick: number) => (tick === 30 ? 5 : null),
    roundEnd: () => null,
    state: () => null,
  }
  expect(states.compare(a, 30, 5, referee)).toEqual([])
  expect(states.compare(a, 31, 6, referee)).toEqual([])
  expect(states.compare(a, 30, 6, referee)).toEqual([a])
})

test('who comes gets a state, who plays only the one of its first tick, once, and from others', () => {
  const lobby = entered(0)
  const late = playing(1, 50)
  const { states, snapshots } = roomOf(lobby, late, playing(2))
  states.request(lobby, 0)
  expect(snapshots.has(lobby)).toBe(true)
  states.request(late, 49)
  expect(snapshots.has(late)).toBe(false)
  states.request(late, 50)
  expect(snapshots.has(late)).toBe(true)
  snapshots.remove(late)
  late.resyncing = false
  late.resyncedTick = 60
  states.request(late, 50)
  expect(snapshots.has(late)).toBe(false)
})

test('one who plays alone has nobody to ask for a state', () => {
  const alone = playing(0, 50)
  const { states, snapshots } = roomOf(entered(1), alone)
  states.request(alone, 50)
  expect(snapshots.has(alone)).toBe(false)
})

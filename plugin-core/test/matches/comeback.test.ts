// Lines that break and hosts that go: whoever was in the match is in it again, with the state it has.

import { expect, test } from 'vitest'
import { WholeMatch, type Machine } from './match.ts'

const LINE = { delayMs: 40, jitterMs: 15, loss: 0.05, duplicate: 0.01, reorder: 0.05 }

function begin(peers: number, seed: number, mode: 'rollback' | 'lockstep' = 'rollback'): WholeMatch {
  const match = new WholeMatch({ seed, peers, ticks: 0, mode, conditions: LINE, comeBack: true })
  match.clock.runUntil(() => match.machines.every(m => m.loop.timeline.confirmedTick > 200), 60_000)
  return match
}

const confirmed = (m: Machine): number => m.loop.timeline.confirmedTick

test('a line that broke for a moment costs no snapshot: its player hears what it missed, and has its slot again', () => {
  const match = begin(3, 7)
  const [ann, bob] = match.machines
  const { slot } = bob.loop.session
  bob.loop.reopen(match.network.client())
  const before = confirmed(ann)
  match.clock.runUntil(() => bob.enteredAt > 0, 20_000)
  expect(bob.loop.session.slot).toBe(slot)
  match.clock.advance(3000)
  expect(match.host.stats.snapshots).toBe(0)
  expect(confirmed(bob)).toBeGreaterThan(before + 120)
  expect(match.machines.map(m => m.end)).toEqual([null, null, null])
  expect(match.problems()).toEqual([])
})

// A relay that restarts refuses for a while. The first refusal was taken for the old news that the line is gone.
test('a new line that does not come up is told, each time, so that it is tried again; the one that comes up is played on', () => {
  const match = begin(2, 5)
  const [, bob] = match.machines
  // The line that it had, and each of three more.
  for (const told of [2, 3, 4]) {
    bob.loop.reopen({ open: events => events.left(0, 'nobody answers'), send() {}, close() {} })
    expect(bob.lost).toBe(told)
    match.clock.advance(100)
  }
  bob.loop.reopen(match.network.client())
  const before = confirmed(bob)
  match.clock.advance(4000)
  expect(confirmed(bob)).toBeGreaterThan(before + 60)
  expect(bob.lost).toBe(4)
  expect(match.machines.map(m => m.end)).toEqual([null, null])
  expect(match.problems()).toEqual([])
})

test.each(['rollback', 'lockstep'] as const)(
  'a host that is gone is followed by another, and nobody leaves the match (%s)',
  mode => {
    for (let seed = 1; seed <= 6; seed++) {
      const match = begin(4, seed, mode)
      const slots = match.machines.map(m => m.loop.session.slot)
      // The one that knows least: what others know beyond it stays as it was closed.
      const least = match.machines.toSorted((a, b) => confirmed(a) - confirmed(b))[0]
      match.migrate(least)
      const newest = Math.max(...match.machines.map(confirmed))
      match.clock.advance(4000)
      for (const m of match.machines) expect(confirmed(m), `seed ${seed}`).toBeGreaterThan(newest + 50)
      expect(match.machines.map(m => m.loop.session.slot)).toEqual(slots)
      expect(match.host.stats.snapshots).toBe(0)
      // Nobody was away in the eyes of the rules.
      expect(match.machines.map(m => m.leaves)).toEqual([0, 0, 0, 0])
      expect(match.problems(), `seed ${seed}`).toEqual([])
    }
  },
)

test('who played on the machine of the host that is gone leaves the match; the round ends and the next one starts as ever', () => {
  const match = begin(3, 3)
  const [first, second] = match.machines
  first.stop()
  first.loop.close()
  first.end = { kind: 'end', code: 'left', reason: 'closed', tick: 0 }
  match.migrate(second)
  const rounds = second.loop.session.round
  match.clock.runUntil(() => match.machines.slice(1).every(m => m.loop.session.round > rounds), 60_000)
  match.clock.advance(2000)
  expect(second.loop.session.round).toBeGreaterThan(rounds)
  expect(second.leaves).toBe(1)
  expect(match.problems()).toEqual([])
})

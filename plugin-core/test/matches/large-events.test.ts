// Whole matches in which much is said that no tick has room for: over bad lines, to those who come late, watch and come back, under
// another host, and from a recording.

import { expect, test } from 'vitest'
import { readReplay } from '../../src/replay/replay-file.ts'
import { Player, differing, recordMatch } from '../replay/recorded-match.ts'
import { WholeMatch, playMatch, type Machine, type MatchPlan } from './match.ts'

const BAD = { delayMs: 40, jitterMs: 20, loss: 0.3, duplicate: 0.1, reorder: 0.1 }
const GOOD = { delayMs: 40, jitterMs: 15, loss: 0.05, duplicate: 0.01, reorder: 0.05 }
const PLAN: Omit<MatchPlan, 'seed'> = {
  peers: 3,
  ticks: 400,
  mode: 'rollback',
  conditions: BAD,
  talk: 0.06,
  large: 0.7,
  comers: [{ tick: 120 }, { tick: 150, watch: { delayTicks: 0 } }, { tick: 180, watch: { delayTicks: 60 } }],
}

/** What scenes were told of that was too large for its tick. */
function largeOnes(m: Machine): number {
  return [...m.heard.confirmed.values()].flat().filter(told => told.startsWith('said') && told.length > 512).length
}

test.each([1, 2, 3])('three packets of ten are lost, and all hear the same (seed %i)', seed => {
  const report = playMatch({ ...PLAN, seed, mode: seed % 3 === 0 ? 'lockstep' : 'rollback' })
  expect(report.problems).toEqual([])
})

test.each([1, 2, 3, 4, 8])('a host that is gone takes nothing with it that was said (seed %i)', seed => {
  const match = new WholeMatch({
    talk: 0.15,
    seed,
    peers: 4,
    ticks: 0,
    mode: 'rollback',
    conditions: GOOD,
    large: 0.9,
    comeBack: true,
  })
  const confirmed = (m: Machine): number => m.loop.timeline.confirmedTick
  match.clock.runUntil(() => match.machines.every(m => confirmed(m) > 200 + seed), 60_000)
  match.migrate(match.machines.toSorted((a, b) => confirmed(a) - confirmed(b))[0])
  const newest = Math.max(...match.machines.map(confirmed))
  match.clock.advance(4000)
  // At once: a host that is not told again what the old one had is told a second later.
  expect(Math.min(...match.machines.map(confirmed))).toBeGreaterThan(newest + 135)
  expect(match.host.stats.snapshots).toBe(0)
  expect(match.problems()).toEqual([])
  const told = match.machines.map(largeOnes)
  expect(Math.min(...told)).toBeGreaterThan(5)
})

test('a recording plays all of it back, also from what a late one was given, and trimmed', () => {
  const plan = { ...PLAN, seed: 11, ticks: 500, conditions: GOOD }
  for (const options of [{}, { keepTicks: 300, stateTicks: 100, flushTicks: 7 }]) {
    const { all } = recordMatch(plan, options)
    for (const { buffer, machine } of all) {
      expect(largeOnes(machine)).toBeGreaterThan(10)
      const replay = readReplay(buffer.bytes())
      expect(replay.fault).toBe(null)
      const player = new Player(replay)
      player.toEnd()
      expect(player.headTick).toBe(replay.lastTick)
      expect(player.session.difference).toBe(null)
      expect(player.checksums.size).toBeGreaterThan(250)
      expect(differing(machine.checksums, player.checksums)).toEqual([])
    }
  }
})

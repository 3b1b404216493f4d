import { afterEach, expect, test } from 'vitest'
import { watchBranches, type Branches } from '../../src/loop/branches.ts'
import type { Loop } from '../../src/loop/loop.ts'
import { AuthoritativeMatch } from './authoritative-match.ts'
import { WholeDuel, duelPlanOf } from './duel-match.ts'

const open: Branches[] = []
afterEach(() => {
  for (const branches of open.splice(0)) branches.stop()
})

interface Side {
  readonly loop: Loop
  readonly checksums: Map<number, number>
}

/** A what-if on each side: without inputs of its own it is the match, with them it is the same one everywhere. */
function forkOnBothSides(sides: readonly Side[], advance: () => void): Branches[] {
  const watched = sides.map(({ loop }) => watchBranches(loop))
  open.push(...watched)
  advance()
  const tick = Math.min(...watched.map(each => each.certainTick)) - 5
  const plain = watched.map(each => each.fork({ tick }))
  const own = watched.map(each => each.fork({ tick, inputs: slot => (slot === 1 ? { fire: true, aim: 9 } : null) }))
  advance()
  let compared = 0
  for (let i = 0; i < 30; i++) {
    plain.forEach((whatIf, side) => {
      whatIf.advance()
      expect(whatIf.branch).toBe('main')
      const truth = sides[side].checksums.get(whatIf.tick)
      if (truth === undefined) return
      expect(whatIf.checksum()).toBe(truth)
      compared++
    })
    for (const whatIf of own) whatIf.advance()
    expect(new Set(own.map(whatIf => `${whatIf.branch} ${whatIf.checksum()}`)).size).toBe(1)
  }
  expect(own[0].branch).not.toBe('main')
  // A match may take a checksum every ten ticks only.
  expect(compared).toBeGreaterThanOrEqual(3 * sides.length)
  return watched
}

test('what-ifs beside a duel, whose machines close ticks by themselves', () => {
  const duel = new WholeDuel({ ...duelPlanOf(4), predictionWindow: 8, inputDelay: 1, ticks: 600, lateMs: 0 })
  const played = (tick: number): boolean => duel.machines.every(m => m.loop.timeline.confirmedTick > tick)
  duel.clock.runUntil(() => duel.machines.length === 2 && played(120), 60_000)
  const watched = forkOnBothSides(duel.machines, () => duel.clock.advance(1000))
  expect(watched.some(each => each.list().some(({ state }) => state === 'abandoned'))).toBe(true)
  duel.run()
  expect(duel.report().problems).toEqual([])
})

test('what-ifs beside an authoritative match, in which inputs come too late', () => {
  const conditions = { delayMs: 50, jitterMs: 30, loss: 0.05, duplicate: 0.01, reorder: 0.05 }
  const match = new AuthoritativeMatch({ seed: 3, peers: 3, ticks: 700, conditions })
  const played = (): boolean => match.players.every(p => p.loop.timeline.confirmedTick > 200)
  expect(match.clock.runUntil(played, 60_000)).toBe(true)
  forkOnBothSides(match.players, () => match.clock.advance(1000))
  match.run()
  const [first, ...others] = match.players
  expect(first.checksums.size).toBeGreaterThan(50)
  for (const other of others) expect(other.checksums).toEqual(first.checksums)
  expect(match.players.map(player => player.end)).toEqual([null, null, null])
})

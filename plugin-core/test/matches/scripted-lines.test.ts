// Matches with scripts whose lines break, whose hosts go, whose memories differ: what happens to a world happens to its scripts.

import { expect, test } from 'vitest'
import { sizedBytes } from '../../src/bytes/sized-bytes.ts'
import { findDivergence } from '../../src/loop/divergence.ts'
import { readReplay } from '../../src/replay/replay-file.ts'
import type { Game } from '../../src/sim/game.ts'
import { Player, differing, recordMatch } from '../replay/recorded-match.ts'
import { AuthoritativeMatch } from './authoritative-match.ts'
import { duelPlanOf, playDuel } from './duel-match.ts'
import { WholeMatch, type Machine, type MatchPlan } from './match.ts'
import { SOURCES, arenaScripts, scriptedArena } from './scripted-arena.ts'

const LINE = { delayMs: 40, jitterMs: 15, loss: 0.05, duplicate: 0.01, reorder: 0.05 }
const MARK = 'zz-a-mark-in-memory-zz'
const scripts = await arenaScripts({ ...SOURCES, 'mark.lua': `mark = '${MARK}'` })

const planOf = (more: Partial<MatchPlan> = {}): MatchPlan => ({
  ...{ seed: 21, peers: 3, ticks: 400, mode: 'rollback', conditions: LINE, game: scriptedArena, scripts },
  ...more,
})

function begin(match: WholeMatch, tick = 120): WholeMatch {
  match.clock.runUntil(() => match.machines.every(m => m.loop.timeline.confirmedTick > tick), 60_000)
  return match
}

/** Changes a letter of a text that no script reads: in the live image, and in all that a rollback would bring back. */
function spoil({ loop }: Machine): void {
  const { snapshots, timeline, simulation } = loop
  const live = sizedBytes()
  simulation.scripts!.save(live)
  const images = [live]
  for (let tick = timeline.headTick; snapshots.has(tick); tick--) images.push(snapshots.image(tick))
  for (const { bytes } of images) {
    const at = Buffer.from(bytes.buffer).indexOf(MARK)
    expect(at).toBeGreaterThan(0)
    bytes[at + 3] = 0x41
  }
  simulation.scripts!.load(live)
}

test('a line that broke costs no snapshot, and a host that goes is followed by another', () => {
  const match = begin(new WholeMatch(planOf({ comeBack: true })))
  const [ann, bob] = match.machines
  bob.loop.reopen(match.network.client())
  match.clock.runUntil(() => bob.enteredAt > 0, 20_000)
  match.clock.advance(1000)
  expect(match.host.stats.snapshots).toBe(0)
  match.migrate(ann)
  const before = bob.loop.timeline.confirmedTick
  match.clock.advance(2000)
  for (const m of match.machines) expect(m.loop.timeline.confirmedTick).toBeGreaterThan(before + 50)
  expect(match.problems()).toEqual([])
})

test('a machine whose scripts alone went astray gets world and image of the majority', () => {
  const match = begin(new WholeMatch(planOf()))
  spoil(match.machines[1])
  match.clock.advance(3000)
  expect(match.machines.map(m => m.end)).toEqual([null, null, null])
  expect(match.host.stats.desyncs).toBe(1)
  expect(match.host.stats.snapshots).toBe(1)
  const [truth, sums] = match.machines.map(m => m.checksums)
  const newest = Math.min(...match.machines.map(m => m.loop.timeline.confirmedTick))
  for (let tick = newest - 60; tick <= newest - 5; tick++) expect(sums.get(tick)).toBe(truth.get(tick))
})

test('without a majority the match ends, and the report says that the worlds are equal and the scripts are not', () => {
  const match = begin(new WholeMatch(planOf({ peers: 2 })))
  spoil(match.machines[1])
  match.clock.advance(1000)
  const [a, b] = match.machines
  for (const m of match.machines) expect(m.end).toMatchObject({ code: 'desync' })
  expect(findDivergence(a.loop, b.loop)).toMatchObject({ differences: [], inScripts: true })
})

test.each([31, 32])('a duel with scripts agrees in every confirmed tick (seed %i)', seed => {
  const report = playDuel({ ...duelPlanOf(seed), ticks: 560, game: scriptedArena, scripts })
  expect(report.problems).toEqual([])
  expect(report.rollbacks[0]).toBeGreaterThan(0)
})

test('in lockstep nothing is predicted, and scripts run as ever', () => {
  const match = new WholeMatch(planOf({ mode: 'lockstep', peers: 2, ticks: 200 }))
  match.run()
  expect(match.report().problems).toEqual([])
})

test('machines with other scripts refuse each other with the sentence for other rules', async () => {
  const match = begin(new WholeMatch(planOf({ peers: 2 })))
  const bot = SOURCES['bot.lua'] as { text: string; each: string[] }
  match.scripts = await arenaScripts({
    ...SOURCES,
    'mark.lua': `mark = '${MARK}'`,
    'bot.lua': { ...bot, text: `${bot.text} ` },
  })
  const late = match.add('late')
  match.clock.advance(1000)
  expect(late.end).toMatchObject({ reason: expect.stringContaining('their code or schema differs') as unknown })
})

test('a recording plays back with its scripts, from the start and from a state in it, and says nothing to the network', () => {
  const { all } = recordMatch(planOf({ peers: 2, ticks: 260, comers: [{ tick: 100 }] }), { stateTicks: 80 })
  for (const { machine, buffer } of all) {
    const player = new Player(readReplay(buffer.bytes()), machine.loop.simulation.game, 'test', 1, scripts)
    player.toEnd(2000)
    expect(differing(machine.checksums, player.checksums)).toEqual([])
    expect(player.checksums.size).toBeGreaterThan(120)
    player.seek(220)
    expect(player.headTick).toBeGreaterThanOrEqual(220)
    expect(differing(machine.checksums, player.checksums)).toEqual([])
  }
})

test('in authoritative mode the scripts run beside the host, too: its states and checksums are the reference', () => {
  const game: Game = { ...scriptedArena, validate: (sim, slot) => sim.present(slot) || sim.tick >= 0 }
  const match = new AuthoritativeMatch({
    ...{ seed: 3, peers: 3, ticks: 360, conditions: { ...LINE, loss: 0.01 }, game, scripts },
    ...{ cheat: { peer: 2, how: 'state' }, comers: [180] },
  })
  match.run()
  expect(match.differences([2])).toEqual([])
  expect(match.host.stats.snapshots).toBeGreaterThan(0)
  expect(match.players.filter((_, i) => i !== 2).map(p => p.end)).toEqual([null, null, null])
})

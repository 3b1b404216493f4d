// Two machines whose states differ: what is said of it, by fields of the world and by what scripts hold.

import { expect, test } from 'vitest'
import { sizedBytes } from '../../src/bytes/sized-bytes.ts'
import { describeDivergence } from '../../src/loop/divergence.ts'
import { WholeMatch, type Machine, type MatchPlan } from '../matches/match.ts'
import { SOURCES, arenaScripts, scriptedArena } from '../matches/scripted-arena.ts'

const GOAL = 12345.6789
const scripts = await arenaScripts({
  ...SOURCES,
  'goal.lua': `
    local plan = { steps = { ${GOAL} } }
    function on_tick() return plan end`,
})
const conditions = { delayMs: 30, jitterMs: 10, loss: 0.02, duplicate: 0, reorder: 0.02 }
const planOf = (peers: number): MatchPlan => ({
  ...{ seed: 9, peers, ticks: 400, mode: 'rollback', conditions, game: scriptedArena, scripts, checksumTicks: 30 },
})

function begin(match: WholeMatch): WholeMatch {
  match.clock.runUntil(() => match.machines.every(m => m.loop.timeline.confirmedTick > 60), 60_000)
  return match
}

/** The number that a script keeps is another one: in the live image, and in all that a rollback would bring back. */
function change({ loop }: Machine, to: number): void {
  const { snapshots, timeline, simulation } = loop
  const live = sizedBytes()
  simulation.scripts!.save(live)
  const images = [live]
  for (let tick = timeline.headTick; snapshots.has(tick); tick--) images.push(snapshots.image(tick))
  const wanted = Buffer.from(new Float64Array([GOAL]).buffer)
  for (const { bytes } of images) {
    const buffer = Buffer.from(bytes.buffer)
    let found = 0
    for (let at = 0; (at = buffer.indexOf(wanted, at)) >= 0; found++) buffer.writeDoubleLE(to, at)
    expect(found).toBeGreaterThan(0)
  }
  simulation.scripts!.load(live)
}

/** What is loaded and asked for meanwhile takes more than a turn. */
async function heard(match: WholeMatch, m: Machine): Promise<void> {
  for (let n = 0; n < 50 && m.astray.length === 0; n++) {
    match.clock.advance(100)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

test('a machine that is healed names the script and what in it was different', async () => {
  const match = begin(new WholeMatch(planOf(3)))
  const [, bob] = match.machines
  change(bob, 99.5)
  await heard(match, bob)
  expect(bob.astray).toHaveLength(1)
  const [report] = bob.astray
  expect(report).toMatch(
    /^desync: at tick \d+ this machine took over the state of the others\. Its own, against theirs:\n/,
  )
  expect(report.split('\n').slice(1)).toEqual([`goal.lua: upvalue plan.steps[1] of on_tick: 99.5 against ${GOAL}`])
  // It plays on, as the others do.
  match.clock.advance(2000)
  expect(match.machines.map(m => m.end)).toEqual([null, null, null])
  expect(match.machines.map(m => m.astray.length)).toEqual([0, 1, 0])
})

test('a world that differs is in the same report', async () => {
  const match = begin(new WholeMatch(planOf(3)))
  const [, bob] = match.machines
  const { offset } = scriptedArena.schema.layout.columns.find(c => c.component === 'Clock' && c.field === 'booms')!
  const { simulation, snapshots, timeline } = bob.loop
  const states = [simulation.bytes]
  for (let tick = timeline.headTick; snapshots.has(tick); tick--) states.push(snapshots.view(tick))
  for (const state of states) state[offset + 3] = 1
  await heard(match, bob)
  expect(bob.astray[0]).toMatch(/\nClock\.booms of entity 0: -?\d+ against -?\d+/)
})

test('who comes late, and who begins with a later round, tells nothing', async () => {
  const match = begin(new WholeMatch({ ...planOf(2), waitForRound: true }))
  const late = match.add('late')
  match.clock.runUntil(() => late.loop.timeline.confirmedTick > 600, 60_000)
  expect(late.loop.timeline.confirmedTick).toBeGreaterThan(600)
  // A report would be there by now.
  await import('../../src/loop/describe-states.ts')
  await new Promise(resolve => setTimeout(resolve, 0))
  expect(match.machines.map(m => m.astray)).toEqual([[], [], []])
})

test('two machines of one process are compared in the same lines', async () => {
  const match = begin(new WholeMatch(planOf(2)))
  const [ann, bob] = match.machines
  expect(await describeDivergence(ann.loop, bob.loop)).toEqual([])
  change(bob, 7)
  match.clock.advance(1000)
  for (const m of match.machines) expect(m.end).toMatchObject({ code: 'desync' })
  expect(await describeDivergence(ann.loop, bob.loop)).toEqual([
    `goal.lua: upvalue plan.steps[1] of on_tick: ${GOAL} against 7.0`,
  ])
})

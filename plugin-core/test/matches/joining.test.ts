// Coming into a match that is played: to play, to watch, to come back. The others go on as if nothing happened.

import { expect, test } from 'vitest'
import { arena } from './arena.ts'
import { WholeMatch, type Machine, type MatchPlan } from './match.ts'

const LINE = { delayMs: 40, jitterMs: 10, loss: 0.02, duplicate: 0.01, reorder: 0.02 }

function play(plan: Partial<MatchPlan>): WholeMatch {
  const match = new WholeMatch({ seed: 1, peers: 3, ticks: 600, mode: 'rollback', conditions: LINE, ...plan })
  match.run()
  return match
}

function presentIn({ loop }: Machine): number {
  const { bytes, layout } = loop.simulation
  return new Uint32Array(bytes.buffer, bytes.byteOffset)[layout.header.presentLow]
}

test.each(['rollback', 'lockstep'] as const)(
  'whoever comes during a round plays in it, and nobody waits (%s)',
  mode => {
    const match = play({ mode, comers: [{ tick: 150 }] })
    expect(match.report().problems).toEqual([])
    const late = match.machines[3]
    expect(late.enteredAt).toBeGreaterThan(150)
    expect(late.enteredAt).toBeLessThan(350)
    expect(match.host.stats.snapshots).toBe(1)
    expect(match.machines.map(m => presentIn(m))).toEqual([0b1111, 0b1111, 0b1111, 0b1111])
  },
)

test('many come at once, and one state serves all of them', () => {
  const comers = Array.from({ length: 5 }, (_, i) => ({ tick: 150 + i }))
  const match = play({ comers })
  expect(match.report().problems).toEqual([])
  for (const late of match.machines.slice(3)) expect(late.enteredAt).toBeGreaterThan(150)
  expect(match.host.stats.snapshots).toBe(5)
})

test('a state is kept for as long as somebody needs it', () => {
  const match = new WholeMatch({ seed: 1, peers: 2, ticks: 0, mode: 'rollback', conditions: LINE })
  const until = (done: () => boolean): boolean => match.clock.runUntil(done, 20_000)
  until(() => match.machines.every(m => m.loop.timeline.confirmedTick > 100))
  const late = match.add('late')
  expect(until(() => match.host.snapshotBytes > 0)).toBe(true)
  expect(until(() => late.enteredAt > 0)).toBe(true)
  expect(match.host.snapshotBytes).toBe(0)
  // One who asks for it, and goes before it has it.
  const gone = match.add('gone')
  until(() => match.host.snapshotBytes > 0)
  gone.loop.close()
  match.clock.advance(100)
  expect(match.host.snapshotBytes).toBe(0)
  expect(match.problems()).toEqual([])
})

test('for whose state the host has no room is told so, once everyone was asked; the others go on', () => {
  const match = play({ comers: [{ tick: 150 }, { tick: 200, watch: { delayTicks: 0 } }], stateRoom: 100 })
  const [late, watcher] = match.machines.slice(3)
  for (const m of [late, watcher]) {
    expect(m.end).toMatchObject({ code: 'refused' })
    expect(m.end!.reason).toMatch(
      /^the state of the running match takes 0\.\d MB, more than this host has room for now: come again/,
    )
  }
  expect(match.machines.slice(0, 3).map(m => m.end)).toEqual([null, null, null])
  expect(match.machines[0].loop.timeline.confirmedTick).toBeGreaterThanOrEqual(600)
  expect(match.host.snapshotBytes).toBe(0)
  expect(match.problems()).toEqual([])
})

test('whoever watches sees every tick, and nobody waits for it', () => {
  const match = play({
    comers: [
      { tick: 100, watch: { delayTicks: 0 } },
      { tick: 200, watch: { delayTicks: 90 } },
    ],
  })
  expect(match.report().problems).toEqual([])
  const [now, behind] = match.machines.slice(3)
  expect(now.loop.session.slot).toBe(-1)
  expect(now.loop.timeline.rollbacks).toBe(0)
  expect(presentIn(match.machines[0])).toBe(0b111)
  // Both saw the same, the second one 90 ticks later.
  expect(behind.checksums.size).toBeGreaterThan(250)
  const { closedTick } = match.host
  expect(closedTick - behind.loop.timeline.confirmedTick).toBeGreaterThanOrEqual(90)
  expect(closedTick - now.loop.timeline.confirmedTick).toBeLessThan(30)
})

test('a watcher that stops reading holds up nobody, and is let go', () => {
  const match = play({ ticks: 1500, peers: 2, comers: [{ tick: 100, watch: { delayTicks: 0 } }] })
  const watcher = match.machines[2]
  watcher.stop()
  match.clock.advance(12_000)
  expect(match.host.peers().map(p => p.slot)).toEqual([0, 1])
  expect(match.machines[0].loop.stats.stalledTicks).toBe(0)
})

test('whoever comes back with its ticket gets its slot back, and what the old connection had sent is forgotten', () => {
  const ticket = Uint8Array.from({ length: 16 }, (_, i) => i)
  const match = new WholeMatch({ seed: 4, peers: 2, ticks: 900, mode: 'rollback', conditions: LINE })
  match.clock.runUntil(() => match.machines.every(m => m.loop.timeline.confirmedTick > 60), 20_000)
  const first = match.add('back', { ticket })
  match.clock.runUntil(() => first.enteredAt > 0, 20_000)
  expect(first.loop.session.slot).toBe(2)
  const other = match.add('other')
  match.clock.runUntil(() => other.enteredAt > 0, 20_000)
  // Its line breaks without a word; a stranger does not get its place.
  first.stop()
  first.loop.close()
  match.clock.runUntil(() => match.host.peers().length === 3, 20_000)
  const stranger = match.add('stranger')
  match.clock.runUntil(() => stranger.enteredAt > 0, 20_000)
  expect(stranger.loop.session.slot).toBe(4)
  const again = match.add('back', { ticket })
  match.clock.runUntil(() => again.enteredAt > 0, 20_000)
  expect(again.loop.session.slot).toBe(2)
  // And once more while the host still believes in the old line.
  const twice = match.add('back', { ticket })
  match.clock.runUntil(() => twice.enteredAt > 0 && again.end !== null, 20_000)
  expect(twice.loop.session.slot).toBe(2)
  expect(again.end).toMatchObject({ code: 'replaced' })
  match.clock.advance(500)
  expect(match.machines.filter(m => m.end === null && m !== first).map(m => presentIn(m))).toEqual(
    Array.from({ length: 5 }, () => 0b11111),
  )
  expect(match.problems()).toEqual([])
})

test('a peer that froze for ten seconds is dropped, comes back, and plays on', () => {
  const ticket = Uint8Array.of(9, 9, 9)
  const match = new WholeMatch({ seed: 5, peers: 2, ticks: 1500, mode: 'rollback', conditions: LINE })
  const frozen = match.add('frozen', { ticket })
  match.clock.runUntil(() => match.machines.every(m => m.loop.timeline.confirmedTick > 60), 20_000)
  const slot = frozen.loop.session.slot
  frozen.stop()
  match.clock.advance(10_000)
  const [ann] = match.machines
  const before = ann.loop.timeline.confirmedTick
  expect(presentIn(ann) & (1 << slot)).toBe(0)
  const thawed = match.add('frozen', { ticket })
  match.clock.runUntil(() => thawed.enteredAt > 0, 20_000)
  expect(thawed.loop.session.slot).toBe(slot)
  match.clock.advance(2000)
  expect(ann.loop.timeline.confirmedTick).toBeGreaterThan(before + 120)
  expect(match.problems()).toEqual([])
})

const { offset } = arena.schema.layout.columns.find(c => c.component === 'Player' && c.field === 'score')!
const corrupt = { peer: 1, tick: 200, ticks: 20, at: offset + 2 * 2 }

test.each([1, 3, 5, 6, 9, 12])(
  'a machine whose state went astray is healed by one of the majority’s (seed %i)',
  seed => {
    const match = play({ seed, corrupt })
    expect(match.machines.map(m => m.end)).toEqual([null, null, null])
    expect(match.host.stats.desyncs).toBe(1)
    expect(match.host.stats.snapshots).toBe(1)
    const sums = match.machines.map(m => m.checksums)
    for (let tick = 1; tick < 200; tick++) expect(sums[1].get(tick)).toBe(sums[0].get(tick))
    const wrong = [...sums[1].keys()].filter(tick => sums[1].get(tick) !== sums[0].get(tick))
    expect(wrong.length).toBeGreaterThan(0)
    let healed = 0
    for (let tick = 300; tick <= 600; tick++) if (sums[1].get(tick) === sums[0].get(tick)) healed++
    expect(healed).toBe(301)
    expect(match.machines[0].loop.stats.stalledTicks).toBeLessThan(20)
  },
)

// It was handed the same old state each time, some fifty times, and went wrong again where that led it.
test('a machine that goes wrong again and again is given a newer state each time, once a second at the most', () => {
  const match = play({ corrupt: { ...corrupt, ticks: 300 } })
  expect(match.machines.map(m => m.end)).toEqual([null, null, null])
  const { snapshots, desyncs } = match.host.stats
  expect(snapshots).toBeGreaterThan(2)
  expect(snapshots).toBeLessThan(8)
  expect(desyncs).toBe(snapshots)
  const [truth, wrong] = match.machines.map(m => m.checksums)
  for (let tick = 590; tick <= 600; tick++) expect(wrong.get(tick)).toBe(truth.get(tick))
})

test('without a majority the match ends with a report', () => {
  const match = play({ peers: 2, corrupt })
  for (const m of match.machines) expect(m.end).toMatchObject({ code: 'desync' })
})

// Authoritative matches by seed: a bad line, or a cheat, is its player's own trouble, and nobody else's.

import { expect, test } from 'vitest'
import type { Game } from '../../src/sim/game.ts'
import { AuthoritativeMatch, fairArena, type AuthoritativePlan, type Cheat } from './authoritative-match.ts'

const GOOD = { delayMs: 30, jitterMs: 5, loss: 0.01, duplicate: 0.01, reorder: 0.01 }
const PLAN = { seed: 1, peers: 4, ticks: 1500, conditions: GOOD }

function play(plan: Partial<AuthoritativePlan>): AuthoritativeMatch {
  const match = new AuthoritativeMatch({ ...PLAN, ...plan })
  match.run()
  return match
}

/** Stalls and refused inputs of those with good lines, once the first seconds are over. */
function troubles(match: AuthoritativeMatch, bad: number): string[] {
  const found: string[] = []
  match.players.forEach(({ name, loop, settled, end }, i) => {
    if (i === bad) return
    if (end !== null) found.push(`${name} ended: ${end.reason}`)
    const stalled = loop.stats.stalledTicks - (settled?.stalled ?? 0)
    const late = loop.stats.lateInputs - (settled?.late ?? 0)
    if (stalled > 0) found.push(`${name} stalled for ${stalled} ticks`)
    if (late > 0) found.push(`${name} was late with ${late} inputs`)
  })
  return found
}

test.each([1, 2, 3])('good lines: nobody stalls, nothing is late, and the clocks may drift (seed %i)', seed => {
  const match = play({ seed, drift: [1.01, 0.99, 1.005, 1] })
  expect(match.differences()).toEqual([])
  const { stats } = match.host
  // A slow clock is noticed by an input that nearly came too late, and now and then by one that did.
  expect(stats.lateInputs).toBeLessThan(10)
  for (const p of match.players) expect(p.loop.stats.stalledTicks - p.settled!.stalled, p.name).toBe(0)
  expect([stats.desyncs, stats.vetoedInputs, stats.dropped]).toEqual([0, 0, 0])
  expect(match.host.notices).toEqual([])
  // Rounds end and start as in any other mode, by the word of the rules on the host.
  expect(match.players[0].loop.session.round).toBeGreaterThan(1)
})

test.each([1, 2])('a ping of 400 ms: its input delay goes up until its inputs are in time (seed %i)', seed => {
  const match = play({ seed, lines: { 2: { ...GOOD, delayMs: 200 } } })
  const far = match.players[2]
  expect(match.differences()).toEqual([])
  expect(troubles(match, 2)).toEqual([])
  expect(far.end).toBe(null)
  expect(far.delay).toBeGreaterThan(12)
  expect(far.delay).toBeLessThanOrEqual(22)
  expect(far.loop.stats.lateInputs).toBeGreaterThan(0)
  expect(far.loop.stats.lateInputs - far.settled!.late).toBeLessThan(10)
})

test.each([1, 2])('400 ms each way is beyond the input buffer: every input is refused, and said so (seed %i)', seed => {
  const match = play({ seed, lines: { 1: { ...GOOD, delayMs: 400 } } })
  const far = match.players[1]
  expect(match.differences()).toEqual([])
  expect(troubles(match, 1)).toEqual([])
  expect(far.end).toBe(null)
  expect(far.delay).toBe(22)
  expect(far.loop.stats.lateInputs).toBeGreaterThan(1000)
  // What it emitted is heard once, with a later tick: all but what is still on its way.
  const heard = match.players[0].heard[far.loop.session.slot]
  expect(heard).toBeLessThanOrEqual(far.emitted)
  expect(heard).toBeGreaterThan(far.emitted - 4)
  // Nobody calls that a cheat; and it is not mute: what it pressed a while ago is its slot's last input.
  expect(match.host.notices).toEqual([])
  const { slot } = far.loop.session
  const inputs = new Set(Array.from({ length: 1000 }, (_, i) => match.inputOf(slot, 400 + i)))
  expect(inputs.size).toBeGreaterThan(50)
})

test.each([1, 2, 3])(
  'four of ten packets lost: inputs travel again until they are there, and nobody else feels it (seed %i)',
  seed => {
    const match = play({ seed, lines: { 3: { ...GOOD, loss: 0.4 } } })
    const poor = match.players[3]
    expect(match.differences()).toEqual([])
    expect(troubles(match, 3)).toEqual([])
    expect(poor.end).toBe(null)
    expect(poor.delay).toBeGreaterThan(2)
    expect(poor.loop.stats.lateInputs - poor.settled!.late).toBeLessThan(60)
  },
)

test('a line that becomes good gives the input delay back', () => {
  const match = new AuthoritativeMatch({ ...PLAN, lines: { 2: { ...GOOD, delayMs: 200 } } })
  match.clock.advance(12_000)
  const before = match.players[2].delay
  match.network.set(GOOD, 3)
  match.clock.advance(25_000)
  expect(before).toBeGreaterThan(12)
  expect(match.players[2].delay).toBeLessThan(6)
  expect(match.differences()).toEqual([])
})

const OFFENCES: Readonly<Record<Exclude<Cheat, 'end'>, string>> = {
  state: 'state',
  input: 'input',
  hash: 'state',
  past: 'past',
  ahead: 'ahead',
  flood: 'flood',
}

test.each(Object.entries(OFFENCES) as [Cheat, string][])(
  'a cheat (%s) changes nothing for the others, and is named',
  (how, offence) => {
    const match = play({ seed: 4, cheat: { peer: 1, how }, comers: [600] })
    // Only a changed state is another one, on that machine alone.
    expect(match.differences(how === 'state' ? [1] : [])).toEqual([])
    expect(troubles(match, 1)).toEqual([])
    const { notices } = match.host
    expect(notices.map(n => n.offence)).toContain(offence)
    expect(new Set(notices.map(n => n.name))).toEqual(new Set(['p1']))
    const others = match.players.filter((_, i) => i !== 1 && i < PLAN.peers)
    for (const p of others) expect([...p.caught], p.name).toEqual(['p1'])
    expect(match.players[0].loop.session.round).toBeGreaterThan(1)
    // Whoever comes meanwhile is served by the host itself.
    expect(match.players[4].enteredAt).toBeGreaterThan(600)
    expect(match.players.map(p => p.asked)).toEqual([0, 0, 0, 0, 0])
  },
)

test('what the game forbids is in nobody’s tick', () => {
  const match = play({ seed: 5, ticks: 900, cheat: { peer: 2, how: 'input' } })
  const cheater = match.players[2]
  const { slot } = cheater.loop.session
  for (const tick of cheater.rows.keys()) {
    const bytes = Buffer.from(match.inputOf(slot, tick), 'hex')
    expect(bytes[0] & 3, `tick ${tick}`).not.toBe(3)
    expect(Math.abs(bytes.readInt8(1))).toBeLessThanOrEqual(100)
  }
  expect(match.host.stats.vetoedInputs).toBeGreaterThan(400)
  expect(cheater.loop.stats.vetoedInputs).toBeGreaterThan(400)
  expect(cheater.end).toBe(null)
})

test('a lie about the round’s end is not even heard where the host runs the rules', () => {
  const match = play({ seed: 12, cheat: { peer: 1, how: 'end' } })
  expect(match.differences()).toEqual([])
  expect(troubles(match, -1)).toEqual([])
  expect(match.players[0].loop.session.round).toBeGreaterThan(1)
})

test.each(['state', 'hash', 'end'] as const)('without rules on the host the majority names a cheat (%s)', how => {
  const match = play({ seed: 6, rules: false, cheat: { peer: 1, how }, comers: [600] })
  expect(match.differences(how === 'state' ? [1] : [])).toEqual([])
  expect(troubles(match, 1)).toEqual([])
  expect(match.host.notices).toMatchObject([{ name: 'p1', offence: 'state' }])
  expect(match.players[4].enteredAt).toBeGreaterThan(600)
  expect(match.players[0].loop.session.round).toBeGreaterThan(1)
})

test.each([200, 400])('whoever comes late by a line of %i ms each way plays, too', delayMs => {
  const match = play({ seed: 7, comers: [400], lines: { 4: { ...GOOD, delayMs } } })
  expect(match.players[4].enteredAt).toBeGreaterThan(400)
  expect(match.differences()).toEqual([])
  expect(troubles(match, 4)).toEqual([])
})

test('one who pauses is waited for by nobody, and is in time again soon after', () => {
  const match = new AuthoritativeMatch({ ...PLAN, seed: 8 })
  match.clock.advance(6000)
  const [first, second] = match.players
  const settled = first.loop.stats.stalledTicks
  first.loop.paused = true
  match.clock.advance(5000)
  const tick = second.loop.timeline.headTick
  expect(tick).toBeGreaterThan(600)
  first.loop.paused = false
  match.clock.advance(4000)
  const { lateInputs } = first.loop.stats
  match.clock.advance(4000)
  expect(first.loop.stats.lateInputs).toBe(lateInputs)
  expect(first.loop.timeline.headTick).toBeGreaterThan(tick + 400)
  expect(first.loop.stats.stalledTicks - settled).toBeLessThan(10)
  expect(troubles(match, 0)).toEqual([])
  expect(match.differences()).toEqual([])
})

test('a line that breaks is taken up again, and the others have played on', () => {
  const match = new AuthoritativeMatch({ ...PLAN, seed: 9 })
  match.clock.advance(6000)
  const bob = match.players[1]
  const { slot } = bob.loop.session
  bob.loop.reopen(match.network.client())
  match.clock.advance(6000)
  expect(bob.loop.session.slot).toBe(slot)
  expect(bob.enteredAt).toBeGreaterThan(300)
  expect(troubles(match, 1)).toEqual([])
  expect(match.differences()).toEqual([])
  expect(match.host.notices).toEqual([])
})

test('who watches sees the same, and is no weight on anyone', () => {
  const match = new AuthoritativeMatch({ ...PLAN, seed: 11 })
  match.clock.advance(4000)
  const watcher = match.add('watcher', { delayTicks: 60 })
  match.clock.advance(8000)
  expect(watcher.loop.timeline.confirmedTick).toBeGreaterThan(400)
  expect(watcher.checksums.size).toBeGreaterThan(20)
  expect(match.differences()).toEqual([])
  expect(troubles(match, 4)).toEqual([])
})

test.each([1, 2, 3])('a host that is gone is followed by another, which waits for nobody either (seed %i)', seed => {
  const match = new AuthoritativeMatch({ ...PLAN, seed, rules: false })
  match.clock.advance(6000)
  const tick = (i: number): number => match.players[i].loop.timeline.confirmedTick
  match.migrate(match.players[seed % 4])
  const newest = Math.max(...[0, 1, 2, 3].map(tick))
  match.clock.advance(3000)
  match.network.set({ ...GOOD, delayMs: 400 }, 2)
  match.clock.advance(4000)
  for (const i of [0, 1, 2, 3]) expect(tick(i)).toBeGreaterThan(newest + 300)
  expect(match.players.map(p => p.end)).toEqual([null, null, null, null])
  expect(match.players[1].loop.stats.lateInputs).toBeGreaterThan(100)
  expect(match.differences()).toEqual([])
  expect(match.host.notices).toEqual([])
})

test('where the host runs the rules, the game’s own guess stands for a missing input', () => {
  const game: Game = { ...fairArena, predict: (_last, ticksAhead, into) => into.fill(Math.min(ticksAhead, 50)) }
  const match = new AuthoritativeMatch({ ...PLAN, seed: 10, game })
  match.clock.advance(6000)
  const { slot } = match.players[2].loop.session
  match.players[2].loop.paused = true
  match.clock.advance(1000)
  expect(match.inputOf(slot, match.host.closedTick - 10)).toMatch(/^(..)\1$/)
  expect(match.differences()).toEqual([])
})

test('a host with other rules than the players’ lets nobody in, and says why', () => {
  const game: Game = { ...fairArena, schema: { ...fairArena.schema, version: 2 } }
  const match = new AuthoritativeMatch({ ...PLAN, hostGame: game })
  match.clock.advance(2000)
  for (const p of match.players) {
    expect(p.end).toMatchObject({ code: 'version' })
    expect(p.end!.reason).toContain('the host runs version 2 of "arena" itself')
  }
})

// Events where the host waits for nobody: a bad line makes them late, and never loses or repeats one, or changes their order.

import { expect, test } from 'vitest'
import { decodeEvent } from '../../src/event/event-codec.ts'
import type { NetworkConditions } from '../../src/transport/faults.ts'
import { CapabilitiesMatch, type Machine } from '../matches/capabilities-match.ts'
import { AuthoritativeMatch, fairArena, type AuthoritativePlan, type Player } from '../matches/authoritative-match.ts'

const GOOD = { delayMs: 30, jitterMs: 5, loss: 0.01, duplicate: 0.01, reorder: 0.01 }
const PLAN = { seed: 1, peers: 3, ticks: 900, conditions: GOOD }
/** Where this test's own events begin: those of the match itself are below. */
const FIRST = 1000

interface Emission {
  /** What every machine heard of the emitter, in the order of ticks. */
  readonly heard: number[][]
  emitted: number
}

function match(plan: Partial<AuthoritativePlan>): AuthoritativeMatch {
  return new AuthoritativeMatch({ ...PLAN, ...plan })
}

/** This player emits numbers that count up, `every` so many milliseconds. */
function emits(
  match: AuthoritativeMatch,
  from: Player,
  everyMs: number,
  text = '',
  many = 1,
): Emission & { stop: () => void } {
  const found: Emission & { stop: () => void } = { heard: match.players.map(() => []), emitted: 0, stop: () => {} }
  match.players.forEach(({ loop }, i) => {
    const takeFacts = loop.session.takeFacts.bind(loop.session)
    loop.session.takeFacts = () => {
      const facts = takeFacts()
      for (let at = 0; at < facts.length; at++) {
        const fact = facts.at(at)
        if (fact.kind !== 'tick') continue
        for (const { slot, bytes } of fact.events ?? []) {
          if (slot !== from.loop.session.slot) continue
          const { n } = decodeEvent(bytes)!.payload as { n: number }
          if (n >= FIRST) found.heard[i].push(n)
        }
      }
      return facts
    }
  })
  let cancel = (): void => {}
  const next = (): void => {
    cancel = match.clock.schedule(everyMs, next)
    if (!from.loop.running || from.loop.session.slot < 0) return
    for (let i = 0; i < many; i++)
      try {
        from.loop.emit('say', { n: FIRST + found.emitted, text })
        found.emitted++
      } catch (error) {
        expect(String(error)).toContain('too many events wait')
      }
  }
  next()
  found.stop = () => cancel()
  return found
}

const counted = (count: number): number[] => Array.from({ length: count }, (_, i) => FIRST + i)

/** For so long nothing that this peer sends reaches the host; it hears all that the host says. */
function hostMisses(m: ReturnType<typeof match>, missed: number, ms: number): void {
  const receive = m.host.receive.bind(m.host)
  m.host.receive = (peer, bytes) => {
    if (peer !== missed) receive(peer, bytes)
  }
  m.clock.advance(ms)
  m.host.receive = receive
}

const LINES: readonly [string, NetworkConditions][] = [
  ['four of ten packets lost', { ...GOOD, loss: 0.4 }],
  ['a ping of 400 ms', { ...GOOD, delayMs: 200 }],
  ['a ping of 400 ms, and four of ten lost', { ...GOOD, delayMs: 200, loss: 0.4 }],
  ['a ping of 800 ms, beyond what a delay can mend', { ...GOOD, delayMs: 400, loss: 0.2 }],
]

test.each(LINES.flatMap(([name, line]) => [1, 2].map(seed => [name, seed, line] as const)))(
  '%s: each event is heard once, in order (seed %i)',
  (_name, seed, line) => {
    const m = match({ seed, lines: { 2: line } })
    const all = emits(m, m.players[2], 110)
    m.run()
    all.stop()
    m.clock.advance(3000)
    expect(all.emitted).toBeGreaterThan(100)
    for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
    expect(m.differences()).toEqual([])
  },
)

test.each([1, 2, 3])(
  'a line that stands still: what was emitted meanwhile is heard when it is back (seed %i)',
  seed => {
    const m = match({ seed })
    const all = emits(m, m.players[1], 90)
    m.clock.advance(5000)
    m.network.set({ ...GOOD, loss: 1 }, 2)
    m.clock.advance(1800)
    m.network.set(GOOD, 2)
    m.clock.advance(3000)
    all.stop()
    m.clock.advance(2000)
    expect(m.host.stats.dropped).toBe(0)
    for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
  },
)

test.each([1, 2])('only the way to the host stands still (seed %i)', seed => {
  const m = match({ seed })
  const all = emits(m, m.players[1], 90)
  m.clock.advance(5000)
  hostMisses(m, 2, 1800)
  m.clock.advance(3000)
  all.stop()
  m.clock.advance(2000)
  expect(m.host.stats.dropped).toBe(0)
  for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
})

test.each([1, 3, 4])('a line that breaks: what was under way is said anew by the next one (seed %i)', seed => {
  const m = match({ seed, lines: { 1: { ...GOOD, delayMs: 20 * seed, loss: 0.2 } } })
  const bob = m.players[1]
  const all = emits(m, bob, 20)
  m.clock.advance(5000)
  for (let times = 0; times < 3; times++) {
    bob.loop.reopen(m.network.client())
    m.clock.advance(2000)
  }
  all.stop()
  m.clock.advance(2000)
  for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
})

test('what was under way when ticks went by unseen is told to be lost', () => {
  const m = match({ seed: 5 })
  const bob = m.players[1]
  const all = emits(m, bob, 50)
  m.clock.advance(5000)
  m.network.set({ ...GOOD, loss: 1 }, 2)
  m.clock.advance(500)
  all.stop()
  // Longer than the ticks that a host keeps.
  m.clock.advance(20_000)
  bob.loop.reopen(m.network.client())
  m.clock.advance(3000)
  expect(bob.loop.session.state).toBe('running')
  const [ann] = all.heard
  expect(ann.length).toBeLessThan(all.emitted)
  expect(ann).toEqual(counted(all.emitted).filter(n => ann.includes(n)))
  expect(bob.told.join()).toMatch(/^emit: \d+ events were under way when the line broke/)
})

test('a player who is dropped and comes again', () => {
  const m = match({ seed: 5 })
  const bob = m.players[1]
  const all = emits(m, bob, 50)
  m.clock.advance(5000)
  m.network.set({ ...GOOD, loss: 1 }, 2)
  m.clock.advance(4000)
  expect(m.host.stats.dropped).toBe(1)
  bob.loop.reopen(m.network.client())
  m.clock.advance(2000)
  all.stop()
  m.clock.advance(2000)
  for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
})

test.each([
  ['near', GOOD],
  ['with losses', { ...GOOD, loss: 0.4 }],
  ['far', { ...GOOD, delayMs: 200 }],
  ['far, with losses', { ...GOOD, delayMs: 200, loss: 0.3 }],
] as const)('more than the line carries: emit says so, and what it took is heard, in order (%s)', (_name, line) => {
  const m = match({ seed: 6, lines: { 1: line }, talks: 0 })
  const bob = m.players[1]
  m.clock.advance(4000)
  const before = bob.loop.stats.lateInputs
  const all = emits(m, bob, 17, 'x'.repeat(150), 3)
  m.clock.advance(3000)
  all.stop()
  m.clock.advance(8000)
  expect(all.emitted).toBeGreaterThan(80)
  for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
  // The inputs still get there.
  if (line.loss === 0.01) expect(bob.loop.stats.lateInputs - before).toBeLessThan(30)
  expect(m.host.stats.eventsDropped).toBe(0)
  expect(m.host.notices).toEqual([])
})

test('more than a tick holds, of everybody: the host has room for what they have under way', () => {
  const m = match({ seed: 8, talks: 0 })
  m.clock.advance(3000)
  // Of large ones a tick carries one.
  const all = m.players.map(p => emits(m, p, 17, 'x'.repeat(600)))
  m.clock.advance(6000)
  for (const each of all) each.stop()
  m.clock.advance(25_000)
  expect(m.host.stats.eventsDropped).toBe(0)
  for (const each of all) for (const heard of each.heard) expect(heard).toEqual(counted(each.emitted))
})

test.each([1, 2])('large ones, too (seed %i)', seed => {
  const m = match({ seed, lines: { 1: { ...GOOD, loss: 0.4 } } })
  const all = emits(m, m.players[1], 150, 'y'.repeat(700))
  m.clock.advance(9000)
  all.stop()
  m.clock.advance(8000)
  for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
})

test.each([1, 3, 5])('a line that breaks where a round ends (seed %i)', seed => {
  const m = match({ seed })
  const bob = m.players[1]
  const all = emits(m, bob, 20)
  m.clock.runUntil(() => m.host.closedTick >= 690 + 4 * seed, 60_000)
  bob.loop.reopen(m.network.client())
  m.clock.advance(3000)
  all.stop()
  m.clock.advance(2000)
  expect(bob.loop.session.round).toBe(2)
  for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
})

test.each([
  [1, 0],
  [3, 0],
  [1, 600],
  [2, 600],
])('another host: what the one before had not closed is heard (seed %i, text of %i bytes)', (seed, size) => {
  const m = match({ seed, rules: false, lines: { 1: { ...GOOD, loss: 0.3 } } })
  const all = emits(m, m.players[1], size === 0 ? 30 : 90, 'z'.repeat(size))
  m.clock.advance(5000)
  m.migrate(m.players[seed % 3])
  m.clock.advance(4000)
  all.stop()
  m.clock.advance(2000)
  expect(m.players.map(p => p.end)).toEqual([null, null, null])
  for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
})

test.each([1, 2])('equal events are as many as were emitted (seed %i)', seed => {
  const m = match({ seed, lines: { 1: { ...GOOD, delayMs: 80, loss: 0.4 } }, talks: 0 })
  const bob = m.players[1]
  let emitted = 0
  const next = (): void => {
    if (emitted === 150) return
    m.clock.schedule(35, next)
    if (!bob.loop.running) return
    bob.loop.emit('say', { n: 1 })
    emitted++
  }
  next()
  m.clock.advance(12_000)
  expect(emitted).toBe(150)
  expect(m.players.map(p => p.heard[bob.loop.session.slot])).toEqual([150, 150, 150])
})

test.each([0.01, 0.3])('a machine that is given another state while it plays (loss %f)', loss => {
  const cheat = { peer: 1, how: 'state' } as const
  const m = match({ seed: 9, cheat, lines: { 1: { ...GOOD, loss } } })
  const all = emits(m, m.players[1], 30)
  m.clock.advance(12_000)
  all.stop()
  m.clock.advance(2000)
  expect(m.host.stats.snapshots).toBeGreaterThan(2)
  for (const heard of [all.heard[0], all.heard[2]]) expect(heard).toEqual(counted(all.emitted))
})

test('an input that the rules forbid takes no event with it', () => {
  const game = { ...fairArena, validate: (_sim: unknown, slot: number) => slot !== 1 }
  const m = match({ seed: 7, game })
  const bob = m.players.find(p => p.loop.session.slot === 1) ?? m.players[1]
  const all = emits(m, bob, 70)
  m.clock.advance(5000)
  all.stop()
  m.clock.advance(1000)
  expect(m.host.stats.vetoedInputs).toBeGreaterThan(100)
  for (const heard of all.heard) expect(heard).toEqual(counted(all.emitted))
})

/** An authoritative match with envelopes; the last player's line is bad, and it chats, with numbers that count up. */
function chats(
  seed: number,
  line: NetworkConditions,
): { m: CapabilitiesMatch; bob: Machine; heard(): number[][]; said(): number } {
  const m = new CapabilitiesMatch({ seed, peers: 2, authoritative: true, conditions: GOOD })
  const bob = m.add('bob', { comesBack: true })
  m.network.set(line, 3)
  let said = 0
  let stopped = false
  const next = (): void => {
    if (!stopped) m.clock.schedule(60, next)
    if (!bob.loop.running || bob.loop.session.slot < 0 || stopped) return
    try {
      bob.loop.emit('chat', { n: FIRST + said })
      said++
    } catch (error) {
      expect(String(error)).toContain('ERR_CAPABILITY')
    }
  }
  m.run(60)
  next()
  return {
    ...{ m, bob },
    said: () => {
      stopped = true
      return said
    },
    heard: () =>
      m.machines.map(({ delivered }) =>
        delivered.filter(e => e.kind === 'chat').map(e => (e.payload as { n: number }).n),
      ),
  }
}

test.each(LINES.map(([name, line], i) => [name, i + 1, line] as const))('envelopes, too: %s', (_name, seed, line) => {
  const { m, said, heard } = chats(seed, line)
  m.clock.advance(9000)
  const count = said()
  m.clock.advance(3000)
  expect(count).toBeGreaterThan(100)
  for (const each of heard()) expect(each).toEqual(counted(count))
  expect(m.machines.map(each => each.told)).toEqual([[], [], []])
  expect(m.problems()).toEqual([])
})

test.each([20, 60, 200])('envelopes of a player whose line breaks are delivered by the next one (%i ms)', delayMs => {
  const { m, bob, said, heard } = chats(delayMs, { ...GOOD, delayMs, loss: 0.2 })
  for (let times = 0; times < 4; times++) {
    m.clock.advance(1500)
    bob.loop.reopen(m.network.client())
  }
  m.clock.advance(2000)
  const count = said()
  m.clock.advance(3000)
  for (const each of heard()) expect(each).toEqual(counted(count))
  expect(m.machines.flatMap(each => each.told)).toEqual([])
  expect(m.problems()).toEqual([])
})

test('what the host refuses is told, and holds nothing up', () => {
  const { m, bob, said, heard } = chats(6, { ...GOOD, loss: 0.3 })
  m.clock.advance(2000)
  m.host.revoke(2, ['chat:send'])
  m.clock.advance(1000)
  m.host.grant(2, ['chat:send'])
  m.clock.advance(3000)
  const count = said()
  m.clock.advance(3000)
  const refused = bob.told.filter(fault => fault.reason.includes('relay'))
  const [ann] = heard()
  expect(ann).toEqual(ann.toSorted((a, b) => a - b))
  expect(ann.at(-1)).toBe(FIRST + count - 1)
  expect(count - ann.length).toBeGreaterThan(0)
  expect(refused.length).toBeGreaterThan(0)
  expect(m.problems()).toEqual([])
})

test('events that are repeated do not make a line look longer than it is', () => {
  const m = match({ seed: 3 })
  const all = emits(m, m.players[1], 90)
  m.clock.advance(5000)
  hostMisses(m, 2, 1000)
  m.clock.advance(1500)
  all.stop()
  expect(m.players[1].delay).toBeLessThan(14)
})

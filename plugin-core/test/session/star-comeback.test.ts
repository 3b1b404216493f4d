// Players who pause, are dropped, and come back, at any time: a round's end, others who pause, another line under way. What the host
// says of a player and what its own machine says is the same in the end.

import { expect, test } from 'vitest'
import type { Fact } from '../../src/session/fact.ts'
import type { MatchState } from '../../src/worker/match.ts'
import { WholeMatch, type Machine } from '../matches/match.ts'
import { arena } from '../matches/arena.ts'
import { seeded } from '../seeded.ts'

const SEEDS = Number(process.env.LOCKSTRIDE_COMEBACKS ?? 16)

/** What a page would show, by the same facts (worker-match.ts, connect.ts). */
function stateOf(before: MatchState, fact: Fact): MatchState {
  switch (fact.kind) {
    case 'welcome':
      return 'lobby'
    case 'lost':
      return 'reconnecting'
    case 'resumed':
      return fact.plays ? 'running' : 'waiting'
    case 'start':
    case 'entered':
      return 'running'
    default:
      return before
  }
}

class Page {
  readonly machine: Machine
  state: MatchState = 'connecting'
  #reopens = false
  constructor(match: WholeMatch, machine: Machine, waitMs: number) {
    this.machine = machine
    const { session } = machine.loop
    const takeFacts = session.takeFacts.bind(session)
    session.takeFacts = () => {
      const facts = takeFacts()
      for (let i = 0; i < facts.length; i++) {
        const fact = facts.at(i)
        this.state = stateOf(this.state, fact)
        if (fact.kind !== 'lost' || this.#reopens) continue
        // As a worker does, after its pause.
        this.#reopens = true
        match.clock.schedule(waitMs, () => {
          this.#reopens = false
          if (session.state === 'disconnected') machine.loop.reopen(match.network.client())
        })
      }
      return facts
    }
  }
}

function pair(): [WholeMatch, Page, Page] {
  const conditions = { delayMs: 20, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 }
  const match = new WholeMatch({ seed: 3, peers: 2, ticks: 0, mode: 'rollback', conditions, comeBack: true })
  const [a, b] = match.machines.map(m => new Page(match, m, 500))
  match.clock.runUntil(() => match.machines.every(m => m.loop.timeline.confirmedTick > 60), 60_000)
  return [match, a, b]
}

// It was taken into the round by inputs of before its line broke, and never heard of it: the host waited for it for ever.
test('inputs of before a line broke do not bring anybody in', () => {
  const [match, ann, bob] = pair()
  ann.machine.loop.paused = true
  match.clock.advance(100)
  bob.machine.loop.paused = true
  bob.machine.loop.session.disconnected('broken')
  match.clock.advance(700)
  expect(bob.state).toBe('waiting')
  ann.machine.loop.paused = false
  match.clock.advance(700)
  bob.machine.loop.paused = false
  match.clock.advance(1500)
  expect([ann.state, bob.state]).toEqual(['running', 'running'])
  expect(bob.machine.loop.session.state).toBe('running')
  expect(match.problems()).toEqual([])
})

// Nobody was left to close the ticks between the last one and its first: it stood there for good.
test('who comes back when everybody else is gone plays on alone, and the others find the match running', () => {
  const [match, ann, bob] = pair()
  const { closedTick } = match.host
  for (const { machine } of [ann, bob]) machine.loop.paused = true
  bob.machine.loop.session.disconnected('broken')
  match.clock.advance(700)
  bob.machine.loop.paused = false
  ann.machine.loop.session.disconnected('broken')
  match.clock.advance(2000)
  expect(bob.state).toBe('running')
  expect(match.host.closedTick).toBeGreaterThan(closedTick + 60)
  ann.machine.loop.paused = false
  match.clock.advance(1500)
  expect([ann.state, bob.state]).toEqual(['running', 'running'])
  expect(match.problems()).toEqual([])
})

function scan(seed: number): string[] {
  const random = seeded(seed)
  const peers = 2 + random.below(2)
  const delayMs = [1, 5, 30][random.below(3)]
  const match = new WholeMatch({
    seed,
    peers,
    ticks: 0,
    mode: random.chance(0.8) ? 'rollback' : 'lockstep',
    conditions: { delayMs, jitterMs: delayMs / 4, loss: random.chance(0.5) ? 0 : 0.05, duplicate: 0, reorder: 0 },
    comeBack: true,
    dropAfterTicks: 60,
    game: { ...arena },
  })
  const pages = match.machines.map(m => new Page(match, m, random.chance(0.7) ? 500 : 0))
  match.clock.runUntil(() => pages.every(p => p.machine.loop.timeline.confirmedTick > 30), 60_000)
  const log: string[] = []
  // A room that was empty begins another match: its ticks are others.
  let newest = 0
  let isAnother = false
  for (let step = 0; step < 12; step++) {
    const i = random.below(peers)
    const { loop } = pages[i].machine
    const what = ['pause', 'pause', 'resume', 'resume', 'break', 'mute', 'speak'][random.below(7)]
    log.push(`${Math.round(match.clock.now())} ${match.host.closedTick} p${i} ${what}`)
    const peer = match.host.peers().find(p => p.name === `p${i}`)?.peer ?? 0
    if (what === 'pause') loop.paused = true
    if (what === 'resume') loop.paused = false
    if (what === 'break' && peer > 0) loop.session.disconnected('broken')
    if (what === 'mute' && peer > 0)
      match.network.set({ delayMs, jitterMs: 0, loss: 1, duplicate: 0, reorder: 0 }, peer)
    if (what === 'speak')
      for (const p of match.host.peers())
        match.network.set({ delayMs, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 }, p.peer)
    match.clock.advance(random.chance(0.5) ? random.below(120) : random.below(2500))
    isAnother ||= match.host.closedTick < newest
    newest = match.host.closedTick
  }
  for (const { machine } of pages) machine.loop.paused = false
  for (const p of match.host.peers())
    match.network.set({ delayMs, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 }, p.peer)
  match.clock.advance(8000)
  const before = pages.map(p => p.machine.loop.timeline.confirmedTick)
  match.clock.advance(1000)
  const problems = isAnother ? [] : match.problems()
  pages.forEach(({ machine, state }, i) => {
    const { session, timeline } = machine.loop
    if (machine.end !== null) problems.push(`p${i} ended: ${machine.end.reason}`)
    const known = match.host.peers().find(p => p.name === machine.name)
    if (
      state !== 'running' ||
      session.state !== 'running' ||
      known?.playing !== true ||
      timeline.confirmedTick < before[i] + 20
    )
      problems.push(
        `p${i}: page ${state}, session ${session.state}, plays ${known?.playing}, ${timeline.confirmedTick - before[i]} ticks`,
      )
  })
  return problems.length === 0 ? [] : [...log, ...problems]
}

test(
  'whoever comes back plays, and knows it',
  () => {
    const found: string[] = []
    for (let seed = 1; seed <= SEEDS; seed++) {
      const problems = scan(seed)
      if (problems.length > 0) found.push(`seed ${seed}: ${problems.join('\n  ')}`)
    }
    expect(found.slice(0, 3).join('\n')).toBe('')
  },
  180_000 + SEEDS * 2000,
)

// What-ifs of a game that says who may send what: judged as in the match, and made only by who may make them.

import { afterEach, expect, test } from 'vitest'
import { makeEnvelope } from '../../src/event/envelope.ts'
import { watchBranches, type Branches } from '../../src/loop/branches.ts'
import { CapabilitiesMatch, yardOf } from './capabilities-match.ts'

const open: Branches[] = []
afterEach(() => {
  for (const branches of open.splice(0)) branches.stop()
})

function begin(everyone: readonly string[]): { match: CapabilitiesMatch; watched: Branches[] } {
  const game = yardOf({ grants: { everyone: ['chat:send', ...everyone] } })
  const conditions = { delayMs: 40, jitterMs: 20, loss: 0.05, duplicate: 0.02, reorder: 0.05 }
  const match = new CapabilitiesMatch({ seed: 4, peers: 3, game, conditions })
  match.run(60)
  const watched = match.machines.map(({ loop }) => watchBranches(loop))
  open.push(...watched)
  match.run(60)
  return { match, watched }
}

test('what-ifs judge events as the match does, grants included, and tell nobody of faults', () => {
  const { match, watched } = begin(['timeline:branch'])
  const [ann, bob] = match.machines
  const whatIf = watched[0].fork()
  for (let i = 0; i < 5; i++) {
    ann.loop.emit('chat', { n: i })
    expect(() => bob.loop.emit('hush', 0)).toThrow(/ERR_CAPABILITY_DENIED/)
    match.run(10)
  }
  const told = match.machines.map(m => m.told.length)
  // Checksums are told by the next call.
  const { certainTick } = watched[0]
  match.run(2)
  while (whatIf.tick < certainTick) {
    whatIf.advance()
    expect([whatIf.branch, whatIf.checksum()]).toEqual(['main', ann.checksums.get(whatIf.tick)])
  }
  expect(match.column(ann, 'said')[0]).toBe(10)
  expect(match.machines.map(m => m.told.length)).toEqual(told)
  expect(match.problems()).toEqual([])
})

test('a player who was not granted them forks nothing, and merges nothing', () => {
  expect(() => begin([]).watched[0].fork()).toThrow("ERR_CAPABILITY_DENIED: a fork needs 'timeline:branch'")
  const { watched } = begin(['timeline:branch'])
  const [a, b] = [watched[0].fork(), watched[0].fork({ inputs: () => new Uint8Array([1]) })]
  expect(() => watched[0].merge(a, b)).toThrow("ERR_CAPABILITY_DENIED: a merge needs 'timeline:merge'")
})

test.each([true, false])(
  'who only watches has what everyone has, forks, and says nothing in the match (granted: %s)',
  granted => {
    const { match } = begin(granted ? ['timeline:branch', 'timeline:merge'] : [])
    const watcher = match.add('watcher', { spectate: { delayTicks: 0 } })
    match.run(90)
    const branches = watchBranches(watcher.loop)
    open.push(branches)
    match.run(30)
    if (!granted) {
      expect(() => branches.fork()).toThrow("ERR_CAPABILITY_DENIED: a fork needs 'timeline:branch'")
      return
    }
    const [a, b] = [branches.fork(), branches.fork({ inputs: () => new Uint8Array([1]) })]
    match.run(30)
    for (let i = 0; i < 10; i++) {
      for (const each of [a, b]) each.advance()
      expect([a.branch, a.checksum()]).toEqual(['main', match.machines[0].checksums.get(a.tick)])
    }
    expect(b.difference()!.length).toBeGreaterThan(0)
    const chat = makeEnvelope({
      ...{ id: 0, kind: 'chat', slot: 1, payload: { n: 30 }, caps: ['network:emit', 'chat:send'] },
      ...{ chronos: 0, kairos: b.branch },
    })
    expect(branches.cross(chat)).toMatchObject({ kind: 'crossed' })
    b.advance()
    expect(b.raised.map(({ payload }) => payload)).toEqual([{ slot: 1, n: 30 }])
    expect(branches.cross({ ...chat, kairos: 'main' })).toEqual({
      kind: 'lost',
      reason: 'who only watches says nothing in the match: take the event to a what-if',
    })
    branches.merge(a.fork({ inputs: () => new Uint8Array([2]) }), b)
    expect(match.problems()).toEqual([])
  },
)

test('an event that crosses to the match names its cause to everyone, and is delivered once', () => {
  const { match, watched } = begin(['timeline:branch'])
  const [, bob] = match.machines
  const { slot } = bob.loop.session
  const first = makeEnvelope({
    ...{ id: 0, kind: 'chat', slot, payload: { n: 30 }, caps: ['network:emit', 'chat:send'] },
    ...{ chronos: watched[1].certainTick - 4, kairos: 'main' },
  })
  expect(watched[1].cross(first)).toMatchObject({ kind: 'crossed' })
  expect(watched[1].cross(first)).toMatchObject({ kind: 'repeated' })
  match.run(60)
  for (const m of match.machines) {
    expect(m.delivered.map(({ kind, causeIds }) => [kind, causeIds])).toEqual([['chat', [first.envelopeHash]]])
    expect(match.column(m, 'said')[slot]).toBe(30)
  }
  // What may not be said in the match is not said by a way round.
  const hush = makeEnvelope({
    ...{ id: 1, kind: 'hush', slot, payload: 0, caps: ['network:emit', 'room:moderate'], kairos: 'main' },
    chronos: watched[1].certainTick + 50,
  })
  expect(watched[1].cross(hush)).toEqual({
    kind: 'lost',
    reason: expect.stringMatching(/^emit\('hush'\) is not sent: .*\(ERR_CAPABILITY_DENIED\)$/),
  })
  expect(match.problems()).toEqual([])
})

// Capabilities where no server is: in a duel, by a match key, after the host's tab was closed; and in a recording.

import { expect, test } from 'vitest'
import { encodeToken } from '../../src/event/capability-token.ts'
import type { EventEnvelope } from '../../src/event/envelope.ts'
import type { EventFault } from '../../src/event/event-fault.ts'
import { GRANT_KIND } from '../../src/event/grant-book.ts'
import { encodeHostFact } from '../../src/event/host-fact.ts'
import type { NetworkingPort } from '../../src/event/networking-port.ts'
import { SignatureBook, publicKeyOf, signHash } from '../../src/event/signature.ts'
import { deflate } from '../../src/loop/deflate.ts'
import { EnvelopeLine } from '../../src/loop/envelope-line.ts'
import { needsSignatures } from '../../src/sim/event-rights.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import { NoLine } from '../../src/replay/no-line.ts'
import { Recorder } from '../../src/replay/recorder.ts'
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts'
import { readReplay } from '../../src/replay/replay-file.ts'
import { ReplaySession } from '../../src/replay/replay-session.ts'
import { DuelSession } from '../../src/session/duel/duel-session.ts'
import { TickHistory } from '../../src/session/star/tick-history.ts'
import type { Game } from '../../src/sim/game.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import type { NetworkConditions } from '../../src/transport/conditions.ts'
import { MemoryPair } from '../../src/transport/memory-pair.ts'
import { quietHooks } from '../loop/quiet-hooks.ts'
import { CapabilitiesMatch, forged, yard, yardOf } from './capabilities-match.ts'

interface Side {
  readonly loop: Loop
  readonly line: EnvelopeLine
  readonly port: NetworkingPort
  readonly checksums: Map<number, number>
  readonly told: EventFault[]
  readonly delivered: EventEnvelope[]
  readonly sum: () => number[]
}

const LINE: NetworkConditions = { delayMs: 40, jitterMs: 20, loss: 0.15, duplicate: 0.05, reorder: 0.05 }

class Duel {
  readonly clock = new VirtualClock()
  readonly sides: Side[] = []

  constructor(seed: number, game: Game = yard, keys: readonly (Uint8Array | null)[] = [null, null]) {
    const pair = new MemoryPair({ clock: this.clock, seed, conditions: LINE })
    const rules = { ...game, schema: { ...game.schema, minPlayers: 2 } }
    for (const [i, transport] of [pair.a, pair.b].entries()) {
      const checksums = new Map<number, number>()
      const told: EventFault[] = []
      const delivered: EventEnvelope[] = []
      let line: EnvelopeLine | null = null
      const loop = new Loop({
        ...{ game: rules, sourceId: 'test', transport, clock: this.clock, inputDelay: 2, predictionWindow: 8 },
        // The lower nonce is slot 0.
        session: terms =>
          new DuelSession({ terms, name: '', profile: '', nonce: { hi: i + 1, lo: seed }, inputDelay: 2 }),
        checksumTicks: 1,
        events: simulation =>
          (line = new EnvelopeLine({
            ...{ simulation, hosted: false, told: fault => told.push(fault), secretKey: keys[i] },
            signatures: needsSignatures(game) ? new SignatureBook() : null,
          })),
        hooks: quietHooks({ checksum: (tick, sum) => checksums.set(tick, sum) }),
      })
      const port = line!.port(loop.session)
      const sum = (): number[] => {
        const { facade } = loop.simulation
        const { Player } = facade.components
        const values: number[] = []
        for (const e of facade.query('Player')) values[Player.slot[e]] = Player.said[e] + 100 * Player.hushed[e]
        return values
      }
      this.sides.push({ loop, line: line!, port, checksums, told, delivered, sum })
      new Pacer(this.clock, 60, dueMs => {
        loop.call(dueMs)
        delivered.push(...port.receive())
      }).start()
      loop.session.setReady(true)
      loop.open()
    }
  }

  run(ticks: number): void {
    const from = Math.max(...this.sides.map(s => s.loop.timeline.confirmedTick))
    const done = (): boolean => this.sides.every(s => s.loop.timeline.confirmedTick >= from + ticks)
    if (!this.clock.runUntil(done, 30_000)) throw new Error(`not done after ${ticks} ticks`)
  }

  differences(): number[] {
    const [a, b] = this.sides
    return [...a.checksums].filter(([tick, sum]) => (b.checksums.get(tick) ?? sum) !== sum).map(([tick]) => tick)
  }
}

const told = ({ told: faults }: Side): string[] => faults.map(({ code, slot, kind }) => `${code} ${slot} ${kind}`)

test.each([1, 2, 3])('a duel: both deliver and refuse alike, over a line that loses and repeats (seed %i)', seed => {
  const duel = new Duel(seed)
  duel.run(60)
  const [a, b] = duel.sides
  for (let i = 0; i < 20; i++) {
    a.loop.emit('chat', { n: 1 })
    b.loop.emit('chat', { n: 2, text: i % 5 === 0 ? 'x'.repeat(700) : '' })
    duel.run(7)
  }
  const match = { host: { closedTick: b.loop.timeline.headTick } }
  b.loop.session.emit(forged(match, { slot: 1, kind: 'hush', payload: 0 }))
  // What only a host may say.
  b.loop.session.emit(encodeHostFact({ kind: 'net/grant', caps: ['room:moderate'] }))
  duel.run(30)
  b.loop.session.emit(forged({ host: { closedTick: b.loop.timeline.headTick } }, { slot: 1, kind: 'hush', payload: 0 }))
  duel.run(60)
  expect(() => a.loop.emit('hush', 1)).toThrow(/slot 0 has no 'room:moderate'/)
  for (const side of duel.sides) {
    expect(side.sum()).toEqual([20, 40])
    expect(side.delivered.map(e => e.envelopeHash)).toEqual(a.delivered.map(e => e.envelopeHash))
    expect(told(side).filter(fault => fault.includes(' 1 '))).toEqual([
      'ERR_CAPABILITY_DENIED 1 hush',
      'ERR_ENVELOPE_TAMPERED 1 ',
      'ERR_CAPABILITY_DENIED 1 hush',
    ])
    expect([side.port.mode, side.port.syncClock()]).toEqual(['p2p', side.loop.session.closedTick])
  }
  expect([a.delivered.length, duel.differences()]).toEqual([40, []])
  expect(a.loop.timeline.rollbacks).toBeGreaterThan(0)
})

test('a match key grants without any server, to the key that it names', () => {
  const matchKey = new Uint8Array(32).fill(1)
  const keys = [new Uint8Array(32).fill(10), new Uint8Array(32).fill(11)]
  const hex = Buffer.from(publicKeyOf(matchKey)).toString('hex')
  const duel = new Duel(5, yardOf({ grants: { everyone: ['chat:send'], matchKey: hex } }), keys)
  duel.run(30)
  const [a, b] = duel.sides
  const claims = { caps: ['room:moderate'], match: 'yard', expiry: 100_000, peer: publicKeyOf(keys[0]) }
  const token = (type: 'grant' | 'revoke'): Uint8Array =>
    encodeToken({ type, ...claims }, hash => signHash(hash, matchKey))
  expect(() => a.loop.emit('hush', 1)).toThrow(/ERR_CAPABILITY_DENIED/)
  // The other one has copied it.
  expect(() => b.loop.emit(GRANT_KIND, token('grant'))).toThrow(/slot 1 shows a grant of another peer/)
  a.loop.emit(GRANT_KIND, token('grant'))
  duel.run(30)
  a.loop.emit('hush', 1)
  duel.run(30)
  b.loop.emit('net/revoke', token('revoke'))
  duel.run(30)
  expect(() => a.loop.emit('hush', 1)).toThrow(/ERR_CAPABILITY_REVOKED/)
  for (const side of duel.sides) expect(side.sum()).toEqual([0, 100])
  expect(duel.differences()).toEqual([])
})

test('another tab goes on hosting with what was granted and revoked, and relays like the one before', async () => {
  const match = new CapabilitiesMatch({ seed: 8, peers: 0 })
  const [a, b, c] = ['a', 'b', 'c'].map(name => {
    const { maxPlayers, input } = yard.schema
    const history = new TickHistory({ maxPlayers, inputBytes: input.sizeBytes })
    const machine = match.add(name, { history, comesBack: true })
    match.clock.runUntil(() => machine.loop.session.slot >= 0, 5000)
    return machine
  })
  match.run(60)
  match.host.revoke(0, ['chat:send'])
  match.host.grant(1, ['room:moderate'])
  // Longer than the closed ticks that a new host knows.
  match.run(300)
  await match.migrate(c)
  match.run(60)
  b.loop.emit('hush', 2)
  a.loop.session.emit(forged(match, { slot: 0, kind: 'chat', payload: { n: 1 } }))
  c.loop.emit('chat', { n: 1 })
  match.run(60)
  for (const m of match.machines) {
    expect([match.column(m, 'hushed'), match.column(m, 'said')]).toEqual([
      [0, 0, 1],
      [0, 0, 1],
    ])
    expect(m.told.map(({ code, slot }) => `${code} ${slot}`)).toEqual(['ERR_CAPABILITY_REVOKED 0'])
  }
  expect(match.host.eventFaults?.ERR_CAPABILITY_REVOKED).toBe(1)
  match.host.grant(0, ['chat:send'])
  match.run(30)
  a.loop.emit('chat', { n: 1 })
  match.run(30)
  for (const m of match.machines) expect(match.column(m, 'said')).toEqual([1, 0, 1])
  expect(match.problems()).toEqual([])
})

test('a recording has grants, envelopes and faults in it: who plays it judges as everyone did', () => {
  const buffer = new ReplayBuffer()
  const recorder = new Recorder({ sourceId: 'test', write: buffer.write })
  const match = new CapabilitiesMatch({ seed: 9, peers: 2, admit: () => ({ grants: ['room:moderate'] }) })
  const witness = match.add('witness', { record: recorder, spectate: { delayTicks: 0 } })
  match.run(60)
  match.machines[0].loop.emit('hush', 1)
  match.machines[1].loop.emit('chat', { n: 3 })
  match.run(30)
  match.host.revoke(0, ['room:moderate'])
  match.machines[0].loop.emit('hush', 1)
  match.run(30)
  recorder.flush()
  const told: EventFault[] = []
  const checksums = new Map<number, number>()
  const clock = new VirtualClock()
  const loop = new Loop({
    ...{
      game: { ...yard, schema: { ...yard.schema, minPlayers: 2 } },
      sourceId: 'test',
      transport: new NoLine(),
      clock,
    },
    ...{ inputDelay: 0, predictionWindow: 0, checksumTicks: 1, compression: deflate },
    session: terms => new ReplaySession({ replay: readReplay(buffer.bytes(), { compression: deflate }), terms }),
    events: simulation => new EnvelopeLine({ simulation, hosted: true, told: fault => told.push(fault) }),
    hooks: quietHooks({ checksum: (tick, sum) => checksums.set(tick, sum) }),
  })
  loop.open()
  for (let call = 1; call < 200; call++) {
    clock.advance(17)
    loop.call(call * 17)
  }
  expect(checksums.size).toBeGreaterThan(60)
  for (const [tick, sum] of checksums) expect(sum, `tick ${tick}`).toBe(witness.checksums.get(tick) ?? sum)
  expect(told).toEqual(witness.told)
  expect(told.map(({ code, slot, kind }) => `${code} ${slot} ${kind}`)).toEqual(['ERR_CAPABILITY_REVOKED 0 hush'])
  expect((loop.session as ReplaySession).difference).toBe(null)
})

// The port over a star: what one sends everyone receives, in one order, once, whatever the line loses.

import { expect, test } from 'vitest'
import { Capabilities } from '../../src/event/capabilities.ts'
import { makeEnvelope, type EventEnvelope } from '../../src/event/envelope.ts'
import { EnvelopeGate } from '../../src/event/envelope-gate.ts'
import { EnvelopeMaker } from '../../src/event/envelope-maker.ts'
import { INBOX, SessionPort, type NetworkingPort } from '../../src/event/networking-port.ts'
import { encodeEnvelope } from '../../src/event/envelope-codec.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import { EVENT_QUEUE, LIMITS } from '../../src/wire/limits.ts'
import type { Terms } from '../../src/wire/messages.ts'
import { seeded } from '../seeded.ts'

const PLAYERS = 3
const INPUT_DELAY = 2

const terms: Terms = {
  limits: LIMITS,
  game: 'port',
  version: 1,
  rulesHash: 7,
  schemaHash: 8,
  tickRate: 60,
  maxPlayers: PLAYERS,
  minPlayers: PLAYERS,
  inputBytes: 1,
  predictionWindow: 8,
  dropAfterTicks: 120,
  mode: 0,
}

const capabilities = (): Capabilities =>
  new Capabilities({ slots: PLAYERS, declared: ['chat:send'], required: { chat: ['chat:send'] } })

/** A client without a sim: its head is the newest tick that it sampled, less the input delay. */
class Player {
  readonly client: StarClient
  readonly gate = new EnvelopeGate({ slots: PLAYERS, capabilities: capabilities() })
  readonly port: SessionPort
  readonly received: EventEnvelope[] = []
  maker: EnvelopeMaker | null = null
  sampled = 0

  constructor(name: string) {
    this.client = new StarClient({ terms, name, profile: '' })
    this.port = new SessionPort({ mode: 'client-server', session: this.client, gate: this.gate })
    this.client.setReady(true)
    this.client.connected()
  }

  get headTick(): number {
    return this.sampled - INPUT_DELAY
  }

  emit(kind: string, payload: number): EventEnvelope | null {
    this.maker ??= new EnvelopeMaker({
      slot: this.client.slot,
      inputDelay: INPUT_DELAY,
      capabilities: capabilities(),
    })
    const envelope = this.maker.make(kind, payload, this.headTick)
    return this.port.send(envelope) ? envelope : null
  }

  takeFacts(): void {
    for (const fact of this.client.takeFacts()) {
      if (fact.kind === 'start' && this.sampled === 0) this.sampled = fact.tick - 1
      if (fact.kind === 'tick') this.port.closed(fact.tick, fact.events)
    }
    this.received.push(...this.port.receive())
  }

  call(): void {
    this.takeFacts()
    if (this.client.state === 'running' && this.sampled < this.client.closedTick + 10)
      this.client.setLocalInput(++this.sampled, new Uint8Array([0]))
    this.client.tick(this.client.closedTick, 1)
  }
}

/** A match whose lines lose some packets, both ways. */
function star(seed: number, loss: number): { players: Player[]; run(calls: number): void } {
  const random = seeded(seed)
  const host = new StarHost({ room: 'r', sessionId: { hi: 1, lo: 2 }, epoch: 3, seed: 4 })
  const players = Array.from({ length: PLAYERS }, (_, i) => {
    host.joined(i + 1)
    return new Player(`p${i}`)
  })
  const carry = (): void => {
    players.forEach((player, i) => {
      for (const { bytes } of player.client.takePackets()) if (!random.chance(loss)) host.receive(i + 1, bytes.slice())
    })
    for (const { peer, bytes } of host.takePackets()) {
      if (random.chance(loss)) continue
      players[peer - 1].client.receive(bytes.slice())
      players[peer - 1].takeFacts()
    }
  }
  const run = (calls: number): void => {
    for (let i = 0; i < calls; i++) {
      for (const player of players) player.call()
      carry()
      host.tick()
      carry()
    }
  }
  return { players, run }
}

test.each([1, 2, 3])('what one sends, everyone receives once and in one order (seed %i)', seed => {
  const { players, run } = star(seed, 0.2)
  const random = seeded(seed * 7)
  run(60)
  const sent: EventEnvelope[] = []
  for (let call = 0; call < 200; call++) {
    for (const player of players)
      if (player.client.state === 'running' && random.chance(0.15)) {
        const envelope = player.emit('hit', random.below(1000))
        if (envelope !== null) sent.push(envelope)
      }
    run(1)
  }
  run(80)
  expect(sent.length).toBeGreaterThan(50)
  const hashes = (list: readonly EventEnvelope[]): string[] => list.map(e => e.envelopeHash.join())
  expect(hashes(players[0].received).sort()).toEqual(hashes(sent).sort())
  for (const player of players) {
    expect(player.received).toEqual(players[0].received)
    expect(player.gate.faults.recent).toEqual([])
  }
})

test('the clock is the tick that everybody has closed', () => {
  const { players, run } = star(1, 0)
  run(100)
  const port: NetworkingPort = players[0].port
  expect([port.mode, port.syncClock()]).toEqual(['client-server', players[0].client.closedTick])
  expect(port.syncClock()).toBeGreaterThan(50)
})

test('who may not is refused before anything leaves; who sends all the same is refused by everyone', () => {
  const { players, run } = star(1, 0)
  run(60)
  const [ann, bob, cho] = players
  expect(ann.emit('chat', 1)).toBe(null)
  expect(ann.gate.faults.counts.ERR_CAPABILITY_DENIED).toBe(1)
  expect(
    ann.port.send(
      makeEnvelope({
        ...{ id: 0, kind: 'hit', chronos: 70, kairos: 'main', slot: 1 },
        payload: 1,
        caps: ['network:emit'],
      }),
    ),
  ).toBe(false)
  expect(ann.gate.faults.recent.at(-1)).toMatchObject({ slot: 0, reason: 'it says slot 1, this is slot 0' })
  // A changed client that asks nobody.
  const chronos = bob.headTick + INPUT_DELAY + 1
  const fields = { id: 0, chronos, kairos: 'main', slot: 1, payload: 1, caps: ['network:emit', 'chat:send'] }
  bob.client.emit(encodeEnvelope(makeEnvelope({ ...fields, kind: 'chat' })))
  bob.client.emit(new Uint8Array([1, 2, 3]))
  bob.client.emit(encodeEnvelope(makeEnvelope({ ...fields, kind: 'hit', slot: 0, caps: ['network:emit'] })))
  run(20)
  for (const { gate, received } of [ann, bob, cho]) {
    expect(gate.faults.counts.ERR_ENVELOPE_TAMPERED).toBe(gate === ann.gate ? 3 : 2)
    expect(gate.faults.recent.filter(f => f.slot === 1)).toHaveLength(3)
    expect(received).toEqual([])
  }
})

test('what nobody takes away is bounded, both ways', () => {
  const { players, run } = star(1, 0)
  run(60)
  const [ann] = players
  const sent = Array.from({ length: EVENT_QUEUE + 3 }, () => ann.emit('hit', 1))
  expect(sent.filter(e => e === null)).toHaveLength(3)
  expect(ann.gate.faults.recent.at(-1)).toMatchObject({ code: 'ERR_QUEUE_OVERFLOW', slot: 0 })

  const gate = new EnvelopeGate({ slots: PLAYERS, capabilities: capabilities() })
  const port = new SessionPort({ mode: 'p2p', session: { slot: 1, closedTick: 0, emit: () => true }, gate })
  for (let tick = 1; tick <= INBOX + 2; tick++) {
    const one = makeEnvelope({
      ...{ id: 0, kind: 'hit', chronos: tick, kairos: 'main', slot: 1, payload: null },
      caps: ['network:emit'],
    })
    expect(port.closed(tick, [{ slot: 1, bytes: encodeEnvelope(one) }])).toHaveLength(1)
    expect(port.closed(tick, null)).toBe(null)
  }
  expect(gate.faults.counts.ERR_QUEUE_OVERFLOW).toBe(2)
  expect(port.receive().map(e => e.chronos)).toEqual(Array.from({ length: INBOX }, (_, i) => i + 3))
  expect(port.receive()).toEqual([])
})

// A whole authoritative match in one process: a host that closes ticks on time, and players of whom some have bad lines and one
// may cheat. From its seed it replays exactly.

import { deflate } from '../../src/loop/deflate.ts'
import { hostRules } from '../../src/loop/host-rules.ts'
import { HostRunner } from '../../src/loop/host-runner.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import type { Fact, PeerInfo } from '../../src/session/fact.ts'
import { ClientPace } from '../../src/session/star/client-pace.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { TickHistory } from '../../src/session/star/tick-history.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import type { Game } from '../../src/sim/game.ts'
import type { ScriptSet } from '../../src/sim/sim-scripts.ts'
import { VirtualClock, type Clock } from '../../src/transport/clock.ts'
import type { NetworkConditions } from '../../src/transport/faults.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { InputRing, writeInput } from '../../src/wire/input-message.ts'
import { TYPE } from '../../src/wire/messages.ts'
import { CHANNEL, PacketQueue } from '../../src/wire/packet.ts'
import { seeded, type Seeded } from '../seeded.ts'
import { arena } from './arena.ts'

/** Nobody runs left and right at once, and nobody turns by more than 100. */
export const fairArena: Game = {
  ...(arena as Game),
  validate: (_sim, _slot, input) =>
    !(input.held('left') && input.held('right')) && input.axis('aim') <= 100 && input.axis('aim') >= -100,
}

export type Cheat = 'state' | 'input' | 'hash' | 'past' | 'ahead' | 'flood' | 'end'

export interface AuthoritativePlan {
  seed: number
  peers: number
  ticks: number
  conditions: NetworkConditions
  /** Of single lines, by place. */
  lines?: Readonly<Record<number, NetworkConditions>>
  /** The rules run beside the host. Default true. */
  rules?: boolean
  cheat?: { peer: number; how: Cheat }
  /** Those who come when the others are at a tick. */
  comers?: readonly number[]
  drift?: readonly number[]
  inputDelay?: number
  game?: Game
  scripts?: ScriptSet
  /** How likely a player says something at a call. Default 0.01. */
  talks?: number
  /** Of the host, where it is another one. */
  hostGame?: Game
}

export interface Player {
  readonly name: string
  readonly loop: Loop
  readonly checksums: Map<number, number>
  readonly rows: Map<number, string>
  roster: readonly PeerInfo[]
  delay: number
  /** Everyone that it has ever heard to be caught. */
  readonly caught: Set<string>
  enteredAt: number
  /** Events that it emitted, and those that it has heard of in closed ticks, by slot. */
  emitted: number
  readonly heard: number[]
  /** Times that the host asked it for its state. */
  asked: number
  /** What it is told of its events. */
  readonly told: string[]
  end: Extract<Fact, { kind: 'end' }> | null
  /** Stalls and refused inputs when the match had settled. */
  settled: { stalled: number; late: number } | null
}

/** The first seconds find out how far every line is. */
const SETTLED_TICK = 300

export class AuthoritativeMatch {
  readonly clock = new VirtualClock()
  network: MemoryNetwork
  host: StarHost
  #runner: HostRunner
  readonly players: Player[] = []
  readonly #plan: AuthoritativePlan
  readonly #random: Seeded
  #came = 0

  constructor(plan: AuthoritativePlan) {
    this.#plan = plan
    this.#random = seeded(plan.seed)
    const { seed, conditions } = plan
    this.network = new MemoryNetwork({ clock: this.clock, seed, conditions })
    this.host = new StarHost({
      room: 'match',
      sessionId: { hi: seed, lo: 1 },
      epoch: seed & 255,
      seed,
      ...(plan.rules === false
        ? {}
        : {
            referee: hostRules({
              game: plan.hostGame ?? this.#game(),
              scripts: plan.scripts ?? null,
              sourceId: 'test',
              checksumTicks: 10,
              compression: deflate,
            }),
          }),
    })
    this.#runner = new HostRunner({ host: this.host, transport: this.network.host(), clock: this.clock })
    this.#runner.start()
    for (let i = 0; i < plan.peers; i++) this.add(`p${i}`)
  }

  #game(): Game {
    // All begin together: who is late by a lost HELLO would only play a moment later.
    const { game = fairArena, peers } = this.#plan
    return { ...game, schema: { ...game.schema, minPlayers: peers } }
  }

  /** What the host took as this slot's input at a tick, in hex. */
  inputOf(slot: number, tick: number): string {
    const size = 2 * fairArena.schema.input.sizeBytes
    return (this.players[0].rows.get(tick) ?? '').slice(slot * size, (slot + 1) * size)
  }

  /** Until everyone who is still in it has the plan's ticks confirmed. */
  run(): void {
    const { ticks, comers = [] } = this.#plan
    const limitMs = 20_000 + ticks * 40
    const done = (): boolean => {
      const newest = this.host.closedTick
      while (this.#came < comers.length && newest >= comers[this.#came]) this.add(`late${this.#came++}`)
      return this.#came >= comers.length && this.players.every(p => p.end !== null || p.loop.timeline.headTick >= ticks)
    }
    if (!this.clock.runUntil(done, limitMs)) throw new Error(`not done after ${limitMs} ms of virtual time`)
    this.clock.advance(1000)
  }

  /** Confirmed ticks in which two machines differ, in inputs or in the state; machines of these places are left out. */
  differences(without: readonly number[] = []): string[] {
    const truth = new Map<string, string>()
    const found: string[] = []
    this.players.forEach((p, i) => {
      for (const [tick, row] of p.rows) this.#compare(truth, `row ${tick}`, row, p.name, found)
      if (without.includes(i)) return
      for (const [tick, sum] of p.checksums) this.#compare(truth, `state ${tick}`, String(sum), p.name, found)
    })
    return found.slice(0, 5)
  }

  #compare(truth: Map<string, string>, key: string, value: string, name: string, found: string[]): void {
    const known = truth.get(key)
    if (known === undefined) truth.set(key, value)
    else if (known !== value) found.push(`${key} of ${name}: ${value} against ${known}`)
  }

  /** The host is gone without a word; another runs on this machine, from what it knows. Everyone comes to it. */
  migrate(to: Player): void {
    this.#runner.abandon()
    this.clock.advance(200)
    const { seed, conditions } = this.#plan
    this.network = new MemoryNetwork({ clock: this.clock, seed, conditions })
    this.host = StarHost.resume('match', (to.loop.session as StarClient).hostedMatch()!)
    this.#runner = new HostRunner({ host: this.host, transport: this.network.host(), clock: this.clock })
    this.#runner.start()
    for (const p of this.players) p.loop.reopen(this.network.client())
  }

  add(name: string, spectate: { delayTicks: number } | null = null): Player {
    const plan = this.#plan
    const { clock } = this
    const index = this.players.length
    const game = this.#game()
    const random = seeded(plan.seed * 1000 + index)
    const client = this.network.client()
    const line = plan.lines?.[index]
    if (line !== undefined) this.network.set(line, client.peer)
    const inputDelay = plan.inputDelay ?? 2
    const player: Player = {
      name,
      loop: null as unknown as Loop,
      checksums: new Map(),
      rows: new Map(),
      roster: [],
      delay: inputDelay,
      caught: new Set(),
      enteredAt: 0,
      emitted: 0,
      heard: new Array<number>(8).fill(0),
      asked: 0,
      told: [],
      end: null,
      settled: null,
    }
    const loop = new Loop({
      game,
      scripts: plan.scripts ?? null,
      sourceId: 'test',
      transport: client,
      clock,
      session: terms => {
        const session = new StarClient({
          terms,
          name,
          profile: '',
          pace: new ClientPace(inputDelay, terms.predictionWindow, message => player.told.push(message)),
          comesBack: true,
          history: new TickHistory(terms),
          spectate,
          ticket: new TextEncoder().encode(name),
        })
        const takeFacts = session.takeFacts.bind(session)
        session.takeFacts = () => {
          const facts = takeFacts()
          for (let i = 0; i < facts.length; i++) {
            const fact = facts.at(i)
            if (fact.kind === 'tick') player.rows.set(fact.tick, Buffer.from(fact.row).toString('hex'))
            if (fact.kind === 'tick') for (const e of fact.events ?? []) player.heard[e.slot]++
            if (fact.kind === 'snapshot-wanted') player.asked++
          }
          return facts
        }
        return session
      },
      compression: deflate,
      authoritative: true,
      inputDelay,
      predictionWindow: 8,
      checksumTicks: 10,
      hooks: {
        fact: fact => {
          if (fact.kind === 'end') player.end = fact
          if (fact.kind === 'delay') player.delay = fact.delay
          if (fact.kind === 'entered') player.enteredAt = fact.tick
          if (fact.kind !== 'roster') return
          player.roster = fact.peers.map(p => ({ ...p }))
          for (const p of fact.peers) if (p.caught === true) player.caught.add(p.name)
        },
        raised: () => {},
        fault: error => {
          throw error
        },
        swapped: () => {},
        checksum: (tick, sum) => player.checksums.set(tick, sum),
      },
    })
    ;(player as { loop: Loop }).loop = loop
    const cheat = plan.cheat?.peer === index ? cheater(plan.cheat.how, loop, client, plan.seed & 255) : null
    const input = new Uint8Array(game.schema.input.sizeBytes)
    let held = 0
    const pacer = new Pacer(drifting(clock, plan.drift?.[index] ?? 1), game.schema.tickRate, dueMs => {
      if (held-- <= 0) {
        held = 3 + random.below(12)
        input[0] = random.below(32) & ~(random.chance(0.5) ? 1 : 2)
        input[1] = random.below(201) - 100
        loop.setInput(input)
      }
      if (loop.running && spectate === null && random.chance(plan.talks ?? 0.01)) {
        loop.emit('say', { n: random.below(10) })
        player.emitted++
      }
      if (this.host.closedTick > SETTLED_TICK && plan.cheat !== undefined) cheat?.()
      loop.call(dueMs)
      if (player.settled === null && loop.timeline.headTick >= SETTLED_TICK)
        player.settled = { stalled: loop.stats.stalledTicks, late: loop.stats.lateInputs }
    })
    loop.session.setReady(true)
    clock.schedule(this.#random.below(50), () => {
      loop.open()
      pacer.start()
    })
    this.players.push(player)
    return player
  }
}

// What this machine does at every call besides playing.
function cheater(how: Cheat, loop: Loop, line: Transport, epoch: number): () => void {
  const { input } = loop.simulation.game.schema
  const q = new PacketQueue()
  let seq = 30_000
  const say = (firstTick: number, count: number, value: number): void => {
    const ring = new InputRing(64, input.sizeBytes)
    for (let i = 0; i < count; i++) ring.set(firstTick + i, new Uint8Array(input.sizeBytes).fill(value), null)
    q.beginShort(0, loop.timeline.headTick, epoch)
    writeInput(q.beginMessage(), ring, { firstTick, count, applied: loop.session.closedTick }, 1400)
    q.endMessage(TYPE.input, CHANNEL.input, seq++)
    q.end()
    const packets = q.take()
    for (let i = 0; i < packets.length; i++) line.send(0, packets.at(i).bytes.slice())
  }
  let calls = 0
  switch (how) {
    case 'state': {
      const { offset } = loop.simulation.layout.columns.find(c => c.component === 'Player' && c.field === 'score')!
      return () => {
        loop.simulation.bytes[offset + 2]++
      }
    }
    case 'input':
      return () => loop.setInput(new Uint8Array([3, 127]))
    case 'hash': {
      const { session } = loop
      const honest = session.setChecksum.bind(session)
      session.setChecksum = (tick, sum) => honest(tick, sum ^ 1)
      return () => {}
    }
    case 'end': {
      const { session } = loop
      const honest = session.endRound.bind(session)
      session.endRound = (round, tick) => honest(round, tick, new Uint8Array([66]))
      return () => {}
    }
    case 'past':
      return () => {
        if (++calls % 8 === 0) say(loop.session.closedTick - 6, 6, 4 + (calls & 1))
      }
    case 'ahead':
      return () => say(loop.session.closedTick + (calls++ < 20 ? 4 : 16), 32, 9)
    case 'flood':
      return () => {
        for (let i = 0; i < 40; i++) say(loop.session.closedTick + 1, 1, 9)
      }
  }
}

// A machine's own time: its seconds are shorter where it runs fast.
function drifting(clock: Clock, rate: number): Clock {
  return { now: () => clock.now() * rate, schedule: (delayMs, run) => clock.schedule(delayMs / rate, run) }
}

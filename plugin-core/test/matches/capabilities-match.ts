// A star whose game says who may send what: real loops, a real host, lines with faults, one virtual clock. From its seed it
// replays exactly.

import { makeEnvelope, type EnvelopeFields, type EventEnvelope } from '../../src/event/envelope.ts'
import { encodeEnvelope, type EnvelopeContext } from '../../src/event/envelope-codec.ts'
import type { EventFault } from '../../src/event/event-fault.ts'
import type { NetworkingPort } from '../../src/event/networking-port.ts'
import { SignatureBook } from '../../src/event/signature.ts'
import { deflate } from '../../src/loop/deflate.ts'
import { EnvelopeLine } from '../../src/loop/envelope-line.ts'
import { needsSignatures } from '../../src/sim/event-rights.ts'
import { hostEvents } from '../../src/loop/envelope-relay.ts'
import { hostRules } from '../../src/loop/host-rules.ts'
import { HostRunner } from '../../src/loop/host-runner.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import type { Fact } from '../../src/session/fact.ts'
import { ClientPace } from '../../src/session/star/client-pace.ts'
import type { StarClientOptions } from '../../src/session/star/client-options.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import type { StarHostOptions } from '../../src/session/star/host-options.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import type { RightsSpec } from '../../src/sim/event-rights.ts'
import { defineGame, f64, payload, u16, u8, type Game, type SimEvent } from '../../src/sim.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import type { NetworkConditions } from '../../src/transport/conditions.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { seeded } from '../seeded.ts'

export const YARD_RIGHTS: RightsSpec = {
  requires: { chat: ['chat:send'], hush: ['room:moderate'] },
  grants: { everyone: ['chat:send'] },
  draws: { roll: (roll: number[]) => roll.length },
}

/** Everyone walks; who may, chats; who may, has the others stand still. */
export const yardOf = (more: RightsSpec = {}): Game =>
  defineGame({
    name: 'yard',
    version: 1,
    maxPlayers: 8,
    minPlayers: 1,
    maxEntities: 64,
    input: { buttons: ['left', 'right'] },
    components: { Player: { slot: u8, x: f64, said: u16, hushed: u8 } },
    events: { heard: payload<{ slot: number; n: number }>() },
    ...YARD_RIGHTS,
    join(sim, slot) {
      const e = sim.spawn('Player')
      sim.components.Player.slot[e] = slot
    },
    leave(sim, slot) {
      for (const e of sim.query('Player')) if (sim.components.Player.slot[e] === slot) sim.destroy(e)
    },
    step(sim) {
      const { Player } = sim.components
      for (const e of sim.query('Player')) {
        const input = sim.input(Player.slot[e])
        if (input.held('left')) Player.x[e] -= sim.random()
        if (input.held('right')) Player.x[e] += sim.random()
      }
    },
    on: {
      over: sim => sim.endRound(),
      chat(sim, { slot, payload: { n } }: SimEvent<{ n: number }>) {
        const { Player } = sim.components
        for (const e of sim.query('Player')) if (Player.slot[e] === slot) Player.said[e] += n
        sim.raise('heard', { slot, n })
      },
      hush(sim, { payload: slot }: SimEvent<number>) {
        const { Player } = sim.components
        for (const e of sim.query('Player')) if (Player.slot[e] === slot) Player.hushed[e]++
      },
      wave(sim, { slot }: SimEvent<null>) {
        sim.raise('heard', { slot, n: -1 })
      },
      roll(sim, { slot, payload: roll }: SimEvent<number[]>) {
        sim.raise('heard', { slot, n: roll.length })
      },
    },
    ...more,
  }) as Game

export const yard = yardOf()

const LINE: NetworkConditions = { delayMs: 30, jitterMs: 5, loss: 0, duplicate: 0, reorder: 0 }

export interface Machine {
  readonly name: string
  readonly loop: Loop
  readonly line: EnvelopeLine
  readonly port: NetworkingPort
  readonly checksums: Map<number, number>
  /** Faults as they were told. */
  readonly told: EventFault[]
  /** Envelopes as they were delivered. */
  readonly delivered: EventEnvelope[]
  end: Extract<Fact, { kind: 'end' }> | null
  stop(): void
}

export interface CapabilitiesPlan {
  seed: number
  peers: number
  conditions?: NetworkConditions
  game?: Game
  /** The host knows the game, or was told its rights, and judges what it relays. Default true. */
  relays?: boolean | RightsSpec
  authoritative?: boolean
  admit?: StarHostOptions['admit']
}

export class CapabilitiesMatch {
  readonly clock = new VirtualClock()
  host: StarHost
  network: MemoryNetwork
  #runner: HostRunner
  readonly machines: Machine[] = []
  readonly #plan: CapabilitiesPlan

  constructor(plan: CapabilitiesPlan) {
    this.#plan = plan
    const { seed, conditions = LINE } = plan
    this.network = new MemoryNetwork({ clock: this.clock, seed, conditions })
    this.host = this.#newHost(seed)
    this.#runner = this.#hosts(this.host)
    for (let i = 0; i < plan.peers; i++) {
      this.add(`p${i}`)
      // One after the other, so that slots are in the order of names.
      this.clock.runUntil(() => this.machines[i].loop.session.slot >= 0, 20_000)
    }
  }

  #newHost(seed: number): StarHost {
    const game = this.#game
    const { relays: asked = true } = this.#plan
    const relays = typeof asked === 'boolean' ? asked : { name: game.schema.name, rights: asked }
    return new StarHost({
      ...{ room: 'yard', sessionId: { hi: seed, lo: 1 }, epoch: 1, seed },
      admit: this.#plan.admit,
      events: relays === false ? undefined : hostEvents(relays === true ? { game, sourceId: 'test' } : relays),
      ...(this.#plan.authoritative === true
        ? { referee: hostRules({ game, sourceId: 'test', checksumTicks: 1, compression: deflate }) }
        : {}),
    })
  }

  /** Another host, which knows nothing of this match: everyone comes to it, and another match begins. */
  anew(): void {
    const { seed, conditions = LINE } = this.#plan
    this.#runner.abandon()
    this.network = new MemoryNetwork({ clock: this.clock, seed, conditions })
    this.host = this.#newHost(seed + 1)
    this.#runner = this.#hosts(this.host)
    for (const m of this.machines) {
      m.checksums.clear()
      m.loop.reopen(this.network.client())
    }
  }

  #hosts(host: StarHost): HostRunner {
    const runner = new HostRunner({ host, transport: this.network.host(), clock: this.clock })
    runner.start()
    return runner
  }

  /** The host is gone without a word; another runs from what this machine knows, as in a worker. */
  async migrate(to: Machine): Promise<void> {
    const { eventParts } = await import('../../src/worker/event-parts.ts')
    const parts = await eventParts({ game: this.#game, hosted: true, ticket: null, told: () => {} })
    this.#runner.abandon()
    this.clock.advance(200)
    const match = (to.loop.session as StarClient).hostedMatch()
    if (match === null) throw new Error(`${to.name} knows too little to host`)
    const { seed, conditions = LINE } = this.#plan
    this.network = new MemoryNetwork({ clock: this.clock, seed, conditions })
    this.host = StarHost.resume('yard', match, undefined, parts.relay(to.loop))
    this.#runner = this.#hosts(this.host)
    for (const m of this.machines) m.loop.reopen(this.network.client())
  }

  get #game(): Game {
    const { game = yard, peers } = this.#plan
    return { ...game, schema: { ...game.schema, minPlayers: Math.max(1, peers) } }
  }

  add(name: string, more: Partial<StarClientOptions> & { secretKey?: Uint8Array } = {}): Machine {
    const { seed, authoritative = false } = this.#plan
    const { clock } = this
    const { secretKey, ...options } = more
    const game = this.#game
    const random = seeded(seed * 100 + this.machines.length)
    const checksums = new Map<number, number>()
    const told: EventFault[] = []
    const delivered: EventEnvelope[] = []
    let line: EnvelopeLine | null = null
    const machine: { -readonly [K in keyof Machine]: Machine[K] } = {
      ...{ name, checksums, told, delivered, end: null, stop: () => {} },
      loop: null as unknown as Loop,
      line: null as unknown as EnvelopeLine,
      port: null as unknown as NetworkingPort,
    }
    const loop = new Loop({
      game,
      sourceId: 'test',
      transport: this.network.client(),
      clock,
      session: terms =>
        new StarClient({
          ...{ terms, name, profile: '', ticket: new TextEncoder().encode(`ticket of ${name}`) },
          pace: authoritative ? new ClientPace(2, 8) : null,
          ...options,
        }),
      compression: deflate,
      inputDelay: 2,
      predictionWindow: 8,
      authoritative,
      checksumTicks: 1,
      events: simulation =>
        (line = new EnvelopeLine({
          ...{ simulation, hosted: true, told: fault => told.push(fault) },
          signatures: needsSignatures(game) ? new SignatureBook() : null,
          secretKey: secretKey ?? null,
        })),
      hooks: {
        fact: fact => {
          if (fact.kind === 'end') machine.end = fact
        },
        raised: () => {},
        fault: error => {
          throw error
        },
        swapped: () => {},
        checksum: (tick, sum) => checksums.set(tick, sum),
      },
    })
    machine.loop = loop
    machine.line = line!
    machine.port = line!.port(loop.session)
    const input = new Uint8Array(game.schema.input.sizeBytes)
    const pacer = new Pacer(clock, game.schema.tickRate, dueMs => {
      if (random.chance(0.1)) {
        input[0] = random.below(4)
        loop.setInput(input)
      }
      loop.call(dueMs)
      delivered.push(...machine.port.receive())
    })
    loop.session.setReady(true)
    loop.open()
    machine.stop = pacer.start()
    this.machines.push(machine)
    return machine
  }

  /** Until every machine that is still in it has confirmed so many ticks more. */
  run(ticks: number): void {
    const newest = Math.max(...this.machines.map(m => m.loop.timeline.confirmedTick))
    const done = (): boolean =>
      this.machines.every(m => m.end !== null || m.loop.timeline.confirmedTick >= newest + ticks)
    if (!this.clock.runUntil(done, 20_000 + ticks * 100)) throw new Error(`not done after ${ticks} ticks`)
  }

  /** Confirmed ticks of which two machines have different states; and machines that are gone. */
  problems(): string[] {
    const truth = new Map<number, number>()
    const found = this.machines.filter(m => m.end !== null).map(m => `${m.name} ended: ${m.end?.reason}`)
    for (const m of this.machines)
      for (const [tick, sum] of m.checksums)
        if ((truth.get(tick) ?? sum) !== sum) {
          found.push(`tick ${tick}: ${m.name} has another state`)
          break
        } else truth.set(tick, sum)
    return found
  }

  /** A column's values by slot, as this machine has them. */
  column(machine: Machine, field: 'said' | 'hushed'): number[] {
    const { facade } = machine.loop.simulation
    const { Player } = facade.components
    const values: number[] = []
    for (const e of facade.query('Player')) values[Player.slot[e]] = Player[field][e]
    return values
  }
}

/** As a game's envelopes present what their kind requires. */
export function contextOf({ rights }: Game): EnvelopeContext {
  return { presentedFor: kind => ['network:emit', ...(rights!.requires[kind] ?? [])] }
}

/** The bytes of an envelope that no honest machine would send. */
export function forged(
  match: { readonly host: { readonly closedTick: number } },
  fields: Partial<EnvelopeFields>,
  game = yard,
): Uint8Array {
  const kind = fields.kind ?? 'chat'
  const context = contextOf(game)
  const envelope = makeEnvelope({
    ...{ id: 0, kind, chronos: match.host.closedTick, kairos: 'main', slot: 0, payload: null },
    ...{ caps: context.presentedFor(kind), ...fields },
  })
  return encodeEnvelope(envelope, context)
}

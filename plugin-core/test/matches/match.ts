// A whole match of many machines in one process: real loops, a real host, a network with faults, one
// virtual clock. From its seed it replays exactly.

import { HostRunner } from '../../src/loop/host-runner.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import type { Fact } from '../../src/session/fact.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import type { Game } from '../../src/sim/game.ts'
import { VirtualClock, type Clock } from '../../src/transport/clock.ts'
import type { NetworkConditions } from '../../src/transport/faults.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { seeded, type Seeded } from '../seeded.ts'
import { arena } from './arena.ts'

export interface MatchPlan {
  seed: number
  peers: number
  /** Confirmed ticks that everyone who stays must reach. */
  ticks: number
  mode: 'lockstep' | 'rollback'
  conditions: NetworkConditions
  game?: Game
  inputDelay?: number
  /** How fast each machine's clock runs: 1.01 is one percent fast. */
  drift?: readonly number[]
  /** A peer that stops answering, without a word, at this confirmed tick. */
  stop?: { peer: number; tick: number }
  /** A peer that comes when the others are at this tick: it waits for the next round. */
  late?: { tick: number }
  /** One machine adds 1 to a byte of its world at a tick. */
  corrupt?: { peer: number; tick: number; at: number }
}

export interface MatchReport {
  confirmedTicks: number
  rollbacks: number
  rolledBackTicks: number
  packetsLost: number
  stalledTicks: number
  faults: number
  rounds: number
  /** Everything that must not be. Empty: the match is good. */
  problems: string[]
}

export interface Machine {
  readonly name: string
  readonly loop: Loop
  readonly checksums: Map<number, number>
  readonly raised: Map<string, number>
  end: Extract<Fact, { kind: 'end' }> | null
  stop(): void
}

const QUIET_MS = 20_000

/** Plays one match to its end. */
export function playMatch(plan: MatchPlan): MatchReport {
  const match = new WholeMatch(plan)
  match.run()
  return match.report()
}

export class WholeMatch {
  readonly clock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly host: StarHost
  readonly machines: Machine[] = []
  readonly #plan: MatchPlan
  readonly #random: Seeded
  #stopped = false
  #lateCame = false
  #problems: string[] = []

  constructor(plan: MatchPlan) {
    this.#plan = plan
    this.#random = seeded(plan.seed)
    this.network = new MemoryNetwork({ clock: this.clock, seed: plan.seed, conditions: plan.conditions })
    this.host = new StarHost({
      room: 'match',
      sessionId: { hi: plan.seed, lo: 1 },
      epoch: plan.seed & 255,
      seed: plan.seed,
    })
    const runner = new HostRunner({ host: this.host, transport: this.network.host(), clock: this.clock })
    runner.start()
    for (let i = 0; i < plan.peers; i++) this.#add(`p${i}`)
  }

  run(): void {
    const { ticks, stop, late } = this.#plan
    // Lockstep with one tick of delay runs at two ticks a round trip at most, and slower with loss.
    const limitMs = QUIET_MS + ticks * 250
    const done = (): boolean => {
      const newest = Math.max(...this.machines.map(m => m.loop.timeline.confirmedTick))
      if (stop !== undefined && !this.#stopped && newest >= stop.tick) {
        this.#stopped = true
        this.machines[stop.peer].stop()
      }
      if (late !== undefined && !this.#lateCame && newest >= late.tick) {
        this.#lateCame = true
        this.#add('late')
      }
      return this.#staying().every(m => m.end !== null || m.loop.timeline.confirmedTick >= ticks)
    }
    if (!this.clock.runUntil(done, limitMs)) this.#problems.push(`not done after ${limitMs} ms of virtual time`)
    // What is on its way lands, so that the last ticks can be compared too.
    this.clock.advance(500)
  }

  report(): MatchReport {
    const { plan, problems } = { plan: this.#plan, problems: this.#problems }
    const staying = this.#staying()
    for (const m of staying) if (m.end !== null) problems.push(`${m.name} ended: ${m.end.code} ${m.end.reason}`)
    const truth = new Map<number, { sum: number; name: string }>()
    for (const m of staying) {
      const { confirmedTick } = m.loop.timeline
      if (m.name !== 'late')
        for (let tick = 1; tick <= Math.min(confirmedTick, plan.ticks); tick++)
          if (!m.checksums.has(tick)) problems.push(`${m.name} has no checksum of confirmed tick ${tick}`)
      for (const [tick, sum] of m.checksums) {
        const known = truth.get(tick)
        if (known === undefined) truth.set(tick, { sum, name: m.name })
        else if (known.sum !== sum) {
          problems.push(`tick ${tick}: ${known.name} has ${known.sum}, ${m.name} has ${sum}`)
          break
        }
      }
      if (m.loop.session.faults.malformed > 0) problems.push(`${m.name} received malformed packets`)
    }
    if (plan.late !== undefined && !(staying.at(-1)!.checksums.size > 0)) problems.push('the late one never played')
    const total = (pick: (m: Machine) => number): number => staying.reduce((sum, m) => sum + pick(m), 0)
    const rollbacks = total(m => m.loop.timeline.rollbacks)
    // A rollback match without a rollback proves nothing. One alone predicts itself, and never errs.
    if (plan.mode === 'rollback' && plan.peers > 1 && plan.conditions.delayMs > 0 && rollbacks === 0)
      problems.push('no rollbacks')
    if (plan.mode === 'lockstep' && rollbacks > 0) problems.push('lockstep rolled back')
    return {
      confirmedTicks: Math.min(...staying.map(m => m.loop.timeline.confirmedTick)),
      rollbacks,
      rolledBackTicks: total(m => m.loop.timeline.rolledBackTicks),
      packetsLost: this.network.stats.lost,
      stalledTicks: total(m => m.loop.stats.stalledTicks),
      faults: total(m => m.loop.session.faults.malformed + m.loop.session.faults.unexpected),
      rounds: Math.max(...staying.map(m => m.loop.session.round)),
      problems: problems.slice(0, 10),
    }
  }

  #staying(): Machine[] {
    return this.machines.filter((_, i) => !(this.#stopped && i === this.#plan.stop?.peer))
  }

  #add(name: string): void {
    const plan = this.#plan
    const { clock } = this
    const rules = plan.game ?? arena
    // All begin together: who is late by a lost HELLO would only play from the next round on.
    const game: Game = { ...rules, schema: { ...rules.schema, minPlayers: plan.peers } }
    const random = seeded(plan.seed * 1000 + this.machines.length)
    const machine: { -readonly [K in keyof Machine]: Machine[K] } = {
      name,
      loop: null as unknown as Loop,
      checksums: new Map(),
      raised: new Map(),
      end: null,
      stop: () => {},
    }
    const loop = new Loop({
      game,
      sourceId: 'test',
      transport: this.network.client(),
      clock,
      session: terms => new StarClient({ terms, name, profile: '' }),
      inputDelay: plan.inputDelay ?? 2,
      predictionWindow: plan.mode === 'lockstep' ? 0 : 8,
      checksumTicks: 1,
      hooks: {
        fact: fact => {
          if (fact.kind === 'end') machine.end = fact
        },
        raised: events => {
          for (const e of events) machine.raised.set(e.kind, (machine.raised.get(e.kind) ?? 0) + 1)
        },
        fault: error => this.#problems.push(`${name}: ${error.message}`),
        swapped: () => {},
        checksum: (tick, sum) => machine.checksums.set(tick, sum),
      },
    })
    machine.loop = loop
    const input = new Uint8Array(game.schema.input.sizeBytes)
    const index = this.machines.length
    let held = 0
    const pacer = new Pacer(drifting(clock, plan.drift?.[index] ?? 1), game.schema.tickRate, dueMs => {
      if (held-- <= 0) {
        held = 3 + random.below(12)
        for (let i = 0; i < input.length; i++) input[i] = random.below(256)
        loop.setInput(input)
      }
      if (loop.running && random.chance(0.02)) loop.emit('say', { n: random.below(10) })
      loop.call(dueMs)
      const { corrupt } = plan
      if (corrupt?.peer === index && loop.timeline.headTick === corrupt.tick) loop.simulation.bytes[corrupt.at]++
    })
    loop.session.setReady(true)
    // Nobody opens a page at the same moment as another.
    clock.schedule(this.#random.below(50), () => {
      loop.open()
      const stopPacer = pacer.start()
      machine.stop = () => {
        stopPacer()
        machine.stop = () => {}
      }
    })
    this.machines.push(machine)
  }
}

// A machine's own time: its seconds are shorter where it runs fast.
function drifting(clock: Clock, rate: number): Clock {
  return { now: () => clock.now() * rate, schedule: (delayMs, run) => clock.schedule(delayMs / rate, run) }
}

/** A plan for a seed: the same seed gives the same match. */
export function planOf(seed: number): MatchPlan {
  const random = seeded(seed)
  const peers = [2, 3, 8][random.below(3)]
  const bad = random.next()
  return {
    seed,
    peers,
    ticks: 1800,
    mode: random.chance(0.25) ? 'lockstep' : 'rollback',
    conditions: {
      // Never so near that the input delay hides the whole way: a rollback match must roll back.
      delayMs: 25 + random.below(50),
      jitterMs: random.below(40) * bad,
      loss: 0.2 * bad,
      duplicate: 0.05 * bad,
      reorder: 0.1 * bad,
    },
    inputDelay: random.below(2) + 1,
    ...(random.chance(0.3) ? { stop: { peer: peers - 1, tick: 300 + random.below(900) } } : {}),
    ...(random.chance(0.3) ? { late: { tick: 100 + random.below(400) } } : {}),
  }
}

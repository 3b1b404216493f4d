// A whole duel of two machines in one process: real loops, a line with faults and nobody between, one virtual clock. From
// its seed it replays exactly.

import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import { DuelSession } from '../../src/session/duel/duel-session.ts'
import type { Fact } from '../../src/session/fact.ts'
import { VirtualClock, type Clock } from '../../src/transport/clock.ts'
import type { NetworkConditions } from '../../src/transport/conditions.ts'
import { MemoryPair } from '../../src/transport/memory-pair.ts'
import type { Transport } from '../../src/transport/transport.ts'
import type { Game } from '../../src/sim/game.ts'
import type { ScriptSet } from '../../src/sim/sim-scripts.ts'
import { seeded } from '../seeded.ts'
import { arena, sayingOf } from './arena.ts'

export interface DuelPlan {
  seed: number
  /** Confirmed ticks that both must reach. */
  ticks: number
  conditions: NetworkConditions
  /** How fast each machine's clock runs: 1.01 is one percent fast. */
  drift: readonly [number, number]
  inputDelay: number
  predictionWindow: number
  /** RBN1 versions that each speaks. */
  rbn1: readonly [1 | 2, 1 | 2]
  /** The second one opens its page so much later. */
  lateMs: number
  /** Asked for by one side when it has confirmed this tick. */
  delays: readonly { side: 0 | 1; tick: number; delay: number }[]
  /** Inputs depend on tick and slot alone, and nobody emits: whatever the line does, the states are the same. */
  scripted?: boolean
  /** Another game than the arena, and its scripts. */
  game?: Game
  scripts?: ScriptSet
}

export interface DuelReport {
  confirmedTicks: number
  rollbacks: readonly [number, number]
  rolledBackTicks: readonly [number, number]
  stalledTicks: readonly [number, number]
  skippedTicks: readonly [number, number]
  /** Longest time without a new tick, on either machine, once both had begun. */
  longestStallMs: number
  packetsLost: number
  rounds: number
  events: number
  /** Payload, bytes a second of one side. */
  upstream: number
  /** Everything that must not be. Empty: the duel is good. */
  problems: string[]
}

export interface DuelMachine {
  readonly loop: Loop
  readonly session: DuelSession
  readonly checksums: Map<number, number>
  /** Events that its scene was told of: tick and payload. */
  readonly said: string[]
  /** Most ticks that were taken back at once. */
  deepestRollback: number
  end: Extract<Fact, { kind: 'end' }> | null
  startedMs: number
}

/** With loss of three packets in ten a stall of so much is an accident; more is a fault. */
const STALL_MS = 3000

/** Plays one duel to its end. */
export function playDuel(seedOrPlan: number | DuelPlan): DuelReport {
  const duel = new WholeDuel(typeof seedOrPlan === 'number' ? duelPlanOf(seedOrPlan) : seedOrPlan)
  duel.run()
  return duel.report()
}

export class WholeDuel {
  readonly clock = new VirtualClock()
  readonly pair: MemoryPair
  readonly machines: DuelMachine[] = []
  readonly #plan: DuelPlan
  readonly #problems: string[] = []
  #longestStallMs = 0

  constructor(plan: DuelPlan) {
    this.#plan = plan
    this.pair = new MemoryPair({ clock: this.clock, seed: plan.seed, conditions: plan.conditions })
    this.#add(this.pair.a, 0)
    this.clock.schedule(plan.lateMs, () => this.#add(this.pair.b, plan.lateMs))
    if (plan.lateMs === 0) this.clock.advance(0)
  }

  run(): void {
    const { ticks } = this.#plan
    const limitMs = 20_000 + this.#plan.lateMs + ticks * 250
    const done = (): boolean =>
      this.machines.length === 2 && this.machines.every(m => m.end !== null || m.loop.timeline.confirmedTick >= ticks)
    if (!this.clock.runUntil(done, limitMs)) this.#problems.push(`not done after ${limitMs} ms of virtual time`)
    this.clock.advance(500)
  }

  report(): DuelReport {
    const plan = this.#plan
    const problems = this.#problems
    const [a, b] = this.machines
    for (const m of this.machines) {
      const name = `player ${m.session.slot}`
      if (m.end !== null) problems.push(`${name} ended: ${m.end.code} ${m.end.reason}`)
      for (let tick = 1; tick <= Math.min(m.loop.timeline.confirmedTick, plan.ticks); tick++)
        if (!m.checksums.has(tick)) problems.push(`${name} has no checksum of confirmed tick ${tick}`)
      const { malformed, unexpected } = m.session.faults
      if (malformed + unexpected > 0) problems.push(`${name} counted ${malformed} malformed, ${unexpected} unexpected`)
      if (m.loop.timeSync.skipped * 10 > m.loop.timeline.headTick + 10)
        problems.push(`${name} skipped ${m.loop.timeSync.skipped} of ${m.loop.timeline.headTick} ticks`)
    }
    for (const [tick, sum] of a.checksums) {
      const other = b.checksums.get(tick)
      if (other === undefined || other === sum) continue
      problems.push(`tick ${tick}: ${sum} against ${other}`)
      break
    }
    // Without a way that is longer than the input delay nothing is predicted.
    const wayMs = plan.conditions.delayMs
    if (plan.predictionWindow > 0 && wayMs > plan.inputDelay * 17 + 20)
      for (const m of this.machines) if (m.loop.timeline.rollbacks === 0) problems.push('no rollbacks')
    if (this.#longestStallMs > STALL_MS) problems.push(`stood still for ${this.#longestStallMs.toFixed(0)} ms`)
    if (a.said.sort().join() !== b.said.sort().join()) problems.push('their scenes were told of different events')
    const both = (pick: (m: DuelMachine) => number): readonly [number, number] => [pick(a), pick(b)]
    const seconds = (this.clock.now() - Math.max(...both(m => m.startedMs))) / 1000
    return {
      confirmedTicks: Math.min(...both(m => m.loop.timeline.confirmedTick)),
      rollbacks: both(m => m.loop.timeline.rollbacks),
      rolledBackTicks: both(m => m.loop.timeline.rolledBackTicks),
      stalledTicks: both(m => m.loop.stats.stalledTicks),
      skippedTicks: both(m => m.loop.timeSync.skipped),
      longestStallMs: this.#longestStallMs,
      packetsLost: this.pair.stats.lost,
      rounds: Math.max(...both(m => m.session.round)),
      events: a.said.length,
      upstream: a.loop.stats.bytesSent / seconds,
      problems: problems.slice(0, 10),
    }
  }

  #add(transport: Transport, lateMs: number): void {
    const plan = this.#plan
    const { clock } = this
    const side = this.machines.length
    const random = seeded(plan.seed * 1000 + side)
    // Two play, whatever the arena has room for.
    const rules = plan.game ?? arena
    const game: Game = { ...rules, schema: { ...rules.schema, minPlayers: 2 } }
    const machine: DuelMachine = {
      loop: null as unknown as Loop,
      session: null as unknown as DuelSession,
      checksums: new Map(),
      said: [],
      deepestRollback: 0,
      end: null,
      startedMs: 0,
    }
    const loop = new Loop({
      game,
      scripts: plan.scripts ?? null,
      sourceId: 'test',
      transport,
      clock,
      session: terms =>
        new DuelSession({
          terms,
          name: `p${side}`,
          profile: '',
          nonce: { hi: random.below(2 ** 32), lo: random.below(2 ** 32) },
          inputDelay: plan.inputDelay,
          rbn1: plan.rbn1[side],
        }),
      inputDelay: plan.inputDelay,
      predictionWindow: plan.predictionWindow,
      checksumTicks: 1,
      hooks: {
        fact: fact => {
          if (fact.kind === 'end') machine.end = fact
          if (fact.kind === 'start' && machine.startedMs === 0) machine.startedMs = clock.now()
        },
        raised: events => {
          for (const e of events)
            if (e.change === 'shown' && e.kind === 'said' && e.tick <= plan.ticks)
              machine.said.push(`${e.tick} ${JSON.stringify(e.payload)}`)
        },
        fault: error => this.#problems.push(`p${side}: ${error.message}`),
        swapped: () => {},
        checksum: (tick, sum) => machine.checksums.set(tick, sum),
      },
    })
    Object.assign(machine, { loop, session: loop.session as DuelSession })
    const input = new Uint8Array(game.schema.input.sizeBytes)
    // A peer of version 1 has no events.
    const emits = Math.min(...plan.rbn1) === 2 && plan.scripted !== true
    let held = 0
    let headTick = 0
    let movedMs = 0
    const pacer = new Pacer(drifting(clock, plan.drift[side]), game.schema.tickRate, dueMs => {
      if (plan.scripted === true) {
        const held = (loop.timeline.headTick + 1 + plan.inputDelay) >> 3
        for (let i = 0; i < input.length; i++) input[i] = Math.imul(held * 2 + loop.session.slot, 0x9e3779b1 + i) >>> 24
        loop.setInput(input)
      } else if (held-- <= 0) {
        held = 3 + random.below(12)
        for (let i = 0; i < input.length; i++) input[i] = random.below(256)
        loop.setInput(input)
      }
      if (emits && loop.running && random.chance(0.02)) loop.emit('say', sayingOf(random))
      for (const d of plan.delays)
        if (d.side === side && loop.timeline.confirmedTick === d.tick) machine.session.proposeDelay(d.delay)
      const { rolledBackTicks } = loop.timeline
      loop.call(dueMs)
      machine.deepestRollback = Math.max(machine.deepestRollback, loop.timeline.rolledBackTicks - rolledBackTicks)
      if (loop.timeline.headTick > headTick) {
        if (headTick > 0) this.#longestStallMs = Math.max(this.#longestStallMs, clock.now() - movedMs)
        headTick = loop.timeline.headTick
        movedMs = clock.now()
      }
    })
    loop.session.setReady(true)
    clock.schedule(lateMs > 0 ? 0 : random.below(50), () => {
      loop.open()
      pacer.start()
    })
    this.machines.push(machine)
  }
}

// A machine's own time: its seconds are shorter where it runs fast.
function drifting(clock: Clock, rate: number): Clock {
  return { now: () => clock.now() * rate, schedule: (delayMs, run) => clock.schedule(delayMs / rate, run) }
}

/** A plan for a seed: the same seed gives the same duel. */
export function duelPlanOf(seed: number): DuelPlan {
  const random = seeded(seed)
  const bad = random.next()
  const delayMs = random.below(100)
  const inputDelay = random.below(4)
  const rbn1 = (): 1 | 2 => (random.chance(0.15) ? 1 : 2)
  const drift = (): number => 1 + (random.next() - 0.5) * 0.02
  return {
    seed,
    ticks: 1500,
    conditions: {
      delayMs,
      jitterMs: random.below(40) * bad,
      loss: 0.3 * bad,
      burst: random.chance(0.3) ? 1 + random.below(6) : 0,
      duplicate: 0.1 * random.next(),
      reorder: 0.1 * random.next(),
      ...(random.chance(0.4) ? { up: { delayMs: delayMs + random.below(60) } } : {}),
    },
    drift: [drift(), drift()],
    inputDelay,
    predictionWindow: random.chance(0.15) ? 0 : 8,
    rbn1: [rbn1(), rbn1()],
    lateMs: random.chance(0.3) ? random.below(4000) : 0,
    delays: random.chance(0.4)
      ? [
          { side: random.below(2) as 0 | 1, tick: 100 + random.below(300), delay: random.below(16) },
          { side: random.below(2) as 0 | 1, tick: 500 + random.below(300), delay: random.below(6) },
        ]
      : [],
  }
}

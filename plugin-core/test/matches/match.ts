// A whole match of many machines in one process: real loops, a real host, a network with faults, one
// virtual clock. From its seed it replays exactly.

import { HostRunner } from '../../src/loop/host-runner.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Outputs } from '../../src/loop/outputs.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import type { Fact } from '../../src/session/fact.ts'
import { deflate } from '../../src/loop/deflate.ts'
import type { StarClientOptions } from '../../src/session/star/client-options.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { TickHistory } from '../../src/session/star/tick-history.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import type { Game } from '../../src/sim/game.ts'
import type { ScriptNews, ScriptSet } from '../../src/sim/sim-scripts.ts'
import { VirtualClock, type Clock } from '../../src/transport/clock.ts'
import type { NetworkConditions } from '../../src/transport/faults.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { Heard, contradictions } from '../loop/heard.ts'
import { seeded, type Seeded } from '../seeded.ts'
import { arena, sayingOf } from './arena.ts'

export interface MatchPlan {
  seed: number
  peers: number
  /** Confirmed ticks that everyone who stays must reach. */
  ticks: number
  mode: 'lockstep' | 'rollback'
  conditions: NetworkConditions
  game?: Game
  scripts?: ScriptSet
  inputDelay?: number
  /** How fast each machine's clock runs: 1.01 is one percent fast. */
  drift?: readonly number[]
  /** A peer that stops answering, without a word, at this confirmed tick. */
  stop?: { peer: number; tick: number }
  /** Those who come when the others are at a tick: to play from then on, or to watch so many ticks behind. */
  comers?: readonly Comer[]
  /** A line that breaks ends nobody's match. */
  comeBack?: boolean
  /** Another patience than the game's. */
  dropAfterTicks?: number
  /** Whoever comes during a round waits for the next one. */
  waitForRound?: boolean
  /** A player emits at so many of its ticks: one in 50 unless said. And so many of its events are too large for their tick: one in 20. */
  talk?: number
  large?: number
  /** Bytes of a state for which the host has room. */
  stateRoom?: number
  /** Ticks between two checksums: every one is compared unless said. */
  checksumTicks?: number
  /** One machine adds 1 to a byte of its world at a tick, or at so many calls from then on: once may be rolled back, and so healed. */
  corrupt?: { peer: number; tick: number; at: number; ticks?: number }
}

export interface Comer {
  tick: number
  watch?: { delayTicks: number }
}

export interface MatchReport {
  confirmedTicks: number
  rollbacks: number
  rolledBackTicks: number
  packetsLost: number
  stalledTicks: number
  /** Longest time without a new tick on any machine that stayed, once it had begun. */
  longestStallMs: number
  faults: number
  rounds: number
  /** Everything that must not be. Empty: the match is good. */
  problems: string[]
}

export interface Machine {
  readonly name: string
  readonly watches: boolean
  /** The tick from which it plays, when it came into a round that was played already. */
  readonly enteredAt: number
  readonly loop: Loop
  readonly checksums: Map<number, number>
  readonly heard: Heard
  /** What its scripts told. */
  readonly scriptNews: ScriptNews[]
  /** What it told of its own states that were not the others'. */
  readonly astray: string[]
  /** Confirmed leaves that it has heard of. */
  leaves: number
  /** How often it was told that its line is gone. */
  lost: number
  end: Extract<Fact, { kind: 'end' }> | null
  stop(): void
}

const QUIET_MS = 20_000
const MOST_STALL_MS = 3000

/** Plays one match to its end. */
export function playMatch(plan: MatchPlan): MatchReport {
  const match = new WholeMatch(plan)
  match.run()
  return match.report()
}

export class WholeMatch {
  readonly clock = new VirtualClock()
  network: MemoryNetwork
  host: StarHost
  #runner: HostRunner
  readonly machines: Machine[] = []
  /** Of who comes from now on. */
  scripts: ScriptSet | null
  readonly #plan: MatchPlan
  readonly #random: Seeded
  #stopped = false
  #came = 0
  #problems: string[] = []

  constructor(plan: MatchPlan) {
    this.#plan = plan
    this.scripts = plan.scripts ?? null
    this.#random = seeded(plan.seed)
    this.network = this.#newNetwork()
    this.host = new StarHost({
      room: 'match',
      sessionId: { hi: plan.seed, lo: 1 },
      epoch: plan.seed & 255,
      seed: plan.seed,
      snapshotRoom: bytes => bytes <= (plan.stateRoom ?? Infinity),
    })
    this.#runner = this.#run(this.host)
    for (let i = 0; i < plan.peers; i++) this.add(`p${i}`)
  }

  #newNetwork(): MemoryNetwork {
    const { seed, conditions } = this.#plan
    return new MemoryNetwork({ clock: this.clock, seed, conditions })
  }

  #run(host: StarHost): HostRunner {
    const runner = new HostRunner({ host, transport: this.network.host(), clock: this.clock })
    runner.start()
    return runner
  }

  /** The host is gone without a word; another runs on this machine, from what it knows. Everyone comes to it. */
  migrate(to: Machine): void {
    this.#runner.abandon()
    this.clock.advance(200)
    const match = (to.loop.session as StarClient).hostedMatch()
    if (match === null) throw new Error(`${to.name} knows too little to host`)
    this.network = this.#newNetwork()
    this.host = StarHost.resume('match', match)
    this.#runner = this.#run(this.host)
    for (const m of this.machines) if (m.end === null) m.loop.reopen(this.network.client())
  }

  run(): void {
    const { ticks, stop, comers = [] } = this.#plan
    // Lockstep with one tick of delay runs at two ticks a round trip at most, and slower with loss.
    const limitMs = QUIET_MS + ticks * 250
    const done = (): boolean => {
      const newest = Math.max(...this.machines.map(m => m.loop.timeline.confirmedTick))
      if (stop !== undefined && !this.#stopped && newest >= stop.tick) {
        this.#stopped = true
        this.machines[stop.peer].stop()
      }
      while (this.#came < comers.length && newest >= comers[this.#came].tick) {
        const { watch } = comers[this.#came]
        this.add(`${watch === undefined ? 'late' : 'watcher'}${this.#came++}`, { spectate: watch ?? null })
      }
      if (this.#came < comers.length) return false
      return this.#staying().every(m => m.end !== null || m.loop.timeline.headTick >= ticks)
    }
    if (!this.clock.runUntil(done, limitMs)) this.#problems.push(`not done after ${limitMs} ms of virtual time`)
    // What is on its way lands, so that the last ticks can be compared too. On a bad line the last one may come later still, and is only
    // compared once it was computed (seed 21555).
    this.clock.advance(500)
    const grid = this.#plan.checksumTicks ?? 1
    const compared = (m: Machine): boolean => m.end !== null || m.loop.stats.checksumTick >= ticks - (ticks % grid)
    if (!this.clock.runUntil(() => this.#staying().every(compared), QUIET_MS))
      this.#problems.push(`not all have computed tick ${ticks} for good, ${QUIET_MS} ms after it was reached`)
  }

  /** What must not be, so far: errors of the rules, confirmed ticks in which two machines differ, raised events left open. */
  problems(): string[] {
    const problems = [...this.#problems]
    const truth = new Map<number, { sum: number; name: string }>()
    for (const m of this.machines)
      for (const [tick, sum] of m.checksums) {
        const known = truth.get(tick)
        if (known === undefined) truth.set(tick, { sum, name: m.name })
        else if (known.sum !== sum) {
          problems.push(`tick ${tick}: ${known.name} has ${known.sum}, ${m.name} has ${sum}`)
          break
        }
      }
    for (const m of this.machines)
      problems.push(...m.heard.problems(m.end !== null).map(problem => `${m.name}: ${problem}`))
    problems.push(...contradictions(this.machines.filter(m => m.end === null).map(m => m.heard)))
    return problems
  }

  report(): MatchReport {
    const plan = this.#plan
    const problems = this.problems()
    const staying = this.#staying()
    for (const m of staying) if (m.end !== null) problems.push(`${m.name} ended: ${m.end.code} ${m.end.reason}`)
    for (const m of staying) {
      const { confirmedTick } = m.loop.timeline
      // From its first one on without a gap: a comer's is that after its snapshot, or its first round's.
      const from = this.machines.indexOf(m) < plan.peers ? 1 : Math.min(...m.checksums.keys())
      if (m.checksums.size === 0) problems.push(`${m.name} has simulated nothing`)
      for (let tick = from; tick <= Math.min(confirmedTick, plan.ticks); tick++)
        if (!m.checksums.has(tick)) problems.push(`${m.name} has no checksum of confirmed tick ${tick}`)
      if (m.loop.session.faults.malformed > 0) problems.push(`${m.name} received malformed packets`)
    }
    const total = (pick: (m: Machine) => number): number => staying.reduce((sum, m) => sum + pick(m), 0)
    const rollbacks = total(m => m.loop.timeline.rollbacks)
    // A rollback match without a rollback proves nothing. One alone predicts itself, and never errs.
    if (plan.mode === 'rollback' && plan.peers > 1 && plan.conditions.delayMs > 0 && rollbacks === 0)
      problems.push('no rollbacks')
    if (plan.mode === 'lockstep' && rollbacks > 0) problems.push('lockstep rolled back')
    const longestStallMs = Math.max(...staying.map(m => m.loop.stats.longestGapMs))
    // Somebody who stops is waited for as long as the game says; bad lines cost the rest.
    const { schema, ...rules } = plan.game ?? arena
    const dropAfterTicks = plan.dropAfterTicks ?? rules.dropAfterTicks
    if (longestStallMs > (dropAfterTicks / schema.tickRate) * 1000 + MOST_STALL_MS)
      problems.push(`somebody stood still for ${longestStallMs} ms`)
    return {
      confirmedTicks: Math.min(...staying.map(m => m.loop.timeline.confirmedTick)),
      rollbacks,
      rolledBackTicks: total(m => m.loop.timeline.rolledBackTicks),
      packetsLost: this.network.stats.lost,
      stalledTicks: total(m => m.loop.stats.stalledTicks),
      longestStallMs,
      faults: total(m => m.loop.session.faults.malformed + m.loop.session.faults.unexpected),
      rounds: Math.max(...staying.map(m => m.loop.session.round)),
      problems: problems.slice(0, 10),
    }
  }

  #staying(): Machine[] {
    return this.machines.filter((_, i) => !(this.#stopped && i === this.#plan.stop?.peer))
  }

  /** Another machine, as it would come by a link. */
  add(name: string, more: Pick<StarClientOptions, 'spectate' | 'ticket'> = {}): Machine {
    const plan = this.#plan
    const { clock } = this
    const rules = plan.game ?? arena
    // All begin together: who is late by a lost HELLO would only play from the next round on.
    const game: Game = {
      ...rules,
      dropAfterTicks: plan.dropAfterTicks ?? rules.dropAfterTicks,
      schema: { ...rules.schema, minPlayers: plan.peers },
    }
    const random = seeded(plan.seed * 1000 + this.machines.length)
    const machine: { -readonly [K in keyof Machine]: Machine[K] } = {
      name,
      watches: more.spectate != null,
      enteredAt: 0,
      leaves: 0,
      lost: 0,
      loop: null as unknown as Loop,
      checksums: new Map(),
      heard: new Heard(),
      scriptNews: [],
      astray: [],
      end: null,
      stop: () => {},
    }
    const loop = new Loop({
      game,
      scripts: this.scripts,
      sourceId: 'test',
      transport: this.network.client(),
      clock,
      session: terms =>
        new StarClient({
          terms,
          name,
          profile: '',
          lateJoin: plan.waitForRound !== true,
          ticket: new TextEncoder().encode(`ticket of ${name}`),
          comesBack: plan.comeBack === true,
          history: plan.comeBack === true ? new TickHistory(terms) : null,
          ...more,
        }),
      compression: deflate,
      outputs: new Outputs(message => this.#problems.push(`${name}: ${message}`)),
      inputDelay: plan.inputDelay ?? 2,
      predictionWindow: plan.mode === 'lockstep' ? 0 : 8,
      checksumTicks: plan.checksumTicks ?? 1,
      hooks: {
        fact: fact => {
          if (fact.kind === 'end') machine.end = fact
          if (fact.kind === 'tick') machine.leaves += fact.control?.leaves.length ?? 0
          if (fact.kind === 'entered') machine.enteredAt = fact.tick
          if (fact.kind === 'lost') machine.lost++
        },
        raised: news => machine.heard.take(news, this.host.closedTick),
        fault: error => this.#problems.push(`${name}: ${error.message}`),
        swapped: () => {},
        scripts: news => machine.scriptNews.push(...news),
        astray: report => machine.astray.push(report),
        checksum: (tick, sum) => machine.checksums.set(tick, sum),
      },
    })
    machine.loop = loop
    const input = new Uint8Array(game.schema.input.sizeBytes)
    const index = this.machines.length
    let held = 0
    let corrupted = 0
    const pacer = new Pacer(drifting(clock, plan.drift?.[index] ?? 1), game.schema.tickRate, dueMs => {
      if (held-- <= 0) {
        held = 3 + random.below(12)
        for (let i = 0; i < input.length; i++) input[i] = random.below(256)
        loop.setInput(input)
      }
      if (loop.running && random.chance(plan.talk ?? 0.02) && !machine.watches)
        loop.emit('say', sayingOf(random, plan.large))
      loop.call(dueMs)
      machine.heard.called(loop)
      const { corrupt } = plan
      if (corrupt?.peer !== index || loop.timeline.headTick < corrupt.tick || corrupted === (corrupt.ticks ?? 1)) return
      corrupted++
      loop.simulation.bytes[corrupt.at]++
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
    return machine
  }
}

// A machine's own time: its seconds are shorter where it runs fast.
function drifting(clock: Clock, rate: number): Clock {
  return { now: () => clock.now() * rate, schedule: (delayMs, run) => clock.schedule(delayMs / rate, run) }
}

/** A plan for a seed: the same seed gives the same match. */
export function planOf(seed: number): MatchPlan {
  const random = seeded(seed)
  const peers = [2, 3, 4, 8][random.below(4)]
  const bad = random.next()
  const mode = random.chance(0.25) ? 'lockstep' : 'rollback'
  // Never so near that the input delay hides the whole way: a rollback match must roll back.
  const delayMs = 25 + random.below(50)
  const jitterMs = random.below(40) * bad
  const inputDelay = random.below(2) + 1
  const burst = random.chance(0.3) ? 2 + random.below(5) : 0
  const stop = random.chance(0.3) ? { stop: { peer: peers - 1, tick: 300 + random.below(900) } } : {}
  const comers: Comer[] = []
  while (random.chance(0.4) && comers.length < 4) {
    const tick = 100 + random.below(1200)
    comers.push(
      random.chance(0.4) ? { tick, watch: { delayTicks: random.chance(0.5) ? 0 : random.below(120) } } : { tick },
    )
  }
  return {
    seed,
    peers,
    ticks: 1800,
    mode,
    conditions: {
      delayMs,
      jitterMs,
      loss: 0.3 * bad,
      duplicate: 0.1 * bad,
      reorder: 0.1 * bad,
      ...(burst > 0 ? { burst } : {}),
      // One way may take far longer than the other.
      ...(random.chance(0.3) ? { up: { delayMs: delayMs + random.below(60) } } : {}),
    },
    inputDelay,
    // Runs of losses are counted in messages: where little is said such a line is dead for seconds.
    ...(burst > 0 ? { dropAfterTicks: 300 } : {}),
    drift: Array.from({ length: peers + comers.length }, () => 1 + 0.01 * (2 * random.next() - 1)),
    ...stop,
    ...(comers.length > 0 ? { comers: comers.sort((a, b) => a.tick - b.tick), waitForRound: random.chance(0.2) } : {}),
  }
}

// A whole match beside which a tool forks: every machine is watched, what-ifs with their own inputs run in slices between its calls,
// are merged and given up. What the match computes is compared with the same match without any of it.

import { watchBranches, type Branches } from '../../src/loop/branches.ts'
import type { ForkInputs, WhatIf } from '../../src/loop/what-if.ts'
import { seeded, type Seeded } from '../seeded.ts'
import { WholeMatch, planOf, type Machine, type MatchPlan } from './match.ts'

export interface WhatIfReport {
  forks: number
  merges: number
  /** Ticks of what-ifs that were compared with the match's own. */
  compared: number
  /** Ticks that what-ifs computed. */
  ticks: number
  /** Predictions that were left, as the watched machines saw them. */
  abandoned: number
  problems: string[]
}

const TOOL_MS = 40
const TICKS = 240

/** A short match of a seed's plan. */
export function whatIfPlanOf(seed: number): MatchPlan {
  const plan = planOf(seed)
  const { comers, ...rest } = plan
  // Who comes at the end has simulated nothing when it is over.
  const few = comers?.filter(comer => comer.tick < TICKS / 2) ?? []
  const stop = plan.stop === undefined ? {} : { stop: { ...plan.stop, tick: 60 + (plan.stop.tick % 120) } }
  return { ...rest, ...stop, ticks: TICKS, ...(few.length > 0 ? { comers: few } : {}) }
}

export function playBeside(plan: MatchPlan): WhatIfReport {
  const alone = new WholeMatch(plan)
  alone.run()
  const match = new WholeMatch(plan)
  const tool = new Tool(match, plan.seed)
  match.run()
  tool.stop()
  const { report } = tool
  report.problems.push(...match.report().problems, ...differences(alone.machines, match.machines))
  if (report.forks === 0) report.problems.push('nothing was forked')
  report.problems.splice(10)
  return report
}

function differences(alone: readonly Machine[], beside: readonly Machine[]): string[] {
  if (alone.length !== beside.length) return [`${alone.length} machines alone, ${beside.length} beside what-ifs`]
  return alone.flatMap((machine, i) => {
    const other = beside[i]
    const tick = [...machine.checksums].find(([at, sum]) => other.checksums.get(at) !== sum)?.[0]
    const same =
      tick === undefined &&
      machine.checksums.size === other.checksums.size &&
      machine.loop.timeline.rollbacks === other.loop.timeline.rollbacks &&
      machine.loop.stats.packetsSent === other.loop.stats.packetsSent &&
      machine.heard.shown === other.heard.shown &&
      JSON.stringify([...machine.heard.confirmed]) === JSON.stringify([...other.heard.confirmed])
    return same ? [] : [`${machine.name}: not the same match beside what-ifs, from tick ${tick ?? 'none'} on`]
  })
}

interface Run {
  readonly whatIf: WhatIf
  readonly branches: Branches
  readonly machine: Machine
  /** It has inputs of its own. */
  readonly isOwn: boolean
  ticksLeft: number
}

class Tool {
  readonly report: WhatIfReport = { forks: 0, merges: 0, compared: 0, ticks: 0, abandoned: 0, problems: [] }
  readonly #match: WholeMatch
  readonly #random: Seeded
  readonly #watched = new Map<Machine, Branches>()
  readonly #abandoned = new Set<string>()
  #runs: Run[] = []
  #isOver = false

  constructor(match: WholeMatch, seed: number) {
    this.#match = match
    this.#random = seeded(seed * 77 + 5)
    this.#again()
  }

  stop(): void {
    this.#isOver = true
    for (const branches of this.#watched.values()) branches.stop()
  }

  #again(): void {
    this.#match.clock.schedule(TOOL_MS, () => {
      if (this.#isOver) return
      this.#work()
      this.#again()
    })
  }

  #work(): void {
    const random = this.#random
    for (const machine of this.#match.machines) {
      if (!machine.loop.running) continue
      if (!this.#watched.has(machine) && random.chance(0.3)) this.#watched.set(machine, watchBranches(machine.loop))
    }
    for (const [machine, branches] of this.#watched) {
      for (const { id, state } of branches.list())
        if (state === 'abandoned') this.#abandoned.add(`${machine.name} ${id}`)
      if (machine.loop.running && random.chance(0.1) && this.#runs.length < 6) this.#fork(machine, branches)
    }
    this.report.abandoned = this.#abandoned.size
    for (const run of this.#runs) this.#slice(run)
    this.#merge()
    for (const run of this.#runs) if (run.ticksLeft <= 0) run.whatIf.dispose()
    this.#runs = this.#runs.filter(run => run.ticksLeft > 0)
  }

  #fork(machine: Machine, branches: Branches): void {
    const { certainTick } = branches
    const tick = Math.max(0, certainTick - this.#random.below(20))
    const isOwn = this.#random.chance(0.6)
    try {
      const whatIf = branches.fork({ tick, ...(isOwn ? { inputs: inputsOf(this.#random.below(1000)) } : {}) })
      this.#runs.push({ whatIf, branches, machine, isOwn, ticksLeft: 10 + this.#random.below(60) })
      this.report.forks++
    } catch (error) {
      // Before anything is known here, or at a tick that nobody kept.
      if (!(error instanceof RangeError)) throw error
    }
  }

  #slice(run: Run): void {
    const { whatIf, machine, isOwn } = run
    // Another one of the same branch was merged: it is the same universe.
    if (whatIf.node.branch.mergedInto !== null) run.ticksLeft = 0
    for (let i = this.#random.below(5); i > 0 && run.ticksLeft > 0; i--, run.ticksLeft--) {
      whatIf.advance()
      this.report.ticks++
      const truth = machine.checksums.get(whatIf.tick)
      if (whatIf.branch === 'main') {
        const sum = whatIf.checksum()
        if (truth !== undefined) this.report.compared++
        if (truth !== undefined && truth !== sum) this.#problem(run, `has ${sum}, the match ${truth}`)
        if ((whatIf.difference() ?? []).length > 0) this.#problem(run, 'differs from the match')
      } else if (!isOwn && whatIf.tick <= run.branches.certainTick - 40) this.#problem(run, 'left the match')
    }
  }

  #merge(): void {
    const own = this.#runs.filter(run => run.whatIf.node.branch.state === 'forked')
    for (const a of own)
      for (const b of own)
        if (a !== b && a.branches === b.branches && this.#random.chance(0.02)) {
          const { whatIf } = a.branches.merge(a.whatIf, b.whatIf)
          this.report.merges++
          for (const part of [a, b]) part.ticksLeft = 0
          this.#runs.push({ ...a, whatIf, isOwn: true, ticksLeft: 10 })
          return
        }
  }

  #problem({ whatIf, machine }: Run, text: string): void {
    this.report.problems.push(`${machine.name}: a what-if of tick ${whatIf.forkTick} ${text} at tick ${whatIf.tick}`)
  }
}

/** What nobody played: two slots hold what the seed says. */
export function inputsOf(seed: number): ForkInputs {
  const random = seeded(seed)
  const bytes = Array.from({ length: 2 }, () => new Uint8Array([random.below(32), random.below(256)]))
  return (slot, tick) => (slot < 2 && (tick >> 3) % 2 === 0 ? bytes[slot] : null)
}

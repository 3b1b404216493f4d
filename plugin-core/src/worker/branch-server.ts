// A page's tool and the branches of its match: what-ifs run here, beside the loop, a little at a time. Loaded when a tool asks.

import * as Comlink from 'comlink'
import type { Data } from '../event/data.ts'
import { makeEnvelope } from '../event/envelope.ts'
import { watchBranches, type Branches } from '../loop/branches.ts'
import type { Loop } from '../loop/loop.ts'
import type { ForkInputs, WhatIf } from '../loop/what-if.ts'
import type { Crossing } from '../timeline/branch-tree-bridge.ts'
import type { MergeRule } from '../timeline/branch-tree-merge.ts'
import type { Clock } from '../transport/clock.ts'
import type {
  BranchApi,
  CrossingEvent,
  HeldInput,
  PageCrossing,
  PageForkOptions,
  PageMergeRule,
  WhatIfNews,
} from './branch-messages.ts'

/** What-ifs run for so long at once, and leave the worker to the match for so long: a third of it is theirs at most. */
const SLICE_MS = 2
const GAP_MS = 4
/** What-ifs that one tool has open: each holds a whole state. */
const OPEN = 32

const RULES: Readonly<Record<PageMergeRule, MergeRule>> = {
  sum: (base, ours, theirs) => ours + theirs - base,
  least: (_base, ours, theirs) => Math.min(ours, theirs),
  most: (_base, ours, theirs) => Math.max(ours, theirs),
}

/** What is watched of a match; its tools share it. */
class Watched {
  readonly loop: Loop
  readonly branches: Branches
  readonly tools = new Set<BranchServer>()

  constructor(loop: Loop) {
    this.loop = loop
    // A tool that never says that it has seen enough still hears that there is no match any more.
    this.branches = watchBranches(loop, {
      ended: () => {
        for (const tool of this.tools) tool.end()
      },
    })
  }

  leave(tool: BranchServer): void {
    this.tools.delete(tool)
    if (this.tools.size > 0) return
    this.branches.stop()
    watched.delete(this.loop)
  }
}

const watched = new WeakMap<Loop, Watched>()

/** Serves one tool over its port until it stops, or the match is over. Throws a sentence where none runs. */
export function serveBranches(loop: Loop | null, port: MessagePort, clock: Clock): void {
  if (loop === null) throw new Error('no match runs: open its branches once it does')
  let shared = watched.get(loop)
  if (shared === undefined) watched.set(loop, (shared = new Watched(loop)))
  // The answer is on its way still.
  const server = new BranchServer(shared, clock, () => clock.schedule(0, () => port.close()))
  shared.tools.add(server)
  Comlink.expose(server, port)
}

class BranchServer implements BranchApi {
  /** Null: it has let go of the match, which may be large. */
  #watched: Watched | null
  #why = 'these branches are closed: open them again'
  readonly #clock: Clock
  readonly #onStop: () => void
  readonly #whatIfs = new Map<number, WhatIf>()
  #lastId = 0
  /** Of the events that it sends from here: no two are the same one. */
  #sent = 0

  constructor(shared: Watched, clock: Clock, onStop: () => void) {
    this.#watched = shared
    this.#clock = clock
    this.#onStop = onStop
  }

  /** The match is over: from now on it answers so. */
  end(): void {
    this.#why = 'the match has ended, or begun anew: open its branches again'
    this.#watched = null
    this.#whatIfs.clear()
  }

  list() {
    const branches = this.#open()
    return { certainTick: branches.certainTick, branches: branches.list() }
  }

  paradoxes() {
    const { count, newest } = this.#open().paradoxes
    return {
      count,
      newest: newest.map(({ envelope: { kind, slot, chronos }, readerTick, reason }) => {
        return { kind, slot, chronos, readerTick, reason }
      }),
    }
  }

  setWindow(ticks: number): void {
    this.#open().windowTicks = ticks
  }

  fork(from: number | null, { tick, inputs }: PageForkOptions): WhatIfNews {
    const branches = this.#open()
    if (this.#whatIfs.size >= OPEN) throw new Error(`${OPEN} what-ifs are open: dispose those that nobody looks at`)
    const own = inputs === undefined ? {} : { inputs: heldInputs(inputs) }
    const whatIf =
      from === null ? branches.fork({ ...own, ...(tick === undefined ? {} : { tick }) }) : this.#find(from).fork(own)
    return this.#add(whatIf)
  }

  async advance(id: number, ticks: number): Promise<WhatIfNews> {
    const target = this.#find(id).tick + ticks
    for (;;) {
      const whatIf = this.#find(id)
      const until = this.#clock.now() + SLICE_MS
      while (whatIf.tick < target && this.#clock.now() < until) whatIf.advance()
      if (whatIf.tick >= target) return newsOf(id, whatIf)
      await new Promise<void>(done => this.#clock.schedule(GAP_MS, done))
    }
  }

  state(id: number): ArrayBuffer {
    const buffer = this.#find(id).state().world.buffer as ArrayBuffer
    return Comlink.transfer(buffer, [buffer])
  }

  checksum(id: number): number {
    return this.#find(id).checksum()
  }

  difference(id: number, limit: number) {
    return this.#find(id).difference(limit)
  }

  merge(a: number, b: number, rules: Readonly<Record<string, PageMergeRule>>) {
    const byName = Object.fromEntries(Object.entries(rules).map(([cell, rule]) => [cell, ruleOf(rule)]))
    const merged = this.#open().merge(this.#find(a), this.#find(b), { rules: byName })
    return { ...merged, whatIf: this.#add(merged.whatIf) }
  }

  cross({ kairos, kind, payload, chronos, slot: named }: CrossingEvent): PageCrossing {
    const branches = this.#open()
    const slot = named ?? this.#watched!.loop.session.slot
    if (slot < 0) throw new Error('cross: who only watches has no events of its own: say by `slot` whose event it is')
    const caps = ['network:emit']
    const id = this.#sent++
    return newsOfCrossing(
      branches.cross(makeEnvelope({ id, kind, chronos, kairos, slot, payload: payload as Data, caps })),
    )
  }

  dispose(id: number): void {
    this.#whatIfs.get(id)?.dispose()
    this.#whatIfs.delete(id)
  }

  stop(): void {
    for (const whatIf of this.#whatIfs.values()) whatIf.dispose()
    this.#whatIfs.clear()
    this.#watched?.leave(this)
    this.#watched = null
    this.#onStop()
  }

  /** The page has let go of it without a word. */
  [Comlink.finalizer](): void {
    this.stop()
  }

  #open(): Branches {
    if (this.#watched === null) throw new Error(this.#why)
    return this.#watched.branches
  }

  #find(id: number): WhatIf {
    this.#open()
    const whatIf = this.#whatIfs.get(id)
    if (whatIf === undefined) throw new Error('this what-if is disposed: fork anew')
    return whatIf
  }

  #add(whatIf: WhatIf): WhatIfNews {
    const id = ++this.#lastId
    this.#whatIfs.set(id, whatIf)
    return newsOf(id, whatIf)
  }
}

function newsOf(id: number, { tick, forkTick, branch }: WhatIf): WhatIfNews {
  return { id, tick, forkTick, branch }
}

function newsOfCrossing(crossing: Crossing): PageCrossing {
  switch (crossing.kind) {
    case 'crossed':
      return { kind: 'crossed', chronos: crossing.envelope.chronos, reason: null }
    case 'repeated':
      return { kind: 'repeated', chronos: null, reason: 'it crossed before' }
    case 'lost':
      return { kind: 'lost', chronos: null, reason: crossing.reason }
    case 'paradox':
      return { kind: 'paradox', chronos: null, reason: crossing.paradox.reason }
  }
}

/** Where several hold a slot at a tick, the last one named does. */
function heldInputs(held: readonly HeldInput[]): ForkInputs {
  return (slot, tick) =>
    held.findLast(each => each.slot === slot && tick >= (each.from ?? 0) && tick <= (each.to ?? Infinity))?.values ??
    null
}

function ruleOf(name: PageMergeRule): MergeRule {
  if (!Object.hasOwn(RULES, name))
    throw new TypeError(`merge: '${String(name)}' is no rule; ${Object.keys(RULES).join(', ')} are`)
  return RULES[name]
}

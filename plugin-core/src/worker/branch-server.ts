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

/** Tools of one match share what is watched. */
const watched = new WeakMap<Loop, { branches: Branches; users: number }>()

/** Serves one tool over its port until it stops, or the match begins anew. `current`: the loop that runs now. */
export function serveBranches(current: () => Loop | null, port: MessagePort, clock: Clock): void {
  const loop = current()
  if (loop === null) throw new Error('no match runs: open its branches once it does')
  const shared = watched.get(loop) ?? { branches: watchBranches(loop), users: 0 }
  watched.set(loop, shared)
  shared.users++
  const server = new BranchServer(shared.branches, loop, current, clock, () => {
    if (--shared.users === 0) {
      shared.branches.stop()
      watched.delete(loop)
    }
    // The answer is on its way still.
    clock.schedule(0, () => port.close())
  })
  Comlink.expose(server, port)
}

class BranchServer implements BranchApi {
  readonly #branches: Branches
  readonly #loop: Loop
  readonly #current: () => Loop | null
  readonly #clock: Clock
  #onStop: (() => void) | null
  readonly #whatIfs = new Map<number, WhatIf>()
  #lastId = 0
  /** Of the events that it sends from here: no two are the same one. */
  #sent = 0

  constructor(branches: Branches, loop: Loop, current: () => Loop | null, clock: Clock, onStop: () => void) {
    this.#branches = branches
    this.#loop = loop
    this.#current = current
    this.#clock = clock
    this.#onStop = onStop
  }

  list() {
    const { certainTick } = this.#open()
    return { certainTick, branches: this.#branches.list() }
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

  cross({ kairos, kind, payload, chronos, slot = this.#loop.session.slot }: CrossingEvent): PageCrossing {
    const branches = this.#open()
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
    this.#onStop?.()
    this.#onStop = null
  }

  #open(): Branches {
    if (this.#onStop === null) throw new Error('these branches are closed: open them again')
    if (this.#current() !== this.#loop) throw new Error('the match has ended, or begun anew: open its branches again')
    return this.#branches
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

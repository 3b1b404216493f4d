// What crosses between a page's tool and the branches of its match. By Comlink, over a port of its own: a tool asks now and then.

import type { BranchFacts } from '../loop/branches.ts'
import type { FieldDifference } from '../sim/diff.ts'
import type { MergeDecision, Side } from '../timeline/branch-tree-merge.ts'

/** Values that a slot holds in ticks `from` to `to`, both included. Functions do not cross, so what is played is said beforehand. */
export interface HeldInput<V = Readonly<Record<string, number | boolean | undefined>>> {
  readonly slot: number
  /** Default: from the fork on. */
  readonly from?: number
  /** Default: for ever. */
  readonly to?: number
  /** By name, as `match.setInput` takes them; missing names are neutral. */
  readonly values: V
}

/** What becomes of a cell that both sides changed. `sum`: what either added. */
export type PageMergeRule = 'sum' | 'least' | 'most'

export interface WhatIfNews {
  readonly id: number
  readonly tick: number
  readonly forkTick: number
  /** `main` as long as nothing of it differs from the match. */
  readonly branch: string
}

export interface PageMerged {
  readonly whatIf: WhatIfNews
  readonly base: { readonly branch: string; readonly tick: number }
  readonly decisions: readonly MergeDecision[]
  readonly last: Side
}

export interface CrossingEvent {
  /** The branch that is to hear it. */
  readonly kairos: string
  readonly kind: string
  readonly payload: unknown
  /** The tick that it is for: one that has passed becomes the target's next. */
  readonly chronos: number
  /** Whose event it is. Default: this page's player; who only watches names one. */
  readonly slot?: number
}

export interface PageCrossing {
  readonly kind: 'crossed' | 'repeated' | 'lost' | 'paradox'
  /** Of a crossed one: the tick at which it is heard. */
  readonly chronos: number | null
  /** Why it did not cross. */
  readonly reason: string | null
}

export interface PageParadox {
  readonly kind: string
  readonly slot: number
  /** The tick that it was for. */
  readonly chronos: number
  readonly readerTick: number
  readonly reason: string
}

export interface PageForkOptions {
  readonly tick?: number
  readonly inputs?: readonly HeldInput[]
}

/** What the worker answers to, on the tool's port. */
export interface BranchApi {
  list(): { readonly certainTick: number; readonly branches: BranchFacts[] }
  paradoxes(): { readonly count: number; readonly newest: PageParadox[] }
  setWindow(ticks: number): void
  /** `from`: another what-if; null: the match. */
  fork(from: number | null, options: PageForkOptions): WhatIfNews
  advance(id: number, ticks: number): Promise<WhatIfNews>
  state(id: number): ArrayBuffer
  checksum(id: number): number
  difference(id: number, limit: number): readonly FieldDifference[] | null
  merge(a: number, b: number, rules: Readonly<Record<string, PageMergeRule>>): PageMerged
  cross(event: CrossingEvent): PageCrossing
  dispose(id: number): void
  stop(): void
}

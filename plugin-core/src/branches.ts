// The door for tools that look at a match from within its worker, or in a test: its branches, what-ifs, merges and paradoxes.

export {
  watchBranches,
  type BranchFacts,
  type Branches,
  type BranchesOptions,
  type Merged,
  type MergeOptions,
} from './loop/branches.ts'
export type { SavedState } from './loop/fact-history.ts'
export type { ForkInputs, ForkOptions, WhatIf } from './loop/what-if.ts'
export { makeEnvelope, type EventEnvelope } from './event/envelope.ts'
export type { Crossing, Paradox } from './timeline/branch-tree-bridge.ts'
export type { MergeDecision, MergeRule } from './timeline/branch-tree-merge.ts'
export { describeDifference, type FieldDifference } from './sim/diff.ts'

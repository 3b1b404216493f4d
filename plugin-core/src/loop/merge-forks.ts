// Two whole states and the one where they parted become one: the world cell by cell, the scripts' memory as one block.

import { equalBytes } from '../bytes/equal.ts'
import type { SizedBytes } from '../bytes/sized-bytes.ts'
import {
  mergeWorlds,
  type MergeDecision,
  type MergeLayout,
  type MergeRule,
  type Side,
} from '../timeline/branch-tree-merge.ts'
import type { SavedState } from './fact-history.ts'

export interface MergeStates {
  readonly base: SavedState
  readonly ours: SavedState
  readonly theirs: SavedState
  /** Who wrote last. */
  readonly last: Side
  /** By `Component.field`. */
  readonly rules: Readonly<Record<string, MergeRule>>
}

export function mergeStates(
  layout: MergeLayout,
  { base, ours, theirs, last, rules }: MergeStates,
): { readonly merged: SavedState; readonly decisions: readonly MergeDecision[] } {
  const worlds = { base: base.world, ours: ours.world, theirs: theirs.world }
  const { merged, decisions } = mergeWorlds(layout, { ...worlds, last, rules })
  const { image, decision } = mergeImages({ base: base.image, ours: ours.image, theirs: theirs.image }, last)
  return {
    merged: { tick: Math.max(ours.tick, theirs.tick), world: merged, image },
    decisions: decision === null ? decisions : [...decisions, decision],
  }
}

// Tables, coroutines and strings of a script's memory mean something only together.
function mergeImages(
  images: Readonly<Record<'base' | Side, SizedBytes>>,
  last: Side,
): { readonly image: SizedBytes; readonly decision: MergeDecision | null } {
  const { base, ours, theirs } = images
  const [isOurs, isTheirs] = [!sameImage(base, ours), !sameImage(base, theirs)]
  if (!isOurs && !isTheirs) return { image: base, decision: null }
  const by = !isTheirs ? 'ours' : !isOurs ? 'theirs' : sameImage(ours, theirs) ? 'both' : 'last'
  const none = { entity: null, base: null, ours: null, theirs: null, merged: null }
  return {
    image: images[by === 'last' ? last : by === 'both' ? 'ours' : by],
    decision: { cell: 'scripts', ...none, by },
  }
}

function sameImage(a: SizedBytes, b: SizedBytes): boolean {
  return a.sizeBytes === b.sizeBytes && equalBytes(a.bytes.subarray(0, a.sizeBytes), b.bytes.subarray(0, b.sizeBytes))
}

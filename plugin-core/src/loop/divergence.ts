// Where two machines of one process went apart: the oldest tick that both still hold and whose states differ, read by
// the schema from both snapshots.

import { diffSnapshots, type FieldDifference } from '../sim/diff.ts'
import type { Loop } from './loop.ts'

export interface Divergence {
  readonly tick: number
  readonly differences: readonly FieldDifference[]
}

/** Null when every confirmed tick that both hold is equal. Both must play the same game. */
export function findDivergence(a: Loop, b: Loop): Divergence | null {
  const newest = Math.min(a.timeline.confirmedTick, b.timeline.confirmedTick, a.timeline.headTick, b.timeline.headTick)
  for (let tick = Math.max(0, newest - a.snapshots.capacity); tick <= newest; tick++) {
    if (!a.snapshots.has(tick) || !b.snapshots.has(tick)) continue
    const [x, y] = [a.snapshots.view(tick), b.snapshots.view(tick)]
    // The checksum makes NaN canonical in both copies first: two spellings of it are no difference.
    if (a.simulation.checksum(x) === b.simulation.checksum(y)) continue
    return { tick, differences: diffSnapshots(a.simulation.layout, x, y) }
  }
  return null
}

// Where two machines of one process went apart: the oldest tick that both still hold and whose states differ, read by
// the schema from both snapshots, and by Lua's own means from both images of scripts.

import { diffSnapshots, type FieldDifference } from '../sim/diff.ts'
import { describeStates } from './describe-states.ts'
import type { Loop } from './loop.ts'

export interface Divergence {
  readonly tick: number
  /** Of the world; none where only the memory of scripts differs. */
  readonly differences: readonly FieldDifference[]
  /** The memory of the scripts differs. */
  readonly inScripts: boolean
}

/** Null when every confirmed tick that both hold is equal. Both must play the same game. */
export function findDivergence(a: Loop, b: Loop): Divergence | null {
  const newest = Math.min(a.timeline.confirmedTick, b.timeline.confirmedTick, a.timeline.headTick, b.timeline.headTick)
  for (let tick = Math.max(0, newest - a.snapshots.capacity); tick <= newest; tick++) {
    if (!a.snapshots.has(tick) || !b.snapshots.has(tick)) continue
    const [x, y] = [a.snapshots.view(tick), b.snapshots.view(tick)]
    // The checksum makes NaN canonical in both copies first: two spellings of it are no difference.
    const [p, q] = [a.snapshots.image(tick), b.snapshots.image(tick)]
    if (a.simulation.checksum(x, p) === b.simulation.checksum(y, q)) continue
    const inScripts = a.simulation.scripts?.hash(p) !== b.simulation.scripts?.hash(q)
    return { tick, differences: diffSnapshots(a.simulation.layout, x, y), inScripts }
  }
  return null
}

/** The same in lines for people; none: they are equal. Call it before either of them goes on. */
export async function describeDivergence(a: Loop, b: Loop): Promise<string[]> {
  const found = findDivergence(a, b)
  if (found === null) return []
  const [x, y] = [a, b].map(({ snapshots }) => ({
    world: snapshots.view(found.tick),
    image: snapshots.image(found.tick),
  }))
  return describeStates(a.simulation, x, y)
}

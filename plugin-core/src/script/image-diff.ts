// Names what differs between two images of scripts, as sim/diff.ts does for worlds.

import type { ScriptDifference } from '../sim/sim-scripts.ts'
import { keyOf, type ImageValue, type ImageValues } from './image-walk.ts'

/** As many as of a world: the first ones tell, and the rest follows from them. */
const MOST = 20
/** Of the keys of a table, as they lie. */
const MOST_KEYS = 8

/** At most 20 differences, in the order in which scripts run and their names stand. */
export function diffImages(a: ImageValues, b: ImageValues): ScriptDifference[] {
  const found: ScriptDifference[] = []
  /** What of it differs is said by that it is there, or is something else. */
  const replaced = new Set<string>()
  for (const key of both(a, b)) {
    const [x, y] = [a.get(key), b.get(key)]
    const { script, path, parent } = (x ?? y)!
    const isSaid = parent !== null && replaced.has(keyOf(parent.script, parent.path))
    if (isSaid || x?.text !== y?.text) replaced.add(key)
    if (isSaid) continue
    if (x?.text !== y?.text) found.push({ script, path, a: x?.text ?? 'nil', b: y?.text ?? 'nil' })
    else if (x !== undefined && y !== undefined && inOtherOrder(x, y))
      found.push({ script, path: `order of pairs in ${path}`, a: told(x), b: told(y) })
    if (found.length === MOST) break
  }
  return found
}

/** In the order of the first; what is only in the second one behind. Parents come before what they hold. */
function both(a: ImageValues, b: ImageValues): string[] {
  return [...a.keys(), ...[...b.keys()].filter(key => !a.has(key))]
}

function inOtherOrder(x: ImageValue, y: ImageValue): boolean {
  if (x.keys.length !== y.keys.length || x.keys.every((key, i) => key === y.keys[i])) return false
  return x.keys.toSorted().join() === y.keys.toSorted().join()
}

function told({ keys }: ImageValue): string {
  return keys.length > MOST_KEYS ? `${keys.slice(0, MOST_KEYS).join(', ')}, …` : keys.join(', ')
}

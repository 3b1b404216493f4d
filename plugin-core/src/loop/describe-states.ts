// Two states of one tick that should be equal, in lines for people: fields of the world, then what scripts hold. It is loaded where two
// machines disagree.

import type { SizedBytes } from '../bytes/sized-bytes.ts'
import { describeDifference, diffSnapshots } from '../sim/diff.ts'
import type { ScriptDifference } from '../sim/sim-scripts.ts'
import type { Simulation } from '../sim/simulation.ts'

export interface ComparedState {
  readonly world: Uint8Array
  readonly image: SizedBytes | null
}

/** At most 20 lines of each. Reads both at once; `simulation` is any of this game. Between ticks. */
export async function describeStates(simulation: Simulation, a: ComparedState, b: ComparedState): Promise<string[]> {
  const lines = diffSnapshots(simulation.layout, a.world, b.world).map(describeDifference)
  const { scripts } = simulation
  if (scripts === null || a.image === null || b.image === null || scripts.hash(a.image) === scripts.hash(b.image))
    return lines
  const found = await scripts.differences(a.image, b.image)
  if (found.length === 0) return [...lines, UNNAMED]
  return [...lines, ...found.map(describeScriptDifference)]
}

const UNNAMED = 'the memory of the scripts, in nothing that a script finds by a name: what is garbage, where things lie'

/** One line for people: `bot.lua: count: 3 against 4`. */
export function describeScriptDifference({ script, path, a, b }: ScriptDifference): string {
  return `${script === '' ? 'scripts' : script}: ${path}: ${a} against ${b}`
}

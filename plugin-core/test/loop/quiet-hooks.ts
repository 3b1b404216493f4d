// Hooks of a loop of which a test wants to hear little: rules that throw fail it, and what it does not name is not told.

import type { LoopHooks } from '../../src/loop/loop.ts'

export function quietHooks(heard: Partial<LoopHooks>): LoopHooks {
  return {
    fact: () => {},
    raised: () => {},
    fault: error => {
      throw error
    },
    swapped: () => {},
    ...heard,
  }
}

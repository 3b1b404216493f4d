// Mistakes of a page, as its console would show them.

import { vi } from 'vitest'

/** What is reported from now on, by its message; `vi.unstubAllGlobals()` ends it. */
export function catchMistakes(): string[] {
  const mistakes: string[] = []
  vi.stubGlobal('queueMicrotask', (run: () => void) => {
    try {
      run()
    } catch (error) {
      mistakes.push((error as Error).message)
    }
  })
  return mistakes
}

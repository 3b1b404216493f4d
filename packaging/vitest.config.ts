// The packages as others install them: packed, in an app outside of the workspace, in a real browser.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packaging/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // One after the other: they share two cores with browsers.
    fileParallelism: false,
  },
})

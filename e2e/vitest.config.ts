// The product in a real browser: one file after the other, because two cores carry one match at a time.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['e2e/*.browser.test.ts'],
    globalSetup: ['scripts/harden-lua.mjs', 'e2e/site.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})

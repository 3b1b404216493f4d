// One configuration for every test in Node; the browser tests run by their own script, in real browsers.
import { defineConfig } from 'vitest/config'
import { LongFirst } from './scripts/long-first.ts'

export default defineConfig({
  resolve: { conditions: ['@lockstride/source', 'module', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@lockstride/source', 'module', 'node', 'import', 'default'] } },
  test: {
    include: ['*/test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/*.browser.test.ts'],
    // Sources run without a build; the one thing that must be made is made here.
    globalSetup: ['scripts/harden-lua.mjs'],
    pool: 'threads',
    // Left alone it would leave one core of two to itself.
    maxWorkers: '100%',
    sequence: { sequencer: LongFirst },
    // What computes takes as long as others on the machine let it.
    testTimeout: 180_000,
  },
})

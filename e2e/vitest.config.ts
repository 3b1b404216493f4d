// The product in a real browser. Two files at a time: a browser's pages mostly wait for ticks, and leave a core to others. Files that
// measure the pace of play have the machine for themselves.
import { defineConfig } from 'vitest/config'
import { LongFirst } from '../scripts/long-first.ts'

const ALONE = ['duel', 'hidden', 'play'].map(name => `e2e/${name}.browser.test.ts`)
const LIMITS = { testTimeout: 120_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    globalSetup: ['scripts/harden-lua.mjs', 'e2e/site.ts'],
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          ...LIMITS,
          name: 'together',
          include: ['e2e/*.browser.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...LIMITS, name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
})

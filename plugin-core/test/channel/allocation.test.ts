// No allocation once running: 100,000 rounds over each channel, in a process that collects no garbage meanwhile.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'

/** The smallest thing that could be allocated is 16 bytes. Below this it is none in four rounds. */
const MOST_BYTES = 4

let bytes: Record<string, number> = {}

beforeAll(() => {
  // New objects have 64 MB before anything is collected: what is allocated stays to be counted.
  const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']
  const script = fileURLToPath(new URL('./rounds.ts', import.meta.url))
  const out = execFileSync(process.execPath, [...flags, '--conditions=@lockstride/source', script], {
    encoding: 'utf8',
  })
  bytes = JSON.parse(out) as Record<string, number>
})

test.each(['reliable-ordered', 'unreliable', 'input-lockstep'])('%s allocates nothing', name => {
  expect(bytes[name]).toBeLessThan(MOST_BYTES)
})

test('the measure sees one small object a round', () => {
  expect(bytes.wasteful).toBeGreaterThan(16)
})

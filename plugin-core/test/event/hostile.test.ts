// What the worst envelope costs that fits: counted in blocks of code, not in time.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import type { Counts } from './hostile-counts.ts'
import { WRONG } from './hostile-shapes.ts'

test('judging an envelope takes as many steps as it has bytes, whatever is in it', async () => {
  const worker = new Worker(new URL('./hostile-counts.ts', import.meta.url))
  const [counts] = (await once(worker, 'message')) as [Counts[]]
  await worker.terminate()
  const [{ blocks: plain }] = counts
  const fine = new Set(['plain', 'one text', 'one block of bytes'])
  for (const { shape, sizes, blocks, refused } of counts) {
    const [less, more] = [blocks[1], blocks[2]]
    // Twice the bytes, twice the steps; some of them are for the longer path of a nested fault.
    expect(more / Math.max(less, plain[2]), `${shape} of ${sizes.join(', ')} bytes`).toBeLessThan(2.5)
    expect(more / plain[2], shape).toBeLessThan(fine.has(shape) ? 2 : 80)
    expect(refused === '', `${shape}: ${refused}`).toBe(!Object.hasOwn(WRONG, shape))
  }
  expect(counts.length).toBeGreaterThan(20)
})

import { expect, test } from 'vitest'
import { rollbackRun } from './rollback-run.ts'

/** All of them with LOCKSTRIDE_LONG=1; a sample otherwise. */
const TICKS = process.env.LOCKSTRIDE_LONG === undefined ? 600 : 10_000

test(`${TICKS} ticks with random rollbacks: image and world equal a straight run's and a late joiner's`, () => {
  const run = rollbackRun(TICKS)
  expect(run.differences).toEqual([])
  expect(run.rollbacks).toBeGreaterThan(TICKS / 8)
  expect(run.errors).toBeGreaterThan(0)
  expect(run.emitted).toBe(TICKS / 10)
  expect(new Set(run.digests).size).toBeGreaterThan(TICKS)
}, 600_000)

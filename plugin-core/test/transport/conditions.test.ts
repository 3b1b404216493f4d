import { expect, test } from 'vitest'
import { NO_FAULTS, checkedConditions, conditionsOf } from '../../src/transport/conditions.ts'

test('conditions that make no sense get a sentence', () => {
  const clean = { delayMs: 0, jitterMs: 0, loss: 0 }
  expect(() => checkedConditions({ ...clean, delayMs: -1 })).toThrow(
    'delayMs is -1: network conditions take 0 to 10000 milliseconds',
  )
  expect(() => checkedConditions({ ...clean, jitterMs: Number.NaN })).toThrow('jitterMs is NaN')
  expect(() => checkedConditions({ ...clean, loss: 2 })).toThrow('loss is 2: network conditions take a share')
  expect(() => checkedConditions({ ...clean, burst: -1 })).toThrow('burst is -1: network conditions take 0 to 10000')
  expect(() => checkedConditions({ ...clean, kbps: Number.NaN })).toThrow('kbps is NaN')
  expect(() => checkedConditions({ ...clean, queueMs: 1e6 })).toThrow('queueMs is 1000000')
  expect(() => conditionsOf({ ...clean, up: { loss: -1 } }, 'up')).toThrow('loss is -1')
})

test('what is not said has its default', () => {
  const said = { delayMs: 1, jitterMs: 2, loss: 0.5 }
  expect(checkedConditions(said)).toEqual({ ...NO_FAULTS, ...said })
  expect(checkedConditions({ ...said, queueMs: undefined, kbps: 5 } as never)).toEqual({
    ...NO_FAULTS,
    ...said,
    kbps: 5,
  })
})

test('each direction has its own where it differs', () => {
  const asymmetric = { delayMs: 30, jitterMs: 5, loss: 0.1, up: { delayMs: 80, kbps: 500 }, down: { loss: 0 } }
  expect(conditionsOf(asymmetric, 'up')).toEqual({ ...NO_FAULTS, delayMs: 80, jitterMs: 5, loss: 0.1, kbps: 500 })
  expect(conditionsOf(asymmetric, 'down')).toEqual({ ...NO_FAULTS, delayMs: 30, jitterMs: 5 })
})

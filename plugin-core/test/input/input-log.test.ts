import { expect, test } from 'vitest'
import { InputLog, type Predict } from '../../src/input/input-log.ts'

function log(...ticks: readonly number[]): InputLog {
  const inputs = new InputLog(64, 2)
  for (const tick of ticks) inputs.set(tick, Uint8Array.of(99, tick, 100 + tick), 1)
  return inputs
}

function at(inputs: InputLog, tick: number, predict: Predict | null = null): number[] {
  const row = new Uint8Array(4)
  inputs.copy(tick, row, 2, predict)
  expect([...row.subarray(0, 2)], 'what is not this slot’s').toEqual([0, 0])
  return [...row.subarray(2)]
}

test('a tick that has an input gives it, whatever came before or after it', () => {
  const inputs = log(3, 1, 2)
  expect([1, 2, 3].map(tick => at(inputs, tick))).toEqual([
    [1, 101],
    [2, 102],
    [3, 103],
  ])
})

test('one that has none repeats that of the newest tick, and not the one that came last', () => {
  const inputs = log(5, 3)
  expect(inputs.lastTick).toBe(5)
  expect([at(inputs, 6), at(inputs, 9)]).toEqual([
    [5, 105],
    [5, 105],
  ])
})

test('before anything has come, and after everything is forgotten, predictions are neutral', () => {
  const inputs = log()
  expect(at(inputs, 1)).toEqual([0, 0])
  inputs.set(1, Uint8Array.of(7, 7), 0)
  inputs.clear(20)
  expect([at(inputs, 1), at(inputs, 21), inputs.lastTick]).toEqual([[0, 0], [0, 0], 20])
})

test('a game’s own prediction is told the last received input and how far behind it is, never what it predicted before', () => {
  const asked: unknown[] = []
  const predict: Predict = (last, ticksAhead, into) => {
    asked.push([[...last], ticksAhead])
    into[0] = last[0] + ticksAhead
    into[1] = 0
  }
  const inputs = log(4)
  expect([at(inputs, 5, predict), at(inputs, 6, predict), at(inputs, 4, predict)]).toEqual([
    [5, 0],
    [6, 0],
    [4, 104],
  ])
  inputs.set(5, Uint8Array.of(50, 51), 0)
  expect(at(inputs, 7, predict)).toEqual([52, 0])
  expect(asked).toEqual([
    [[4, 104], 1],
    [[4, 104], 2],
    [[50, 51], 2],
  ])
})

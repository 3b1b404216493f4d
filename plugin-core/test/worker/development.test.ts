import { afterEach, expect, test, vi } from 'vitest'
import { defineGame, f64 } from '../../src/sim.ts'
import { help } from '../../src/worker/development.ts'
import type { Match } from '../../src/worker/match.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const answers = () => Promise.resolve()

function matchOf(rawBytes: number) {
  const { schema } = defineGame({
    name: 'yard',
    version: 1,
    maxPlayers: 2,
    maxEntities: 4,
    rawBytes,
    input: { buttons: ['left'], axes: { aim: 'i8' } },
    components: { Body: { x: f64 } },
    step() {},
  })
  const set: object[] = []
  const match = { schema, setInput: (values: object) => void set.push(values), on: () => () => {} }
  return { match: match as unknown as Match, set }
}

test('says once which input the game does not have, and sets those that it has', () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  const { match, set } = matchOf(0)
  help(match, answers)
  match.setInput({ left: true, aim: 3 })
  expect(error).not.toHaveBeenCalled()
  match.setInput({ lfet: true })
  match.setInput({ lfet: true, left: true })
  expect(error.mock.calls).toEqual([['setInput: the game has no input "lfet"; it declares left, aim']])
  expect(set).toEqual([{ left: true, aim: 3 }, { lfet: true }, { lfet: true, left: true }])
})

test('says of a world that is too heavy to be copied every tick how much it has', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  help(matchOf(2 ** 20).match, answers)
  expect(warn).not.toHaveBeenCalled()
  help(matchOf(2 ** 26).match, answers)
  expect(warn.mock.calls[0][0]).toMatch(/world of "yard" has 64 MB .*rawBytes: 67108864/)
})

test('says once that the worker hangs, and again when it has answered in between', async () => {
  vi.useFakeTimers()
  const error = vi.spyOn(console, 'error').mockImplementation(() => {})
  let answer: () => void = () => {}
  const stop = help(matchOf(0).match, () => new Promise(done => (answer = () => done(undefined))))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(error).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(error.mock.calls).toHaveLength(1)
  expect(error.mock.calls[0][0]).toMatch(/^The worker has not answered for 5 s\..*a loop that does not end/)
  answer()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(error.mock.calls).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(error.mock.calls).toHaveLength(2)
  answer()
  await vi.advanceTimersByTimeAsync(1_000)
  stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(error.mock.calls).toHaveLength(2)
  expect(vi.getTimerCount()).toBe(0)
})

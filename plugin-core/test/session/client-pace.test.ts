import { expect, test } from 'vitest'
import { ClientPace } from '../../src/session/star/client-pace.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import { NO_MARGIN } from '../../src/wire/messages.ts'

const WINDOW = 8

/** A line on which the host closes an input's tick `late` ticks after this machine's newest closed one, and takes `back` to say so. */
function settle(pace: ClientPace, need: number, lead: number, words: number): { lead: number; margin: number } {
  let margin = 0
  for (let i = 0; i < words; i++) {
    margin = lead + pace.delay - need
    pace.runs(lead)
    lead = Math.min(WINDOW, lead + pace.hears(16 * margin))
  }
  return { lead, margin }
}

test('late inputs: it runs further ahead, and at the window’s edge samples further ahead', () => {
  const near = new ClientPace(2, WINDOW)
  expect(settle(near, 6, 3, 12)).toMatchObject({ lead: 6 })
  expect(near.delay).toBe(2)
  const far = new ClientPace(2, WINDOW)
  const { lead, margin } = settle(far, 20, 8, 30)
  expect(margin).toBeGreaterThanOrEqual(1)
  expect(margin).toBeLessThanOrEqual(3)
  expect(lead).toBeLessThan(WINDOW)
  expect(far.delay).toBeGreaterThan(12)
})

test('the delay goes as far as inputs fit the buffer, and no further', () => {
  const pace = new ClientPace(2, WINDOW)
  settle(pace, 60, 8, 30)
  expect(pace.delay + WINDOW).toBeLessThan(LIMITS.inputBufferTicks)
  expect(pace.delay).toBe(22)
})

test('a delay that is not needed any more is given back, slowly and down to what the game began with', () => {
  const pace = new ClientPace(2, WINDOW)
  settle(pace, 20, 8, 30)
  const before = pace.delay
  settle(pace, 5, 4, 4)
  expect(pace.delay).toBeGreaterThan(2)
  const { margin } = settle(pace, 5, 4, 60)
  expect(before).toBeGreaterThan(12)
  expect(pace.delay).toBe(2)
  expect(margin).toBeGreaterThanOrEqual(1)
})

test('a good line changes nothing, word after word; and a word that knows nothing is none', () => {
  const pace = new ClientPace(2, WINDOW)
  for (let i = 0; i < 20; i++) {
    pace.runs(5)
    expect(pace.hears(32)).toBe(0)
    expect(pace.hears(NO_MARGIN)).toBe(0)
  }
  expect(pace.delay).toBe(2)
})

test('what runs far ahead comes back, and words from before a change are not listened to', () => {
  const pace = new ClientPace(2, WINDOW)
  pace.runs(6)
  expect(pace.hears(16 * 8)).toBe(-3)
  pace.runs(6)
  expect(pace.hears(16 * 8)).toBe(0)
  pace.runs(6)
  expect(pace.hears(16 * 8)).toBe(0)
  pace.runs(6)
  expect(pace.hears(16 * 8)).toBe(-3)
})

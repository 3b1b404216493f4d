import { expect, test } from 'vitest'
import { ChecksumBoard } from '../../src/session/checksum-board.ts'

/** What each slot says of tick 30, in this order. */
function board(...words: readonly (readonly [slot: number, checksum: number])[]): ChecksumBoard {
  const said = new ChecksumBoard()
  for (const [slot, checksum] of words) said.say(30, slot, checksum)
  return said
}

test('says nothing while all agree, however few have spoken', () => {
  expect(board([0, 5], [2, 5]).judge(30, [0, 1, 2])).toBe(null)
  expect(board().judge(30, [0, 1])).toBe(null)
})

test('the one that more than half contradict is astray; two against two, and one against one, decide nothing', () => {
  expect(board([0, 5], [1, 6], [2, 5]).judge(30, [0, 1, 2])).toEqual({ astray: [1], differ: [0, 1] })
  expect(board([0, 5], [1, 6]).judge(30, [0, 1])).toEqual({ astray: null, differ: [0, 1] })
  expect(board([0, 5], [1, 6], [2, 6], [3, 5]).judge(30, [0, 1, 2, 3])).toEqual({ astray: null, differ: [0, 1] })
})

test('waits for who could decide it, and for nobody who does not play', () => {
  const said = board([0, 5], [1, 6])
  expect(said.judge(30, [0, 1, 2])).toBe(null)
  said.say(30, 2, 6)
  expect(said.judge(30, [0, 1, 2])).toEqual({ astray: [0], differ: [0, 1] })
  expect(board([0, 5], [7, 6]).judge(30, [0, 1])).toBe(null)
})

test('the first word of a slot stands: nobody takes back what it said', () => {
  const said = board([0, 5], [1, 6], [1, 5])
  expect(said.judge(30, [0, 1])).toMatchObject({ differ: [0, 1] })
})

test('a tick is judged once, and what was said of the ticks after it is judged no more', () => {
  const said = board([0, 5], [1, 6])
  said.say(60, 0, 7)
  expect(said.judge(30, [0, 1])).not.toBe(null)
  expect(said.judge(30, [0, 1])).toBe(null)
  said.say(60, 1, 8)
  expect(said.judge(60, [0, 1])).toBe(null)
})

test('keeps the newest ticks alone: a peer that tells of ever more of them fills nothing', () => {
  const said = new ChecksumBoard()
  for (let tick = 1; tick <= 1000; tick++) said.say(tick, 0, tick)
  expect(said.other(1, 1)).toBe(null)
  expect(said.other(1000, 1)).toBe(1000)
  expect(said.other(1000, 0)).toBe(null)
  said.clear()
  expect(said.other(1000, 1)).toBe(null)
})

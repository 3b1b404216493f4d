import { expect, test } from 'vitest'
import { RANDOM_WORDS, nextRandom, seedRandom } from '../../src/math/random.ts'

function draw(seed: number, tick: number, count: number): number[] {
  const words = new Int32Array(RANDOM_WORDS + 2)
  seedRandom(words, 1, seed, tick)
  const numbers = Array.from({ length: count }, () => nextRandom(words, 1) >>> 0)
  expect([words[0], words[RANDOM_WORDS + 1]], 'only its own words').toEqual([0, 0])
  return numbers
}

test('the same seed and tick give the same numbers', () => {
  expect(draw(7, 100, 8)).toEqual(draw(7, 100, 8))
})

// Pinned: another sequence is another game for everyone who kept a replay.
test('the sequence is the one that was published', () => {
  expect(draw(1, 1, 4)).toEqual([919145291, 3030672732, 4244958010, 2454969775])
})

test('the first numbers of neighbouring ticks and seeds are not alike', () => {
  const firsts = new Set<number>()
  for (let tick = 1; tick <= 1000; tick++) firsts.add(draw(1, tick, 1)[0])
  for (let seed = 2; seed <= 1000; seed++) firsts.add(draw(seed, 1, 1)[0])
  // 2,000 of 2^32: one collision would happen once in 2,000 runs.
  expect(firsts.size).toBe(1999)
})

test('every bit is set half of the time, within a tick and over ticks', () => {
  const within = draw(3, 5, 20_000)
  const over = Array.from({ length: 20_000 }, (_, tick) => draw(3, tick + 1, 1)[0])
  for (const numbers of [within, over])
    for (let bit = 0; bit < 32; bit++) {
      const ones = numbers.filter(n => (n >>> bit) & 1).length
      // Five standard deviations of a fair coin.
      expect(Math.abs(ones - 10_000), `bit ${bit}`).toBeLessThan(5 * Math.sqrt(5_000))
    }
})

test('a seed above 2^31 counts whole', () => {
  expect(draw(0xffffffff, 1, 2)).not.toEqual(draw(0x7fffffff, 1, 2))
})

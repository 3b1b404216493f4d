import { describe, expect, test } from 'vitest'
import { Life, cpuMs, kindOf, shortened } from './life.ts'
import type { Input, Target } from './target.ts'

const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list)

function life(feed: (input: Input) => unknown): Life {
  return new Life({ name: 'planted', seeds: [], values: [], headerOf: () => 0, feed })
}

// Remembers: breaks at the third 7 since its beginning.
function counting(): Target {
  let sevens = 0
  const machine = { restart: () => void (sevens = 0), ended: false, digest: 0 }
  const feed = ({ view }: Input): unknown => {
    if (view[0] === 7 && ++sevens === 3) throw new Error(`planted at ${view.length}`)
    return null
  }
  return { name: 'counting', seeds: [], values: [], headerOf: () => 0, feed, machine }
}

describe('what is wrong with an input', () => {
  test('nothing, with one that is taken or refused the same way every time', () => {
    const quiet = life(({ view }) => (view[0] === 1 ? { sum: view[0] + view[1] } : null))
    expect(quiet.check(0, [bytes(1, 2), bytes(3)])).toBe(null)
  })

  test('what it throws', () => {
    const broken = life(({ view }) => {
      if (view[1] === 9) throw new RangeError('planted')
    })
    expect(broken.check(0, [bytes(1, 2)])).toBe(null)
    expect(broken.check(0, [bytes(1, 2), bytes(1, 9)])).toBe('throws RangeError: planted')
  })

  test('reading past either end, even of one byte', () => {
    expect(life(({ arena, end }) => arena[end]).check(0, [bytes(1)])).toMatch(/reads what is not its own.*input 1/)
    expect(life(({ arena, start }) => arena[start - 1]).check(0, [bytes(1)])).toMatch(/reads what is not its own/)
    expect(life(({ view }) => new DataView(view.buffer).getUint8(5)).check(0, [bytes(1)])).toMatch(/not its own/)
    expect(life(({ view }) => view[view.length]).check(0, [bytes(1)])).toBe(null)
  })

  test('taking too long, every time', () => {
    const wait = (ms: number): void => {
      for (const end = cpuMs() + ms; cpuMs() < end;);
    }
    expect(life(({ view }) => wait(view[0])).check(0, [bytes(0), bytes(60)])).toMatch(/^takes \d+ ms$/)
    let first = true
    const once = life(() => {
      if (first) wait(60)
      first = false
    })
    expect(once.check(0, [bytes(0)])).toBe(null)
  })
})

test('a finding is as short as it can be, and begins where it must', () => {
  const machine = new Life(counting())
  const inputs = Array.from({ length: 100 }, (_, i) => bytes(i % 20, i))
  expect(machine.check(4, inputs)).toMatch(/planted/)
  const finding = shortened(machine, 4, inputs)
  expect(finding).toMatchObject({ target: 'counting', seed: 4 })
  expect(finding.inputs.map(each => each[0])).toEqual([7, 7, 7])
})

test('findings that differ in numbers alone are one', () => {
  expect(kindOf('throws Error: tick 3 is late (src/a.ts:39)')).toBe(
    kindOf('throws Error: tick 44 is late (src/a.ts:39)'),
  )
  expect(kindOf('throws Error: tick 3 (src/a.ts:39)')).not.toBe(kindOf('throws Error: tick 3 (src/a.ts:40)'))
})

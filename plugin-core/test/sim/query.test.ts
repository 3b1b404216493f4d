import { expect, test } from 'vitest'
import { all, solo, type SoloSim } from './solo.ts'

function five(sim: SoloSim): void {
  for (let i = 0; i < 5; i++) sim.spawn('Body')
  for (const e of [1, 3]) sim.add(e, 'Player')
}

test('meets entities with all components, in the order of their index', () => {
  const { run } = solo()
  run(sim => {
    five(sim)
    sim.destroy(0)
    expect([all(sim.query('Body')), all(sim.query('Player', 'Body'))]).toEqual([
      [1, 2, 3, 4],
      [1, 3],
    ])
    expect(all(sim.query('Shot'))).toEqual([])
  })
})

test('loops over the same query nest', () => {
  const { run } = solo()
  run(sim => {
    five(sim)
    const pairs: number[][] = []
    for (const a of sim.query('Player')) for (const b of sim.query('Player')) pairs.push([a, b])
    expect(pairs).toEqual([
      [1, 1],
      [1, 3],
      [3, 1],
      [3, 3],
    ])
  })
})

test('break, continue and throw inside of a loop leave the loops around it alone', () => {
  const { run } = solo()
  run(sim => {
    five(sim)
    const seen: number[] = []
    for (const a of sim.query('Body')) {
      for (const b of sim.query('Body')) if (b === 2) break
      try {
        for (const b of sim.query('Body')) if (b === 1) throw new Error('out')
      } catch {
        seen.push(a)
      }
    }
    expect(seen).toEqual([0, 1, 2, 3, 4])
  })
})

test('iterators are reused, also after break and throw: no tick allocates them anew', () => {
  const { run } = solo()
  const iterators = new Set<Iterator<number>>()
  run(sim => {
    five(sim)
    const query = sim.query('Body')
    const watched = { [Symbol.iterator]: () => remember(query[Symbol.iterator]()) }
    const remember = (iterator: Iterator<number>): Iterator<number> => {
      iterators.add(iterator)
      return iterator
    }
    for (let i = 0; i < 10; i++) for (const e of watched) if (e === 2) break
    for (let i = 0; i < 10; i++) expect(all(watched)).toHaveLength(5)
    expect(sim.query('Body')).toBe(query)
  })
  expect(iterators.size).toBe(1)
})

test('a loop that was left by hand does not disturb another one, and is taken back at the next tick', () => {
  const { run } = solo()
  const left: Iterator<number>[] = []
  run(sim => {
    five(sim)
    left.push(sim.query('Body')[Symbol.iterator]())
    left[0].next()
    expect(all(sim.query('Body'))).toEqual([0, 1, 2, 3, 4])
    expect(left[0].next().value).toBe(1)
  })
  run(sim => expect(sim.query('Body')[Symbol.iterator]()).toBe(left[0]))
})

test('meets what is spawned ahead, and does not meet what is destroyed ahead', () => {
  const { run } = solo()
  run(sim => {
    five(sim)
    const seen: number[] = []
    const spawned: number[] = []
    for (const e of sim.query('Body')) {
      seen.push(e)
      if (e === 0) {
        sim.destroy(2)
        sim.destroy(3)
      }
      if (e === 1) spawned.push(sim.spawn('Body'))
      if (e === 4) spawned.push(sim.spawn('Body'), sim.spawn('Body'))
    }
    expect([seen, spawned]).toEqual([
      [0, 1, 3, 4, 5],
      [3, 2, 5],
    ])
  })
})

test('a loop that spawns ends when the world is full', () => {
  const { run } = solo({ maxEntities: 8 })
  run(sim => {
    sim.spawn('Body')
    let met = 0
    for (const _ of sim.query('Body')) {
      met++
      sim.spawn('Body')
    }
    expect(met).toBe(8)
  })
})

test('a seventh component is refused instead of forgotten', () => {
  const seven = ['Body', 'Body', 'Body', 'Body', 'Body', 'Body', 'Shot'] as const
  expect(() => solo().run(sim => void sim.query(...seven))).toThrow('query: 7 components, at most 6')
})

import { expect, test } from 'vitest'
import { defineGame } from '../../src/sim.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import { lastWriter, mergeWorlds, type MergeDecision, type MergeRule } from '../../src/timeline/branch-tree-merge.ts'
import { seeded } from '../seeded.ts'
import { all, solo, type Solo, type SoloSim } from '../sim/solo.ts'

type Rules = (sim: SoloSim) => void

/** A world with two bodies, and two ways on from there. */
function merge(
  ours: Rules,
  theirs: Rules,
  options: { last?: 'ours' | 'theirs'; rules?: Record<string, MergeRule>; rawBytes?: number } = {},
): { world: Solo; decisions: readonly MergeDecision[]; read: (rules: Rules) => void } {
  const world = solo({ rawBytes: options.rawBytes ?? 0 })
  world.run(sim => {
    for (let i = 0; i < 2; i++) {
      const e = sim.spawn('Body')
      sim.components.Body.x[e] = 10
      sim.components.Body.y[e] = 20
    }
  })
  const base = world.saved()
  const on = (rules: Rules): Uint8Array => {
    world.simulation.load(base)
    world.run(rules)
    return world.saved()
  }
  const states = { base, ours: on(ours), theirs: on(theirs) }
  const { merged, decisions } = mergeWorlds(world.simulation.layout, {
    ...states,
    last: options.last ?? 'theirs',
    rules: options.rules ?? {},
  })
  world.simulation.load(merged)
  return { world, decisions, read: rules => world.run(rules) }
}

const columns = (decisions: readonly MergeDecision[]): string[] =>
  decisions.filter(d => d.entity !== null).map(d => `${d.cell}[${d.entity}] ${d.base}>${d.merged} ${d.by}`)

test('what one side changed is taken, cell by cell, and listed in a fixed order', () => {
  const { decisions, read } = merge(
    sim => {
      sim.components.Body.x[1] = 11
    },
    sim => {
      sim.components.Body.y[1] = 21
      sim.components.Body.x[0] = 12
    },
  )
  expect(columns(decisions)).toEqual(['Body.x[0] 10>12 theirs', 'Body.x[1] 10>11 ours', 'Body.y[1] 20>21 theirs'])
  read(sim => {
    const { x, y } = sim.components.Body
    expect([x[0], x[1], y[0], y[1]]).toEqual([12, 11, 20, 21])
  })
  expect(decisions.filter(d => d.entity === null).map(d => `${d.cell} ${d.by}`)).toContain('tick both')
})

test('where both changed a cell the last writer wins, unless the game has a rule', () => {
  const sides: [Rules, Rules] = [
    sim => {
      sim.components.Body.x[0] = 15
      sim.components.Body.y[0] = 1
      sim.components.Body.y[1] = 2
    },
    sim => {
      sim.components.Body.x[0] = 13
      sim.components.Body.y[0] = 1
      sim.components.Body.y[1] = 3
    },
  ]
  expect(columns(merge(...sides).decisions)).toEqual([
    'Body.x[0] 10>13 last',
    'Body.y[0] 20>1 both',
    'Body.y[1] 20>3 last',
  ])
  expect(columns(merge(...sides, { last: 'ours' }).decisions)[0]).toBe('Body.x[0] 10>15 last')
  const sum: MergeRule = (base, ours, theirs) => ours + theirs - base
  expect(columns(merge(...sides, { rules: { 'Body.x': sum } }).decisions)[0]).toBe('Body.x[0] 10>18 rule')
})

test('two that were born at the same index are not mixed', () => {
  const born =
    (x: number, y: number): Rules =>
    sim => {
      const e = sim.spawn('Body')
      sim.components.Body.x[e] = x
      sim.components.Body.y[e] = y
    }
  const sum: MergeRule = (base, ours, theirs) => ours + theirs - base
  const { decisions, read } = merge(born(1, 2), born(3, 4), { last: 'ours', rules: { 'Body.x': sum } })
  expect(columns(decisions)).toEqual([
    expect.stringMatching(/^mask\[2\].* both$/),
    'Body.x[2] 0>1 last',
    'Body.y[2] 0>2 last',
  ])
  read(sim => expect([...all(sim.query('Body'))]).toEqual([0, 1, 2]))
})

test('one that only one side has is taken whole', () => {
  const { decisions, read } = merge(
    sim => {
      sim.components.Body.x[sim.spawn('Body')] = 5
    },
    sim => sim.destroy(0),
  )
  expect(columns(decisions).map(line => line.split(' ').at(-1))).toEqual(['theirs', 'ours', 'ours'])
  read(sim => {
    expect(all(sim.query('Body'))).toEqual([1, 2])
    expect(sim.components.Body.x[2]).toBe(5)
  })
})

test('one that one side replaced by another is replaced, unless the other side went on with it', () => {
  const replaced: Rules = sim => {
    sim.destroy(0)
    sim.components.Body.x[sim.spawn('Body')] = 99
  }
  const rest: Rules = () => {}
  const used: Rules = sim => {
    sim.components.Body.y[0] = 5
  }
  const x = (a: Rules, b: Rules, last: 'ours' | 'theirs'): number[] => {
    const found: number[] = []
    merge(a, b, { last }).read(sim => found.push(sim.components.Body.x[0], sim.components.Body.y[0]))
    return found
  }
  for (const last of ['ours', 'theirs'] as const) {
    expect(x(replaced, rest, last)).toEqual([99, 0])
    expect(x(rest, replaced, last)).toEqual([99, 0])
  }
  merge(replaced, rest).read(sim => expect(sim.ref(0)).toBe((2 << 20) | 0))
  expect(x(replaced, used, 'theirs')).toEqual([10, 5])
  expect(x(replaced, used, 'ours')).toEqual([99, 0])
})

test('the merged world lives on: indices are given out once each, references of the dead are gone', () => {
  let reference = 0
  const { read } = merge(
    sim => {
      reference = sim.ref(0)
      sim.destroy(0)
    },
    sim => sim.destroy(1),
  )
  read(sim => {
    expect(all(sim.query('Body'))).toEqual([])
    expect(sim.deref(reference)).toBe(-1)
    const born = Array.from({ length: 9 }, () => sim.spawn('Body'))
    expect(born).toEqual([0, 1, 2, 3, 4, 5, 6, 7, -1])
  })
})

test('blocks are taken whole; two NaNs are one, two zeros are two', () => {
  const { decisions } = merge(
    sim => {
      sim.raw[0] = 1
      sim.components.Body.x[0] = NaN
      sim.components.Body.y[0] = 0
    },
    sim => {
      sim.raw[3] = 2
      sim.components.Body.x[0] = NaN
      sim.components.Body.y[0] = -0
    },
    { rawBytes: 4 },
  )
  expect(decisions.find(d => d.cell === 'raw')).toMatchObject({ by: 'last', entity: null })
  expect(columns(decisions).map(line => line.split(' ').at(-1))).toEqual(['both', 'last'])
})

test('merging with what nobody changed gives the other side, and both ways round the same', () => {
  const random = seeded(4)
  for (let i = 0; i < 30; i++) {
    const change = (): Rules => {
      const numbers = Array.from({ length: 6 }, () => random.below(8))
      return sim => {
        const { x, y } = sim.components.Body
        x[numbers[0] & 1] = numbers[1]
        y[numbers[2] & 1] = numbers[3]
        if (numbers[4] === 0) sim.destroy(numbers[5] & 1)
        else if (numbers[4] < 3) x[sim.spawn('Body')] = numbers[5]
      }
    }
    const [a, b, rest]: Rules[] = [change(), change(), () => {}]
    const world = (one: Rules, two: Rules, last: 'ours' | 'theirs'): Uint8Array =>
      merge(one, two, { last }).world.saved()
    expect(world(a, b, 'ours')).toEqual(world(b, a, 'theirs'))
    const only = merge(a, rest).world
    const alone = merge(a, a).world
    expect(only.saved()).toEqual(alone.saved())
  }
})

test('the last writer is the later one, then the one with the greater id', () => {
  const at = (id: string, tick: number): { id: string; tip: { tick: number } } => ({ id, tip: { tick } })
  expect(lastWriter(at('a', 5), at('b', 4))).toBe('ours')
  expect(lastWriter(at('a', 4), at('b', 5))).toBe('theirs')
  expect(lastWriter(at('a', 4), at('b', 4))).toBe('theirs')
  expect(lastWriter(at('b', 4), at('a', 4))).toBe('ours')
})

test('local events that wait, and who may send what, are blocks, too', () => {
  const game = defineGame({
    ...{ name: 'blocks', version: 1, maxPlayers: 2, maxEntities: 2, emitBytes: 64 },
    input: { buttons: [] },
    components: {},
    requires: { chat: ['chat:send'] },
    step() {},
    on: { chat() {} },
  })
  const simulation = new Simulation(game, { seed: 1 })
  const state = (change: () => void): Uint8Array => {
    simulation.reset(1)
    change()
    const bytes = new Uint8Array(simulation.sizeBytes)
    simulation.save(bytes)
    return bytes
  }
  const { rightsOffset, rightsWords, emitOffset } = simulation.layout
  expect(rightsWords).toBeGreaterThan(0)
  const base = state(() => {})
  const ours = state(() => simulation.facade.emit('chat', { n: 1 }, 0))
  const theirs = state(() => (simulation.bytes[rightsOffset + 4 * rightsWords - 1] = 9))
  const { merged, decisions } = mergeWorlds(simulation.layout, { base, ours, theirs, last: 'theirs' })
  expect(decisions.map(d => `${d.cell} ${d.by}`)).toEqual(['emitted ours', 'rights theirs'])
  expect(merged.subarray(emitOffset, rightsOffset)).toEqual(ours.subarray(emitOffset, rightsOffset))
  expect(merged.subarray(rightsOffset)).toEqual(theirs.subarray(rightsOffset))
})

test('states of another layout are our mistake', () => {
  const { layout, sizeBytes } = solo().simulation
  const state = new Uint8Array(sizeBytes)
  expect(() => mergeWorlds(layout, { base: state, ours: state, theirs: state.slice(1), last: 'ours' })).toThrow(
    /a state of \d+ bytes, the layout says \d+/,
  )
})

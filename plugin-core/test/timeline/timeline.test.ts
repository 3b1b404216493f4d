import { expect, test } from 'vitest'
import { Timeline, type Request } from '../../src/timeline/timeline.ts'
import { seeded } from '../seeded.ts'

const options = { slots: 2, inputBytes: 1, predictionWindow: 8, predict: null }

function brief(requests: Iterable<Request>): string {
  return [...requests]
    .map(r => (r.kind === 'advance' ? `a${r.tick}[${[...r.row]}]` : `${r.kind[0]}${r.tick}`))
    .join(' ')
}

function started(): Timeline {
  const timeline = new Timeline(options)
  timeline.start(1)
  return timeline
}

test('advances with the inputs it has, and predicts the rest from the last received one', () => {
  const t = started()
  t.setInput(0, 1, new Uint8Array([5]))
  t.confirm(1, new Uint8Array([5, 7]), null, null)
  expect(brief(t.plan(true))).toBe('a1[5,7] s1')
  t.setInput(0, 2, new Uint8Array([6]))
  expect(brief(t.plan(true))).toBe('a2[6,7] s2')
})

test('a confirmed tick as predicted costs nothing; a wrong one rolls back to the tick before it', () => {
  const t = started()
  for (let tick = 1; tick <= 4; tick++) t.plan(true)
  t.confirm(1, new Uint8Array([0, 0]), null, null)
  expect(brief(t.plan(false))).toBe('')
  t.confirm(2, new Uint8Array([0, 9]), null, null)
  expect(brief(t.plan(true))).toBe('l1 a2[0,9] s2 a3[0,9] s3 a4[0,9] s4 a5[0,9] s5')
  expect([t.rollbacks, t.rolledBackTicks]).toEqual([1, 3])
})

test('an input that comes before its tick is closed corrects it at once; one as predicted, and one of a closed tick, do nothing', () => {
  const t = started()
  for (let tick = 1; tick <= 3; tick++) t.plan(true)
  t.setInput(1, 2, new Uint8Array([0]))
  expect(brief(t.plan(false))).toBe('')
  t.setInput(1, 2, new Uint8Array([6]))
  expect(brief(t.plan(false))).toBe('l1 a2[0,6] s2 a3[0,6] s3')
  t.confirm(1, new Uint8Array(2), null, null)
  t.setInput(1, 1, new Uint8Array([9]))
  expect(brief(t.plan(false))).toBe('')
})

test('stalls when the prediction window is full', () => {
  const t = started()
  for (let i = 0; i < 20; i++) t.plan(true)
  expect(t.headTick).toBe(8)
  expect(t.canAdvance()).toBe(false)
  t.confirm(1, new Uint8Array(2), null, null)
  expect(brief(t.plan(true))).toBe('a9[0,0] s9')
})

test('lockstep is a window of zero: nothing runs that is not confirmed', () => {
  const t = new Timeline({ ...options, predictionWindow: 0 })
  t.start(1)
  expect(brief(t.plan(true))).toBe('')
  t.confirm(1, new Uint8Array([1, 2]), null, null)
  expect(brief(t.plan(true))).toBe('a1[1,2] s1')
})

test('a join that nobody expected rolls back, an expected one does not', () => {
  const control = { restart: null, joins: [1], leaves: [], swap: null }
  const surprised = started()
  surprised.plan(true)
  surprised.confirm(1, new Uint8Array(2), control, null)
  expect(brief(surprised.plan(false))).toBe('l0 a1[0,0] s1')
  const told = started()
  told.expect(1, control, null)
  told.plan(true)
  told.confirm(1, new Uint8Array(2), { ...control, joins: [1] }, null)
  expect(brief(told.plan(false))).toBe('')
})

test('a player’s own events are predicted; with another’s beside them the tick runs again', () => {
  const t = started()
  const own = { slot: 0, bytes: new Uint8Array([1]) }
  t.expect(1, null, [own])
  t.plan(true)
  t.confirm(1, new Uint8Array(2), null, [{ slot: 0, bytes: new Uint8Array([1]) }])
  expect(brief(t.plan(false))).toBe('')
  t.plan(true)
  t.confirm(2, new Uint8Array(2), null, [{ slot: 1, bytes: new Uint8Array([1]) }])
  expect(brief(t.plan(false))).toBe('l1 a2[0,0] s2')
})

test('an event that turns out to be another one, or a round that hands on something else, runs the tick again', () => {
  const t = started()
  const event = (byte: number) => [{ slot: 0, bytes: new Uint8Array([byte]) }]
  t.expect(1, null, event(1))
  t.plan(true)
  t.confirm(1, new Uint8Array(2), null, event(2))
  expect(brief(t.plan(false))).toBe('l0 a1[0,0] s1')
  const round = (carry: number) => ({
    restart: { round: 2, carry: new Uint8Array([carry]) },
    joins: [0, 1],
    leaves: [],
    swap: null,
  })
  t.expect(2, round(5), null)
  t.plan(true)
  t.confirm(2, new Uint8Array(2), round(6), null)
  expect(brief(t.plan(false))).toBe('l1 a2[0,0] s2')
})

test('inputs that come in any order converge (50, 10, 80)', () => {
  const orders = [
    [5, 1, 8],
    [1, 5, 8],
    [8, 5, 1],
  ]
  const rows = orders.map(order => {
    const t = new Timeline({ ...options, predictionWindow: 16 })
    t.start(1)
    const last = new Map<number, string>()
    const run = (): void => {
      for (const r of t.plan(true)) if (r.kind === 'advance') last.set(r.tick, [...r.row].join())
    }
    for (let i = 0; i < 3; i++) run()
    for (const tick of order) t.setInput(1, tick, new Uint8Array([tick]))
    for (let i = 0; i < 9; i++) run()
    for (let tick = 1; tick <= 12; tick++)
      t.confirm(tick, new Uint8Array([0, tick === 1 || tick === 5 || tick === 8 ? tick : 0]), null, null)
    run()
    return [...last].sort((a, b) => a[0] - b[0]).map(String)
  })
  expect(rows[1]).toEqual(rows[0])
  expect(rows[2]).toEqual(rows[0])
})

test('after any order of predictions, every confirmed tick was last simulated with its true inputs (seeds 1-50)', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seeded(seed)
    const t = started()
    const truth = Array.from({ length: 301 }, () => new Uint8Array([random.below(4), random.below(4)]))
    const simulated: string[] = []
    let own = 0
    let saved = 0
    const fulfil = (requests: Iterable<Request>): void => {
      for (const r of requests) {
        if (r.kind === 'load') expect(r.tick).toBeLessThanOrEqual(saved)
        if (r.kind === 'save') saved = r.tick
        if (r.kind === 'advance') simulated[r.tick] = String(r.row)
      }
    }
    while (t.confirmedTick < 300) {
      while (own < Math.min(300, t.headTick + 2)) t.setInput(0, ++own, truth[own].subarray(0, 1))
      if (random.chance(0.7)) fulfil(t.plan(true))
      if (random.chance(0.5))
        for (let n = random.below(4); n > 0 && t.confirmedTick < Math.min(own, 300); n--)
          t.confirm(t.confirmedTick + 1, truth[t.confirmedTick + 1], null, null)
    }
    while (t.headTick < 300) fulfil(t.plan(true))
    fulfil(t.plan(false))
    for (let tick = 1; tick <= 300; tick++)
      expect(simulated[tick], `seed ${seed}, tick ${tick}`).toBe(String(truth[tick]))
  }
})

import { describe, expect, test } from 'vitest'
import { RaisedLog, type RaisedLike } from '../../src/event/raised-log.ts'
import { seeded } from '../seeded.ts'

const WINDOW = 8
const event = (kind: string, payload: unknown = null, key?: string | number): RaisedLike => ({ kind, payload, key })

/** A log, and what it tells: `+1 hit@5` is shown, `!1` confirmed, `-1` cancelled; `(1)` is told again. */
function told(log: RaisedLog): string[] {
  const marks = { shown: '+', confirmed: '!', cancelled: '-' }
  const lines = log.news.map(
    ({ change, id, kind, tick, again }) => `${marks[change]}${id} ${kind}@${tick}${again > 0 ? ` (${again})` : ''}`,
  )
  log.news.length = 0
  return lines
}

test('a tick that runs again shows nothing twice', () => {
  const log = new RaisedLog(WINDOW)
  log.run(5, [event('hit', { e: 1 })])
  log.settle(3, 5)
  expect(told(log)).toEqual(['+1 hit@5'])
  log.rewind(4)
  log.run(5, [event('hit', { e: 1 })])
  log.settle(3, 5)
  expect(told(log)).toEqual([])
  log.settle(5, 5)
  expect(told(log)).toEqual(['!1 hit@5'])
  log.settle(6, 6)
  expect(told(log)).toEqual([])
})

test('what a rollback takes away is cancelled once its last tick has run', () => {
  const log = new RaisedLog(WINDOW)
  log.run(5, [event('hit')])
  log.run(6, [event('dash')])
  log.settle(3, 6)
  told(log)
  log.rewind(3)
  log.run(4, [])
  log.run(5, [])
  expect(told(log)).toEqual([])
  log.run(6, [event('dash')])
  log.settle(4, 6)
  expect(told(log)).toEqual(['-1 hit@5'])
  log.settle(6, 6)
  expect(told(log)).toEqual(['!2 dash@6'])
})

test('two equal events of one tick are two, in each run', () => {
  const log = new RaisedLog(WINDOW)
  log.run(5, [event('hit'), event('hit')])
  log.settle(4, 5)
  log.rewind(4)
  log.run(5, [event('hit'), event('hit'), event('hit')])
  log.settle(4, 5)
  log.rewind(4)
  log.run(5, [event('hit')])
  log.settle(5, 5)
  expect(told(log)).toEqual(['+1 hit@5', '+2 hit@5', '+3 hit@5', '!1 hit@5', '-2 hit@5', '-3 hit@5'])
})

test('with another payload it is another event: the first is cancelled', () => {
  const log = new RaisedLog(WINDOW)
  log.run(5, [event('hit', { e: 1 })])
  log.settle(4, 5)
  log.rewind(4)
  log.run(5, [event('hit', { e: 2 })])
  log.settle(4, 5)
  expect(told(log)).toEqual(['+1 hit@5', '+2 hit@5', '-1 hit@5'])
})

describe('with a key', () => {
  test('it is the same event when a rollback moves it by at most the window; what is confirmed is what counts', () => {
    const log = new RaisedLog(WINDOW)
    log.run(20, [event('fall', { x: 1 }, 'p1')])
    log.settle(12, 20)
    expect(told(log)).toEqual(['+1 fall@20'])
    log.rewind(12)
    log.run(13, [event('fall', { x: 2 }, 'p1')])
    log.settle(12, 20)
    expect(told(log)).toEqual([])
    log.settle(13, 20)
    expect(log.news).toMatchObject([{ change: 'confirmed', id: 1, tick: 13, payload: { x: 2 } }])
  })

  test('two in one run are two, whatever lies between them', () => {
    const log = new RaisedLog(WINDOW)
    log.run(20, [event('fall', null, 'p1')])
    log.run(22, [
      event('fall', null, 'p1'),
      event('fall', null, 'p2'),
      event('fall', null, 1),
      event('fall', null, '1'),
    ])
    log.settle(20, 22)
    expect(told(log)).toEqual(['+1 fall@20', '+2 fall@22', '+3 fall@22', '+4 fall@22', '+5 fall@22', '!1 fall@20'])
  })

  test('it moves by the window from where it was shown, however often it moves', () => {
    const log = new RaisedLog(WINDOW)
    log.run(20, [event('fall', null, 'p1')])
    for (const [tick, lines] of [
      [25, ['+1 fall@20']],
      [28, []],
      [29, ['+2 fall@29', '-1 fall@28']],
    ] as const) {
      log.rewind(19)
      log.run(tick, [event('fall', null, 'p1')])
      log.settle(19, 30)
      expect(told(log)).toEqual(lines)
    }
  })

  test('what moves further than the window is another one', () => {
    const log = new RaisedLog(WINDOW)
    log.run(20, [event('fall', null, 'p1')])
    log.rewind(10)
    log.run(11, [event('fall', null, 'p1')])
    log.settle(10, 20)
    expect(told(log)).toEqual(['+1 fall@20', '+2 fall@11', '-1 fall@20'])
  })
})

describe('raised again after it was cancelled', () => {
  test('it is shown anew, and the news say as what it was cancelled', () => {
    const log = new RaisedLog(WINDOW)
    log.run(5, [event('hit')])
    log.settle(3, 5)
    log.rewind(4)
    log.run(5, [])
    log.settle(3, 5)
    log.rewind(4)
    log.run(5, [event('hit')])
    log.settle(5, 5)
    expect(told(log)).toEqual(['+1 hit@5', '-1 hit@5', '+2 hit@5 (1)', '!2 hit@5'])
  })

  test('with a key also some ticks later; once it cannot come back, it is forgotten', () => {
    const log = new RaisedLog(WINDOW)
    log.run(5, [event('fall', null, 'p1')])
    log.rewind(4)
    log.run(5, [])
    log.settle(4, 5)
    log.run(8, [event('fall', null, 'p1')])
    log.settle(4, 8)
    expect(told(log)).toEqual(['+1 fall@5', '-1 fall@5', '+2 fall@8 (1)'])
    log.rewind(7)
    log.run(8, [])
    log.settle(4, 8)
    log.settle(15, 15)
    expect(log.size).toBe(1)
    log.settle(16, 16)
    expect(log.size).toBe(0)
  })
})

test('what is confirmed when it is first seen is shown and confirmed', () => {
  const log = new RaisedLog(0)
  log.run(5, [event('hit')])
  log.settle(7, 5)
  expect(told(log)).toEqual(['+1 hit@5', '!1 hit@5'])
})

test('history is silent, and what was shown before it is settled all the same', () => {
  const log = new RaisedLog(WINDOW)
  log.run(5, [event('hit')])
  log.run(6, [event('hit')])
  log.settle(4, 6)
  told(log)
  log.silent = true
  log.rewind(4)
  log.run(5, [event('hit')])
  log.run(6, [event('dash')])
  log.run(7, [event('dash')])
  log.settle(6, 7)
  log.silent = false
  log.rewind(6)
  log.run(7, [event('dash')])
  log.settle(7, 7)
  expect(told(log)).toEqual(['!1 hit@5', '-2 hit@6'])
  expect(log.size).toBe(0)
})

test("another machine's state: what it covers is cancelled, what is run again is known again, the past is not shown", () => {
  const log = new RaisedLog(WINDOW)
  log.run(18, [event('a')])
  log.settle(18, 18)
  for (const tick of [20, 22, 23]) log.run(tick, [event('a')])
  log.settle(19, 23)
  told(log)
  log.rebase(20)
  expect(told(log)).toEqual(['-2 a@20'])
  log.run(21, [])
  log.settle(21, 21)
  log.run(22, [event('a')])
  log.settle(21, 22)
  log.run(23, [])
  log.settle(21, 23)
  expect(told(log)).toEqual(['-4 a@23'])
  // An older state: its ticks were shown and confirmed here already.
  log.settle(23, 23)
  log.rebase(10)
  log.run(18, [event('a'), event('b')])
  log.run(22, [event('a')])
  log.settle(22, 22)
  expect(told(log)).toEqual(['!3 a@22'])
})

test('the end cancels what is open; the next match counts its ticks anew', () => {
  const log = new RaisedLog(WINDOW)
  log.run(500, [event('a')])
  log.settle(499, 500)
  log.end()
  log.end()
  expect(told(log)).toEqual(['+1 a@500', '-1 a@500'])
  expect(log.size).toBe(0)
  log.run(1, [event('a')])
  log.settle(1, 1)
  expect(told(log)).toEqual(['+2 a@1', '!2 a@1'])
})

test('payloads that are no JSON are told apart by their number among equals', () => {
  const log = new RaisedLog(WINDOW)
  log.run(5, [event('a', 1n), event('a', 2n)])
  log.rewind(4)
  log.run(5, [event('a', 1n), event('a', 2n)])
  log.settle(5, 5)
  expect(told(log)).toEqual(['+1 a@5', '+2 a@5', '!1 a@5', '!2 a@5'])
})

// A machine that mispredicts: what is raised at a tick is drawn anew with each of its runs, until it is confirmed.
test.each(Array.from({ length: 60 }, (_, i) => i + 1))('any play settles all that it shows (seed %i)', seed => {
  const random = seeded(seed)
  const log = new RaisedLog(WINDOW)
  const state = new Map<number, 'shown' | 'confirmed' | 'cancelled'>()
  const confirmed: string[] = []
  let [shown, cancelled, again] = [0, 0, 0]
  const hear = (): void => {
    for (const one of log.news) {
      const before = state.get(one.id)
      expect(before, `${one.change} ${one.id}`).toBe(one.change === 'shown' ? undefined : 'shown')
      state.set(one.id, one.change)
      if (one.change === 'shown') shown++
      if (one.change === 'cancelled') cancelled++
      if (one.again > 0) {
        again++
        expect(state.get(one.again)).toBe('cancelled')
      }
      if (one.change === 'confirmed') confirmed.push(`${one.kind}@${one.tick} ${String(one.payload)}`)
    }
    log.news.length = 0
  }
  const draw = (): RaisedLike[] =>
    Array.from({ length: random.chance(0.4) ? random.below(4) : 0 }, () =>
      event('abc'[random.below(3)], random.below(2), random.chance(0.5) ? random.below(2) : undefined),
    )
  /** What the newest run of each tick raised. */
  const truth = new Map<number, RaisedLike[]>()
  const run = (tick: number): void => {
    truth.set(tick, draw())
    log.run(tick, truth.get(tick)!)
  }
  let [head, closed] = [0, 0]
  for (let call = 0; call < 400; call++) {
    // Confirmed may run ahead of the head, as for one who is slow.
    const known = closed
    if (random.chance(0.2)) closed += random.below(Math.max(0, head - closed) + 3)
    const wrong = known + 1 + random.below(Math.max(1, head - known))
    if (wrong <= head && random.chance(0.4)) {
      log.rewind(wrong - 1)
      for (let tick = wrong; tick <= head; tick++) run(tick)
    }
    if (head < closed + WINDOW) run(++head)
    log.settle(closed, head)
    hear()
    expect(log.size).toBeLessThanOrEqual(200)
  }
  log.settle(head, head)
  hear()
  expect([...state.values()].filter(one => one === 'shown')).toEqual([])
  const expected = [...truth].flatMap(([tick, raised]) =>
    raised.map(({ kind, payload }) => `${kind}@${tick} ${String(payload)}`),
  )
  expect(confirmed.sort()).toEqual(expected.sort())
  expect(shown).toBe(confirmed.length + cancelled)
  expect(cancelled).toBeGreaterThan(20)
  expect(again).toBeGreaterThan(5)
  log.settle(head + WINDOW, head + WINDOW)
  expect(log.size).toBe(0)
})

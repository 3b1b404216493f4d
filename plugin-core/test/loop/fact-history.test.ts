import { expect, test } from 'vitest'
import { FACT_TICKS, FactHistory, factBytes, type TickFacts } from '../../src/loop/fact-history.ts'
import { sizedBytes } from '../../src/bytes/sized-bytes.ts'
import type { TickControl } from '../../src/input/tick-control.ts'

const row = new Uint8Array([1, 2])
const facts = (control: TickControl | null = null, events: TickFacts['events'] = null): TickFacts => {
  return { row, control, events }
}
const control = (more: Partial<TickControl>): TickControl => {
  return { restart: null, joins: [], leaves: [], swap: null, ...more }
}

test('what a tick is computed from is told apart in everything that it is computed from', () => {
  const bytes = new Uint8Array([7])
  const carry = new Uint8Array([1])
  const all = [
    facts(),
    { ...facts(), row: new Uint8Array([1, 3]) },
    facts(control({})),
    facts(control({ joins: [1] })),
    facts(control({ joins: [1, 2] })),
    facts(control({ leaves: [1] })),
    facts(control({ swap: 5 })),
    facts(control({ restart: { round: 1, carry } })),
    facts(control({ restart: { round: 2, carry } })),
    facts(control({ restart: { round: 1, carry: new Uint8Array([2]) } })),
    facts(null, [{ slot: 0, bytes }]),
    facts(null, [{ slot: 1, bytes }]),
    facts(null, [{ slot: 0, bytes: carry }]),
    facts(null, [
      { slot: 0, bytes },
      { slot: 0, bytes },
    ]),
  ].map(each => factBytes(each).join())
  all.push(factBytes(facts(), [bytes]).join(), factBytes(facts(), [carry]).join())
  expect(new Set(all).size).toBe(all.length)
  // No events, and an empty list of them, are the same.
  expect(factBytes(facts(null, []))).toEqual(factBytes(facts()))
  expect(factBytes(facts(control({ joins: [3] })))).toEqual(factBytes(facts(control({ joins: [3] }), [])))
})

test('what nobody needs is let go; facts stay from the oldest state on, and for who lags behind', () => {
  const history = new FactHistory(10)
  expect(() => history.at(10)).toThrow('the facts of tick 10 are forgotten; none are kept')
  for (let tick = 11; tick <= 100; tick++) {
    history.note(tick, facts())
    if (tick % 20 === 0) history.keep({ tick, world: row, image: sizedBytes() })
  }
  expect([history.at(101), history.at(11)]).toEqual([null, facts()])
  history.forget(50, 100)
  expect([history.oldestStateTick, history.first]).toEqual([40, 41])
  expect([history.stateAt(59)?.tick, history.stateAt(60)?.tick, history.stateAt(39)]).toEqual([40, 60, null])
  expect(() => history.at(40)).toThrow('the facts of tick 40 are forgotten; those of ticks 41 to 100 are kept')
  history.forget(90, 30)
  expect([history.oldestStateTick, history.first]).toEqual([80, 41])
  history.forget(90, 85)
  expect(history.first).toBe(81)
})

test('facts for one who lags behind are bounded', () => {
  const history = new FactHistory(0)
  for (let tick = 1; tick <= FACT_TICKS + 50; tick++) history.note(tick, facts())
  history.forget(FACT_TICKS + 50, 1)
  expect(history.first).toBe(50)
})

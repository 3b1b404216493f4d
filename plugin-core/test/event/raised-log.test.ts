import { expect, test } from 'vitest'
import { RaisedLog, type ShownEvent } from '../../src/event/raised-log.ts'

const event = (kind: string, payload: unknown = null, key?: string) => ({ kind, payload, key })

function shown(log: RaisedLog, tick: number, ...raised: ReturnType<typeof event>[]): string[] {
  const fresh: ShownEvent[] = []
  log.add(tick, raised, fresh)
  return fresh.map(e => `${e.kind}@${e.tick}`)
}

test('a tick that runs again shows nothing twice', () => {
  const log = new RaisedLog(8)
  expect(shown(log, 5, event('hit', { e: 1 }))).toEqual(['hit@5'])
  expect(shown(log, 5, event('hit', { e: 1 }))).toEqual([])
  expect(shown(log, 5, event('hit', { e: 2 }))).toEqual(['hit@5'])
})

test('two equal events of one tick are two, in each run', () => {
  const log = new RaisedLog(8)
  expect(shown(log, 5, event('hit'), event('hit'))).toEqual(['hit@5', 'hit@5'])
  expect(shown(log, 5, event('hit'), event('hit'))).toEqual([])
  expect(shown(log, 5, event('hit'), event('hit'), event('hit'))).toEqual(['hit@5'])
})

test('with a key it is the same event when it moves by at most the window', () => {
  const log = new RaisedLog(8)
  expect(shown(log, 20, event('fall', null, 'p1'))).toEqual(['fall@20'])
  expect(shown(log, 22, event('fall', null, 'p1'))).toEqual([])
  expect(shown(log, 22, event('fall', null, 'p2'))).toEqual(['fall@22'])
  expect(shown(log, 40, event('fall', null, 'p1'))).toEqual(['fall@40'])
})

test('what can no longer come again is forgotten', () => {
  const log = new RaisedLog(8)
  shown(log, 5, event('hit'))
  log.prune(100)
  expect(shown(log, 5, event('hit'))).toEqual(['hit@5'])
})

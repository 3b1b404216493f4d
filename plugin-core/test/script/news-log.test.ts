import { expect, test } from 'vitest'
import { NewsLog } from '../../src/script/news-log.ts'
import type { ScriptNews } from '../../src/sim/sim-scripts.ts'

const item = (what: ScriptNews['what'], tick: number, message: string, line = 1): ScriptNews => ({
  ...{ what, script: 'a.lua', line, tick, message, traceback: '', slot: -1 },
  ...{ level: 'log', text: message },
})
const told = (log: NewsLog): string[] => log.news.splice(0).map(one => `${one.tick} ${one.message}`)

test('a log of a tick is told once, however often the tick runs, and what a later run adds is told then', () => {
  const log = new NewsLog()
  log.begin(5)
  log.tell(item('log', 5, 'hi'))
  log.tell(item('log', 5, 'hi'))
  expect(told(log)).toEqual(['5 hi', '5 hi'])
  for (let run = 0; run < 3; run++) {
    log.begin(5)
    log.tell(item('log', 5, 'hi'))
    log.tell(item('log', 5, 'hi'))
  }
  expect(told(log)).toEqual([])
  log.begin(5)
  for (let i = 0; i < 3; i++) log.tell(item('log', 5, 'hi'))
  log.begin(6)
  log.tell(item('log', 6, 'hi'))
  expect(told(log)).toEqual(['5 hi', '6 hi'])
})

test('an error is told once until its script has another text', () => {
  const log = new NewsLog()
  for (let tick = 1; tick < 200; tick++) {
    log.begin(tick)
    log.tell(item('error', tick, 'no target'))
    log.tell(item('error', tick, 'no target', 9))
  }
  expect(told(log)).toEqual(['1 no target', '1 no target'])
  log.forget('b.lua')
  log.begin(200)
  log.tell(item('error', 200, 'no target'))
  expect(told(log)).toEqual([])
  log.forget('a.lua')
  log.begin(201)
  log.tell(item('error', 201, 'no target'))
  expect(told(log)).toEqual(['201 no target'])
})

test('stops and texts are told once they are certain, and not when a rollback took them away', () => {
  const log = new NewsLog()
  log.begin(10)
  log.tell(item('stopped', 10, 'too long'))
  log.again()
  log.settle(9)
  expect(told(log)).toEqual([])
  log.begin(10)
  log.begin(11)
  log.tell(item('stopped', 11, 'too long'))
  log.settle(11)
  expect(told(log)).toEqual(['11 too long'])
})

test('a loop that logs says so many lines a tick, and no more', () => {
  const log = new NewsLog()
  log.begin(1)
  for (let i = 0; i < 500; i++) log.tell(item('log', 1, `line ${i}`))
  expect(told(log)).toHaveLength(32)
})

import { afterEach, expect, expectTypeOf, test, vi } from 'vitest'
import type { RaisedNews } from '../../src/event/raised-log.ts'
import { defineGame, payload } from '../../src/sim.ts'
import type { Match } from '../../src/worker/match.ts'
import { RaisedHandlers } from '../../src/worker/raised-handlers.ts'
import { catchMistakes } from './mistakes.ts'

const news = (change: RaisedNews['change'], id: number, payload: unknown = null, again = 0): RaisedNews => ({
  change,
  id,
  kind: 'hit',
  tick: 10 + id,
  payload,
  again,
})

afterEach(() => vi.unstubAllGlobals())

test('a handler shows each event at once, and hears no more of it', () => {
  const handlers = new RaisedHandlers()
  const heard: unknown[] = []
  handlers.add('hit', event => heard.push(event))
  handlers.add('other', event => heard.push(event))
  handlers.take([news('shown', 1, { e: 1 }), news('shown', 2), news('cancelled', 1), news('confirmed', 2)])
  expect(heard).toEqual([
    { kind: 'hit', tick: 11, payload: { e: 1 } },
    { kind: 'hit', tick: 12, payload: null },
  ])
})

test('who asks is told once how each event ended, with what it made of it', () => {
  const handlers = new RaisedHandlers()
  const told: string[] = []
  handlers.add('hit', ({ payload }) => `sound ${String(payload)}`, {
    confirm: (shown, { tick, payload }) => told.push(`confirm ${String(shown)} ${tick} ${String(payload)}`),
    cancel: (shown, { tick }) => told.push(`cancel ${String(shown)} ${tick}`),
  })
  handlers.take([news('shown', 1, 'a'), news('shown', 2, 'b')])
  handlers.take([news('cancelled', 1, 'a'), news('confirmed', 2, 'c')])
  handlers.take([news('cancelled', 1, 'a'), news('confirmed', 2, 'c'), news('cancelled', 2)])
  expect(told).toEqual(['cancel sound a 11', 'confirm sound b 12 c'])
})

test("with when: 'confirmed' an event is shown once it is certain, also by who came after it was predicted", () => {
  const handlers = new RaisedHandlers()
  const heard: unknown[] = []
  handlers.take([news('shown', 1), news('shown', 2)])
  handlers.add('hit', ({ tick }) => heard.push(tick), { when: 'confirmed' })
  handlers.take([news('cancelled', 1), news('confirmed', 2), news('shown', 3)])
  expect(heard).toEqual([12])
})

test('what was cancelled and happens after all is shown anew to who took it back, and not twice to others', () => {
  const handlers = new RaisedHandlers()
  const told: string[] = []
  handlers.add('hit', () => told.push('plain'))
  handlers.add('hit', () => told.push('shown'), { cancel: () => told.push('cancelled') })
  handlers.add('hit', () => told.push('certain'), { when: 'confirmed' })
  handlers.take([news('shown', 1), news('cancelled', 1), news('shown', 2, null, 1), news('confirmed', 2)])
  expect(told).toEqual(['plain', 'shown', 'cancelled', 'shown', 'certain'])
})

test('the end cancels what is open, once', () => {
  const handlers = new RaisedHandlers()
  const cancelled: unknown[] = []
  handlers.add('hit', ({ payload }) => payload, { cancel: shown => cancelled.push(shown) })
  handlers.take([news('shown', 1, 'a'), news('shown', 2, 'b'), news('confirmed', 1)])
  handlers.end()
  handlers.end()
  handlers.take([news('cancelled', 2)])
  expect(cancelled).toEqual(['b'])
})

test('after its stop a handler hears nothing, neither of what it has shown', () => {
  const handlers = new RaisedHandlers()
  const told: string[] = []
  const stop = handlers.add('hit', () => told.push('shown'), { cancel: () => told.push('cancelled') })
  handlers.take([news('shown', 1)])
  stop()
  handlers.take([news('cancelled', 1), news('shown', 2)])
  handlers.end()
  expect(told).toEqual(['shown'])
})

test('a handler that throws keeps nobody from hearing the rest, and its error is seen', () => {
  const thrown = catchMistakes()
  const handlers = new RaisedHandlers()
  const heard: number[] = []
  handlers.add(
    'hit',
    () => {
      throw new Error('no such sprite')
    },
    { cancel: () => heard.push(0) },
  )
  handlers.add('hit', ({ tick }) => heard.push(tick))
  handlers.take([news('shown', 1), news('shown', 2), news('cancelled', 1)])
  handlers.end()
  expect(heard).toEqual([11, 12])
  expect(thrown).toEqual(['no such sprite', 'no such sprite'])
})

const game = defineGame({
  name: 'types',
  version: 1,
  maxPlayers: 1,
  maxEntities: 1,
  input: { buttons: [] },
  components: {},
  events: { hit: payload<{ e: number }>() },
  step: () => {},
})

test('cancel takes what the handler answered with, typed', () => {
  const typed = (match: Match<typeof game>): void => {
    match.handle('hit', ({ payload }) => ({ loud: payload.e }), {
      cancel(shown, event) {
        expectTypeOf(shown).toEqualTypeOf<{ loud: number }>()
        expectTypeOf(event.payload).toEqualTypeOf<{ e: number }>()
      },
    })
    // @ts-expect-error what is certain is never taken back
    match.handle('hit', () => {}, { when: 'confirmed', cancel: () => {} })
    match.handle('hit', () => {}, { when: 'confirmed' })
    match.handle('hit', () => 5)
  }
  expect(typed).toBeTypeOf('function')
})

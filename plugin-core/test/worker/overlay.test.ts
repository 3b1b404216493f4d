import { afterEach, expect, test, vi } from 'vitest'
import type { MatchEvents } from '../../src/worker/match.ts'
import { attachOverlay } from '../../src/worker/overlay.ts'
import { stubPage } from './fake-page.ts'

afterEach(() => vi.unstubAllGlobals())

const FAULT = { message: 'speed is <b>NaN</b>', tick: 77, file: 'src/sumo.ts', line: 12, stack: '' }

function faultyMatch() {
  const handlers = new Map<string, (event: never) => void>()
  return {
    handlers,
    on<K extends keyof MatchEvents>(type: K, run: (event: MatchEvents[K]) => void) {
      handlers.set(type, run)
      return () => handlers.delete(type)
    },
  }
}

test('shows message, file, line and tick as text, until the rules are replaced', () => {
  const { document } = stubPage()
  const match = faultyMatch()
  attachOverlay(match)
  match.handlers.get('error')!(FAULT as never)
  const { body } = document
  expect(body.children).toHaveLength(1)
  expect(body.textContent).toContain('speed is <b>NaN</b>')
  expect(body.textContent).toContain('src/sumo.ts:12 · tick 77')
  expect(body.textContent).toContain('Save the file')
  match.handlers.get('error')!({ ...FAULT, message: 'the rules threw at tick 77 (src/sumo.ts:12): no' } as never)
  expect(body.textContent).toContain('the rules threw at tick 77: no')
  expect(body.children).toHaveLength(1)
  match.handlers.get('rules')!({} as never)
  expect(body.children).toHaveLength(0)
})

test('shows what is wrong with a script, and why it was stopped, until another text runs; logs are none of its business', () => {
  const { document } = stubPage()
  const match = faultyMatch()
  attachOverlay(match)
  const news = {
    what: 'error',
    script: 'bot.lua',
    line: 3,
    tick: 9,
    message: 'no target',
    traceback: 'stack traceback:\n\tbot.lua:3',
    slot: -1,
    level: 'error',
    text: '',
  }
  match.handlers.get('script')!({ ...news, what: 'log', level: 'log' } as never)
  expect(document.body.children).toHaveLength(0)
  match.handlers.get('script')!(news as never)
  expect(document.body.textContent).toContain('A script has an error')
  expect(document.body.textContent).toContain('no target')
  expect(document.body.textContent).toContain('bot.lua:3 · tick 9')
  expect(document.body.textContent).toContain('stack traceback')
  match.handlers.get('script')!({ ...news, what: 'stopped' } as never)
  expect(document.body.children).toHaveLength(1)
  expect(document.body.textContent).toContain('A script was stopped')
  match.handlers.get('script')!({ ...news, what: 'replaced', level: 'log', tick: 8 } as never)
  expect(document.body.children).toHaveLength(1)
  match.handlers.get('script')!({ ...news, what: 'replaced', level: 'log', tick: 10 } as never)
  expect(document.body.children).toHaveLength(0)
})

test('is dismissed by its button and by Escape', () => {
  const { document } = stubPage()
  const match = faultyMatch()
  attachOverlay(match)
  match.handlers.get('error')!(FAULT as never)
  document.body.children[0].children[0].dispatch('click')
  expect(document.body.children).toHaveLength(0)
  match.handlers.get('error')!(FAULT as never)
  document.dispatch('keydown', { key: 'Escape' })
  expect(document.body.children).toHaveLength(0)
})

test('leaves nothing when stopped, and does nothing without a document', () => {
  const { document } = stubPage()
  const match = faultyMatch()
  const stop = attachOverlay(match)
  match.handlers.get('error')!(FAULT as never)
  stop()
  expect(document.body.children).toHaveLength(0)
  expect(document.listenerCount).toBe(0)
  expect(match.handlers.size).toBe(0)
  vi.unstubAllGlobals()
  expect(() => attachOverlay(match)()).not.toThrow()
})

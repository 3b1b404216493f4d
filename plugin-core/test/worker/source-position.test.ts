import { afterEach, expect, test, vi } from 'vitest'
import { originalPosition, sourcePosition } from '../../src/worker/source-position.ts'

afterEach(() => vi.unstubAllGlobals())

// Line 1: column 0 → source 0 line 1; line 2: nothing; line 3: column 0 → line 2, column 8 → line 4 of source 1;
// line 4: back to line 2 of source 0.
const MAP = { version: 3, sources: ['rules.ts', 'bot.ts'], mappings: 'AAAA;;AACA,QCEA;ADFA' }

test('finds the written line by line and column', () => {
  expect(originalPosition(MAP, 1, 5)).toEqual({ file: 'rules.ts', line: 1 })
  expect(originalPosition(MAP, 3, 1)).toEqual({ file: 'rules.ts', line: 2 })
  expect(originalPosition(MAP, 3, 8)).toEqual({ file: 'rules.ts', line: 2 })
  expect(originalPosition(MAP, 3, 9)).toEqual({ file: 'bot.ts', line: 4 })
  expect(originalPosition(MAP, 4, 1)).toEqual({ file: 'rules.ts', line: 2 })
  expect(originalPosition(MAP, 2, 1)).toBeNull()
  expect(originalPosition(MAP, 9, 1)).toBeNull()
})

function serve(body: string, ok = true): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', (url: string) => {
    asked.push(url)
    return Promise.resolve({ ok, text: () => Promise.resolve(body) })
  })
  return asked
}

const SERVED = `code\n\ncode\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${btoa(JSON.stringify(MAP))}\n`
const URL_SERVED = 'http://localhost:5173/src/rules.ts?worker_file&type=module'

test("reads the served module's inline map, in any engine's stack", async () => {
  for (const stack of [
    `Error: no\n    at step (${URL_SERVED}:3:9)\n    at run (http://localhost:5173/loop.ts:1:1)`,
    `step@${URL_SERVED}:3:9\nrun@http://localhost:5173/loop.ts:1:1`,
  ]) {
    const asked = serve(SERVED)
    expect(await sourcePosition(stack, URL_SERVED, 3)).toEqual({ file: 'src/bot.ts', line: 4 })
    expect(asked).toEqual([URL_SERVED])
  }
})

test('says nothing when there is no map, no answer, or no address', async () => {
  serve('code')
  expect(await sourcePosition(`at step (${URL_SERVED}:3:9)`, URL_SERVED, 3)).toBeNull()
  serve(SERVED, false)
  expect(await sourcePosition(`at step (${URL_SERVED}:3:9)`, URL_SERVED, 3)).toBeNull()
  const asked = serve(SERVED)
  expect(await sourcePosition('', 'src/rules.ts', 3)).toBeNull()
  expect(asked).toEqual([])
})

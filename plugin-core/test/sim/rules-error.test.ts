import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { RulesError, mistake, placeOf } from '../../src/sim/rules-error.ts'
import { solo, type SoloSim } from './solo.ts'

const here = readFileSync(new URL(import.meta.url), 'utf8').split('\n')
const lineOf = (mark: string): number => here.findIndex(row => row.includes('// ' + mark)) + 1

function thrownBy(rules: (sim: SoloSim) => unknown): RulesError {
  try {
    solo().run(sim => void rules(sim))
  } catch (error) {
    if (error instanceof RulesError) return error
  }
  throw new Error('no RulesError')
}

test.each<[string, (sim: SoloSim) => unknown]>([
  ['ONE', () => JSON.parse('{')], // ONE
  ['TWO', sim => sim.destroy(5)], // TWO
  ['THREE', sim => sim.query('Wall' as 'Body')], // THREE
  ['FOUR', sim => sim.input(0).held('jump' as 'fire')], // FOUR
  ['FIVE', sim => sim.input(9)], // FIVE
  ['SIX', sim => sim.add(sim.spawn(), 'Wall' as 'Body')], // SIX
  ['SEVEN', sim => sim.endRound(new Uint8Array(999))], // SEVEN
  ['EIGHT', sim => sim.randomInt(-1)], // EIGHT
  ['NINE', sim => sim.ref(-1)], // NINE
])('names the line of the rules (%s), not one of this library', (mark, rules) => {
  const { file, line, tick } = thrownBy(rules)
  expect(file).toMatch(/rules-error\.test\.ts$/)
  expect([line, tick]).toEqual([lineOf(mark), 2])
})

// In a bundle the library's frames cannot be told by their file: they must not be there.
test('the stack of a mistake begins with who called', () => {
  const called = (): Error => mistake('wrong', called)
  const { stack } = called() // ELEVEN
  expect(placeOf(stack ?? '', '').line).toBe(lineOf('ELEVEN'))
  expect(stack).toContain('wrong')
})

test('keeps what was thrown as its cause, and says message, tick and place in one sentence', () => {
  const cause = new Error('no fuel')
  const error = thrownBy(() => {
    throw cause
  })
  expect(error.cause).toBe(cause)
  expect(error.message).toMatch(/^the rules threw at tick 2 \(.*rules-error\.test\.ts:\d+\): no fuel$/)
  expect(error.stack).toContain('no fuel')
})

test('takes what is no error as it comes', () => {
  const error = thrownBy(() => {
    throw 'a string' // oxlint-disable-line no-throw-literal
  })
  expect([error.file, error.line, error.message]).toEqual(['', 0, 'the rules threw at tick 2: a string'])
})

test('a message that looks like a place is not one', () => {
  const error = thrownBy(() => {
    throw new Error('see\n    at https://example.com/a.js:1:2') // TEN
  })
  expect(error.line).toBe(lineOf('TEN'))
})

test.each([
  [
    'V8',
    'Error: x\n    at step (http://host/arena.ts:12:5)\n    at run (http://host/b.js:1:1)',
    'http://host/arena.ts',
    12,
  ],
  ['V8, no name', 'Error: x\n    at http://host/arena.ts:12:5', 'http://host/arena.ts', 12],
  ['V8, async', 'Error: x\n    at async file:///c/arena.ts:12:5', 'file:///c/arena.ts', 12],
  ['V8, a method', 'Error: x\n    at Object.step [as go] (C:\\games\\arena.ts:12:5)', 'C:\\games\\arena.ts', 12],
  ['V8, native first', 'Error: x\n    at Array.forEach (<anonymous>)\n    at step (/a/b.ts:3:4)', '/a/b.ts', 3],
  ['V8, Node inside', 'Error: x\n    at f (node:internal/x:1:2)\n    at step (/a/b.ts:3:4)', '/a/b.ts', 3],
  [
    'V8, a folder with spaces and brackets',
    'Error: x\n    at step (/my (new) games/b.ts:3:4)',
    '/my (new) games/b.ts',
    3,
  ],
  ['V8, the same without a name', 'Error: x\n    at /my (new) games/b.ts:3:4', '/my (new) games/b.ts', 3],
  ['Firefox', 'step@http://host/arena.ts:12:5\nrun@http://host/b.js:1:1\n', 'http://host/arena.ts', 12],
  ['Firefox, an inner function', 'step/<@http://host/@fs/c/arena.ts?t=1:12:5', 'http://host/@fs/c/arena.ts?t=1', 12],
  ['Safari', 'step@http://host/arena.ts:12:5\n[native code]\n', 'http://host/arena.ts', 12],
  ['Safari, native first', 'forEach@[native code]\nstep@http://host/arena.ts:12:5', 'http://host/arena.ts', 12],
  [
    'Safari, no name',
    'http://host/@fs/c/arena.ts:12:5\nmodule code@http://host/b.js:1:1',
    'http://host/@fs/c/arena.ts',
    12,
  ],
  ['Safari, empty name', '@http://host/arena.ts:12:5', 'http://host/arena.ts', 12],
  ['nothing', '', '', 0],
])('reads stacks of %s', (_, stack, file, line) => {
  expect(placeOf(stack)).toEqual({ file, line })
})

test('frames of this library do not count, unless there are no others', () => {
  const ours = '/lib/core/'
  const stack = 'Error: x\n    at f (file:///lib/core/sim/world.ts:1:2)\n    at step (/game/arena.ts:3:4)'
  expect(placeOf(stack, ours)).toEqual({ file: '/game/arena.ts', line: 3 })
  expect(placeOf(stack.split('\n').slice(0, 2).join('\n'), ours).line).toBe(1)
})

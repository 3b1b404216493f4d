import { afterEach, expect, test } from 'vitest'
import { guard } from '../../src/sim/guard.ts'
import { RulesError } from '../../src/sim/rules-error.ts'
import { solo, type SoloSim } from './solo.ts'

afterEach(() => guard.leave())

function guarded(rules: (sim: SoloSim) => void): void {
  const one = solo()
  guard.enter()
  try {
    one.run(rules)
  } finally {
    guard.leave()
  }
}

const MATHS =
  'random sin cos tan asin acos atan atan2 exp log pow hypot sinh cosh tanh asinh acosh atanh expm1 log1p log2 log10 cbrt'.split(
    ' ',
  )
const EXACT = 'abs ceil clz32 floor fround imul max min round sign sqrt trunc'.split(' ')

// What this runtime lacks cannot be called by mistake: a worker has no requestAnimationFrame, Node has none either.
const OTHERS: [name: string, call: () => unknown, instead: string][] = [
  ['Date', () => new Date(), 'sim.tick'],
  ['Date', () => Date.now(), 'sim.tick'],
  ['Date', () => Date(), 'sim.tick'],
  ['performance.now', () => performance.now(), 'sim.tick'],
  ['setTimeout', () => setTimeout(() => {}, 1), 'act in step()'],
  ['setInterval', () => setInterval(() => {}, 1), 'act in step()'],
  ['setImmediate', () => setImmediate(() => {}), 'act in step()'],
  ['queueMicrotask', () => queueMicrotask(() => {}), 'act in step()'],
  ['fetch', () => fetch('/'), 'emit what it learned'],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1)), 'sim.random()'],
  ['crypto.randomUUID', () => crypto.randomUUID(), 'sim.random()'],
  ['localeCompare', () => 'a'.localeCompare('b'), '< and >'],
  ['toLocaleUpperCase', () => 'a'.toLocaleUpperCase(), 'toUpperCase()'],
  ['toLocaleLowerCase', () => 'a'.toLocaleLowerCase(), 'toLowerCase()'],
  ['toLocaleString', () => (1).toLocaleString(), 'String(n)'],
  ['WeakRef', () => new WeakRef({}), 'sim.ref(e)'],
  ['FinalizationRegistry', () => new FinalizationRegistry(() => {}), 'sim.ref(e)'],
  ['Intl.Collator', () => new Intl.Collator(), '< and >'],
  ['Intl.DateTimeFormat', () => new Intl.DateTimeFormat(), 'sim.tick'],
  ['Intl.NumberFormat', () => new Intl.NumberFormat(), 'String(n)'],
]

test.each(MATHS)('Math.%s is stopped, and works again after', name => {
  const f = (): unknown => (Math as unknown as Record<string, (x: number, y: number) => number>)[name](0.5, 0.5)
  expect(() => guarded(() => void f())).toThrow(`Math.${name} differs between machines`)
  expect(f()).toBeTypeOf('number')
})

test('the functions of Math that are the same everywhere are not touched', () => {
  const before = EXACT.map(name => (Math as unknown as Record<string, unknown>)[name])
  guarded(() => expect(EXACT.map(name => (Math as unknown as Record<string, unknown>)[name])).toEqual(before))
})

test.each(OTHERS)('%s is stopped with what to use instead (%s)', (name, call, instead) => {
  expect(() => guarded(() => void call())).toThrow(
    new RegExp(`${name.replaceAll('.', '\\.')} differs between machines.* use .*${instead.replace(/[()]/g, '\\$&')}`),
  )
})

test('the error names file, line and tick of the rules, and where the function comes from', () => {
  let thrown: unknown
  try {
    guarded(() => Math.sin(1)) // this line
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(RulesError)
  const { file, line, tick, message } = thrown as RulesError
  expect(file).toMatch(/guard\.test\.ts$/)
  expect([line, tick]).toEqual([LINE_OF_SIN, 2])
  expect(message).toContain("use sin from '@lockstride/core/sim'")
})

// Found by its text, so that lines may be added above.
const LINE_OF_SIN =
  (await import('node:fs'))
    .readFileSync(new URL(import.meta.url), 'utf8')
    .split('\n')
    .findIndex(row => row.includes(['//', 'this', 'line'].join(' '))) + 1

const own = (owner: object, names: string): unknown[] =>
  names.split(' ').map(name => (owner as Record<string, unknown>)[name])

function everything(): unknown[] {
  return [
    ...own(Math, Object.getOwnPropertyNames(Math).join(' ')),
    ...own(globalThis, 'Date setTimeout setInterval setImmediate queueMicrotask fetch WeakRef FinalizationRegistry'),
    ...own(Date, 'now parse'),
    ...own(performance, 'now'),
    ...own(crypto, 'getRandomValues randomUUID'),
    ...own(Intl, 'Collator DateTimeFormat NumberFormat'),
    ...own(String.prototype, 'localeCompare toLocaleUpperCase toLocaleLowerCase'),
    ...own(Number.prototype, 'toLocaleString'),
  ]
}

test('the originals are back after a batch, also after rules that threw', () => {
  const before = everything()
  guarded(() => {})
  expect(everything()).toEqual(before)
  expect(() =>
    guarded(() => {
      throw new Error('boom')
    }),
  ).toThrow('boom')
  everything().forEach((f, i) => expect(f).toBe(before[i]))
})

test('no name is added to what it guards', () => {
  guarded(() => {})
  const names = [Math, globalThis, performance, crypto, String.prototype].map(o => Object.getOwnPropertyNames(o).sort())
  guarded(() => {})
  expect(
    [Math, globalThis, performance, crypto, String.prototype].map(o => Object.getOwnPropertyNames(o).sort()),
  ).toEqual(names)
  for (const absent of ['requestAnimationFrame', 'postMessage']) expect(absent in globalThis).toBe(false)
})

// Story: the guard once put back what it had seen at its first batch, and took away the timers that a test, or a
// polyfill, had put there since.
test('what others put in place between two batches stays theirs, and is stopped too', () => {
  guarded(() => {})
  const original = globalThis.setTimeout
  const mine = (() => 0) as unknown as typeof setTimeout
  globalThis.setTimeout = mine
  try {
    expect(() => guarded(() => void setTimeout(() => {}, 1))).toThrow('setTimeout differs')
    expect(globalThis.setTimeout).toBe(mine)
  } finally {
    globalThis.setTimeout = original
  }
})

test('that holds for each of them', () => {
  guarded(() => {})
  const places: [object, string][] = [
    ...MATHS.map((name): [object, string] => [Math, name]),
    ...'Date setTimeout setInterval setImmediate queueMicrotask fetch WeakRef FinalizationRegistry'
      .split(' ')
      .map((name): [object, string] => [globalThis, name]),
    ...['Collator', 'DateTimeFormat', 'NumberFormat'].map((name): [object, string] => [Intl, name]),
    ...['localeCompare', 'toLocaleUpperCase', 'toLocaleLowerCase'].map((name): [object, string] => [
      String.prototype,
      name,
    ]),
    [Number.prototype, 'toLocaleString'],
    [Performance.prototype, 'now'],
    [Crypto.prototype, 'getRandomValues'],
    [Crypto.prototype, 'randomUUID'],
    [Date, 'now'],
    [Date, 'parse'],
  ]
  for (const [owner, name] of places) {
    const functions = owner as Record<string, unknown>
    const original = functions[name]
    const mine = (): number => 0
    functions[name] = mine
    try {
      guard.enter()
      const inside = functions[name]
      guard.leave()
      expect([name, inside === mine, functions[name] === mine]).toEqual([name, false, true])
    } finally {
      functions[name] = original
    }
  }
})

test('a Date that was taken while loading is stopped where it reads a clock', () => {
  const taken = Date
  expect(() => guarded(() => taken.now())).toThrow('Date.now differs between machines')
})

test('rules may log', () => {
  expect(() => guarded(() => console.debug('a line of the rules'))).not.toThrow()
})

test('a batch inside of a batch is a mistake of ours; leaving twice is none', () => {
  guard.enter()
  expect(() => guard.enter()).toThrow('up already')
  guard.leave()
  guard.leave()
  expect(Math.sin(0)).toBe(0)
})

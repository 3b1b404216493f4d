// What rules must not use, by where it lies, and what to use in its place. The guard stops it while rules run, and linters find it in
// their text. The order is the guard's.

type Advice = Readonly<Record<string, string>>

const LIBRARY = "from '@lockstride/core/sim'"
const CHANCE = 'sim.random() or sim.randomInt(n)'
const TIME = 'sim.tick: time is a tick number'
const LATER = 'a component that counts ticks, and act in step()'
const OUTSIDE = 'events: rules see only the world and its inputs, so let the scene do it and emit what it learned'
// When memory is freed is the machine's own affair.
const FREED = 'columns, and sim.ref(e) for what may be gone'
const COMPARED = '< and >, or numbers'

export const MATH: Advice = {
  random: CHANCE,
  ...library('sin cos tan asin acos atan atan2 exp log pow hypot'),
  ...library('sinh cosh tanh asinh acosh atanh expm1 log1p log2 log10 cbrt', 'exp, log and pow'),
}
export const GLOBALS: Advice = {
  Date: TIME,
  setTimeout: LATER,
  setInterval: LATER,
  setImmediate: LATER,
  queueMicrotask: LATER,
  requestAnimationFrame: LATER,
  fetch: OUTSIDE,
  postMessage: 'sim.raise(kind, payload)',
  WeakRef: FREED,
  FinalizationRegistry: FREED,
}
export const PERFORMANCE: Advice = { now: TIME }
export const CRYPTO: Advice = { getRandomValues: CHANCE, randomUUID: CHANCE }
/** Methods of texts. */
export const TEXTS: Advice = {
  localeCompare: COMPARED,
  toLocaleUpperCase: 'toUpperCase()',
  toLocaleLowerCase: 'toLowerCase()',
}
/** Methods of numbers. */
export const NUMBERS: Advice = { toLocaleString: 'String(n)' }
export const DATE: Advice = { now: TIME, parse: TIME }
export const INTL: Advice = { Collator: COMPARED, DateTimeFormat: TIME, NumberFormat: 'String(n)' }

function library(names: string, take?: string): Advice {
  return Object.fromEntries(names.split(' ').map(name => [name, `${take ?? name} ${LIBRARY}`]))
}

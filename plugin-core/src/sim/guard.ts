// Stops what differs between machines while rules run. The originals are swapped out once around a batch of
// requests, and back after it, also after a throw: nothing of it is seen outside of the sim.

import { mistake } from './rules-error.ts'

const LIBRARY = "from '@lockstride/core/sim'"
const CHANCE = 'sim.random() or sim.randomInt(n)'
const TIME = 'sim.tick: time is a tick number'
const LATER = 'a component that counts ticks, and act in step()'
const OUTSIDE = 'events: rules see only the world and its inputs, so let the scene do it and emit what it learned'
const TEXTS = '< and >, or numbers'

interface Functions {
  [name: string]: unknown
  toLocaleString?: unknown
}

/** What is replaced, and what to use in its place. */
const MATHS: Record<string, string> = {
  random: CHANCE,
  ...library('sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'exp', 'log', 'pow', 'hypot'),
  ...Object.fromEntries(
    ['sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'expm1', 'log1p', 'log2', 'log10', 'cbrt'].map(name => [
      name,
      `exp, log and pow ${LIBRARY}`,
    ]),
  ),
}
const GLOBALS: Record<string, string> = {
  Date: TIME,
  setTimeout: LATER,
  setInterval: LATER,
  setImmediate: LATER,
  queueMicrotask: LATER,
  requestAnimationFrame: LATER,
  fetch: OUTSIDE,
  postMessage: 'sim.raise(kind, payload)',
}
// When memory is freed is the machine's own affair.
const MEMORY = 'columns, and sim.ref(e) for what may be gone'

function library(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map(name => [name, `${name} ${LIBRARY}`]))
}

class Guard {
  #inside = false
  /** Where each function lies: an assignment above it would stay behind as a second one. */
  readonly #owners: Functions[] = []
  readonly #originals: Functions[] = []
  readonly #traps: Functions[] = []
  /** Where `leave` puts what it replaces: the traps, or what the rules put in their place. */
  readonly #spare: Functions[] = []

  /** Rules run from now on. */
  enter(): void {
    if (this.#inside) throw new Error('the guard is up already')
    if (this.#owners.length === 0) this.#prepare()
    this.#inside = true
    exchange(this.#owners, this.#traps, this.#originals)
  }

  /** Rules are done: everything is back as `enter` found it. */
  leave(): void {
    if (!this.#inside) return
    this.#inside = false
    exchange(this.#owners, this.#originals, this.#spare)
  }

  #prepare(): void {
    this.#add(Math, MATHS, 'Math.')
    for (const name of Object.keys(GLOBALS)) this.#add(globalThis, { [name]: GLOBALS[name] }, '')
    this.#add(globalThis.performance, { now: TIME }, 'performance.')
    this.#add(globalThis.crypto, { getRandomValues: CHANCE, randomUUID: CHANCE }, 'crypto.')
    this.#add(
      String.prototype,
      { localeCompare: TEXTS, toLocaleUpperCase: 'toUpperCase()', toLocaleLowerCase: 'toLowerCase()' },
      '',
    )
    this.#add(Number.prototype, { toLocaleString: 'String(n)' }, '')
    // Of the real Date: rules may have taken it when they were loaded.
    this.#add(Date, { now: TIME, parse: TIME }, 'Date.')
    this.#add(globalThis, { WeakRef: MEMORY }, '')
    this.#add(globalThis, { FinalizationRegistry: MEMORY }, '')
    this.#add(Intl, { Collator: TEXTS, DateTimeFormat: TIME, NumberFormat: 'String(n)' }, 'Intl.')
  }

  #add(holder: object | undefined, advice: Record<string, string>, prefix: string): void {
    const names = Object.keys(advice)
    const owner = ownerOf(holder, names[0])
    const originals: Functions = {}
    const traps: Functions = {}
    for (const name of names) {
      const original = owner[name]
      originals[name] = original
      traps[name] = typeof original === 'function' ? trapOf(`${prefix}${name}`, advice[name], original) : original
    }
    this.#owners.push(owner)
    this.#originals.push(originals)
    this.#traps.push(traps)
    this.#spare.push({ ...traps })
  }
}

/** One for all: what it guards is the realm's. */
export const guard = new Guard()

// Written out, name by name: an engine keeps a cache for each place in the code, and a loop over names would go the
// slow way, allocating, twice in every batch. The order is that of `#prepare`. What stood there goes to `keep`:
// between two batches others may have put functions of their own there, which are theirs to keep.
function exchange(owners: Functions[], by: Functions[], keep: Functions[]): void {
  const m = owners[0]
  const f = by[0]
  const k = keep[0]
  k.random = m.random
  m.random = f.random
  k.sin = m.sin
  m.sin = f.sin
  k.cos = m.cos
  m.cos = f.cos
  k.tan = m.tan
  m.tan = f.tan
  k.asin = m.asin
  m.asin = f.asin
  k.acos = m.acos
  m.acos = f.acos
  k.atan = m.atan
  m.atan = f.atan
  k.atan2 = m.atan2
  m.atan2 = f.atan2
  k.exp = m.exp
  m.exp = f.exp
  k.log = m.log
  m.log = f.log
  k.pow = m.pow
  m.pow = f.pow
  k.hypot = m.hypot
  m.hypot = f.hypot
  k.sinh = m.sinh
  m.sinh = f.sinh
  k.cosh = m.cosh
  m.cosh = f.cosh
  k.tanh = m.tanh
  m.tanh = f.tanh
  k.asinh = m.asinh
  m.asinh = f.asinh
  k.acosh = m.acosh
  m.acosh = f.acosh
  k.atanh = m.atanh
  m.atanh = f.atanh
  k.expm1 = m.expm1
  m.expm1 = f.expm1
  k.log1p = m.log1p
  m.log1p = f.log1p
  k.log2 = m.log2
  m.log2 = f.log2
  k.log10 = m.log10
  m.log10 = f.log10
  k.cbrt = m.cbrt
  m.cbrt = f.cbrt
  keep[1].Date = owners[1].Date
  owners[1].Date = by[1].Date
  keep[2].setTimeout = owners[2].setTimeout
  owners[2].setTimeout = by[2].setTimeout
  keep[3].setInterval = owners[3].setInterval
  owners[3].setInterval = by[3].setInterval
  keep[4].setImmediate = owners[4].setImmediate
  owners[4].setImmediate = by[4].setImmediate
  keep[5].queueMicrotask = owners[5].queueMicrotask
  owners[5].queueMicrotask = by[5].queueMicrotask
  keep[6].requestAnimationFrame = owners[6].requestAnimationFrame
  owners[6].requestAnimationFrame = by[6].requestAnimationFrame
  keep[7].fetch = owners[7].fetch
  owners[7].fetch = by[7].fetch
  keep[8].postMessage = owners[8].postMessage
  owners[8].postMessage = by[8].postMessage
  keep[9].now = owners[9].now
  owners[9].now = by[9].now
  keep[10].getRandomValues = owners[10].getRandomValues
  owners[10].getRandomValues = by[10].getRandomValues
  keep[10].randomUUID = owners[10].randomUUID
  owners[10].randomUUID = by[10].randomUUID
  keep[11].localeCompare = owners[11].localeCompare
  owners[11].localeCompare = by[11].localeCompare
  keep[11].toLocaleUpperCase = owners[11].toLocaleUpperCase
  owners[11].toLocaleUpperCase = by[11].toLocaleUpperCase
  keep[11].toLocaleLowerCase = owners[11].toLocaleLowerCase
  owners[11].toLocaleLowerCase = by[11].toLocaleLowerCase
  keep[12].toLocaleString = owners[12].toLocaleString
  owners[12].toLocaleString = by[12].toLocaleString
  keep[13].now = owners[13].now
  owners[13].now = by[13].now
  keep[13].parse = owners[13].parse
  owners[13].parse = by[13].parse
  keep[14].WeakRef = owners[14].WeakRef
  owners[14].WeakRef = by[14].WeakRef
  keep[15].FinalizationRegistry = owners[15].FinalizationRegistry
  owners[15].FinalizationRegistry = by[15].FinalizationRegistry
  keep[16].Collator = owners[16].Collator
  owners[16].Collator = by[16].Collator
  keep[16].DateTimeFormat = owners[16].DateTimeFormat
  owners[16].DateTimeFormat = by[16].DateTimeFormat
  keep[16].NumberFormat = owners[16].NumberFormat
  owners[16].NumberFormat = by[16].NumberFormat
}

// Not every realm has everything (a worker has no requestAnimationFrame): then a stand-in is written to.
function ownerOf(holder: object | undefined, name: string): Functions {
  let owner: object | null = holder ?? null
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner) as object | null
  if (owner === null) return {}
  const descriptor = Object.getOwnPropertyDescriptor(owner, name)!
  if (descriptor.writable === true) return owner as Functions
  // Node makes some globals by accessors: what they give is put in their place, once.
  if (descriptor.configurable !== true || descriptor.get === undefined) return {}
  Object.defineProperty(owner, name, {
    value: (holder as Functions)[name],
    writable: true,
    configurable: true,
    enumerable: descriptor.enumerable === true,
  })
  return owner as Functions
}

function trapOf(name: string, instead: string, original: object): unknown {
  const trap = function (): never {
    throw mistake(`${name} differs between machines, so rules must not use it: use ${instead}`, trap)
  }
  // Date.now() must fail for the same reason, not for want of a function.
  for (const member of Object.getOwnPropertyNames(original))
    if (!Object.hasOwn(trap, member) && typeof (original as Functions)[member] === 'function')
      Object.defineProperty(trap, member, { value: trap })
  return trap
}

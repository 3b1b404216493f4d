// Stops what differs between machines while rules run. The originals are swapped out once around a batch of
// requests, and back after it, also after a throw: nothing of it is seen outside of the sim.

import { CRYPTO, DATE, GLOBALS, INTL, MATH, NUMBERS, PERFORMANCE, TEXTS } from './forbidden.ts'
import { mistake } from './rules-error.ts'

interface Functions {
  [name: string]: unknown
  toLocaleString?: unknown
}

class Guard {
  #inside = false
  /** Where each function lies: an assignment above it would stay behind as a second one. */
  readonly #owners: Functions[] = []
  readonly #originals: Functions[] = []
  readonly #traps: Functions[] = []

  /** Rules run from now on. */
  enter(): void {
    if (this.#inside) throw new Error('the guard is up already')
    if (this.#owners.length === 0) this.#prepare()
    this.#inside = true
    setTraps(this.#owners, this.#originals, this.#traps)
  }

  /** Rules are done: everything is back as `enter` found it. */
  leave(): void {
    if (!this.#inside) return
    this.#inside = false
    putBack(this.#owners, this.#originals)
  }

  #prepare(): void {
    this.#add(Math, MATH, 'Math.')
    for (const name of Object.keys(GLOBALS)) this.#add(globalThis, { [name]: GLOBALS[name] }, '')
    this.#add(globalThis.performance, PERFORMANCE, 'performance.')
    this.#add(globalThis.crypto, CRYPTO, 'crypto.')
    this.#add(String.prototype, TEXTS, '')
    this.#add(Number.prototype, NUMBERS, '')
    // Of the real Date: rules may have taken it when they were loaded.
    this.#add(Date, DATE, 'Date.')
    this.#add(Intl, INTL, 'Intl.')
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
  }
}

/** One for all: what it guards is the realm's. */
export const guard = new Guard()

// Written out, name by name: an engine keeps a cache for each place in the code, and a loop over names would go the
// slow way, allocating, twice in every batch. The order is that of `#prepare`. Between two batches others may have put
// functions of their own there, which are theirs to keep; that is rare, so it is looked for, and not written each time:
// writing all of them twice cost 1.5 % of an 8-tick rollback.
function setTraps(owners: Functions[], originals: Functions[], traps: Functions[]): void {
  const m = owners[0]
  const o = originals[0]
  const t = traps[0]
  if (m.random !== o.random) o.random = m.random
  m.random = t.random
  if (m.sin !== o.sin) o.sin = m.sin
  m.sin = t.sin
  if (m.cos !== o.cos) o.cos = m.cos
  m.cos = t.cos
  if (m.tan !== o.tan) o.tan = m.tan
  m.tan = t.tan
  if (m.asin !== o.asin) o.asin = m.asin
  m.asin = t.asin
  if (m.acos !== o.acos) o.acos = m.acos
  m.acos = t.acos
  if (m.atan !== o.atan) o.atan = m.atan
  m.atan = t.atan
  if (m.atan2 !== o.atan2) o.atan2 = m.atan2
  m.atan2 = t.atan2
  if (m.exp !== o.exp) o.exp = m.exp
  m.exp = t.exp
  if (m.log !== o.log) o.log = m.log
  m.log = t.log
  if (m.pow !== o.pow) o.pow = m.pow
  m.pow = t.pow
  if (m.hypot !== o.hypot) o.hypot = m.hypot
  m.hypot = t.hypot
  if (m.sinh !== o.sinh) o.sinh = m.sinh
  m.sinh = t.sinh
  if (m.cosh !== o.cosh) o.cosh = m.cosh
  m.cosh = t.cosh
  if (m.tanh !== o.tanh) o.tanh = m.tanh
  m.tanh = t.tanh
  if (m.asinh !== o.asinh) o.asinh = m.asinh
  m.asinh = t.asinh
  if (m.acosh !== o.acosh) o.acosh = m.acosh
  m.acosh = t.acosh
  if (m.atanh !== o.atanh) o.atanh = m.atanh
  m.atanh = t.atanh
  if (m.expm1 !== o.expm1) o.expm1 = m.expm1
  m.expm1 = t.expm1
  if (m.log1p !== o.log1p) o.log1p = m.log1p
  m.log1p = t.log1p
  if (m.log2 !== o.log2) o.log2 = m.log2
  m.log2 = t.log2
  if (m.log10 !== o.log10) o.log10 = m.log10
  m.log10 = t.log10
  if (m.cbrt !== o.cbrt) o.cbrt = m.cbrt
  m.cbrt = t.cbrt
  if (owners[1].Date !== originals[1].Date) originals[1].Date = owners[1].Date
  owners[1].Date = traps[1].Date
  if (owners[2].setTimeout !== originals[2].setTimeout) originals[2].setTimeout = owners[2].setTimeout
  owners[2].setTimeout = traps[2].setTimeout
  if (owners[3].setInterval !== originals[3].setInterval) originals[3].setInterval = owners[3].setInterval
  owners[3].setInterval = traps[3].setInterval
  if (owners[4].setImmediate !== originals[4].setImmediate) originals[4].setImmediate = owners[4].setImmediate
  owners[4].setImmediate = traps[4].setImmediate
  if (owners[5].queueMicrotask !== originals[5].queueMicrotask) originals[5].queueMicrotask = owners[5].queueMicrotask
  owners[5].queueMicrotask = traps[5].queueMicrotask
  if (owners[6].requestAnimationFrame !== originals[6].requestAnimationFrame)
    originals[6].requestAnimationFrame = owners[6].requestAnimationFrame
  owners[6].requestAnimationFrame = traps[6].requestAnimationFrame
  if (owners[7].fetch !== originals[7].fetch) originals[7].fetch = owners[7].fetch
  owners[7].fetch = traps[7].fetch
  if (owners[8].postMessage !== originals[8].postMessage) originals[8].postMessage = owners[8].postMessage
  owners[8].postMessage = traps[8].postMessage
  if (owners[9].WeakRef !== originals[9].WeakRef) originals[9].WeakRef = owners[9].WeakRef
  owners[9].WeakRef = traps[9].WeakRef
  if (owners[10].FinalizationRegistry !== originals[10].FinalizationRegistry)
    originals[10].FinalizationRegistry = owners[10].FinalizationRegistry
  owners[10].FinalizationRegistry = traps[10].FinalizationRegistry
  if (owners[11].now !== originals[11].now) originals[11].now = owners[11].now
  owners[11].now = traps[11].now
  if (owners[12].getRandomValues !== originals[12].getRandomValues)
    originals[12].getRandomValues = owners[12].getRandomValues
  owners[12].getRandomValues = traps[12].getRandomValues
  if (owners[12].randomUUID !== originals[12].randomUUID) originals[12].randomUUID = owners[12].randomUUID
  owners[12].randomUUID = traps[12].randomUUID
  if (owners[13].localeCompare !== originals[13].localeCompare) originals[13].localeCompare = owners[13].localeCompare
  owners[13].localeCompare = traps[13].localeCompare
  if (owners[13].toLocaleUpperCase !== originals[13].toLocaleUpperCase)
    originals[13].toLocaleUpperCase = owners[13].toLocaleUpperCase
  owners[13].toLocaleUpperCase = traps[13].toLocaleUpperCase
  if (owners[13].toLocaleLowerCase !== originals[13].toLocaleLowerCase)
    originals[13].toLocaleLowerCase = owners[13].toLocaleLowerCase
  owners[13].toLocaleLowerCase = traps[13].toLocaleLowerCase
  if (owners[14].toLocaleString !== originals[14].toLocaleString)
    originals[14].toLocaleString = owners[14].toLocaleString
  owners[14].toLocaleString = traps[14].toLocaleString
  if (owners[15].now !== originals[15].now) originals[15].now = owners[15].now
  owners[15].now = traps[15].now
  if (owners[15].parse !== originals[15].parse) originals[15].parse = owners[15].parse
  owners[15].parse = traps[15].parse
  if (owners[16].Collator !== originals[16].Collator) originals[16].Collator = owners[16].Collator
  owners[16].Collator = traps[16].Collator
  if (owners[16].DateTimeFormat !== originals[16].DateTimeFormat)
    originals[16].DateTimeFormat = owners[16].DateTimeFormat
  owners[16].DateTimeFormat = traps[16].DateTimeFormat
  if (owners[16].NumberFormat !== originals[16].NumberFormat) originals[16].NumberFormat = owners[16].NumberFormat
  owners[16].NumberFormat = traps[16].NumberFormat
}

// What the rules themselves put in a trap's place is gone with it.
function putBack(owners: Functions[], originals: Functions[]): void {
  const m = owners[0]
  const o = originals[0]
  m.random = o.random
  m.sin = o.sin
  m.cos = o.cos
  m.tan = o.tan
  m.asin = o.asin
  m.acos = o.acos
  m.atan = o.atan
  m.atan2 = o.atan2
  m.exp = o.exp
  m.log = o.log
  m.pow = o.pow
  m.hypot = o.hypot
  m.sinh = o.sinh
  m.cosh = o.cosh
  m.tanh = o.tanh
  m.asinh = o.asinh
  m.acosh = o.acosh
  m.atanh = o.atanh
  m.expm1 = o.expm1
  m.log1p = o.log1p
  m.log2 = o.log2
  m.log10 = o.log10
  m.cbrt = o.cbrt
  owners[1].Date = originals[1].Date
  owners[2].setTimeout = originals[2].setTimeout
  owners[3].setInterval = originals[3].setInterval
  owners[4].setImmediate = originals[4].setImmediate
  owners[5].queueMicrotask = originals[5].queueMicrotask
  owners[6].requestAnimationFrame = originals[6].requestAnimationFrame
  owners[7].fetch = originals[7].fetch
  owners[8].postMessage = originals[8].postMessage
  owners[9].WeakRef = originals[9].WeakRef
  owners[10].FinalizationRegistry = originals[10].FinalizationRegistry
  owners[11].now = originals[11].now
  owners[12].getRandomValues = originals[12].getRandomValues
  owners[12].randomUUID = originals[12].randomUUID
  owners[13].localeCompare = originals[13].localeCompare
  owners[13].toLocaleUpperCase = originals[13].toLocaleUpperCase
  owners[13].toLocaleLowerCase = originals[13].toLocaleLowerCase
  owners[14].toLocaleString = originals[14].toLocaleString
  owners[15].now = originals[15].now
  owners[15].parse = originals[15].parse
  owners[16].Collator = originals[16].Collator
  owners[16].DateTimeFormat = originals[16].DateTimeFormat
  owners[16].NumberFormat = originals[16].NumberFormat
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

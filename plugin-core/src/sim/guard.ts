// Stops what differs between machines while rules run. The originals are swapped out once around a batch of
// requests, and back after it, also after a throw: nothing of it is seen outside of the sim.

import { mistake } from './rules-error.ts'

interface Trap {
  readonly owner: Record<string, unknown>
  readonly key: string
  readonly original: unknown
  readonly trap: unknown
}

const LIBRARY = "from '@lockstride/core/sim'"

/** What is replaced: where it hangs, and what to use in its place. */
function forbidden(): [path: string, instead: string][] {
  const maths = ['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'exp', 'log', 'pow', 'hypot']
  const others = ['sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'expm1', 'log1p', 'log2', 'log10', 'cbrt']
  const time = 'count ticks (sim.tick): time is a tick number'
  const later = 'count ticks in a component and act in step()'
  const outside = 'rules see only the world and its inputs; let the scene do it, and emit what it learned'
  const chance = 'sim.random() or sim.randomInt(n)'
  const texts = 'compare with < and >, or sort by numbers'
  return [
    ['Math.random', chance],
    ...maths.map((name): [string, string] => [`Math.${name}`, `${name} ${LIBRARY}`]),
    ...others.map((name): [string, string] => [`Math.${name}`, `exp, log and pow ${LIBRARY}`]),
    ['Date', time],
    ['performance.now', time],
    ['setTimeout', later],
    ['setInterval', later],
    ['setImmediate', later],
    ['queueMicrotask', later],
    ['requestAnimationFrame', later],
    ['fetch', outside],
    ['postMessage', 'sim.raise(kind, payload)'],
    ['crypto.getRandomValues', chance],
    ['crypto.randomUUID', chance],
    ['String.prototype.localeCompare', texts],
    ['String.prototype.toLocaleUpperCase', 'toUpperCase()'],
    ['String.prototype.toLocaleLowerCase', 'toLowerCase()'],
    ['Number.prototype.toLocaleString', 'String(n)'],
  ]
}

class Guard {
  #traps: Trap[] | null = null
  #inside = false

  /** Rules run from now on. */
  enter(): void {
    if (this.#inside) throw new Error('the guard is up already')
    this.#inside = true
    const traps = (this.#traps ??= forbidden().flatMap(([path, instead]) => trapOf(path, instead)))
    for (let i = 0; i < traps.length; i++) traps[i].owner[traps[i].key] = traps[i].trap
  }

  /** Rules are done. */
  leave(): void {
    this.#inside = false
    const traps = this.#traps!
    for (let i = 0; i < traps.length; i++) traps[i].owner[traps[i].key] = traps[i].original
  }
}

/** One for all: what it guards is the realm's. */
export const guard = new Guard()

function trapOf(path: string, instead: string): Trap[] {
  const steps = path.split('.')
  const key = steps.pop()!
  let holder: unknown = globalThis
  for (const step of steps) holder = (holder as Record<string, unknown> | undefined)?.[step]
  // Where the property itself lies: an assignment above it would stay behind as a second one.
  let owner = holder as object | null | undefined
  while (owner !== null && owner !== undefined && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner) as object | null
  if (owner === null || owner === undefined) return []
  const original = (owner as Record<string, unknown>)[key]
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)!
  if (descriptor.writable !== true || typeof original !== 'function') return []
  const name = path.replace('String.prototype.', '').replace('Number.prototype.', '')
  const trap = function (): never {
    throw mistake(`${name} differs between machines, so rules must not use it: use ${instead}`, trap)
  }
  // Date.now() and Number.isInteger must not fail for another reason than this one.
  for (const member of Object.getOwnPropertyNames(original))
    if (!Object.hasOwn(trap, member) && typeof (original as unknown as Record<string, unknown>)[member] === 'function')
      Object.defineProperty(trap, member, { value: trap })
  return [{ owner: owner as Record<string, unknown>, key, original, trap }]
}

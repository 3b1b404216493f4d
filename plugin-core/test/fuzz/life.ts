// Inputs in their order, kept so that whatever they did can be done again: to a decoder, which forgets each of them, or to a
// state machine from one beginning to its end.

import { Arena, type Target } from './target.ts'

/** No input may take longer: five ticks of a match would be late. */
export const SLOW_MS = 50
/** One slow turn may be the machine's fault; the same input every time is ours. */
const SLOW_TRIES = 3

/** One for all: each keeps a view for every length. */
const ARENAS = [new Arena(0xa5), new Arena(0x00)] as const
const BUFFER_BYTES = 1 << 18

export interface Finding {
  readonly target: string
  /** Of the state machine's beginning. */
  readonly seed: number
  readonly inputs: readonly Uint8Array[]
  readonly problem: string
}

export class Life {
  readonly target: Target
  seed = 0
  count = 0
  readonly #bytes = new Uint8Array(BUFFER_BYTES)
  readonly #ends: number[] = []

  constructor(target: Target) {
    this.target = target
  }

  get isFull(): boolean {
    return this.count > 0 && this.#ends[this.count - 1] > BUFFER_BYTES - 4096
  }

  get ended(): boolean {
    return this.target.machine?.ended === true
  }

  begin(seed: number): void {
    this.seed = seed
    this.count = 0
    this.target.machine?.restart(seed)
  }

  /** Feeds one more; the target's error, if it throws, is the caller's. */
  feed(bytes: Uint8Array, size: number): void {
    const start = this.count === 0 ? 0 : this.#ends[this.count - 1]
    for (let i = 0; i < size; i++) this.#bytes[start + i] = bytes[i]
    this.#ends[this.count++] = start + size
    this.target.feed(ARENAS[0].put(bytes, size))
  }

  input(index: number): Uint8Array {
    return this.#bytes.slice(index === 0 ? 0 : this.#ends[index - 1], this.#ends[index])
  }

  inputs(): Uint8Array[] {
    return Array.from({ length: this.count }, (_, i) => this.input(i))
  }

  /** What is wrong with these inputs, done again from the beginning; null when nothing is. */
  check(seed: number, inputs: readonly Uint8Array[]): string | null {
    const outcomes = ARENAS.map(arena => this.#outcomes(seed, inputs, arena))
    for (const { thrown } of outcomes) if (thrown !== null) return thrown
    for (let i = 0; i <= inputs.length; i++)
      if (outcomes[0].values[i] !== outcomes[1].values[i])
        return `reads what is not its own: other bytes around input ${i + 1}, another outcome`
    let slowest = outcomes[0]
    for (let tries = 1; slowest.slowestMs > SLOW_MS; tries++) {
      if (tries === SLOW_TRIES) return `takes ${slowest.slowestMs.toFixed(0)} ms`
      slowest = this.#outcomes(seed, inputs, ARENAS[0])
    }
    return null
  }

  #outcomes(seed: number, inputs: readonly Uint8Array[], arena: Arena): Outcome {
    const { target } = this
    const values: string[] = []
    let slowestMs = 0
    try {
      target.machine?.restart(seed)
      for (const bytes of inputs) {
        const start = cpuMs()
        const value = target.feed(arena.put(bytes))
        slowestMs = Math.max(slowestMs, cpuMs() - start)
        values.push(JSON.stringify(value))
        if (target.machine?.ended === true) break
      }
    } catch (error) {
      return { values, slowestMs, thrown: sentenceOf(error) }
    }
    values[inputs.length] = String(target.machine?.digest)
    return { values, slowestMs, thrown: null }
  }
}

interface Outcome {
  readonly values: string[]
  readonly slowestMs: number
  readonly thrown: string | null
}

/** What this thread has worked. The time on the wall is also other processes': on a busy machine each input takes long. */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** The error and where it came from, in one line. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return `throws ${String(error)}`
  const at = /plugin-core\/(src\/\S+?:\d+)/.exec(error.stack ?? '')?.[1] ?? ''
  return `throws ${error.name}: ${error.message}${at === '' ? '' : ` (${at})`}`
}

/** As few of the inputs as are needed for the same problem. */
export function shortened(life: Life, seed: number, inputs: readonly Uint8Array[]): Finding {
  let kept = [...inputs]
  let problem = life.check(seed, kept) ?? 'only once, and not again from the beginning'
  const same = (fewer: readonly Uint8Array[]): boolean => {
    const found = life.check(seed, fewer)
    if (found === null || kindOf(found) !== kindOf(problem)) return false
    kept = [...fewer]
    problem = found
    return true
  }
  for (let last = 1; last < kept.length; last *= 2) if (same(kept.slice(-last))) break
  for (let size = kept.length >> 1; size >= 1; size >>= 1)
    for (let at = 0; at < kept.length && kept.length > 1;) if (!same(kept.toSpliced(at, size))) at += size
  return { target: life.target.name, seed, inputs: kept, problem }
}

/** Two findings of one kind are one bug: numbers in its sentence may differ, the line that throws may not. */
export function kindOf(problem: string): string {
  const [sentence, at = ''] = problem.split(' (src/', 2)
  return `${sentence.replace(/\d+/g, '#')} ${at}`
}

// Which blocks of the product have run, by V8's own precise coverage. Functions that count their blocks run some fifty times
// slower for ever, so this is for an isolate of its own: a worker, or a process that ends.

import { Session } from 'node:inspector'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readBlocks, type SourceFile, type SourceFunction } from './source-blocks.ts'

interface Range {
  startOffset: number
  endOffset: number
  count: number
}

interface ScriptCoverage {
  url: string
  functions: { ranges: Range[] }[]
}

/** A function of the sources, and which of its blocks have run. */
interface Watched {
  readonly source: SourceFunction
  readonly reached: Uint8Array
  left: number
}

export class Coverage {
  readonly files: readonly SourceFile[]
  readonly total: number
  #reachedCount = 0
  /** What the last `take` found. */
  readonly #fresh: { watched: Watched; block: number }[] = []
  readonly #session = new Session()
  /** By address, then by where a function ends. */
  readonly #byUrl = new Map<string, Map<number, Watched[]>>()

  /** Counts from now on: what runs, and what is not compiled yet. */
  constructor(root: string, folders: readonly string[]) {
    this.files = readBlocks(root, folders)
    let total = 0
    for (const file of this.files) {
      const byEnd = new Map<number, Watched[]>()
      for (const source of file.functions) {
        const left = source.blocks.length
        total += left
        const watched = { source, reached: new Uint8Array(left), left }
        byEnd.set(source.end, [...(byEnd.get(source.end) ?? []), watched])
      }
      this.#byUrl.set(pathToFileURL(join(root, file.path)).href, byEnd)
    }
    this.total = total
    this.#session.connect()
    this.#post('Profiler.enable')
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  get reached(): number {
    return this.#reachedCount
  }

  /** Blocks that ran since the last time for the first time. */
  take(): number {
    this.#fresh.length = 0
    for (const { url, functions } of this.#counted()) {
      const byEnd = this.#byUrl.get(url)
      if (byEnd !== undefined) for (const { ranges } of functions) this.#mark(byEnd, ranges)
    }
    this.#reachedCount += this.#fresh.length
    return this.#fresh.length
  }

  /** Of `count` inputs the few that reach all of what the last `take` found; `feed` feeds one of them, in their order. */
  culprits(count: number, feed: (index: number) => void): number[] {
    const wanted = [...this.#fresh]
    const found: number[] = []
    for (let index = 0; index < count && wanted.length > 0; index++) {
      feed(index)
      const before = wanted.length
      for (const { url, functions } of this.#counted()) {
        const byEnd = this.#byUrl.get(url)
        if (byEnd === undefined) continue
        for (const { ranges } of functions) {
          const watched = watchedOf(byEnd, ranges[0])
          for (let i = wanted.length - 1; i >= 0; i--)
            if (wanted[i].watched === watched && hasRun(ranges, watched.source.blocks[wanted[i].block]))
              wanted.splice(i, 1)
        }
      }
      if (wanted.length < before) found.push(index)
    }
    return found
  }

  /** `wire/packet.ts:120`, for each block that never ran. */
  unreached(): string[] {
    return this.files.flatMap(file => {
      const byEnd = [...this.#byUrl.entries()].find(([url]) => url.endsWith(`/${file.path}`))![1]
      const starts = [...byEnd.values()].flat().flatMap(w => w.source.blocks.filter((_, i) => w.reached[i] === 0))
      return starts.sort((a, b) => a - b).map(start => `${file.path}:${file.lineOf(start)}`)
    })
  }

  close(): void {
    this.#session.disconnect()
  }

  #mark(byEnd: Map<number, Watched[]>, ranges: readonly Range[]): void {
    if (ranges[0].count === 0) return
    const watched = watchedOf(byEnd, ranges[0])
    if (watched === null || watched.left === 0) return
    const { blocks } = watched.source
    for (let block = 0; block < blocks.length; block++) {
      if (watched.reached[block] === 1 || !hasRun(ranges, blocks[block])) continue
      watched.reached[block] = 1
      watched.left--
      this.#fresh.push({ watched, block })
    }
  }

  #counted(): ScriptCoverage[] {
    return (this.#post('Profiler.takePreciseCoverage') as { result: ScriptCoverage[] }).result
  }

  #post(method: string, params?: object): unknown {
    let answer: unknown
    // The inspector of one's own thread answers at once.
    this.#session.post(method, params, (error, value) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`)
      answer = value
    })
    return answer
  }
}

// V8 and the parser disagree where a method begins, and agree where it ends: `a => b => c` ends twice at one place.
function watchedOf(byEnd: Map<number, Watched[]>, whole: Range): Watched | null {
  let nearest: Watched | null = null
  for (const each of byEnd.get(whole.endOffset) ?? [])
    if (nearest === null || distance(each, whole) < distance(nearest, whole)) nearest = each
  return nearest
}

function distance(watched: Watched, range: Range): number {
  return Math.abs(watched.source.start - range.startOffset)
}

// Ranges of a function nest: the first is the whole of it, and the innermost one around a place is its count.
function hasRun(ranges: readonly Range[], start: number): boolean {
  let [innermost] = ranges
  for (const range of ranges)
    if (range.startOffset <= start && start < range.endOffset && sizeOf(range) <= sizeOf(innermost)) innermost = range
  return innermost.count > 0
}

function sizeOf(range: Range): number {
  return range.endOffset - range.startOffset
}

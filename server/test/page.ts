// A page in Node: the public `connect`, a real thread for its worker, real sockets to a relay.

import { once } from 'node:events'
import { Worker as Thread } from 'node:worker_threads'
import { connect } from '../../plugin-core/src/worker/connect.ts'
import type { ConnectOptions, Match } from '../../plugin-core/src/worker/match.ts'
import type { RightsSpec } from '../../plugin-core/src/sim/event-rights.ts'
import type { yard } from '../../plugin-core/test/matches/capabilities-match.ts'

/** A thread as a browser's worker: `connect` posts to it, and listens for what it says and for its errors. */
class WorkerOfThread {
  readonly #thread: Thread
  readonly #listeners = new Map<unknown, (data: unknown) => void>()

  constructor(thread: Thread) {
    this.#thread = thread
  }

  postMessage(message: unknown, transfer: readonly Transferable[] = []): void {
    this.#thread.postMessage(message, transfer as never)
  }

  addEventListener(type: string, listener: (event: object) => void): void {
    const heard = (data: unknown): void =>
      listener(type === 'error' ? { type, message: String(data), filename: '', lineno: 0 } : { type, data })
    this.#listeners.set(listener, heard)
    this.#thread.on(type, heard)
  }

  removeEventListener(type: string, listener: unknown): void {
    const heard = this.#listeners.get(listener)
    if (heard !== undefined) this.#thread.off(type, heard)
    this.#listeners.delete(listener)
  }
}

/** Asks a worker's thread what it has in memory. */
export const COUNT = 'count'

export type PageOptions = Partial<Omit<ConnectOptions, 'worker' | 'overlay'>>

export interface Page {
  readonly match: Match<typeof yard>
  /** Faults as the page hears of them: code, slot, kind and reason. */
  readonly faults: readonly string[]
  /** A column of everyone, by slot, as this page shows it. */
  column(field: 'said' | 'hushed'): number[]
}

/** Pages of one origin that share a worker, each with a match of its own. */
export class Pages {
  readonly #thread: Thread
  readonly #worker: Worker
  /** On a busy machine Node takes longer to read a worker's files than `connect` waits. */
  readonly #serves: Promise<unknown>

  /** `rights`: what the yard says of them otherwise. */
  constructor(rights: RightsSpec = {}) {
    this.#thread = new Thread(new URL('./page.worker.ts', import.meta.url), { workerData: rights })
    this.#serves = once(this.#thread, 'message')
    this.#worker = new WorkerOfThread(this.#thread) as unknown as Worker
  }

  /** Rejects as `connect` does. */
  async open(options: PageOptions): Promise<Page> {
    await this.#serves
    const match = await connect<typeof yard>({ ...options, worker: this.#worker, overlay: false })
    const faults: string[] = []
    match.on('fault', ({ code, slot, kind, reason }) => faults.push(`${code} ${slot} ${kind}: ${reason}`))
    return {
      match,
      faults,
      column(field) {
        const { view } = match
        const values: number[] = []
        for (const e of view.query('Player')) values[view.Player.slot[e]] = view.Player[field][e]
        return values
      },
    }
  }

  /** What is in the worker's memory that somebody still needs, by kind. */
  async count(): Promise<Readonly<Record<'loops' | 'states' | 'branches' | 'whatIfs', number>>> {
    const counted = new Promise<object>(done => {
      const hear = (data: object): void => {
        if (!('loops' in data)) return
        this.#thread.off('message', hear)
        done(data)
      }
      this.#thread.on('message', hear)
    })
    this.#thread.postMessage(COUNT)
    return (await counted) as never
  }

  async close(): Promise<void> {
    await this.#thread.terminate()
  }
}

// A match as scenes see it, over a hand-written world.

import type { WorldLayout } from '../../src/sim/schema.ts'
import type { RaisedNews } from '../../src/event/raised-log.ts'
import type { Match } from '../../src/worker/match.ts'
import { RaisedHandlers, type HandleOptions, type RaisedEvent } from '../../src/worker/raised-handlers.ts'
import { WrittenWorld, type WrittenGame } from './written-world.ts'

export class FakeMatch {
  readonly world: WrittenWorld
  readonly inputs: object[] = []
  readonly emitted: unknown[] = []
  handlerCount = 0
  readonly #raised = new RaisedHandlers()
  #lastId = 0

  constructor(layout?: WorldLayout) {
    this.world = new WrittenWorld(layout)
  }

  get view() {
    return this.world.view
  }

  setInput(values: object): void {
    this.inputs.push({ ...values })
  }

  emit(kind: string, payload: unknown): void {
    this.emitted.push([kind, payload])
  }

  handle(kind: string, run: (event: RaisedEvent) => unknown, options?: HandleOptions): () => void {
    const stop = this.#raised.add(kind, run, options)
    this.handlerCount++
    return () => {
      this.handlerCount--
      stop()
    }
  }

  /** Tells of an event; answers with its id, by which it is settled. */
  raise(kind: string, payload: unknown): number {
    this.#tell('shown', ++this.#lastId, kind, payload)
    return this.#lastId
  }

  settle(change: 'confirmed' | 'cancelled', id: number, kind: string, payload: unknown = null): void {
    this.#tell(change, id, kind, payload)
  }

  #tell(change: RaisedNews['change'], id: number, kind: string, payload: unknown): void {
    this.#raised.take([{ change, id, kind, tick: 1, payload, again: 0 }])
  }

  get asMatch(): Match<WrittenGame> {
    return this as unknown as Match<WrittenGame>
  }
}

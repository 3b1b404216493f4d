// A match as scenes see it, over a hand-written world.

import type { WorldLayout } from '../../src/sim/schema.ts'
import type { Match, RaisedEvent } from '../../src/worker/match.ts'
import { WrittenWorld, type WrittenGame } from './written-world.ts'

export class FakeMatch {
  readonly world: WrittenWorld
  readonly inputs: object[] = []
  readonly emitted: unknown[] = []
  readonly handlers = new Map<string, Set<(event: RaisedEvent) => void>>()

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

  handle(kind: string, run: (event: RaisedEvent) => void): () => void {
    if (!this.handlers.has(kind)) this.handlers.set(kind, new Set())
    this.handlers.get(kind)!.add(run)
    return () => this.handlers.get(kind)!.delete(run)
  }

  raise(kind: string, payload: unknown): void {
    for (const run of this.handlers.get(kind) ?? []) run({ kind, tick: 1, payload })
  }

  get handlerCount(): number {
    let count = 0
    for (const set of this.handlers.values()) count += set.size
    return count
  }

  get asMatch(): Match<WrittenGame> {
    return this as unknown as Match<WrittenGame>
  }
}

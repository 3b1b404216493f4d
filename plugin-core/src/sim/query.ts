// Entities that have certain components, in the order of their index. Iterators are kept and reused: a loop inside of
// a loop takes the next one, and a `break` gives it back, so that no tick allocates.

import type { Entity } from './game.ts'
import type { World } from './world.ts'

export class Query implements Iterable<Entity> {
  readonly #world: World
  readonly #mask: number
  readonly #iterators: QueryIterator[] = []
  /** Iterators in use. */
  depth = 0

  constructor(world: World, mask: number) {
    this.#world = world
    this.#mask = mask
  }

  [Symbol.iterator](): QueryIterator {
    if (this.depth === this.#iterators.length) this.#iterators.push(new QueryIterator(this, this.#world, this.#mask))
    return this.#iterators[this.depth++].start()
  }
}

class QueryIterator implements Iterator<Entity>, IteratorYieldResult<Entity> {
  value: Entity = 0
  done = false as false
  readonly #query: Query
  readonly #world: World
  readonly #mask: number
  #at = 0

  constructor(query: Query, world: World, mask: number) {
    this.#query = query
    this.#world = world
    this.#mask = mask
  }

  start(): this {
    this.#at = 0
    return this
  }

  // It is its own result: one object for as long as the game runs.
  next(): IteratorResult<Entity> {
    const { masks, high } = this.#world
    const mask = this.#mask
    let at = this.#at
    while (at < high && (masks[at] & mask) >>> 0 !== mask) at++
    this.#at = at + 1
    if (at >= high) {
      this.#query.depth--
      return END
    }
    this.value = at
    return this
  }

  return(): IteratorResult<Entity> {
    this.#query.depth--
    return END
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined }

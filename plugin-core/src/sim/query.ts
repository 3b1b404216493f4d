// Entities that have certain components, in the order of their index. Iterators are kept and reused: a loop inside of
// a loop takes the next one, and a `break` gives it back, so that no tick allocates.

import type { Entity } from './game.ts'
import type { World } from './world.ts'

export class Query implements Iterable<Entity> {
  readonly #world: World
  readonly #mask: number
  readonly #iterators: QueryIterator[] = []

  constructor(world: World, mask: number) {
    this.#world = world
    this.#mask = mask
  }

  [Symbol.iterator](): QueryIterator {
    const iterators = this.#iterators
    let i = 0
    while (i < iterators.length && iterators[i].open) i++
    if (i === iterators.length) iterators.push(new QueryIterator(this.#world, this.#mask))
    return iterators[i].start()
  }

  /** No loop runs any more: takes back what was not given back. */
  abandon(): void {
    for (let i = 0; i < this.#iterators.length; i++) this.#iterators[i].open = false
  }
}

class QueryIterator implements Iterator<Entity>, IteratorYieldResult<Entity> {
  value: Entity = 0
  done = false as false
  /** In use by a loop. */
  open = false
  readonly #world: World
  readonly #mask: number
  #at = 0

  constructor(world: World, mask: number) {
    this.#world = world
    this.#mask = mask
  }

  start(): this {
    this.#at = 0
    this.open = true
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
      this.open = false
      return END
    }
    this.value = at
    return this
  }

  return(): IteratorResult<Entity> {
    this.open = false
    return END
  }
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined }

// A list that is filled anew all the time. Emptying an array by its length throws its memory away, and the next
// push takes new memory: here the array stays, and only the count goes back.

export class ReusedList<T> implements Iterable<T> {
  length = 0
  readonly #items: T[] = []

  push(item: T): void {
    if (this.length === this.#items.length) this.#items.push(item)
    else this.#items[this.length] = item
    this.length++
  }

  at(index: number): T {
    return this.#items[index]
  }

  clear(): void {
    this.length = 0
  }

  /** For those who are not in a hurry: each loop allocates its iterator. */
  [Symbol.iterator](): Iterator<T> {
    return this.#items.slice(0, this.length)[Symbol.iterator]()
  }
}

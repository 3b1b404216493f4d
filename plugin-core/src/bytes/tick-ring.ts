// The newest ticks' bytes, a fixed number of them, each in a place of its own. The only ring
// arithmetic there is: a tick's place is its low bits, and whoever writes a tick forgets the one that lay there.

export class TickRing {
  readonly capacity: number
  /** Bytes of one tick. */
  readonly sizeBytes: number
  readonly #mask: number
  readonly #ticks: Float64Array
  readonly #views: Uint8Array[] = []

  /** `minTicks` is rounded up to a power of two. */
  constructor(minTicks: number, sizeBytes: number) {
    let capacity = 1
    while (capacity < minTicks) capacity *= 2
    this.capacity = capacity
    this.sizeBytes = sizeBytes
    this.#mask = capacity - 1
    this.#ticks = new Float64Array(capacity).fill(-1)
    // Large ones in buffers of their own: side by side in one, they lie alike in their pages and push one another out of
    // the cache, and saving 320 KB took up to a fifth longer.
    const buffer = sizeBytes < 4096 ? new Uint8Array(capacity * sizeBytes) : null
    for (let i = 0; i < capacity; i++)
      this.#views.push(buffer?.subarray(i * sizeBytes, (i + 1) * sizeBytes) ?? new Uint8Array(sizeBytes))
  }

  has(tick: number): boolean {
    return this.#ticks[tick & this.#mask] === tick
  }

  /** The place of a tick, whether it holds that tick or not: for arrays that run beside this ring. */
  place(tick: number): number {
    return tick & this.#mask
  }

  /** The bytes of a tick that is there. The view is the same one each time. */
  view(tick: number): Uint8Array {
    if (!this.has(tick))
      throw new Error(`tick ${tick} is not in the ring (it holds ${this.#ticks[tick & this.#mask]} there)`)
    return this.#views[tick & this.#mask]
  }

  /** Claims a tick's place and hands out its bytes, with what lay there before. */
  claim(tick: number): Uint8Array {
    this.#ticks[tick & this.#mask] = tick
    return this.#views[tick & this.#mask]
  }

  clear(): void {
    this.#ticks.fill(-1)
  }
}

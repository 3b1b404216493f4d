// A recording that is kept in memory: all of it, or the newest part by one rule. It is cut between whole pieces, and only where
// a state lies: what is kept stands there as it was written.

import type { ReplayPiece, ReplaySink } from './chunk-writer.ts'

export interface ReplayBufferOptions {
  /**
   * Keeps at least the newest so many ticks: what lies before the newest state that is so old is dropped. So it holds up to a
   * recorder's `stateTicks` more. Without it everything is kept.
   */
  keepTicks?: number
}

export class ReplayBuffer {
  sizeBytes = 0
  /** A recorder's `write`. */
  readonly write: ReplaySink
  readonly #keepTicks: number
  #head: Uint8Array | null = null
  #pieces: { bytes: Uint8Array; piece: ReplayPiece }[] = []
  #newestTick = 0

  constructor(options: ReplayBufferOptions = {}) {
    this.#keepTicks = options.keepTicks ?? Infinity
    this.write = (bytes, piece) => this.#take(bytes, piece)
  }

  /** The recording so far, as a file. */
  bytes(): Uint8Array {
    const all = new Uint8Array(this.sizeBytes)
    let at = 0
    for (const bytes of [this.#head ?? all, ...this.#pieces.map(p => p.bytes)]) {
      all.set(bytes, at)
      at += bytes.length
    }
    return all
  }

  #take(bytes: Uint8Array, piece: ReplayPiece): void {
    this.sizeBytes += bytes.length
    if (piece.kind === 'head') {
      this.#head = bytes
      return
    }
    this.#pieces.push({ bytes, piece })
    this.#newestTick = Math.max(this.#newestTick, piece.tick)
    this.#trim()
  }

  // Ticks are recorded before their state is: some of those behind the state stand before it in the file.
  #trim(): void {
    const from = this.#newestTick - this.#keepTicks
    const at = this.#pieces.findLastIndex(({ piece }) => piece.kind === 'state' && piece.tick <= from)
    if (at <= 0) return
    const state = this.#pieces[at]
    const { tick } = state.piece
    const before = this.#pieces.slice(0, at).filter(({ piece }) => piece.kind === 'records' && piece.tick > tick)
    this.#pieces = [state, ...before, ...this.#pieces.slice(at + 1)]
    this.sizeBytes = (this.#head?.length ?? 0) + this.#pieces.reduce((sum, p) => sum + p.bytes.length, 0)
  }
}

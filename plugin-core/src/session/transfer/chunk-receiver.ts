// A snapshot that arrives in chunks, in any order, some of them never: keeps what came, and says what is missing.

import { CHUNK_BYTES, SNAPSHOT_ACK_CHUNKS } from '../../wire/limits.ts'
import type { SnapshotHeader } from '../../wire/messages.ts'

export class ChunkReceiver {
  readonly header: SnapshotHeader
  readonly bytes: Uint8Array
  /** Every chunk below this one is here. */
  next = 0
  readonly count: number
  readonly #here: Uint8Array

  constructor(header: SnapshotHeader) {
    this.header = header
    this.bytes = new Uint8Array(header.sizeBytes)
    this.count = chunkCount(header.sizeBytes)
    this.#here = new Uint8Array(this.count)
  }

  get complete(): boolean {
    return this.next === this.count
  }

  has(index: number): boolean {
    return this.#here[index] === 1
  }

  /** False: no chunk of this snapshot. A repeat is harmless, and changes nothing. */
  receive(index: number, bytes: Uint8Array): boolean {
    const at = index * CHUNK_BYTES
    if (index >= this.count || bytes.length !== Math.min(CHUNK_BYTES, this.bytes.length - at)) return false
    if (this.#here[index] === 1) return true
    this.#here[index] = 1
    this.bytes.set(bytes, at)
    while (this.next < this.count && this.#here[this.next] === 1) this.next++
    return true
  }

  /** A bit for each of the chunks from `next` on: what has arrived beyond the first gap. */
  mask(): Uint8Array {
    let last = Math.min(this.count, this.next + SNAPSHOT_ACK_CHUNKS) - 1
    while (last > this.next && this.#here[last] === 0) last--
    if (last <= this.next) return NOTHING
    const mask = new Uint8Array(((last - this.next) >> 3) + 1)
    for (let i = this.next; i <= last; i++) mask[(i - this.next) >> 3] |= this.#here[i] << ((i - this.next) & 7)
    return mask
  }
}

export function chunkCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / CHUNK_BYTES)
}

const NOTHING = new Uint8Array(0)

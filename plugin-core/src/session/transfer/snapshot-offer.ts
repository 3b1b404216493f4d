// A state on its way to somebody, header first; and what the other side has of it.

import { PACKING, type SnapshotHeader } from '../../wire/messages.ts'
import { CHUNK_BYTES } from '../../wire/limits.ts'
import { chunkCount } from './chunk-receiver.ts'
import { ChunkSender } from './chunk-sender.ts'

/** A state to hand on: `bytes` as they travel, packed or not. */
export interface Snapshot {
  /** The state after this tick. */
  readonly tick: number
  readonly round: number
  readonly checksum: number
  readonly stateBytes: number
  readonly packing: (typeof PACKING)[keyof typeof PACKING]
  readonly bytes: Uint8Array
}

/** What an offer says; how it stands in packets is its owner's business. */
export interface OfferMouth {
  header(header: SnapshotHeader): void
  chunk(tick: number, index: number, bytes: Uint8Array): void
}

export class SnapshotOffer {
  readonly header: SnapshotHeader
  readonly #bytes: Uint8Array
  readonly #sender: ChunkSender
  /** The other side knows what is coming. */
  #known = false
  #calls = 0
  /** Calls since the other side last said anything of it. */
  silentCalls = 0

  constructor(header: SnapshotHeader, bytes: Uint8Array) {
    this.header = header
    this.#bytes = bytes
    this.#sender = new ChunkSender(header.chunks)
  }

  static of(snapshot: Snapshot): SnapshotOffer {
    const { tick, round, checksum, stateBytes, packing, bytes } = snapshot
    const chunks = chunkCount(bytes.length)
    const header = { tick, round, stateBytes, checksum, packing, sizeBytes: bytes.length, chunks }
    return new SnapshotOffer(header, bytes)
  }

  get done(): boolean {
    return this.#sender.done
  }

  /** False: an answer that makes no sense. */
  acked(next: number, mask: Uint8Array): boolean {
    this.#known = true
    this.silentCalls = 0
    return this.#sender.acked(next, mask)
  }

  /** One call a tick; chunks below `available` may go out. */
  tick(available: number, retryTicks: number, mouth: OfferMouth): void {
    this.silentCalls++
    if (this.done) return
    // Chunks do not wait until the header is known to have come: one that overtakes it is sent again.
    if (!this.#known && this.#calls++ % retryTicks === 0) mouth.header(this.header)
    const { tick } = this.header
    this.#sender.tick(available, index =>
      mouth.chunk(tick, index, this.#bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES)),
    )
  }
}

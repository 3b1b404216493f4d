// A state that comes in: from asking for it until it is whole. What is said of it in packets is its owner's business.

import type { SnapshotHeader } from '../../wire/messages.ts'
import { SNAPSHOT_BYTES } from '../../wire/limits.ts'
import { ChunkReceiver, chunkCount } from './chunk-receiver.ts'

/** Calls between two acknowledgements when nothing came: the last one may be lost. */
const REPEAT_CALLS = 6
/** Acknowledgements after the state was used: all of them lost is not to be expected. */
const LAST_ACKS = 10

export interface IntakeAck {
  tick: number
  next: number
  mask: Uint8Array
}

export class SnapshotIntake {
  #receiver: ChunkReceiver | null = null
  /** The state that was used last, and how often that is still to be said. */
  readonly #used = { tick: 0, chunks: 0, left: 0 }
  #due = false
  #quietCalls = 0

  /** Something is under way, or has arrived and was not used up. */
  get active(): boolean {
    return this.#receiver !== null
  }

  /** The state that is whole; null while it is not. */
  get whole(): ChunkReceiver | null {
    return this.#receiver?.complete === true ? this.#receiver : null
  }

  /** False: a header that cannot be. Another tick than before begins anew. */
  header(v: SnapshotHeader): boolean {
    if (v.sizeBytes === 0 || v.sizeBytes > SNAPSHOT_BYTES || v.chunks !== chunkCount(v.sizeBytes)) return false
    if (v.tick === this.#used.tick) this.#used.left = LAST_ACKS
    else if (this.#receiver?.header.tick !== v.tick) this.#receiver = new ChunkReceiver(v)
    this.#due = true
    return true
  }

  /** Whether this chunk made the state whole; null: no chunk of it. */
  chunk(tick: number, index: number, bytes: Uint8Array): boolean | null {
    if (tick === this.#used.tick) {
      this.#used.left = LAST_ACKS
      return false
    }
    const receiver = this.#receiver
    if (receiver === null || receiver.header.tick !== tick) return null
    const before = receiver.complete
    if (!receiver.receive(index, bytes)) return null
    this.#due = true
    return !before && receiver.complete
  }

  /** One call a tick: what to acknowledge now, or null. */
  due(): IntakeAck | null {
    this.#quietCalls = this.#due ? 0 : this.#quietCalls + 1
    const due = this.#due || this.#quietCalls % REPEAT_CALLS === 0
    this.#due = false
    if (!due) return null
    const receiver = this.#receiver
    if (receiver !== null) return { tick: receiver.header.tick, next: receiver.next, mask: receiver.mask() }
    const { tick, chunks, left } = this.#used
    if (left === 0) return null
    this.#used.left--
    return { tick, next: chunks, mask: NOTHING }
  }

  /** The whole state was taken over. */
  use(): void {
    const { header } = this.#receiver!
    this.#used.tick = header.tick
    this.#used.chunks = header.chunks
    this.#used.left = LAST_ACKS
    this.#receiver = null
    this.#due = true
  }

  /** What came so far is of no use. */
  clear(): void {
    this.#receiver = null
  }
}

const NOTHING = new Uint8Array(0)

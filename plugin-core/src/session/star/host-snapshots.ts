// How a host that holds no state hands one on: it asks a playing peer for the state of a tick to come, keeps the chunks
// as they arrive, and passes them on to everyone who waits for one, each as fast as its own line allows.

import { CHUNK_BYTES, LIMITS, RETRY_TICKS, SNAPSHOT_BYTES } from '../../wire/limits.ts'
import { PACKING, type SnapshotHeader } from '../../wire/messages.ts'
import { ChunkReceiver, chunkCount } from '../transfer/chunk-receiver.ts'
import { SnapshotOffer, type Snapshot } from '../transfer/snapshot-offer.ts'
import type { HostOutbox } from './host-outbox.ts'
import type { HostPeer } from './host-peer.ts'

/** Host calls without progress after which another peer is asked. */
const PATIENCE_CALLS = 120
/** A state is handed to newcomers for so many closed ticks; older ones cost them more to catch up. */
const FRESH_TICKS = 240
/** The ticks after a state must still be there when it has arrived. */
const OLDEST_TICKS = LIMITS.replayBufferTicks - 128
/** Times that a state may grow too old on its way to one peer. */
const ATTEMPTS = 3

/** May a state of so many bytes be kept here? */
export type SnapshotRoom = (bytes: number) => boolean

/** Somebody who gets no state, and why, in words. */
export interface Unserved {
  readonly peer: HostPeer
  /** By its own line: it may come again. */
  readonly isSlow: boolean
  readonly reason: string
}

interface Reader {
  /** Its state is wrong since this tick at the latest: an older one would lead it there again. 0: any state will do. */
  readonly since: number
  offer: SnapshotOffer | null
  attempts: number
}

export class HostSnapshots {
  readonly #outbox: HostOutbox
  readonly #readers = new Map<HostPeer, Reader>()
  #source: HostPeer | null = null
  /** The source is asked for the state of this tick, or of the next one after it that it can give. */
  #askedTick = 0
  #calls = 0
  #progressAt = 0
  /** Asked, and never answered, or answered wrongly. */
  readonly #poor = new Set<HostPeer>()
  #state: ChunkReceiver | null = null
  readonly #room: SnapshotRoom
  /** Bytes of the last state for which there was no room; 0: there was for all. */
  #tooLarge = 0

  constructor(outbox: HostOutbox, room: SnapshotRoom) {
    this.#outbox = outbox
    this.#room = room
  }

  /** Bytes of the state that is kept here, for as long as somebody needs it. */
  get bytes(): number {
    return this.#state?.bytes.length ?? 0
  }

  /** This peer needs a state; not one of before `since`, by when it is known to have gone wrong. */
  add(p: HostPeer, since = 0): void {
    if (!this.#readers.has(p)) this.#readers.set(p, { since, offer: null, attempts: 0 })
  }

  has(p: HostPeer): boolean {
    return this.#readers.has(p)
  }

  /** This peer is gone, or needs no state any more. */
  remove(p: HostPeer): void {
    this.#readers.delete(p)
    this.#poor.delete(p)
    if (this.#source === p && this.#state?.complete !== true) this.#forget()
  }

  clear(): void {
    this.#readers.clear()
    this.#poor.clear()
    this.#forget()
  }

  /** False: a header that nobody asked for, or that cannot be. */
  header(p: HostPeer, v: SnapshotHeader): boolean {
    // Of a state that nobody needs any more: no fault of its sender.
    if (p !== this.#source) return p.snapshotAsked
    if (this.#state?.header.tick !== v.tick) {
      const sound = v.packing <= PACKING.deflate && v.sizeBytes > 0 && v.sizeBytes <= SNAPSHOT_BYTES
      if (!sound || v.stateBytes > SNAPSHOT_BYTES || v.chunks !== chunkCount(v.sizeBytes)) return false
      if (this.#state !== null || v.tick < this.#askedTick) return false
      if (!this.#room(v.sizeBytes)) {
        this.#tooLarge = v.sizeBytes
        this.#poor.add(p)
        this.#forget()
        return true
      }
      this.#tooLarge = 0
      this.#state = new ChunkReceiver(v)
      this.#progressAt = this.#calls
    }
    this.#outbox.snapshotAck(p, this.#state)
    return true
  }

  chunk(p: HostPeer, tick: number, index: number, bytes: Uint8Array): boolean {
    const state = this.#state
    if (p !== this.#source || state === null || state.header.tick !== tick) return p.snapshotAsked
    if (!state.receive(index, bytes)) return false
    this.#progressAt = this.#calls
    p.snapshotAckDue = true
    return true
  }

  /** The tick of the state that this peer has whole now; 0: not yet. -1: nonsense. */
  acked(p: HostPeer, tick: number, next: number, mask: Uint8Array): number {
    const offer = this.#readers.get(p)?.offer ?? null
    if (offer === null || offer.header.tick !== tick) return 0
    if (!offer.acked(next, mask)) return -1
    if (!offer.done) return 0
    this.#readers.delete(p)
    return tick
  }

  /**
   * One host call. `sums` tells what another slot than this one said of a tick's state: null when nobody did. `own` is this
   * host's own state, where it runs the rules: then nobody is asked. Answers peers who get no state: their lines are too slow for it, or
   * there is no room.
   */
  tick(
    closedTick: number,
    sources: readonly HostPeer[],
    sum: (tick: number, slot: number) => number | null,
    own: (() => Snapshot | null) | null = null,
  ): Unserved[] {
    this.#calls++
    const unserved: Unserved[] = []
    if (this.#state !== null && closedTick - this.#state.header.tick > OLDEST_TICKS) {
      for (const [p, reader] of this.#readers)
        if (reader.offer !== null && ++reader.attempts >= ATTEMPTS) {
          this.#readers.delete(p)
          unserved.push({ peer: p, isSlow: true, reason: 'this line is too slow for the state of the running match' })
        }
      this.#forget()
    }
    this.#answerSource()
    // Nobody has a smaller one.
    if (this.#tooLarge > 0 && (own !== null || sources.every(p => this.#poor.has(p) || this.#readers.has(p)))) {
      const reason =
        `the state of the running match takes ${(this.#tooLarge / 2 ** 20).toFixed(1)} MB, more than this host has room for now: ` +
        'come again later, or before a round begins'
      for (const peer of this.#readers.keys()) unserved.push({ peer, isSlow: false, reason })
      this.#readers.clear()
      this.#tooLarge = 0
    }
    if (this.#readers.size === 0) {
      this.#forget()
      return unserved
    }
    this.#askForState(closedTick, sources, own)
    const state = this.#state
    if (state === null) return unserved
    if (state.complete && this.#source !== null) {
      const other = sum(state.header.tick, this.#source.slot)
      if (other !== null && other !== state.header.checksum) {
        this.#poor.add(this.#source)
        this.#forget()
        return unserved
      }
    }
    for (const [p, reader] of this.#readers) this.#serve(p, reader, state, closedTick)
    return unserved
  }

  #askForState(closedTick: number, sources: readonly HostPeer[], own: (() => Snapshot | null) | null): void {
    if (this.#source !== null && this.#state?.complete !== true && this.#calls - this.#progressAt > PATIENCE_CALLS) {
      this.#poor.add(this.#source)
      this.#forget()
    }
    const state = this.#state
    if (state !== null && [...this.#readers].every(([p, r]) => r.offer === null && !serves(state, p, r, closedTick)))
      this.#forget()
    if (this.#state !== null || this.#readers.size === 0) return
    if (own !== null) {
      const snapshot = own()
      if (snapshot === null) return
      if (this.#room(snapshot.bytes.length)) this.#state = wholeState(snapshot)
      else this.#tooLarge = snapshot.bytes.length
      return
    }
    if (this.#source === null) {
      const able = sources.filter(p => p.playing && p.started && !p.gone && !this.#readers.has(p))
      const good = able.filter(p => !this.#poor.has(p))
      if (good.length === 0) this.#poor.clear()
      // Whoever keeps up best has the most to spare.
      this.#source =
        (good.length > 0 ? good : able).toSorted((a, b) => a.lagCalls - b.lagCalls || a.slot - b.slot)[0] ?? null
      if (this.#source === null) return
      this.#askedTick = closedTick + 1
      this.#progressAt = this.#calls
      this.#source.snapshotAsked = true
      this.#outbox.snapshotRequest(this.#source, this.#askedTick)
    } else if ((this.#calls - this.#progressAt) % RETRY_TICKS === 0)
      this.#outbox.snapshotRequest(this.#source, this.#askedTick)
  }

  #answerSource(): void {
    const source = this.#source
    const state = this.#state
    if (source === null || state === null || !source.snapshotAckDue) return
    source.snapshotAckDue = false
    this.#outbox.snapshotAck(source, state)
  }

  #serve(p: HostPeer, reader: Reader, state: ChunkReceiver, closedTick: number): void {
    if (reader.offer !== null && reader.offer.header.tick !== state.header.tick) reader.offer = null
    if (reader.offer === null) {
      // Who watches from behind sees nothing of it earlier.
      if (closedTick - p.delayTicks < state.header.tick || !serves(state, p, reader, closedTick)) return
      reader.offer = new SnapshotOffer(state.header, state.bytes)
    }
    reader.offer.tick(state.next, RETRY_TICKS, {
      header: header => this.#outbox.snapshotHeader(p, header),
      chunk: (tick, index, bytes) => this.#outbox.snapshotChunk(p, tick, index, bytes),
    })
  }

  #forget(): void {
    this.#source = null
    this.#state = null
    for (const reader of this.#readers.values()) reader.offer = null
  }
}

function serves(state: ChunkReceiver, p: HostPeer, reader: Reader, closedTick: number): boolean {
  const { tick } = state.header
  return tick >= reader.since && closedTick - p.delayTicks - tick <= FRESH_TICKS
}

// The host's own: every chunk is here at once.
function wholeState(snapshot: Snapshot): ChunkReceiver {
  const { header } = SnapshotOffer.of(snapshot)
  const state = new ChunkReceiver(header)
  for (let index = 0; index < header.chunks; index++)
    state.receive(index, snapshot.bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES))
  return state
}

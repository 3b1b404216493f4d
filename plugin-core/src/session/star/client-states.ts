// States at a player's machine: the one that it takes from the others, for which it asks, and the one that it hands on to them.

import { RETRY_TICKS } from '../../wire/limits.ts'
import {
  TYPE,
  snapshotAck,
  snapshotChunk,
  snapshotHeader,
  snapshotRequest,
  type SnapshotChunk,
} from '../../wire/messages.ts'
import type { RecordSink } from '../record-sink.ts'
import type { SnapshotPort } from '../session.ts'
import type { ChunkReceiver } from '../transfer/chunk-receiver.ts'
import { SnapshotIntake } from '../transfer/snapshot-intake.ts'
import type { OfferMouth, SnapshotOffer } from '../transfer/snapshot-offer.ts'
import type { HostLine } from './host-line.ts'

/** Who begins with a later round asks for so long for what it has missed. */
const WANT_TICKS = 60
/** Calls after which a state is not offered any longer: the host is silent, or wants it no more. */
const OFFER_CALLS = 120

export interface StateHandlers {
  /** This machine goes on from the state after a tick, of a round. */
  taken(tick: number, round: number): void
  begin(firstTick: number): void
}

export class ClientStates implements SnapshotPort {
  hostTick = 0
  wanting = false
  readonly intake = new SnapshotIntake()
  readonly #line: HostLine
  readonly #record: RecordSink | null
  readonly #handlers: StateHandlers
  /** A state of this tick or later is asked for although this player plays already; 0 before it plays. */
  #wantsFrom = 0
  /** Asked for a state at the last call. */
  #asked = false
  #offer: SnapshotOffer | null = null
  readonly #mouth: OfferMouth

  constructor(line: HostLine, record: RecordSink | null, handlers: StateHandlers) {
    this.#line = line
    this.#record = record
    this.#handlers = handlers
    this.#mouth = {
      header: header => line.short(TYPE.snapshotHeader, snapshotHeader, header),
      chunk: (tick, index, bytes) => line.short(TYPE.snapshotChunk, snapshotChunk, { tick, index, bytes }),
    }
  }

  // ---- what the loop says

  offer(offer: SnapshotOffer): void {
    this.#offer = offer
  }

  taken(tick: number): void {
    const { header, bytes } = this.intake.whole!
    this.#record?.state(header, bytes)
    this.intake.use()
    this.wanting = false
    this.#handlers.taken(tick, header.round)
  }

  refused(): void {
    this.intake.clear()
  }

  want(startTick: number): void {
    this.wanting = true
    this.#wantsFrom = startTick
  }

  begin(firstTick: number): void {
    this.#handlers.begin(firstTick)
  }

  // ---- what the client says

  /** Whether one who plays still has to ask for what outlives rounds. */
  asks(closedTick: number): boolean {
    const asks = this.wanting && closedTick < this.#wantsFrom + WANT_TICKS
    this.wanting = asks || (this.wanting && this.intake.active)
    return asks && !this.intake.active
  }

  /** SNAPSHOT_CHUNK. Answers the state that it makes whole. */
  chunk({ tick, index, bytes }: SnapshotChunk): ChunkReceiver | null {
    // One that comes twice, after the state was used: no fault, the line did it.
    return this.intake.chunk(tick, index, bytes) === true ? this.intake.whole : null
  }

  /** SNAPSHOT_ACK. False: it makes no sense. */
  acked(tick: number, next: number, mask: Uint8Array): boolean {
    return this.#offer?.header.tick !== tick || this.#offer.acked(next, mask)
  }

  /** The line is gone, and with it what was on its way. */
  drop(): void {
    this.intake.clear()
    this.#offer = null
  }

  /** One call. `wants`: this machine is in need of a state. */
  call(wants: boolean, retry: boolean): void {
    const line = this.#line
    if (wants && (retry || !this.#asked))
      line.short(TYPE.snapshotRequest, snapshotRequest, { tick: this.wanting ? this.#wantsFrom : 0 })
    this.#asked = wants
    const coming = this.intake.due()
    if (coming !== null) line.short(TYPE.snapshotAck, snapshotAck, coming)
    const offer = this.#offer
    if (offer === null) return
    offer.tick(offer.header.chunks, RETRY_TICKS, this.#mouth)
    if (offer.done || offer.silentCalls > OFFER_CALLS) this.#offer = null
  }
}

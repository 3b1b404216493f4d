// This machine's state for another one: a copy of a confirmed tick, packed a piece at a time, because packing megabytes at once
// would hold up the ticks that everyone waits for.

import type { SizedBytes } from '../bytes/sized-bytes.ts'
import type { Snapshot, SnapshotOffer } from '../session/transfer/snapshot-offer.ts'
import type { Simulation } from '../sim/simulation.ts'
import { PACKING, type SnapshotHeader } from '../wire/messages.ts'
import { OwnStates } from './own-states.ts'

/** Packs and unpacks states; the worker brings a library for it. */
export interface Compression {
  /** What it is handed comes out packed by `take`, in pieces, some of them later. */
  packer(take: (piece: Uint8Array) => void): (bytes: Uint8Array, last: boolean) => void
  /** Null when these are not `size` packed bytes. */
  unpack(bytes: Uint8Array, size: number): Uint8Array | null
}

/** All that handing states on takes. Nobody needs it before somebody comes, so a worker loads it after its first tick. */
export interface StateTransfer extends Compression {
  handOff(): HandOff
  offer(snapshot: Snapshot): SnapshotOffer
}

/** What a machine tells that got a state because its own was not the others'. */
const ASTRAY = 'desync: at tick % this machine took over the state of the others. Its own, against theirs:'
/** Bytes that one call packs: a millisecond or two. */
const CALL_BYTES = 128 * 1024
/** Packed must be smaller than this part of it to be worth a machine's time. */
const WORTHWHILE = 0.9

export class HandOff {
  readonly #compression: Compression | null
  #wantedTick = 0
  /** Waits for the wanted tick. */
  #waiting = false
  /** What is being packed. */
  #state: { tick: number; round: number; checksum: number; bytes: Uint8Array } | null = null
  #packed: Uint8Array[] = []
  #packedBytes = 0
  #push: ((bytes: Uint8Array, last: boolean) => void) | null = null
  #at = 0
  readonly #own = new OwnStates()

  constructor(compression: Compression | null) {
    this.#compression = compression
  }

  /** The state of the first checksum's tick from this one on is wanted. Asked again for the same, it changes nothing. */
  want(tick: number): void {
    if (tick === this.#wantedTick) return
    this.#wantedTick = tick
    this.#waiting = true
    this.#state = null
  }

  wants(tick: number): boolean {
    return this.#waiting && tick >= this.#wantedTick
  }

  /** The state after this tick, canonical; it is copied. */
  take(tick: number, round: number, checksum: number, state: Uint8Array): void {
    this.#waiting = false
    this.#state = { tick, round, checksum, bytes: state.slice() }
    this.#packed = []
    this.#packedBytes = 0
    this.#at = 0
    this.#push =
      this.#compression?.packer(piece => {
        this.#packed.push(piece)
        this.#packedBytes += piece.length
      }) ?? null
  }

  /** A confirmed tick on the checksum grid, canonical: it is taken where it is wanted. */
  confirmed(tick: number, simulation: Simulation, checksum: number, state: Uint8Array, image: SizedBytes): void {
    this.#own.keep(tick, state, image)
    if (this.wants(tick))
      this.take(tick, simulation.roundOf(state), checksum, simulation.scripts?.whole(state, image) ?? state)
  }

  /**
   * Loads another machine's state as it travelled. False: it is none, or not the one of this header. A sentence: it is damaged, whatever its
   * checksum says. `astray` hears what was different, where this machine's own state of the tick is still here.
   */
  load(
    simulation: Simulation,
    { tick, packing, stateBytes, checksum }: SnapshotHeader,
    bytes: Uint8Array,
    astray?: (report: string) => void,
  ): boolean | string {
    const { scripts, sizeBytes } = simulation
    if (stateBytes < sizeBytes || stateBytes > sizeBytes + (scripts?.maxBytes ?? 0)) return false
    const state = packing === PACKING.none ? bytes : (this.#compression?.unpack(bytes, stateBytes) ?? null)
    if (state?.length !== stateBytes) return false
    const world = state.slice(0, sizeBytes)
    const image = scripts?.image(state.subarray(sizeBytes)) ?? null
    // The checksum stands for the whole state; a schema that differs was refused at the door.
    if ((scripts === null) !== (image === null) || simulation.checksum(world, image) !== checksum) return false
    try {
      simulation.load(world, image)
    } catch (error) {
      return (error as Error).message
    }
    const own = astray === undefined ? null : this.#own.take(tick)
    if (own !== null)
      void import('./describe-states.ts')
        .then(({ describeStates }) => describeStates(simulation, own, { world, image }))
        .catch((error: unknown) => [`they cannot be compared: ${String(error)}`])
        .then(lines => astray!(`${ASTRAY.replace('%', String(tick))}\n${lines.join('\n')}`))
    return true
  }

  /** One call a tick: the state when it is ready to travel, once. */
  call(): Snapshot | null {
    if (this.#state === null) return null
    const { bytes } = this.#state
    if (this.#push === null) return this.#ready(bytes, PACKING.none)
    const piece = bytes.subarray(this.#at, this.#at + CALL_BYTES)
    this.#at += piece.length
    this.#push(piece, this.#at === bytes.length)
    if (this.#packedBytes > WORTHWHILE * this.#at) return this.#ready(bytes, PACKING.none)
    if (this.#at < bytes.length) return null
    return this.#ready(joined(this.#packed, this.#packedBytes), PACKING.deflate)
  }

  #ready(bytes: Uint8Array, packing: Snapshot['packing']): Snapshot {
    const { tick, round, checksum, bytes: state } = this.#state!
    this.#state = null
    this.#packed = []
    this.#push = null
    return { tick, round, checksum, stateBytes: state.length, packing, bytes }
  }
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

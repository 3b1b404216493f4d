// Writes a match down while it is played: the payloads of TICK as they stood on the wire, the states that this machine was given, and
// what it told of its own. A session calls it (`RecordSink`); it decides nothing and changes nothing.

import type { SizedBytes } from '../bytes/sized-bytes.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { xxhash32Bytes } from '../bytes/xxhash32.ts'
import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import type { Compression } from '../loop/hand-off.ts'
import type { EndCode } from '../session/fact.ts'
import type { RecordSink } from '../session/record-sink.ts'
import { eventHash, isLarge } from '../wire/event-reference.ts'
import { CHUNK_BYTES, NO_SLOT } from '../wire/limits.ts'
import { PACKING, event, hash, snapshotHeader, type SnapshotHeader, type Terms } from '../wire/messages.ts'
import { RowRing, writeTick } from '../wire/tick-message.ts'
import { ChunkWriter, type ReplaySink } from './chunk-writer.ts'
import { END_CODES, MAGIC, PREFIX_BYTES, RECORD, VERSION, replayEnd, replayHead } from './replay-format.ts'

export interface RecorderOptions {
  /** What the loop was given: tells two versions of the rules apart where their text does not. */
  sourceId: string
  /** Gets the recording piece by piece, in order. */
  write: ReplaySink
  /** Packs each chunk. Without it the bytes of the network stand in the file as they were. */
  compression?: Compression | null
  /** Closed ticks after which what was gathered is written: a crash loses so many. Default 60. */
  flushTicks?: number
  /** Ticks between two states that `keepState` writes: playing begins at one. 0, the default: none. */
  stateTicks?: number
}

/** What `keepState` needs of a loop. */
export interface StateSource {
  readonly snapshots: { view(tick: number): Uint8Array; image(tick: number): SizedBytes }
  readonly simulation: {
    roundOf(state: Uint8Array): number
    readonly scripts: { whole(state: Uint8Array, image: SizedBytes): Uint8Array } | null
  }
}

/** Ticks of one TICK where this machine writes it itself: one packet's worth of what hardly changes. */
const ROW_TICKS = 60
/** Room for ticks that this machine writes: a single one, with every event that two players may raise, is below 6 KB. */
const ROW_BYTES = 16 * 1024

export class Recorder implements RecordSink {
  /** Newest tick that is recorded. */
  newestTick = 0
  /** Why nothing more is written; null while it goes on. */
  over: string | null = null
  readonly #options: RecorderOptions
  readonly #chunks: ChunkWriter
  readonly #flushTicks: number
  readonly #scratch = new Uint8Array(ROW_BYTES)
  readonly #w = new ByteWriter()
  #began = false
  /** Something to go on from is in the file: its first tick, or a state. */
  #hasStart = false
  #flushedTick = 0
  #stateTick = 0
  /** Newest tick of which a large event is recorded: before the tick itself. */
  #eventTick = 0
  /** Closed ticks that no TICK brought; null: none did so far. */
  #rows: RowRing | null = null
  #rowsFrom = 0
  #terms: Terms | null = null

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#flushTicks = options.flushTicks ?? 60
    this.#chunks = new ChunkWriter(options.write, options.compression ?? null)
  }

  // ---- what a session says

  match(terms: Terms, seed: number, slot: number): void {
    if (this.over !== null) return
    if (this.#began) {
      this.end('left', 'another match began on this machine', this.newestTick)
      return
    }
    this.#began = true
    this.#terms = terms
    const head = new Uint8Array(512)
    const w = this.#w
    w.reset(head, PREFIX_BYTES)
    replayHead.write(w, {
      terms,
      seed,
      slot: slot < 0 ? NO_SLOT : slot,
      source: xxhash32Bytes(new TextEncoder().encode(this.#options.sourceId), 0),
    })
    const end = w.position
    w.reset(head)
    w.u32(MAGIC)
    w.u8(VERSION)
    w.u16(end - PREFIX_BYTES)
    w.reset(head, end)
    w.u32(xxhash32Bytes(head.subarray(0, end), 0))
    this.#options.write(head.slice(0, end + 4), { kind: 'head', tick: 0 })
  }

  tick(first: number, last: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#takes()) return
    this.#start(first)
    if (!this.#chunks.hasRoom(end - start)) this.#flush()
    this.#chunks.record(RECORD.tick, bytes, start, end)
    this.newestTick = last
    if (last - this.#flushedTick >= this.#flushTicks) this.#flush()
  }

  events(tick: number, events: readonly SlotEvent[]): void {
    if (!this.#takes()) return
    for (const { bytes } of events) {
      if (!isLarge(bytes)) continue
      const w = this.#w
      w.reset(this.#scratch)
      event.write(w, { tick, hash: eventHash(bytes), bytes })
      if (!this.#chunks.hasRoom(w.position)) this.#flush()
      this.#chunks.record(RECORD.event, this.#scratch, 0, w.position)
      this.#eventTick = tick
    }
  }

  /** A closed tick that no TICK brought: in a duel each side closes its own. The row is copied. */
  closed(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): void {
    if (!this.#takes()) return
    this.#start(tick)
    const { maxPlayers, inputBytes } = this.#terms!
    this.#rows ??= new RowRing(ROW_TICKS, maxPlayers, inputBytes)
    if (this.#rowsFrom === 0) this.#rowsFrom = tick
    this.#rows.claim(tick, control, events).set(row)
    if (events !== null) this.events(tick, events)
    this.newestTick = tick
    if (tick - this.#rowsFrom + 1 >= ROW_TICKS) this.#writeRows()
    if (tick - this.#flushedTick >= this.#flushTicks) this.#flush()
  }

  state(header: SnapshotHeader, bytes: Uint8Array): void {
    if (!this.#takes()) return
    this.#flush()
    this.#hasStart = true
    this.#chunks.large(RECORD.state, snapshotHeader, header, bytes, header.tick)
    this.#stateTick = header.tick
    if (header.tick > this.newestTick) {
      this.newestTick = header.tick
      this.#flushedTick = header.tick
    }
  }

  checksum(tick: number, checksum: number): void {
    if (!this.#takes()) return
    const w = this.#w
    w.reset(this.#scratch)
    hash.write(w, { tick, checksum })
    if (!this.#chunks.hasRoom(w.position)) this.#flush()
    this.#chunks.record(RECORD.hash, this.#scratch, 0, w.position)
  }

  end(code: EndCode, reason: string, tick: number): void {
    if (!this.#takes()) return
    this.#flush()
    const w = this.#w
    w.reset(this.#scratch)
    replayEnd.write(w, { code: END_CODES.indexOf(code), tick, reason })
    this.#chunks.record(RECORD.end, this.#scratch, 0, w.position)
    this.#flush()
    this.over = reason
  }

  // ---- what the machine's owner says

  /**
   * To be called by the loop's `checksum` hook: writes this machine's own state after `tick`, if one is due by `stateTicks`.
   * Playing may begin there, and trimming cuts there.
   */
  keepState(tick: number, checksum: number, source: StateSource): void {
    const every = this.#options.stateTicks ?? 0
    if (every === 0 || tick < this.#stateTick + every || !this.#takes()) return
    const world = source.snapshots.view(tick)
    const bytes = source.simulation.scripts?.whole(world, source.snapshots.image(tick)) ?? world
    const sizeBytes = bytes.length
    const chunks = Math.ceil(sizeBytes / CHUNK_BYTES)
    const round = source.simulation.roundOf(world)
    this.state({ tick, round, stateBytes: sizeBytes, checksum, packing: PACKING.none, sizeBytes, chunks }, bytes)
  }

  /** Writes what was gathered: before the page goes, say. The recording goes on. */
  flush(): void {
    if (this.#takes()) this.#flush()
  }

  #takes(): boolean {
    return this.#began && this.over === null
  }

  #start(tick: number): void {
    if (this.#hasStart) return
    this.#hasStart = true
    this.#flushedTick = tick - 1
    this.#stateTick = tick - 1
    const w = this.#w
    w.reset(this.#scratch)
    w.u32(tick)
    this.#chunks.record(RECORD.begin, this.#scratch, 0, w.position)
  }

  #flush(): void {
    this.#writeRows()
    this.#flushedTick = this.newestTick
    this.#chunks.flush(Math.max(this.newestTick, this.#eventTick))
  }

  #writeRows(): void {
    if (this.#rows === null || this.#rowsFrom === 0) return
    const w = this.#w
    for (let from = this.#rowsFrom; from <= this.newestTick;) {
      w.reset(this.#scratch)
      const count = writeTick(w, this.#rows, from, this.newestTick - from + 1, ROW_BYTES)
      if (count === 0 || w.failed) throw new Error(`tick ${from} does not fit ${ROW_BYTES} bytes`)
      if (!this.#chunks.hasRoom(w.position)) this.#chunks.flush(Math.max(from - 1, this.#eventTick))
      this.#chunks.record(RECORD.tick, this.#scratch, 0, w.position)
      from += count
    }
    this.#rowsFrom = 0
  }
}

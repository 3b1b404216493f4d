// TICK: closed ticks, whole: inputs of every slot, joins, leaves, restarts, events. It covers everything above
// the receiver's last applied tick and is delta-coded inside of this packet only, so that no loss breaks a chain.
//
//   firstTick u32 · count u8 · entries LEB, each a tick that differs from the one before:
//     ticks to skip since the last entry × 4 + has control × 2 + has events, LEB
//     changed slots: a bit each · for each: its delta against the same slot one tick earlier (zeros before the first)
//     control: kinds u8 (1 restart: round LEB, carry size LEB, bytes · 2 joins: a bit a slot · 4 leaves: a bit a slot · 8 swap: rules hash u32)
//     events LEB: each slot u8 · size LEB · bytes

import type { ByteReader } from '../bytes/byte-reader.ts'
import type { ByteWriter } from '../bytes/byte-writer.ts'
import { TickRing } from '../bytes/tick-ring.ts'
import type { Restart, SlotEvent, TickControl } from '../input/tick-control.ts'
import { readDelta, writeDelta } from './delta.ts'
import { eventSize, isReference, isSound, writeEvent, type LargeEventSource } from './event-reference.ts'
import { CARRY_BYTES, EVENT_BYTES, EVENTS_PER_TICK } from './limits.ts'
import { maskBytes } from './mask.ts'

/** Closed ticks: a row of every slot's input each, and what else happened. */
export class RowRing {
  readonly rows: TickRing
  readonly slots: number
  readonly inputBytes: number
  readonly #controls: (TickControl | null)[]
  readonly #events: (readonly SlotEvent[] | null)[]

  constructor(ticks: number, slots: number, inputBytes: number) {
    this.rows = new TickRing(ticks, slots * inputBytes)
    this.slots = slots
    this.inputBytes = inputBytes
    this.#controls = new Array<null>(this.rows.capacity).fill(null)
    this.#events = new Array<null>(this.rows.capacity).fill(null)
  }

  /** Claims a tick's row; its bytes are those of whatever lay there, so the caller writes all of them. */
  claim(tick: number, control: TickControl | null, events: readonly SlotEvent[] | null): Uint8Array {
    const place = this.rows.place(tick)
    this.#controls[place] = control
    this.#events[place] = events
    return this.rows.claim(tick)
  }

  has(tick: number): boolean {
    return this.rows.has(tick)
  }

  row(tick: number): Uint8Array {
    return this.rows.view(tick)
  }

  control(tick: number): TickControl | null {
    return this.#controls[this.rows.place(tick)]
  }

  events(tick: number): readonly SlotEvent[] | null {
    return this.#events[this.rows.place(tick)]
  }
}

/** Writes ticks `firstTick`… until `count` or until `room` bytes are nearly full; answers how many it wrote. */
export function writeTick(w: ByteWriter, ring: RowRing, firstTick: number, maxCount: number, room: number): number {
  const { slots, inputBytes } = ring
  const mask = maskBytes(slots)
  let count = 0
  let entries = 0
  let bytes = 12
  for (; count < maxCount; count++) {
    const tick = firstTick + count
    const need = entryBytes(ring, tick, count === 0, mask)
    if (bytes + need > room) break
    bytes += need
    if (need > 0) entries++
  }
  w.u32(firstTick)
  w.u8(count)
  w.leb(entries)
  let last = -1
  for (let at = 0; at < count && entries > 0; at++) {
    const tick = firstTick + at
    if (entryBytes(ring, tick, at === 0, mask) === 0) continue
    entries--
    const control = ring.control(tick)
    const events = ring.events(tick)
    w.leb(((at - last - 1) << 2) | (control !== null ? 2 : 0) | (events !== null ? 1 : 0))
    last = at
    const row = ring.row(tick)
    const before = at === 0 ? null : ring.row(tick - 1)
    for (let base = 0; base < slots; base += 8) {
      let bits = 0
      for (let slot = base; slot < slots && slot < base + 8; slot++)
        if (changed(row, before, slot, inputBytes)) bits |= 1 << (slot - base)
      w.u8(bits)
    }
    for (let slot = 0; slot < slots; slot++)
      if (changed(row, before, slot, inputBytes))
        writeDelta(w, row, slot * inputBytes, before, slot * inputBytes, inputBytes)
    if (control !== null) writeControl(w, control, mask)
    if (events !== null) {
      w.leb(events.length)
      for (const e of events) {
        w.u8(e.slot)
        writeEvent(w, e.bytes)
      }
    }
  }
  return count
}

function changed(row: Uint8Array, before: Uint8Array | null, slot: number, size: number): boolean {
  for (let i = slot * size; i < (slot + 1) * size; i++) if (row[i] !== (before === null ? 0 : before[i])) return true
  return false
}

// An upper bound of an entry's bytes; 0 when the tick is like the one before and needs none.
function entryBytes(ring: RowRing, tick: number, first: boolean, mask: number): number {
  const { slots, inputBytes } = ring
  const row = ring.row(tick)
  const before = first ? null : ring.row(tick - 1)
  let bytes = 0
  for (let slot = 0; slot < slots; slot++)
    if (changed(row, before, slot, inputBytes)) bytes += inputBytes + ((inputBytes + 7) >> 3)
  const control = ring.control(tick)
  if (control !== null) bytes += 8 + 2 * mask + (control.restart === null ? 0 : control.restart.carry.length + 5)
  const events = ring.events(tick)
  if (events !== null) for (const e of events) bytes += 4 + eventSize(e.bytes)
  return bytes === 0 ? 0 : bytes + 3 + mask
}

const RESTART = 1
const JOINS = 2
const LEAVES = 4
const SWAP = 8

function writeControl(w: ByteWriter, control: TickControl, mask: number): void {
  const { restart, joins, leaves, swap } = control
  w.u8(
    (restart !== null ? RESTART : 0) |
      (joins.length > 0 ? JOINS : 0) |
      (leaves.length > 0 ? LEAVES : 0) |
      (swap !== null ? SWAP : 0),
  )
  if (restart !== null) {
    w.leb(restart.round)
    w.leb(restart.carry.length)
    w.bytes(restart.carry)
  }
  if (joins.length > 0) writeSlots(w, joins, mask)
  if (leaves.length > 0) writeSlots(w, leaves, mask)
  if (swap !== null) w.u32(swap)
}

function writeSlots(w: ByteWriter, slots: readonly number[], mask: number): void {
  for (let base = 0; base < mask; base++) {
    let bits = 0
    for (const slot of slots) if (slot >> 3 === base) bits |= 1 << (slot & 7)
    w.u8(bits)
  }
}

function readSlots(r: ByteReader, slots: number): number[] {
  const out: number[] = []
  for (let base = 0; base < slots; base += 8) {
    const bits = r.u8()
    for (let i = 0; i < 8; i++) {
      if (((bits >> i) & 1) === 0) continue
      if (base + i >= slots) r.fail()
      out.push(base + i)
    }
  }
  // Nobody is named by leaving the mask out: two spellings of one tick would be two ticks to whoever compares bytes.
  if (out.length === 0) r.fail()
  return out
}

function readControl(r: ByteReader, slots: number): TickControl {
  const kinds = r.u8()
  if (kinds === 0 || kinds > 15) r.fail()
  let restart: Restart | null = null
  if ((kinds & RESTART) !== 0) {
    const round = r.leb()
    const size = r.leb()
    if (size > CARRY_BYTES) r.fail()
    restart = r.failed ? null : { round, carry: r.bytes(size).slice() }
  }
  const joins = (kinds & JOINS) !== 0 ? readSlots(r, slots) : []
  const leaves = (kinds & LEAVES) !== 0 ? readSlots(r, slots) : []
  const swap = (kinds & SWAP) !== 0 ? r.u32() : null
  return { restart, joins, leaves, swap }
}

function readEvents(r: ByteReader, slots: number): SlotEvent[] {
  const count = r.leb()
  const out: SlotEvent[] = []
  if (count === 0 || count > slots * EVENTS_PER_TICK) r.fail()
  let last = 0
  for (let i = 0; i < count && !r.failed; i++) {
    const slot = r.u8()
    const size = r.leb()
    if (slot < last || slot >= slots || size > EVENT_BYTES) r.fail()
    last = slot
    const bytes = r.bytes(size)
    if (!isSound(bytes)) r.fail()
    if (!r.failed) out.push({ slot, bytes: bytes.slice() })
  }
  return out
}

/** TICK as it was read: rows are valid until the next read. */
export class TickMessage {
  firstTick = 0
  count = 0
  readonly #slots: number
  readonly #inputBytes: number
  readonly #maxTicks: number
  readonly #rows: Uint8Array
  readonly #views: Uint8Array[] = []
  readonly #controls: (TickControl | null)[]
  readonly #events: (SlotEvent[] | null)[]

  constructor(maxTicks: number, slots: number, inputBytes: number) {
    this.#slots = slots
    this.#inputBytes = inputBytes
    this.#maxTicks = maxTicks
    const size = slots * inputBytes
    this.#rows = new Uint8Array(maxTicks * size)
    for (let i = 0; i < maxTicks; i++) this.#views.push(this.#rows.subarray(i * size, (i + 1) * size))
    this.#controls = new Array<null>(maxTicks).fill(null)
    this.#events = new Array<null>(maxTicks).fill(null)
  }

  row(offset: number): Uint8Array {
    return this.#views[offset]
  }

  control(offset: number): TickControl | null {
    return this.#controls[offset]
  }

  events(offset: number): readonly SlotEvent[] | null {
    return this.#events[offset]
  }

  /** Puts large events in the place of references to them. False: one of them is not here, and its reference stays. */
  fill(offset: number, source: LargeEventSource): boolean {
    const events = this.#events[offset]
    if (events === null) return true
    for (let i = 0; i < events.length; i++) {
      const { slot, bytes } = events[i]
      if (!isReference(bytes)) continue
      const event = source.find(this.firstTick + offset, bytes)
      if (event === null) return false
      events[i] = { slot, bytes: event }
    }
    return true
  }

  /** False: malformed, and to be dropped. */
  read(r: ByteReader, payload: Uint8Array, start: number, end: number): boolean {
    r.reset(payload, start, end)
    const size = this.#slots * this.#inputBytes
    this.firstTick = r.u32()
    this.count = r.u8()
    if (r.failed || this.firstTick === 0 || this.count === 0 || this.count > this.#maxTicks) return false
    this.#controls.fill(null)
    this.#events.fill(null)
    let entries = r.leb()
    let at = 0
    while (entries > 0) {
      entries--
      const head = r.leb()
      const entry = at + (head >>> 2)
      if (r.failed || entry >= this.count) return false
      this.#repeat(at, entry, size)
      at = entry
      this.#readEntry(r, at, size)
      if ((head & 2) !== 0) this.#controls[at] = readControl(r, this.#slots)
      if ((head & 1) !== 0) this.#events[at] = readEvents(r, this.#slots)
      if (r.failed) return false
      at++
    }
    this.#repeat(at, this.count, size)
    return !r.failed && r.remaining === 0
  }

  // Ticks without an entry are like the one before them.
  #repeat(from: number, to: number, size: number): void {
    for (let i = from; i < to; i++) {
      if (i === 0) this.#rows.fill(0, 0, size)
      else this.#rows.copyWithin(i * size, (i - 1) * size, i * size)
    }
  }

  #readEntry(r: ByteReader, at: number, size: number): void {
    this.#repeat(at, at + 1, size)
    const maskAt = r.position
    r.skip(maskBytes(this.#slots))
    if (r.failed) return
    const spare = this.#slots & 7
    if (spare !== 0 && r.peek(r.position - 1) >> spare !== 0) r.fail()
    for (let slot = 0; slot < this.#slots && !r.failed; slot++) {
      if (((r.peek(maskAt + (slot >> 3)) >> (slot & 7)) & 1) === 0) continue
      const offset = at * size + slot * this.#inputBytes
      // Deltas are against the same place, which holds the tick before already.
      readDelta(r, this.#rows, offset, offset, this.#inputBytes)
    }
  }
}

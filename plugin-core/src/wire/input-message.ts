// INPUT: every input of one player that the host has not closed yet, every time. Runs of equal inputs
// cost two or three bytes, so that repeating everything stays cheaper than asking again.
//
//   firstTick u32 · count u8 · firstTick − applied zigzag
//   until count is covered: run length LEB · changed bytes: a bit each (not with inputs of one byte) · those bytes
//   events LEB: each tick offset u8 · size LEB · bytes

import { equalBytes } from '../bytes/equal.ts'
import type { ByteReader } from '../bytes/byte-reader.ts'
import type { ByteWriter } from '../bytes/byte-writer.ts'
import { TickRing } from '../bytes/tick-ring.ts'
import { readDelta, writeDelta } from './delta.ts'
import { eventSize, isReference, isSound, writeEvent, type LargeEventSource } from './event-reference.ts'
import { EVENT_BYTES, EVENTS_PER_TICK } from './limits.ts'

/** One player's inputs and events by tick. */
export class InputRing {
  readonly inputs: TickRing
  readonly #events: (readonly Uint8Array[] | null)[]

  constructor(ticks: number, inputBytes: number) {
    this.inputs = new TickRing(ticks, inputBytes)
    this.#events = new Array<null>(this.inputs.capacity).fill(null)
  }

  set(tick: number, bytes: Uint8Array, events: readonly Uint8Array[] | null): void {
    this.inputs.claim(tick).set(bytes)
    this.#events[this.inputs.place(tick)] = events
  }

  has(tick: number): boolean {
    return this.inputs.has(tick)
  }

  events(tick: number): readonly Uint8Array[] | null {
    return this.inputs.has(tick) ? this.#events[this.inputs.place(tick)] : null
  }

  clear(): void {
    this.inputs.clear()
    this.#events.fill(null)
  }
}

/** Writes ticks `firstTick`… until `count` or until `room` bytes are nearly full; answers how many ticks it wrote. */
export function writeInput(
  w: ByteWriter,
  ring: InputRing,
  range: { firstTick: number; count: number; applied: number },
  room: number,
): number {
  const { firstTick } = range
  const size = ring.inputs.sizeBytes
  // Events are counted first: a tick travels with all of its events or not at all.
  let count = 0
  let eventCount = 0
  let bytes = 16
  while (count < range.count) {
    const events = ring.events(firstTick + count)
    let need = size + 3 + ((size + 7) >> 3)
    if (events !== null) for (const e of events) need += eventSize(e) + 4
    if (bytes + need > room) break
    bytes += need
    if (events !== null) eventCount += events.length
    count++
  }
  w.u32(firstTick)
  w.u8(count)
  w.zigzag(firstTick - range.applied)
  let previous: Uint8Array | null = null
  for (let at = 0; at < count;) {
    const current = ring.inputs.view(firstTick + at)
    let run = 1
    while (at + run < count && equalBytes(current, ring.inputs.view(firstTick + at + run))) run++
    w.leb(run)
    writeDelta(w, current, 0, previous, 0, size)
    previous = current
    at += run
  }
  w.leb(eventCount)
  if (eventCount > 0)
    for (let at = 0; at < count; at++) {
      const events = ring.events(firstTick + at)
      if (events === null) continue
      for (const e of events) {
        w.u8(at)
        writeEvent(w, e)
      }
    }
  return count
}

/** INPUT as it was read: rows are valid until the next read. */
export class InputMessage {
  firstTick = 0
  count = 0
  applied = 0
  readonly #inputBytes: number
  readonly #maxTicks: number
  readonly #rows: Uint8Array
  readonly #views: Uint8Array[] = []
  readonly #events: (Uint8Array[] | null)[]

  constructor(maxTicks: number, inputBytes: number) {
    this.#inputBytes = inputBytes
    this.#maxTicks = maxTicks
    this.#rows = new Uint8Array(maxTicks * inputBytes)
    for (let i = 0; i < maxTicks; i++) this.#views.push(this.#rows.subarray(i * inputBytes, (i + 1) * inputBytes))
    this.#events = new Array<null>(maxTicks).fill(null)
  }

  input(offset: number): Uint8Array {
    return this.#views[offset]
  }

  /** This message's own copies: the receiver may keep them. */
  events(offset: number): readonly Uint8Array[] | null {
    return this.#events[offset]
  }

  /** Puts large events in the place of references to them. False: one of them is not here, and its reference stays. */
  fill(offset: number, source: LargeEventSource): boolean {
    const events = this.#events[offset]
    if (events === null) return true
    for (let i = 0; i < events.length; i++) {
      if (!isReference(events[i])) continue
      const event = source.find(this.firstTick + offset, events[i])
      if (event === null) return false
      events[i] = event
    }
    return true
  }

  /** False: malformed, and to be dropped. */
  read(r: ByteReader, payload: Uint8Array, start: number, end: number): boolean {
    r.reset(payload, start, end)
    const size = this.#inputBytes
    this.firstTick = r.u32()
    this.count = r.u8()
    this.applied = this.firstTick - r.zigzag()
    if (r.failed || this.firstTick === 0 || this.count > this.#maxTicks || this.applied < 0) return false
    for (let at = 0; at < this.count;) {
      const run = r.leb()
      if (r.failed || run === 0 || run > this.count - at) return false
      readDelta(r, this.#rows, at * size, at === 0 ? -1 : (at - 1) * size, size)
      if (r.failed) return false
      for (let i = 1; i < run; i++) this.#rows.copyWithin((at + i) * size, at * size, (at + 1) * size)
      at += run
    }
    this.#events.fill(null)
    const events = r.leb()
    if (events > this.count * EVENTS_PER_TICK) return false
    let last = 0
    for (let i = 0; i < events; i++) {
      const offset = r.u8()
      const length = r.leb()
      if (r.failed || offset < last || offset >= this.count || length > EVENT_BYTES) return false
      last = offset
      const slice = r.bytes(length)
      if (r.failed || !isSound(slice)) return false
      const list = (this.#events[offset] ??= [])
      if (list.length === EVENTS_PER_TICK) return false
      list.push(slice.slice())
    }
    return !r.failed && r.remaining === 0
  }
}

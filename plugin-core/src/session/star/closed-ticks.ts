// The ticks that the host has closed, as a player's machine takes them in: each once, in order and whole. One that may have to host the
// match keeps the newest of them, and tells a host that knows fewer.

import { ByteReader } from '../../bytes/byte-reader.ts'
import type { TickControl } from '../../input/tick-control.ts'
import { TYPE, event, type Terms } from '../../wire/messages.ts'
import { CHANNEL, type MessageSlice } from '../../wire/packet.ts'
import { TickMessage } from '../../wire/tick-message.ts'
import type { FactList } from '../fact-list.ts'
import type { RecordSink } from '../record-sink.ts'
import type { ClientOutbox } from './client-outbox.ts'
import type { HostLine } from './host-line.ts'
import type { TickHistory } from './tick-history.ts'

/** Ticks beyond the newest simulated one that are taken: a timeline keeps those of 512. */
const AHEAD_TICKS = 448

export class ClosedTicks {
  /** Newest tick of which everything up to it has been received: what INPUT acknowledges. */
  tick = 0
  /** What else happened at it. */
  control: TickControl | null = null
  /** This host does not know all of them yet. */
  isAhead = false
  readonly #line: HostLine
  readonly #facts: FactList
  readonly #outbox: ClientOutbox
  readonly #history: TickHistory | null
  readonly #record: RecordSink | null
  readonly #message: TickMessage
  readonly #reader = new ByteReader()
  /** The newest one that the TICK in hand has for this machine. */
  #last = 0

  constructor(
    line: HostLine,
    { limits, maxPlayers, inputBytes }: Terms,
    facts: FactList,
    outbox: ClientOutbox,
    history: TickHistory | null,
    record: RecordSink | null,
  ) {
    this.#line = line
    this.#facts = facts
    this.#outbox = outbox
    this.#history = history
    this.#record = record
    this.#message = new TickMessage(2 * limits.inputBufferTicks, maxPlayers, inputBytes)
  }

  /** TICK; `next` takes what it has, one by one. False: nothing that is of use. */
  read(bytes: Uint8Array, { start, end }: MessageSlice, slot: number): boolean {
    const m = this.#message
    if (!m.read(this.#reader, bytes, start, end)) {
      this.#line.faults.malformed++
      return false
    }
    // Sent before our last acknowledgement arrived (fine), or ahead of what we have: a gap that the next one covers.
    if (m.firstTick > this.tick + 1) return false
    // Who catches up takes no more than it can keep; the rest comes again, and so does a tick whose large events are not here.
    this.#last = this.#wholeUpTo(Math.min(m.firstTick + m.count - 1, this.#line.headTick + AHEAD_TICKS), slot)
    if (this.#last > this.tick) this.#record?.tick(this.tick + 1, this.#last, bytes, start, end)
    return true
  }

  /** The next tick is closed here, too. False: that was all. */
  next(): boolean {
    if (this.tick >= this.#last) return false
    const m = this.#message
    const i = ++this.tick - m.firstTick
    this.control = m.control(i)
    const fact = this.#facts.pushTick(this.tick, m.row(i), this.control, m.events(i))
    this.#history?.keep(fact)
    return true
  }

  #wholeUpTo(last: number, slot: number): number {
    const m = this.#message
    for (let tick = this.tick + 1; tick <= last; tick++) {
      const i = tick - m.firstTick
      if (m.events(i) === null) continue
      if (!m.fill(i, this.#outbox.large)) return tick - 1
      this.#record?.events(tick, m.events(i)!)
      this.#outbox.seen(m.events(i)!, slot)
    }
    return last
  }

  /** Goes on after another tick: what is kept to host from has no gaps. */
  leap(tick: number): void {
    const isAnother = tick !== this.tick
    if (isAnother) this.#history?.clear()
    this.#outbox.leap(tick, isAnother)
    this.tick = tick
  }

  /** The host has ticks up to this one. The one before had closed more, perhaps: what is closed stays closed. */
  hostHas(closedTick: number): void {
    const history = this.#history
    const line = this.#line
    const from = closedTick + 1
    this.isAhead = closedTick < this.tick
    if (!this.isAhead || history?.has(from) !== true) return
    for (const each of history.large(from, this.tick)) line.short(TYPE.event, event, each)
    if (!line.begin()) return
    history.write(line.packets.beginMessage(), from, this.tick)
    line.endMessage(TYPE.tick, CHANNEL.input)
    line.packets.end()
  }
}

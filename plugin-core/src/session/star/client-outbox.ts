// What a player says at every call while it plays: its inputs and events, until they are closed, and its checksums.

import type { SlotEvent } from '../../input/tick-control.ts'
import { writeInput } from '../../wire/input-message.ts'
import { LIMITS } from '../../wire/limits.ts'
import { TYPE, event, hash, heartbeatUp } from '../../wire/messages.ts'
import { CHANNEL } from '../../wire/packet.ts'
import { LocalInputs } from '../local-inputs.ts'
import type { HostLine } from './host-line.ts'
import { LargeEvents } from './large-events.ts'
import type { SentEvents } from './sent-events.ts'

/** A HASH goes out in this many packets: losing all of them only skips one comparison. */
const HASH_REPEATS = 2

export class ClientOutbox {
  readonly inputs: LocalInputs
  readonly large: LargeEvents
  /** Where the host waits for nobody. */
  readonly #sent: SentEvents | null
  readonly #line: HostLine
  #hash = { tick: 0, checksum: 0 }
  #hashLeft = 0

  constructor(line: HostLine, inputBytes: number, sent: SentEvents | null) {
    this.#line = line
    this.#sent = sent
    this.large = sent ?? new LargeEvents()
    this.inputs = new LocalInputs(inputBytes, this.large)
  }

  /** False when too many wait already. */
  emit(bytes: Uint8Array): boolean {
    const queued = this.inputs.queueEvent(bytes)
    if (queued) this.large.add(bytes)
    return queued
  }

  setChecksum(tick: number, checksum: number): void {
    this.#hash = { tick, checksum }
    this.#hashLeft = HASH_REPEATS
  }

  /** It is of a state that this machine has no more. */
  dropChecksum(): void {
    this.#hashLeft = 0
  }

  /** This player's inputs begin with this tick. */
  begin(firstTick: number): void {
    this.inputs.start(firstTick)
    this.large.begin(firstTick)
  }

  /** It plays on, under another host. */
  moved(): void {
    this.#sent?.moved(this.inputs)
  }

  /** It does not play on: inputs of before would let it in at once, before it has caught up, and it would never know. */
  stop(closedTick: number): void {
    this.inputs.start(closedTick + 1)
    this.#sent?.stop()
  }

  /** Another match. */
  clear(): void {
    this.#sent?.clear()
    this.#hashLeft = 0
  }

  /** What a closed tick holds. */
  seen(events: readonly SlotEvent[], ownSlot: number): void {
    this.#sent?.seen(events, ownSlot)
  }

  /** Ticks up to this one are closed. */
  closed(tick: number): void {
    this.inputs.closed(tick)
    this.#sent?.keep(this.inputs, tick)
    this.large.closed(tick)
  }

  /** This machine goes on after another tick, without those between: inputs that are closed are not sent again. */
  leap(closedTick: number, isAnother: boolean): void {
    if (isAnother) this.#sent?.skip(this.inputs, closedTick)
    this.inputs.closed(closedTick)
  }

  /** One call. `plays` false: it has nothing to say yet but how far it is. */
  send(call: number, closedTick: number, plays: boolean, beat: { stamp: number; rosterVersion: number } | null): void {
    const line = this.#line
    const { packets } = line
    // Before the input that names it: the host has it by then.
    if (plays) for (let v = this.large.due(call); v !== null; v = this.large.due(call)) line.short(TYPE.event, event, v)
    if (!line.begin()) return
    const sent = plays ? this.#sent : null
    const room = sent?.overdue === true ? sent.repeat(packets, closedTick, line.seq++) : LIMITS.payloadBytes
    if (room > 0) {
      writeInput(packets.beginMessage(), this.inputs.ring, this.inputs.rangeFor(closedTick), room)
      line.endMessage(TYPE.input, CHANNEL.input)
    }
    if (this.#hashLeft > 0) {
      this.#hashLeft--
      line.add(TYPE.hash, hash, this.#hash)
    }
    if (beat !== null) line.add(TYPE.heartbeat, heartbeatUp, beat)
    packets.end()
  }
}

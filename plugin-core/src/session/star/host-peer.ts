// What a host knows of one peer: where it stands, its inputs that no tick has taken yet, and how
// long it has been silent.

import type { ByteReader } from '../../bytes/byte-reader.ts'
import { equalBytes } from '../../bytes/equal.ts'
import { InputMessage, InputRing } from '../../wire/input-message.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { Terms } from '../../wire/messages.ts'
import { nextState, type PeerState } from '../peer-state.ts'

export class HostPeer {
  readonly peer: number
  state: PeerState = 'handshake'
  slot = -1
  name = ''
  profile = ''
  ready = false
  /** Let go: nothing it still sends counts. */
  gone = false
  /** Rules that it proposed to swap to. */
  proposed: Terms | null = null
  /** Where its round ended, 0 when it has not; and what it hands on. */
  endTick = 0
  carry: Uint8Array = new Uint8Array(0)

  /** First tick that this peer plays. */
  firstTick = 0
  /** Newest tick up to which every input of it is here. */
  lastInput = 0
  /** Newest tick that it has applied. */
  applied = 0
  /** Host calls since it last applied one while there was one to apply: its ack lag. */
  lagCalls = 0
  /** Its first INPUT has come: it knows that it plays. */
  started = false
  ticksSent = false
  wasStalled = false
  seq = 0

  /** A packet came since the last host call. */
  heard = true
  silentCalls = 0
  missingCalls = 0
  readonly faults = { malformed: 0, wrongSession: 0, unexpected: 0 }

  #judgedFaults = 0
  #inputs: InputRing | null = null
  #message: InputMessage | null = null
  #marginSum = 0
  #marginCount = 0
  #lastMargin = 0

  constructor(peer: number) {
    this.peer = peer
  }

  get playing(): boolean {
    return this.state === 'running'
  }

  get faultCount(): number {
    return this.faults.malformed + this.faults.wrongSession + this.faults.unexpected
  }

  /** Faults since the last time. */
  takeRecentFaults(): number {
    const recent = this.faultCount - this.#judgedFaults
    this.#judgedFaults = this.faultCount
    return recent
  }

  get inputs(): InputRing {
    return this.#inputs!
  }

  enter(slot: number, name: string, profile: string, terms: Terms): void {
    this.#move('welcome')
    this.slot = slot
    this.name = name
    this.profile = profile
    this.#inputs = new InputRing(2 * terms.limits.inputBufferTicks, terms.inputBytes)
    this.#message = new InputMessage(terms.limits.inputBufferTicks, terms.inputBytes)
  }

  /** Plays from this tick on. */
  play(startTick: number): void {
    this.#move('start')
    this.#inputs!.clear()
    this.firstTick = startTick
    this.lastInput = startTick - 1
    this.applied = startTick - 1
    this.lagCalls = 0
    this.started = false
  }

  /**
   * Takes an INPUT. A repeat is harmless; another input for a tick that has one never replaces the first, and is
   * counted; inputs beyond the buffer wait to be sent again.
   */
  takeInput(r: ByteReader, bytes: Uint8Array, start: number, end: number, closedTick: number): void {
    const m = this.#message!
    if (!m.read(r, bytes, start, end) || m.applied > closedTick || m.firstTick > this.lastInput + 1) {
      this.faults.malformed++
      return
    }
    this.started = true
    const inputs = this.#inputs!
    for (let i = 0; i < m.count; i++) {
      const tick = m.firstTick + i
      if (tick <= this.lastInput) {
        if (inputs.has(tick) && !equalBytes(inputs.inputs.view(tick), m.input(i))) this.faults.unexpected++
        continue
      }
      if (tick > closedTick + LIMITS.inputBufferTicks) break
      inputs.set(tick, m.input(i), m.events(i))
      this.lastInput = tick
    }
    if (m.applied > this.applied) {
      this.applied = m.applied
      this.lagCalls = 0
    }
  }

  /** Counts how many ticks early this peer's input was when a tick closed. */
  countMargin(ticks: number): void {
    this.#marginSum += ticks
    this.#marginCount++
  }

  /** Sixteenths of a tick, the mean since the last time. */
  takeMargin(): number {
    if (this.#marginCount >= LIMITS.heartbeatTicks / 2) {
      this.#lastMargin = Math.min(32767, Math.round((this.#marginSum * 16) / this.#marginCount))
      this.#marginSum = 0
      this.#marginCount = 0
      return this.#lastMargin
    }
    // Too few ticks closed to tell: no news is not "in time".
    return -1
  }

  #move(event: 'welcome' | 'start'): void {
    const next = nextState(this.state, event)
    if (next === null) throw new Error(`peer ${this.peer}: no ${event} in state ${this.state}`)
    this.state = next
  }
}

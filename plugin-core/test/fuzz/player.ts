// What a loop is to its session, without a sim: samples inputs, takes facts, hands states on and in.

import { DuelSession } from '../../src/session/duel/duel-session.ts'
import type { Session } from '../../src/session/session.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { SnapshotOffer } from '../../src/session/transfer/snapshot-offer.ts'
import { LARGE_EVENT } from '../wire/protocol-samples.ts'
import { PACKING } from '../../src/wire/messages.ts'
import type { Seeded } from '../seeded.ts'
import { TERMS } from './terms.ts'

const STATE_BYTES = 3000
/** How far ahead of the closed tick inputs are given, as by a prediction window and an input delay. */
const AHEAD_TICKS = 10
/** Inputs that are given at once when it begins. */
const LEAD_TICKS = 4
/** Of one call: whoever is further behind gives up. */
const MOST_SAMPLES = 64

export class Player {
  readonly session: Session
  ended = false
  calls = 0
  /** The round ends at this tick; 0: it never does. */
  roundEnds = 0
  readonly #input: Uint8Array
  #sampling = false
  #sampled = 0
  #wantedTick = 0
  /** Somebody's state was taken: what follows is caught up with. */
  #hasState = false

  constructor(session: Session, inputBytes: number) {
    this.session = session
    this.#input = new Uint8Array(inputBytes)
  }

  takeFacts(): void {
    const { session } = this
    const facts = session.takeFacts()
    for (let i = 0; i < facts.length; i++) {
      const fact = facts.at(i)
      switch (fact.kind) {
        case 'welcome':
          this.#sampling = false
          break
        case 'start':
          if (session.slot >= 0 && (fact.begins || !this.#sampling)) this.#begin(fact.tick)
          break
        case 'resumed':
          if (fact.plays) break
          this.#sampling = false
          this.#hasState = true
          break
        case 'snapshot-wanted':
          this.#wantedTick = fact.tick
          break
        case 'snapshot':
          this.#hasState = fact.header.stateBytes === STATE_BYTES
          if (this.#hasState) session.snapshots!.taken(fact.header.tick)
          else session.snapshots!.refused()
          break
        case 'end':
          this.ended = true
          break
        default:
          break
      }
    }
  }

  /** One call a tick. */
  call(): void {
    const { session } = this
    this.calls++
    this.takeFacts()
    const { closedTick, snapshots, slot } = session
    if (this.#wantedTick > 0 && closedTick >= this.#wantedTick) this.#offer()
    // Caught up with the others.
    if (!this.#sampling && this.#hasState && slot >= 0 && snapshots !== null && closedTick >= snapshots.hostTick - 2) {
      snapshots.begin(closedTick + 3)
      this.#begin(closedTick + 3)
    }
    if (this.#sampling && session.state !== 'disconnected' && !this.ended) {
      // One a call, as by a clock; those behind the others are given at once.
      let left = MOST_SAMPLES
      do if (this.#sampled < closedTick + AHEAD_TICKS) this.#sample()
      while (this.#sampled <= closedTick && --left > 0)
      if (closedTick % 30 === 0 && closedTick > 0) session.setChecksum(closedTick, closedTick * 7)
    }
    if (this.roundEnds > 0 && closedTick >= this.roundEnds) {
      session.endRound(session.round, this.roundEnds, CARRY)
      this.roundEnds = 0
    }
    session.tick(closedTick, this.calls * 16)
  }

  /** What a page or its rules may do at any time. */
  act(random: Seeded): void {
    const { session } = this
    const tick = session.closedTick
    switch (random.below(9)) {
      case 0:
        session.endRound(session.round, tick, CARRY.subarray(random.below(2)))
        break
      case 1:
        session.proposeRules({ ...TERMS, rulesHash: TERMS.rulesHash + 1 + random.below(2) })
        break
      case 2:
        session.setReady(random.chance(0.5))
        break
      case 3:
        if (session.slot >= 0) session.setChecksum(tick, random.below(3))
        break
      case 4:
        if (random.chance(0.1)) session.leave(random.chance(0.5) ? 'left' : 'desync', 'as it pleased', tick)
        break
      case 5:
        if (random.chance(0.5)) session.disconnected('the line broke')
        break
      case 6:
        session.connected()
        break
      case 7:
        if (session instanceof StarClient) session.hostedMatch()
        if (session instanceof DuelSession) session.proposeDelay(random.below(8))
        break
      case 8:
        for (let i = 0; i < 70; i++) session.emit(random.chance(0.5) ? EVENT : LARGE_EVENT)
        break
    }
  }

  #begin(firstTick: number): void {
    this.#sampling = true
    this.#sampled = firstTick - 1
    for (let i = 0; i < LEAD_TICKS; i++) this.#sample()
  }

  #sample(): void {
    const tick = ++this.#sampled
    if (tick % 9 === 0) this.#input[tick % this.#input.length] = tick
    if (tick % 40 === 0) this.session.emit(EVENT)
    if (tick % 40 === 20) this.session.emit(LARGE_EVENT)
    this.session.setLocalInput(tick, this.#input)
  }

  #offer(): void {
    const tick = Math.ceil(this.#wantedTick / 30) * 30
    if (tick > this.session.closedTick) return
    this.#wantedTick = 0
    const bytes = new Uint8Array(STATE_BYTES).fill(tick)
    const { round, snapshots } = this.session
    const snapshot = { tick, round, checksum: tick * 7, stateBytes: STATE_BYTES, packing: PACKING.none, bytes }
    snapshots?.offer(SnapshotOffer.of(snapshot))
  }
}

const CARRY = Uint8Array.of(3, 1)
const EVENT = Uint8Array.of(0x82, 0x61, 0x61, 0xf6)

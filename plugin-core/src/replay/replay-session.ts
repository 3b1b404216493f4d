// Plays a recording: to the loop it is a session like any other, which learns of closed ticks one by one, by the code that reads them
// from the network. It gives a tick for each that was simulated, so the loop's calls set the pace.

import { ReusedList } from '../bytes/reused-list.ts'
import type { EndCode, Fact } from '../session/fact.ts'
import { FactList } from '../session/fact-list.ts'
import type { PeerState } from '../session/peer-state.ts'
import type { Session, SessionFaults, SnapshotPort } from '../session/session.ts'
import { NO_SLOT } from '../wire/limits.ts'
import type { Terms } from '../wire/messages.ts'
import type { Packet } from '../wire/packet.ts'
import type { Replay, ReplayState } from './replay-file.ts'

export interface ReplaySessionOptions {
  replay: Replay
  /** Of the game that plays it. */
  terms: Terms
  /** Through whose eyes; default: whose machine recorded it, or the first slot for a spectator's. */
  slot?: number
}

/** The first tick at which the recorded state and this one are not the same. */
export interface ReplayDifference {
  readonly tick: number
  readonly recorded: number
  readonly computed: number
}

/** Ticks beyond the newest simulated one that are given on the way to a wanted tick: a timeline keeps those of 512. */
const AHEAD_TICKS = 448
const NO_PACKETS = new ReusedList<Packet>()

export class ReplaySession implements Session {
  /** `syncing` on the way to a wanted tick: the loop catches up. Nobody is connected, so no other move has a meaning. */
  state: PeerState = 'disconnected'
  readonly slot: number
  closedTick = 0
  round = 0
  readonly faults: SessionFaults = { malformed: 0, wrongSession: 0, unexpected: 0 }
  /** Gives no more ticks; `seek` is obeyed all the same. */
  paused = false
  /** What is other here than where it was recorded, and may matter; null: nothing. */
  readonly notice: string | null
  difference: ReplayDifference | null = null

  readonly #replay: Replay
  readonly #facts = new FactList()
  readonly #message
  /** Why this game cannot play it. */
  readonly #refusal: string | null
  #headTick = 0
  #isOpen = false
  /** Where `seek` wants to go, from the next call on; −1: nowhere. */
  #wanted = -1
  /** Where it is going; −1: it plays on. */
  #target = -1
  #ended = false

  readonly snapshots: SnapshotPort = {
    hostTick: 0,
    offer: () => {},
    taken: tick => {
      this.closedTick = tick
      this.#headTick = tick
    },
    want: () => {},
    wanting: false,
    refused: () =>
      this.#end(
        'protocol',
        'a state of the recording cannot be taken over: its bytes are not what its checksum says, or the loop has no compression',
        this.#headTick,
      ),
    begin: () => {},
  }

  constructor({ replay, terms, slot }: ReplaySessionOptions) {
    if (terms.predictionWindow !== 0)
      throw new RangeError(
        `a recording is played with predictionWindow 0, not ${terms.predictionWindow}: nothing of it has to be predicted`,
      )
    this.#replay = replay
    this.#message = replay.newMessage()
    const { head } = replay
    this.slot = slot ?? (head.slot === NO_SLOT ? 0 : head.slot)
    if (this.slot >= head.terms.maxPlayers)
      throw new RangeError(`slot ${this.slot} is none of the ${head.terms.maxPlayers} of this recording`)
    this.#refusal = refusalOf(head.terms, terms)
    this.notice = noticeOf(head.terms, terms)
  }

  /** Goes to the state after a tick, by the nearest state before it; then it plays on, or stays if it is paused. */
  seek(tick: number): void {
    const { lastTick } = this.#replay
    this.#wanted = Math.min(Math.max(tick, this.#oldestTick), lastTick)
  }

  get #oldestTick(): number {
    const { beginTick, states } = this.#replay
    return beginTick > 0 ? beginTick : states[0].header.tick
  }

  // ---- what the loop says

  connected(): void {
    if (this.#refusal !== null) {
      this.#end('version', this.#refusal, 0)
      return
    }
    this.state = 'handshake'
    this.#isOpen = true
    if (this.#wanted < 0) this.#wanted = this.#oldestTick
    this.#facts.push({ kind: 'welcome', slot: this.slot, seed: this.#replay.head.seed })
  }

  disconnected(reason: string): void {
    this.#end('host-gone', reason, this.#headTick)
  }

  receive(): void {
    this.faults.unexpected++
  }

  tick(headTick: number): void {
    if (!this.#isOpen) return
    this.#headTick = headTick
    // Here, where the loop has taken every fact: one that waits would come behind what is wanted now.
    if (this.#wanted >= 0) {
      this.#goTo(this.#wanted)
      return
    }
    if (this.#ended) return
    const { lastTick } = this.#replay
    if (this.#target >= 0 && headTick >= this.#target) {
      this.#target = -1
      this.state = 'running'
    }
    if (headTick >= lastTick) {
      this.#endOfFile()
      return
    }
    if (this.#target < 0 && this.paused) return
    this.#give(this.#target >= 0 ? Math.min(this.#target, headTick + AHEAD_TICKS) : headTick + 1)
    if (headTick < this.closedTick) return
    // The machine was away, and came back by a state.
    const state = this.#replay.stateAfter(headTick)
    if (state === null) this.#endOfFile()
    else this.#jump(state)
  }

  setReady(): void {}

  setLocalInput(): null {
    return null
  }

  emit(): boolean {
    throw new Error('a recording is played: nothing is added to what happened')
  }

  setChecksum(tick: number, checksum: number): void {
    const recorded = this.#replay.checksums.get(tick)
    if (recorded === undefined || recorded === checksum || this.difference !== null) return
    this.difference = { tick, recorded, computed: checksum }
    const why =
      this.notice ??
      'the rules are the same, so they read something that is not in the state, or that machine had gone astray'
    this.#end('desync', `at tick ${tick} the state is not the one that was recorded: ${why}`, tick)
  }

  endRound(): void {}

  proposeRules(): void {}

  leave(code: EndCode, reason: string, tick = 0): void {
    this.#end(code, reason, tick)
  }

  takePackets(): ReusedList<Packet> {
    return NO_PACKETS
  }

  takeFacts(): ReusedList<Fact> {
    return this.#facts.take()
  }

  // ---- what is played

  // On from here where nothing is to be gained by a state, else from the nearest one.
  #goTo(tick: number): void {
    const state = this.#replay.stateBefore(tick)
    const isOnTheWay = this.state !== 'handshake' && !this.#ended && this.#headTick <= tick
    if (!isOnTheWay || this.#headTick < (state?.header.tick ?? 0)) {
      if (state !== null) this.#jump(state)
      else this.#restart()
    }
    this.state = 'syncing'
    this.#target = tick
    this.#wanted = -1
    this.#ended = false
    this.difference = null
  }

  #restart(): void {
    const { beginTick, head } = this.#replay
    if (this.state !== 'handshake') this.#facts.push({ kind: 'welcome', slot: this.slot, seed: head.seed })
    this.closedTick = beginTick - 1
    this.#give(beginTick)
  }

  #jump({ header, bytes }: ReplayState): void {
    this.closedTick = header.tick
    this.round = header.round
    this.#facts.push({ kind: 'snapshot', header, bytes })
  }

  #give(upTo: number): void {
    const m = this.#message
    while (this.closedTick < upTo) {
      const tick = this.closedTick + 1
      const isHere = tick >= m.firstTick && tick < m.firstTick + m.count
      if (!isHere && !this.#replay.load(tick, m)) return
      const control = m.control(tick - m.firstTick)
      if (control?.restart != null) {
        this.round = control.restart.round
        this.#facts.push({ kind: 'start', tick, round: this.round, control, closedTick: tick - 1, begins: false })
      }
      this.closedTick = tick
      this.#facts.pushTick(tick, m.row(tick - m.firstTick), control, m.events(tick - m.firstTick))
    }
  }

  #endOfFile(): void {
    const { end, fault, lastTick } = this.#replay
    if (end !== null) this.#end(end.code, end.reason, end.tick)
    else
      this.#end(
        'left',
        fault === null ? `the recording ends with tick ${lastTick}` : `the recording ends: ${fault}`,
        lastTick,
      )
  }

  #end(code: EndCode, reason: string, tick: number): void {
    if (this.#ended) return
    this.#ended = true
    this.state = 'disconnected'
    this.#target = -1
    this.#facts.push({ kind: 'end', code, reason, tick })
  }
}

/** What no rules could get past; null: it can be played. */
function refusalOf(then: Terms, now: Terms): string | null {
  if (then.game !== now.game) return `the recording is of "${then.game}", this is "${now.game}"`
  if (then.schemaHash !== now.schemaHash || then.inputBytes !== now.inputBytes || then.maxPlayers !== now.maxPlayers)
    return `the recording is of version ${then.version} of "${then.game}", whose components or inputs are not those of version ${now.version} here`
  return null
}

/** With other rules it is played as far as it is the same. */
function noticeOf(then: Terms, now: Terms): string | null {
  if (then.version !== now.version)
    return `the rules have changed since: version ${then.version} was recorded, this is version ${now.version}`
  if (then.rulesHash !== now.rulesHash)
    return `the rules have changed since: both are version ${now.version}, but their code differs`
  return null
}

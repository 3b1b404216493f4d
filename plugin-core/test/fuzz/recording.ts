// Real matches, packet by packet: what state machines are brought to their stages with, and what mutants descend from.

import { DuelSession } from '../../src/session/duel/duel-session.ts'
import type { Session } from '../../src/session/session.ts'
import { ClientPace } from '../../src/session/star/client-pace.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { TickHistory } from '../../src/session/star/tick-history.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import { RowRing } from '../../src/wire/tick-message.ts'
import { Player } from './player.ts'
import { TERMS } from './terms.ts'

export const CALLS = 360

/** What happened at a call: a packet, or a line that came up or broke. `peer`: of whom it came (up), or whose it was (down). */
export interface Recorded {
  readonly call: number
  readonly peer: number
  readonly what: 'packet' | 'joined' | 'left'
  readonly bytes: Uint8Array
}

export interface Recording {
  /** A host as it was before anything of this happened. */
  readonly makeHost: () => StarHost
  readonly up: readonly Recorded[]
  readonly down: readonly Recorded[]
}

/** Peers of the star: two who begin, one who comes later, one who only watches. */
export const STAR_PEERS: readonly { peer: number; at: number; spectator: boolean }[] = [
  { peer: 1, at: 0, spectator: false },
  { peer: 2, at: 0, spectator: false },
  { peer: 3, at: 100, spectator: false },
  { peer: 4, at: 130, spectator: true },
]
/** Calls of the plan: everyone has other rules, the line of peer 2 breaks, and is back. */
const RULES_AT = 300
const BREAKS_AT = 200
const BACK_AT = 230
/** The first round ends at this tick. */
const ROUND_ENDS = 70
/** Calls before the host of a match is gone that others go on with. */
const HOSTED_CALLS = 160

export function starClient(peer: number, spectator: boolean): StarClient {
  const ticket = Uint8Array.of(peer, 1, 2, 3, 4, 5, 6, 7)
  const spectate = spectator ? { delayTicks: 4 } : null
  const options = { terms: TERMS, name: `p${peer}`, profile: '#f54', ticket, spectate }
  // As in an authoritative match, whatever its host does.
  const pace = new ClientPace(2, TERMS.predictionWindow)
  return new StarClient({ ...options, history: new TickHistory(TERMS), comesBack: true, pace })
}

/** A match of four, from its first packet on. */
export function recordStar(): Recording {
  return new StarRecorder(starHost).record(CALLS)
}

/** The same match, after the machine that hosted it is gone and another host goes on with it. */
export function recordTakeOver(): Recording {
  const recorder = new StarRecorder(starHost)
  recorder.record(HOSTED_CALLS)
  return recorder.takeOver().record(CALLS)
}

function starHost(): StarHost {
  return new StarHost({ room: 'fuzz', sessionId: { hi: 7, lo: 9 }, epoch: 5, seed: 1 })
}

class StarRecorder {
  #makeHost: () => StarHost
  #host: StarHost
  readonly #players = new Map<number, Player>()
  #up: Recorded[] = []
  #down: Recorded[] = []
  #call = 0
  #planned = true

  constructor(makeHost: () => StarHost) {
    this.#makeHost = makeHost
    this.#host = makeHost()
  }

  record(calls: number): Recording {
    for (let left = calls; left > 0; left--) this.#oneCall()
    for (const [peer, { session, ended }] of this.#players)
      if (ended || session.state !== 'running')
        throw new Error(`peer ${peer} of the recording is ${session.state}: nothing to mutate from`)
    return { makeHost: this.#makeHost, up: this.#up, down: this.#down }
  }

  /** Everyone's line breaks; the second player hosts from what it knows, and all come back. */
  takeOver(): this {
    const known = (this.#players.get(2)!.session as StarClient).hostedMatch()
    if (known === null) throw new Error('the player knows too little to host')
    const match = { ...known, rows: copyOf(known.rows, known.closedTick) }
    this.#makeHost = () => StarHost.resume('fuzz', match)
    this.#host = this.#makeHost()
    this.#up = []
    this.#down = []
    this.#call = 0
    this.#planned = false
    for (const [peer, { session }] of this.#players) {
      session.disconnected('the host is gone')
      this.#line(peer, 'joined')
      session.connected()
    }
    return this
  }

  #oneCall(): void {
    const host = this.#host
    if (this.#planned) this.#plan()
    for (const [peer, player] of this.#players) {
      player.call()
      for (const { bytes } of player.session.takePackets()) {
        this.#up.push({ call: this.#call, peer, what: 'packet', bytes: bytes.slice() })
        host.receive(peer, bytes.slice())
      }
    }
    host.tick()
    for (const { peer, bytes } of host.takePackets()) {
      this.#down.push({ call: this.#call, peer, what: 'packet', bytes: bytes.slice() })
      this.#players.get(peer)?.session.receive(bytes.slice())
    }
    host.takeDepartures()
    this.#call++
  }

  #plan(): void {
    const call = this.#call
    for (const { peer, at, spectator } of STAR_PEERS) {
      if (at !== call) continue
      const session = starClient(peer, spectator)
      const player = new Player(session, TERMS.inputBytes)
      if (at === 0) player.roundEnds = ROUND_ENDS
      this.#players.set(peer, player)
      this.#line(peer, 'joined')
      session.setReady(true)
      session.connected()
    }
    if (call === RULES_AT)
      for (const { session } of this.#players.values())
        session.proposeRules({ ...TERMS, rulesHash: TERMS.rulesHash + 1 })
    const { session } = this.#players.get(2)!
    if (call === BREAKS_AT) {
      session.disconnected('the line broke')
      this.#line(2, 'left')
    }
    if (call === BACK_AT) {
      this.#line(2, 'joined')
      session.connected()
    }
  }

  #line(peer: number, what: 'joined' | 'left'): void {
    this.#up.push({ call: this.#call, peer, what, bytes: NO_BYTES })
    if (what === 'joined') this.#host.joined(peer)
    else this.#host.left(peer)
  }
}

const NO_BYTES = new Uint8Array(0)

// The player's own goes on.
function copyOf(rows: RowRing, newestTick: number): RowRing {
  const copy = new RowRing(rows.rows.capacity, rows.slots, rows.inputBytes)
  for (let tick = newestTick; rows.has(tick); tick--)
    copy.claim(tick, rows.control(tick), rows.events(tick)).set(rows.row(tick))
  return copy
}

export function duelSession(side: number): DuelSession {
  return new DuelSession({
    terms: { ...TERMS, maxPlayers: 2 },
    name: `side ${side}`,
    profile: '',
    nonce: { hi: 0, lo: side },
    inputDelay: 2,
  })
}

/** What each of two sides heard; `peer` is who heard it. */
export function recordDuel(): Recorded[] {
  const heard: Recorded[] = []
  const sides = [1, 2].map(side => new Player(duelSession(side) as Session, TERMS.inputBytes))
  for (const side of sides) {
    side.roundEnds = ROUND_ENDS
    side.session.setReady(true)
    side.session.connected()
  }
  for (let call = 0; call < CALLS; call++)
    sides.forEach((from, i) => {
      const session = from.session as DuelSession
      if (call === RULES_AT) session.proposeRules({ ...TERMS, maxPlayers: 2, rulesHash: TERMS.rulesHash + 1 })
      if (call === BREAKS_AT && i === 0) session.proposeDelay(4)
      from.call()
      for (const { bytes } of from.session.takePackets()) {
        heard.push({ call, peer: 2 - i, what: 'packet', bytes: bytes.slice() })
        sides[1 - i].session.receive(bytes.slice())
      }
    })
  if (sides.some(p => p.ended || p.session.state !== 'running' || p.session.closedTick < CALLS / 2))
    throw new Error('the duel of the recording did not get far: nothing to mutate from')
  return heard
}

// One room: the host's state machine on its grid, and the connections of its peers as the host's transport.

import { randomBytes } from 'node:crypto'
import {
  HostRunner,
  StarHost,
  type Clock,
  type Admission,
  type EventRelayOf,
  type HostTransport,
  type JoiningPlayer,
  type RefereeOf,
  type StarHostOptions,
  type TransportEvents,
} from '@lockstride/core/host'
import { CLOSE, type Connection } from './connection.ts'
import type { Place } from './places.ts'
import { RoomRights } from './room-rights.ts'

/** Who comes: as whom it is known when it comes again (null: as nobody), and what it may beyond what everyone may. */
export interface RoomAdmission {
  readonly player: string | null
  readonly grants: readonly string[]
}

export interface RoomOptions {
  name: string
  clock: Clock
  /** Runs the rules beside authoritative matches. */
  referee: RefereeOf
  /** Judges events where the relay knows the game. */
  events: EventRelayOf
  /** A sentence: it may not come in. */
  admit: (player: JoiningPlayer) => RoomAdmission | string
  /** Whether there is room for a state of so many bytes, for somebody who comes. */
  snapshotRoom: NonNullable<StarHostOptions['snapshotRoom']>
  /** The last connection has gone. */
  onEmpty: () => void
  /** Our mistake: the host threw. The room has ended, and no other has noticed. */
  onBroken: (error: unknown) => void
}

export class Room implements Place {
  readonly kind = 'room'
  readonly name: string
  readonly host: StarHost
  readonly #runner: HostRunner
  readonly #connections = new Map<number, Connection>()
  readonly #onEmpty: () => void
  readonly #onBroken: (error: unknown) => void
  readonly #admission: RoomOptions['admit']
  readonly #rights = new RoomRights()
  /** Who came in, by peer. */
  readonly #players = new Map<number, string>()
  /** Whose message is read right now. */
  #speaker = 0
  #events: TransportEvents | null = null
  #nextPeer = 1
  /** How everyone is sent away, once the room ends. */
  #ending: { code: number; reason: string } | null = null
  #broken = false
  /** Judges the match that is played now. */
  #judge: ReturnType<EventRelayOf> = null
  /** What those of the matches before have refused. */
  #refusedBefore = 0

  constructor(options: RoomOptions) {
    this.name = options.name
    this.#onEmpty = options.onEmpty
    this.#onBroken = options.onBroken
    this.#admission = options.admit
    const { name: room, referee, snapshotRoom } = options
    const events: EventRelayOf = terms => {
      this.#refusedBefore = this.refusedEvents
      return (this.#judge = options.events(terms))
    }
    const admit = (player: JoiningPlayer): Admission | string => this.#admit(player)
    this.host = new StarHost({ room, referee, events, admit, snapshotRoom, ...randomSession() })
    const transport: HostTransport = {
      open: events => (this.#events = events),
      send: (peer, bytes) => this.#connections.get(peer)?.send(bytes),
      disconnect: (peer, reason) => this.#disconnect(peer, reason),
      close: () => {
        this.#events = null
        for (const peer of this.#connections.keys()) this.#disconnect(peer, 'the room was closed')
      },
    }
    this.#runner = new HostRunner({ host: this.host, transport, clock: this.#guardedClock(options.clock) })
    this.#runner.start()
  }

  /** Connections, also of those who are on their way out or have not said hello. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /** Malformed, wrong or unexpected packets of everyone who was ever here. */
  get faults(): number {
    return this.host.peers().reduce((sum, peer) => sum + peer.faults, this.host.stats.faults)
  }

  /** Events that their senders may not send: not passed on, in all matches that were played here. */
  get refusedEvents(): number {
    return this.#refusedBefore + (this.#judge?.faults.total ?? 0)
  }

  /** From the next tick on the player of this slot may more, or less, in all of its tabs; also when it comes again. False: nobody plays there. */
  tellRights(what: 'grant' | 'revoke', slot: number, capabilities: readonly string[]): boolean {
    let told = false
    this.#guarded(() => {
      const peers = this.host.peers().filter(each => each.slot >= 0)
      const player = this.#players.get(peers.find(each => each.slot === slot)?.peer ?? 0)
      told = this.host[what](slot, capabilities)
      if (!told || player === undefined) return
      this.#rights.note(player, what, capabilities)
      for (const each of peers)
        if (each.slot !== slot && this.#players.get(each.peer) === player) this.host[what](each.slot, capabilities)
    })
    return told
  }

  #admit(joining: JoiningPlayer): Admission | string {
    const admission = this.#admission(joining)
    if (typeof admission === 'string') return admission
    const { player, grants } = admission
    if (player === null) return { grants }
    this.#players.set(this.#speaker, player)
    return this.#rights.of(player, grants)
  }

  /** Takes a connection in; answers where its messages and its end are to be told. */
  add(connection: Connection): { message: (bytes: Uint8Array) => void; closed: (reason: string) => void } {
    const peer = this.#nextPeer++
    this.#connections.set(peer, connection)
    this.#guarded(() => this.#events?.joined(peer))
    return {
      message: bytes => {
        this.#speaker = peer
        this.#guarded(() => this.#events?.message(peer, bytes))
      },
      closed: reason => {
        this.#connections.delete(peer)
        this.#players.delete(peer)
        this.#guarded(() => this.#events?.left(peer, reason))
        if (this.#connections.size === 0) this.#onEmpty()
      },
    }
  }

  /** Says goodbye to everyone and stops its timer; the connections follow one by one. */
  end(reason: string): void {
    this.#ending ??= { code: CLOSE.goingAway, reason }
    this.#guarded(() => this.#runner.stop(reason))
  }

  #disconnect(peer: number, reason: string): void {
    const { code, reason: why } = this.#ending ?? { code: CLOSE.normal, reason }
    this.#connections.get(peer)?.end(code, why)
  }

  // A mistake in one room must not end the others, which run in the same process.
  #guarded(run: () => void): void {
    if (this.#broken) return
    try {
      run()
    } catch (error) {
      this.#broken = true
      this.#events = null
      this.#ending = { code: CLOSE.ourMistake, reason: 'the relay made a mistake in this room, and has ended it' }
      for (const peer of this.#connections.keys()) this.#disconnect(peer, '')
      this.#onBroken(error)
    }
  }

  #guardedClock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      schedule: (delayMs, run) => clock.schedule(delayMs, () => this.#guarded(run)),
    }
  }
}

/** Never zero, and not to be guessed: a packet of another session is dropped. */
export function randomSession(): { sessionId: { hi: number; lo: number }; epoch: number; seed: number } {
  const random = randomBytes(16)
  return {
    sessionId: { hi: random.readUInt32LE(0), lo: (random.readUInt32LE(4) | 1) >>> 0 },
    epoch: random[8],
    seed: random.readUInt32LE(12),
  }
}

// Where connections belong: a room, whose host closes ticks; a pipe for two; or the topics. What happens in a place is its own
// business.

import {
  deflate,
  hostRules,
  type Clock,
  type EventRelayOf,
  type JoiningPlayer,
  type RefereeOf,
} from '@lockstride/core/host'
import { CLOSE, type Connection, type ConnectionOptions } from './connection.ts'
import { roomNameRefusal, type RelayLimits } from './limits.ts'
import { Pipe } from './pipe.ts'
import type { RelayGame } from './relay-options.ts'
import { Room, type RoomAdmission } from './room.ts'
import { Topics } from './topics.ts'

export interface Place {
  readonly kind: 'room' | 'pipe' | 'topics'
  /** Takes a connection in; answers where its messages and its end are to be told. */
  add(connection: Connection): { message: (bytes: Uint8Array) => void; closed: (reason: string) => void }
}

/** Why there is no place, as the connection's close code and reason. */
export interface Refusal {
  readonly code: number
  readonly refusal: string
}

export interface PlaceCounts {
  rooms: number
  peers: number
  pipes: number
  pipePeers: number
  topicPeers: number
  /** Since the start, of places that are no more, too: */
  ticksClosed: number
  faults: number
  refusedEvents: number
  lost: number
}

export interface PlacesOptions {
  limits: RelayLimits
  clock: Clock
  /** Their rules run beside authoritative matches. */
  games: readonly RelayGame[]
  /** Judges what players say, where that is known. */
  events: EventRelayOf
  /** Who comes into which room, and what it may beyond what everyone may. */
  admit: (player: JoiningPlayer, room: string) => RoomAdmission | string
  /** A room has ended by our mistake. */
  onError: (error: unknown, room: string) => void
}

export function asksForTopics(query: URLSearchParams): boolean {
  return query.has('topics')
}

export class Places {
  readonly #options: PlacesOptions
  readonly #rooms = new Map<string, Room>()
  readonly #closings = new Map<string, () => void>()
  readonly #pipes = new Map<string, Pipe>()
  readonly #topics: Topics
  readonly #gone = { ticksClosed: 0, faults: 0, refusedEvents: 0, lost: 0 }
  #ended = false

  constructor(options: PlacesOptions) {
    this.#options = options
    this.#topics = new Topics(options.limits)
  }

  /**
   * What a connection asks for, `?topics`, `?pipe=name` or `?room=name`: the place, made if it has to be, or why not. With `&as=secret`
   * one comes back to one's own end of a pipe, though the connection before seems to live.
   */
  find(query: URLSearchParams): Place | Refusal {
    if (asksForTopics(query)) return this.#topicsFor()
    const pipe = query.get('pipe')
    const name = pipe ?? query.get('room') ?? 'lobby'
    const refusal = roomNameRefusal(name)
    if (refusal !== null) return { code: CLOSE.unwelcome, refusal }
    return pipe !== null ? this.#pipeFor(name, query.get('as')) : this.#roomFor(name)
  }

  /** The room of this name, where there is one. */
  room(name: string): Room | null {
    return this.#rooms.get(name) ?? null
  }

  /** How a connection of this place is kept. */
  mannersAt(place: Place): Pick<ConnectionOptions, 'limits' | 'frames' | 'watchMs'> {
    const { limits } = this.#options
    switch (place.kind) {
      case 'room':
        return { limits }
      case 'pipe':
        return { limits, watchMs: limits.answerMs }
      case 'topics':
        return {
          limits: { ...limits, messagesPerSecond: limits.topicMessagesPerSecond },
          frames: 'text',
          watchMs: limits.answerMs,
        }
    }
  }

  counts(): PlaceCounts {
    const counts = {
      rooms: this.#rooms.size,
      peers: 0,
      pipes: this.#pipes.size,
      pipePeers: 0,
      topicPeers: this.#topics.connectionCount,
      ...this.#gone,
    }
    counts.faults += this.#topics.faults
    for (const room of this.#rooms.values()) {
      counts.peers += room.connectionCount
      counts.ticksClosed += room.host.stats.ticksClosed
      counts.faults += room.faults
      counts.refusedEvents += room.refusedEvents
    }
    for (const pipe of this.#pipes.values()) {
      counts.pipePeers += pipe.connectionCount
      counts.lost += pipe.lost
    }
    return counts
  }

  /** Says goodbye to everyone; the connections follow one by one. */
  end(reason: string): void {
    this.#ended = true
    for (const cancel of this.#closings.values()) cancel()
    this.#closings.clear()
    for (const room of this.#rooms.values()) room.end(reason)
    for (const pipe of this.#pipes.values()) pipe.end(reason)
    this.#topics.end(reason)
  }

  /** Once the last connection is gone. */
  forget(): void {
    for (const room of this.#rooms.values()) this.#forget(room)
  }

  #topicsFor(): Place | Refusal {
    const { topicPeers } = this.#options.limits
    if (this.#topics.connectionCount < topicPeers) return this.#topics
    return { code: CLOSE.tryLater, refusal: `this relay is full: ${topicPeers} connections to its topics` }
  }

  #pipeFor(name: string, as: string | null): Place | Refusal {
    const taken = { code: CLOSE.full, refusal: 'this duel has its two players already: choose another room' }
    const known = this.#pipes.get(name)
    if (known !== undefined) return known.seat(as) ?? taken
    const { pipes } = this.#options.limits
    if (this.#pipes.size >= pipes)
      return { code: CLOSE.tryLater, refusal: `this relay is full: it has ${pipes} duels; try again later` }
    const pipe = new Pipe(() => {
      this.#gone.lost += pipe.lost
      this.#pipes.delete(name)
    })
    this.#pipes.set(name, pipe)
    return pipe.seat(as)!
  }

  #roomFor(name: string): Place | Refusal {
    const { rooms, peersPerRoom } = this.#options.limits
    const known = this.#rooms.get(name)
    if (known !== undefined) {
      if (known.connectionCount >= peersPerRoom)
        return { code: CLOSE.full, refusal: `the room is full: ${peersPerRoom} connections` }
      this.#closings.get(name)?.()
      this.#closings.delete(name)
      return known
    }
    if (this.#rooms.size >= rooms)
      return { code: CLOSE.tryLater, refusal: `this relay is full: it has ${rooms} rooms; try again later` }
    const room = new Room({
      name,
      clock: this.#options.clock,
      referee: this.#refereeOf(name),
      events: this.#options.events,
      admit: player => this.#options.admit(player, name),
      snapshotRoom: bytes => this.#hasRoomFor(bytes),
      onEmpty: () => this.#onEmpty(room),
      onBroken: error => {
        this.#forget(room)
        this.#options.onError(error, name)
      },
    })
    this.#rooms.set(name, room)
    return room
  }

  #hasRoomFor(stateBytes: number): boolean {
    let sum = stateBytes
    for (const room of this.#rooms.values()) sum += room.host.snapshotBytes
    return sum <= this.#options.limits.stateBytes
  }

  // Packed: a state goes to everyone who comes, and this process has more rooms to see to.
  #refereeOf(room: string): RefereeOf {
    const { games, onError } = this.#options
    return hostRules(
      ...games.map(each => ({ ...each, compression: deflate, fault: (error: unknown) => onError(error, room) })),
    )
  }

  #onEmpty(room: Room): void {
    if (this.#ended || this.#rooms.get(room.name) !== room) return
    const { limits, clock } = this.#options
    const cancel = clock.schedule(limits.emptyRoomMs, () => {
      this.#closings.delete(room.name)
      room.end('the room is empty')
      this.#forget(room)
    })
    this.#closings.set(room.name, cancel)
  }

  #forget(room: Room): void {
    if (this.#rooms.get(room.name) !== room) return
    this.#gone.faults += room.faults
    this.#gone.refusedEvents += room.refusedEvents
    this.#gone.ticksClosed += room.host.stats.ticksClosed
    this.#rooms.delete(room.name)
  }
}

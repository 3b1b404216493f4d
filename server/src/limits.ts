// What a relay allows, in one place, each with its reason. Every number may be set by whoever runs it.

import { LIMITS } from '@lockstride/core/host'

export interface RelayLimits {
  /** Rooms at once: one core runs about 70 of 8 players at 60 Hz, and most rooms are smaller or idle. */
  readonly rooms: number
  /** Connections of one room. The game's own number of players is the host's to watch; this bounds those who never say hello. */
  readonly peersPerRoom: number
  /** Connections of one address, of IPv6 of one /64 network: a class room or an office behind one router still fits. */
  readonly connectionsPerAddress: number
  /** Most bytes of one message: a packet. A larger one ends its connection, before it is read. */
  readonly payloadBytes: number
  /**
   * Messages of one connection in a second that are passed on: one who hands a state on sends 64 chunks a tick at most. More are
   * dropped and counted: a page that thaws bursts, and means no harm.
   */
  readonly messagesPerSecond: number
  /** More than this in a second is an attack, and ends the connection. */
  readonly floodPerSecond: number
  /** Bytes that may wait for one reader. The host holds packets back long before; this is for whoever stops reading for good. */
  readonly bufferedBytes: number
  /**
   * Bytes of the states that are on their way to those who join a running match, in all rooms together: one of a room at a time, for a
   * few seconds. Who needs one that does not fit is refused with a sentence.
   */
  readonly stateBytes: number
  /** Pipes at once: a duel sends 120 messages a second, which the relay only passes on. */
  readonly pipes: number
  /** Connections to the topics at once: two for each duel that is about to begin or running. */
  readonly topicPeers: number
  /** Topics of one connection. A rendezvous takes two: the room's, and one's own. */
  readonly topicsPerPeer: number
  /** Connections of one topic, each of which gets every message of all others: two meet in a duel. */
  readonly peersPerTopic: number
  /** Most bytes of one message to a topic: a WebRTC offer, encrypted, is 2 to 4 KB. */
  readonly topicBytes: number
  /** Messages of one connection to its topics in a second that are passed on: an offer and its addresses come in a burst of some twenty. */
  readonly topicMessagesPerSecond: number
  /** Who has not finished asking within this is cut off, on a server of the relay's own: sockets that say a letter now and then take memory. */
  readonly handshakeMs: number
  /** A pipe's or a topic's connection that does not answer for this long is cut off: its network has gone, and its place is needed. */
  readonly answerMs: number
  /** An empty room is kept this long: a page that reloads finds its room again. */
  readonly emptyRoomMs: number
}

export const RELAY_LIMITS: RelayLimits = {
  rooms: 256,
  peersPerRoom: LIMITS.peers + 16,
  connectionsPerAddress: 64,
  payloadBytes: LIMITS.packetBytes,
  messagesPerSecond: 4500,
  floodPerSecond: 20_000,
  bufferedBytes: 1024 * 1024,
  stateBytes: 256 * 1024 * 1024,
  pipes: 1024,
  topicPeers: 2048,
  topicsPerPeer: 8,
  peersPerTopic: 16,
  topicBytes: 16 * 1024,
  topicMessagesPerSecond: 100,
  handshakeMs: 10_000,
  answerMs: 10_000,
  emptyRoomMs: 3000,
}

/** Room names travel in links: letters, digits and what most people type, without control characters. */
export const ROOM_NAME_LENGTH = 64

/** Topics are hashes, 40 characters or so. */
export const TOPIC_LENGTH = 128

/** Why a room may not have this name, or null. */
export function roomNameRefusal(name: string): string | null {
  if (name !== '' && name.length <= ROOM_NAME_LENGTH && !/\p{Cc}/u.test(name)) return null
  return `a room's name has 1 to ${ROOM_NAME_LENGTH} characters, none of them a control character`
}

/** The limits with every number in place. Throws a sentence for one that makes no sense. */
export function checkedLimits(limits: Partial<RelayLimits>): RelayLimits {
  const all = { ...RELAY_LIMITS, ...limits }
  for (const [name, value] of Object.entries(all)) {
    if (!(name in RELAY_LIMITS))
      throw new TypeError(`createRelay: there is no limit "${name}", but ${Object.keys(RELAY_LIMITS).join(', ')}`)
    const least = name === 'emptyRoomMs' ? 0 : 1
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`createRelay: the limit ${name} is ${value}, and takes a whole number of at least ${least}`)
  }
  return all
}

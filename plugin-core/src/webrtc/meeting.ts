// On the page, because only pages have RTCPeerConnection: finds the other browser, and opens a channel to it that loses rather than
// waits, for the worker. Loaded when a duel asks for it, and not before.

import type { JoinRoom, JoinRoomConfig, Room } from '@trystero-p2p/core'
import type { MeetingPlace } from '../transport/description.ts'
import type { DirectMessage } from '../worker/port-messages.ts'
import { handOver } from './hand-over.ts'
import { joinInPublic } from './public-strategy.ts'
import { joinAtRelay } from './relay-topics.ts'

/** Trystero's way of joining a room, and how it is closed after. */
export interface Joining {
  join: JoinRoom
  close(): void
}

export type Post = (message: DirectMessage, transfer: Transferable[]) => void

/** Unordered, and sent once: what is late is of no use. Both ends open it under this number, so neither has to ask the other. */
const CHANNEL = { ordered: false, maxRetransmits: 0, negotiated: true, id: 77 } as const
const CHANNEL_NAME = 'lockstride'
/** More who claim to be the other player are strangers that try. */
const MAX_PEERS = 4

/**
 * Looks for the other browser until the signal ends it, also again after a connection was lost. `post` gets each channel, and why
 * there will be none.
 */
export async function meet(place: MeetingPlace, signal: AbortSignal, post: Post): Promise<void> {
  if (signal.aborted) return
  const fail = (reason: string): void => {
    if (!signal.aborted) post({ type: 'noDirect', reason }, [])
  }
  if (typeof RTCPeerConnection === 'undefined') {
    fail('this browser has no WebRTC')
    return
  }
  let joining: Joining
  try {
    const { strategy, relay } = place.description
    joining = strategy === 'relay' ? joinAtRelay(relay!) : await joinInPublic(strategy)
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
    return
  }
  if (signal.aborted) joining.close()
  else begin(place, joining, signal, post)
}

/** Meets there until the signal ends it. */
export function begin(
  { description, game, place }: MeetingPlace,
  joining: Joining,
  signal: AbortSignal,
  post: Post,
): void {
  meetings++
  const connections = new Map<string, RTCPeerConnection>()
  // At one's own relay nobody else is asked. Whoever chooses a public network has chosen strangers' help, also to find a way.
  const { strategy, strategyUrls: urls, iceServers } = description
  const servers = iceServers ?? (strategy === 'relay' ? [] : null)
  const config: JoinRoomConfig = { appId: `lockstride/${game}`, rtcPolyfill: noted() }
  if (urls !== null) config.relayConfig = { urls }
  if (servers !== null) config.rtcConfig = { iceServers: servers }
  const room = joining.join(config, place)
  room.onPeerJoin = peer => {
    const connection = room.getPeers()[peer]
    if (connection === undefined) return
    connections.get(peer)?.close()
    connections.set(peer, connection)
    // Also while leaving: it is closed with the others.
    if (signal.aborted || connections.size > MAX_PEERS) return
    const channel = channelOf(connection)
    if (channel !== null) handOver(channel, (given, transfer) => post({ type: 'direct', channel: given }, transfer))
  }
  room.onPeerLeave = peer => {
    // Trystero lets go of a connection that has failed, and leaves it open.
    connections.get(peer)?.close()
    connections.delete(peer)
  }
  signal.addEventListener('abort', () => void end(room, connections, joining), { once: true })
}

function channelOf(connection: RTCPeerConnection): RTCDataChannel | null {
  try {
    return connection.createDataChannel(CHANNEL_NAME, CHANNEL)
  } catch {
    // It closed in this very moment; Trystero tries again.
    return null
  }
}

async function end(room: Room, connections: Map<string, RTCPeerConnection>, joining: Joining): Promise<void> {
  // Tells the other side, and waits a moment for that: the match's own goodbye is on its way, too.
  await room.leave().catch(() => {})
  for (const connection of connections.values()) connection.close()
  connections.clear()
  joining.close()
  if (--meetings > 0) return
  for (const connection of open) connection.close()
  open.clear()
}

// Trystero keeps what it connected for two minutes, for another room of the page, also what was just being made when the room was left and
// nobody was told of: where nobody meets any more, the page has no connection any more.
let meetings = 0
const open = new Set<RTCPeerConnection>()
let Noted: typeof RTCPeerConnection | null = null

function noted(): typeof RTCPeerConnection {
  // Not before it is asked for: pages without it load this, too.
  Noted ??= class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      open.add(this)
      // Late, of an offer that somebody took up: whoever made it finds out.
      if (meetings === 0) queueMicrotask(() => this.close())
    }

    override close(): void {
      open.delete(this)
      super.close()
    }
  }
  return Noted
}

import type { JoinRoom, JoinRoomConfig, Room } from '@trystero-p2p/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { MeetingPlace } from '../../src/transport/description.ts'

/** What a page has, as far as it is asked here: Node has no WebRTC. */
class Connection {
  static made: Connection[] = []
  connectionState = 'new'
  constructor() {
    Connection.made.push(this)
  }
  close(): void {
    this.connectionState = 'closed'
  }
  createDataChannel(): object {
    return { readyState: 'connecting', addEventListener: () => {}, close: () => {} }
  }
}

const place = {
  game: 'sumo',
  place: 'room',
  description: { strategy: 'nostr', strategyUrls: null, iceServers: null },
} as unknown as MeetingPlace

const states = (): string[] => Connection.made.map(({ connectionState }) => connectionState)

beforeEach(() => {
  Connection.made = []
  vi.stubGlobal('RTCPeerConnection', Connection)
  vi.resetModules()
})
afterEach(() => {
  vi.unstubAllGlobals()
})

/** A room in which Trystero makes connections: of those that are ready we are told, of others we are not. */
async function room() {
  const { begin } = await import('../../src/webrtc/meeting.ts')
  const peers: Record<string, RTCPeerConnection> = {}
  let make: typeof RTCPeerConnection = RTCPeerConnection
  const joined = { leave: () => Promise.resolve(), getPeers: () => peers } as unknown as Room
  const join = ((config: JoinRoomConfig) => {
    make = config.rtcPolyfill!
    return joined
  }) as unknown as JoinRoom
  const ends = new AbortController()
  begin(place, { join, close: () => {} }, ends.signal, () => {})
  return {
    connect: () => new make(),
    ready(peer: string) {
      peers[peer] = new make()
      joined.onPeerJoin!(peer)
    },
    async end() {
      ends.abort()
      await new Promise(resolve => setTimeout(resolve))
    },
  }
}

test('who stops looking for others leaves no connection, also not one that was being made', async () => {
  const one = await room()
  one.ready('bob')
  one.connect()
  expect(states()).toEqual(['new', 'new'])
  await one.end()
  expect(states()).toEqual(['closed', 'closed'])
  one.connect()
  await new Promise(resolve => setTimeout(resolve))
  expect(states()[2]).toBe('closed')
})

test('what another meeting of the page may be making stays until it ends, too', async () => {
  const one = await room()
  const other = await room()
  one.ready('bob')
  other.connect()
  await one.end()
  expect(states()).toEqual(['closed', 'new'])
  await other.end()
  expect(states()).toEqual(['closed', 'closed'])
})

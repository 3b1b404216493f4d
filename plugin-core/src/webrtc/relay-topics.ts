// Our own relay as a place where browsers find each other: Trystero's topics, over the relay's.

import { createTopicStrategy, makeSocket, type SocketClient } from '@trystero-p2p/core'
import { relayAddress } from '../transport/websocket.ts'
import type { Joining } from './meeting.ts'

type OnMessage = (topic: string, message: string) => void | Promise<void>

/** After a connection was lost, both call again this often. */
const ANNOUNCE_MS = 5000

/** Throws a sentence when the address cannot be one. The socket comes back by itself when it is lost. */
export function joinAtRelay(relay: string): Joining {
  const topics = new Map<string, OnMessage>()
  const client = makeSocket(
    topicsAddress(relay),
    text => hear(topics, text),
    () => {
      for (const topic of topics.keys()) say(client, { type: 'subscribe', topic })
    },
  )
  const join = createTopicStrategy<SocketClient>({
    steadyAnnounceIntervalMs: ANNOUNCE_MS,
    init: () => client.ready,
    subscribeTopic(_client, topic, onMessage) {
      topics.set(topic, onMessage)
      say(client, { type: 'subscribe', topic })
      return () => {
        topics.delete(topic)
        say(client, { type: 'unsubscribe', topic })
      }
    },
    publishTopic(_client, topic, message) {
      const payload = typeof message === 'string' ? message : JSON.stringify(message)
      say(client, { type: 'publish', topic, payload })
    },
  })
  return { join, close: () => client.close?.() }
}

/** `…?topics` at the relay's address. */
export function topicsAddress(relay: string): string {
  const url = new URL(relayAddress(relay, ''))
  url.searchParams.delete('room')
  url.searchParams.set('topics', '')
  return url.href
}

function say(client: SocketClient, message: { type: string; topic: string; payload?: string }): void {
  client.send(JSON.stringify(message))
}

// Whatever the relay says may be a stranger's: what is no message of ours is none.
function hear(topics: ReadonlyMap<string, OnMessage>, text: string): void {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return
  }
  if (typeof message !== 'object' || message === null) return
  const { topic, payload } = message as Record<string, unknown>
  if (typeof topic === 'string' && typeof payload === 'string') void topics.get(topic)?.(topic, payload)
}

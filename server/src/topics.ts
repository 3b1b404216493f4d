// Topics: whoever has subscribed to one hears what others publish to it. Peers that want to meet find each other so; what they
// say is encrypted, and of no meaning here.
//
// JSON text, as Trystero's own relays speak it: {"type": "subscribe" | "unsubscribe" | "publish", "topic", "payload"} comes in,
// {"topic", "payload"} goes out.

import { CLOSE, type Connection } from './connection.ts'
import { TOPIC_LENGTH, type RelayLimits } from './limits.ts'
import type { Place } from './places.ts'

type TopicLimits = Pick<RelayLimits, 'topicsPerPeer' | 'peersPerTopic'>

export class Topics implements Place {
  readonly kind = 'topics'
  readonly #limits: TopicLimits
  readonly #topics = new Map<string, Set<Connection>>()
  readonly #connections = new Set<Connection>()
  /** Messages that were none, since the start. */
  faults = 0

  constructor(limits: TopicLimits) {
    this.#limits = limits
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  get topicCount(): number {
    return this.#topics.size
  }

  /** Takes a connection in; answers where its messages and its end are to be told. */
  add(connection: Connection): { message: (bytes: Uint8Array) => void; closed: () => void } {
    const own = new Set<string>()
    this.#connections.add(connection)
    return {
      message: bytes => {
        const message = messageOf(bytes)
        if (message === null) this.faults++
        else if (message.type === 'publish') this.#publish(connection, message.topic, message.payload)
        else if (message.type === 'subscribe') this.#subscribe(connection, own, message.topic)
        else this.#unsubscribe(connection, own, message.topic)
      },
      closed: () => {
        for (const topic of own) this.#unsubscribe(connection, own, topic)
        this.#connections.delete(connection)
      },
    }
  }

  /** Says goodbye to everyone. */
  end(reason: string): void {
    for (const connection of this.#connections) connection.end(CLOSE.goingAway, reason)
  }

  #subscribe(connection: Connection, own: Set<string>, topic: string): void {
    if (own.has(topic)) return
    const { topicsPerPeer, peersPerTopic } = this.#limits
    if (own.size >= topicsPerPeer) {
      connection.end(CLOSE.unwelcome, `too many topics: a connection has ${topicsPerPeer} at most`)
      return
    }
    const peers = this.#topics.get(topic) ?? new Set()
    if (peers.size >= peersPerTopic) {
      connection.end(CLOSE.tryLater, `this topic is full: it has ${peersPerTopic} connections`)
      return
    }
    this.#topics.set(topic, peers.add(connection))
    own.add(topic)
  }

  #unsubscribe(connection: Connection, own: Set<string>, topic: string): void {
    if (!own.delete(topic)) return
    const peers = this.#topics.get(topic)!
    peers.delete(connection)
    if (peers.size === 0) this.#topics.delete(topic)
  }

  // Also to a topic of which it does not hear: an answer goes to the one who asked, on that one's own topic.
  #publish(from: Connection, topic: string, payload: string): void {
    const peers = this.#topics.get(topic)
    if (peers === undefined) return
    const bytes = new TextEncoder().encode(JSON.stringify({ topic, payload }))
    for (const peer of peers) if (peer !== from) peer.send(bytes)
  }
}

type TopicMessage =
  { type: 'subscribe' | 'unsubscribe'; topic: string } | { type: 'publish'; topic: string; payload: string }

function messageOf(bytes: Uint8Array): TopicMessage | null {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { type, topic, payload } = value as Record<string, unknown>
  if (typeof topic !== 'string' || topic === '' || topic.length > TOPIC_LENGTH) return null
  if (type === 'subscribe' || type === 'unsubscribe') return { type, topic }
  if (type === 'publish' && typeof payload === 'string') return { type, topic, payload }
  return null
}

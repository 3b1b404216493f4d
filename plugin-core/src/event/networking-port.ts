// The network as tools and tests see it, over any session: envelopes go in, envelopes that every machine delivers come
// out, and the clock is the tick that everybody has closed.

import type { EventEnvelope } from './envelope.ts'

export interface NetworkingPort {
  readonly mode: 'p2p' | 'client-server'
  /** Queues the envelope for this player's next input. False: refused, and counted. Throws a sentence when it is too large. */
  send(evt: EventEnvelope): boolean
  /** What was delivered since the last call, in the order of delivery, once nothing can change it any more. */
  receive(): EventEnvelope[]
  /** Newest tick of which nothing can change any more. */
  syncClock(): number
}

/** Envelopes that may wait for `receive`: a tool that fell asleep misses the oldest, and its fault says so. */
export const INBOX = 1024

// What carries packets: whole messages between numbered peers, with loss, or without. Sessions never see it;
// the loop and the host runner hand bytes to it and take bytes from it.

/** The number of the host on every client's side of a star. */
export const HOST = 0

/** Why a line is down, where that is more than a line that broke: all places are taken, or the other side said goodbye. */
export type LeftCause = 'full' | 'bye'

/** What a transport tells whoever opened it. None of these is called before `open`, nor after `close` has returned. */
export interface TransportEvents {
  /** One whole message of a peer that has joined. The bytes are the transport's: valid only during the call. */
  message(peer: number, bytes: Uint8Array): void
  /** The line to this peer is up: `send` reaches it from now on. */
  joined(peer: number): void
  /** The line is down, or never came up; the reason is a sentence for people. Nothing comes from this peer any more. */
  left(peer: number, reason: string, cause?: LeftCause): void
}

/**
 * The contract, in the order in which it happens:
 *
 * 1. The transport is made. It may prepare its line, and reports nothing.
 * 2. `open(events)` is called once. Events may come from now on, also before `open` has returned. A second `open` throws.
 * 3. For each peer `joined(peer)` comes first, or `left(peer, reason)` where the line never came up. A client knows one
 *    peer, `HOST`. A host numbers its connections from 1, and never uses a number again.
 * 4. Between `joined` and `left`, `message(peer, bytes)` gives whole messages: never cut, never joined together; perhaps
 *    late, twice, in another order or not at all. Their bytes are not to be trusted, and are copied by who keeps them.
 * 5. `send(peer, bytes)` takes one whole message. The caller may reuse the bytes as soon as it returns. To a peer that is
 *    unknown or gone it does nothing. It never throws for what the network does.
 * 6. `left(peer, reason)` comes exactly once for each peer that joined, whoever ended the line, unless `close` came first.
 * 7. `close()` ends every line and frees what it holds; no event follows. It may be called at any time and often, also
 *    before `open` and inside an event.
 */
export interface Transport {
  /** Step 2. */
  open(events: TransportEvents): void
  /** Step 5. */
  send(peer: number, bytes: Uint8Array): void
  /** Step 7. */
  close(): void
}

/** A host's side of a star: many peers, each of which it may let go. */
export interface HostTransport extends Transport {
  /**
   * Ends the line to one peer once what was sent to it is on its way, and tells it the reason where the line can. Then
   * `left(peer, reason)` follows (step 6), perhaps inside this call. For an unknown peer it does nothing.
   */
  disconnect(peer: number, reason: string): void
}

// What a player's session is told by whoever runs it: who this is, what it comes for, and who helps it.

import type { Terms } from '../../wire/messages.ts'
import type { RecordSink } from '../record-sink.ts'
import type { ClientPace } from './client-pace.ts'
import type { TickHistory } from './tick-history.ts'

export interface StarClientOptions {
  terms: Terms
  name: string
  profile: string
  /** Whoever comes again with the same one gets the same slot. */
  ticket?: Uint8Array
  /** Enters a round that is played already, rather than wait for the next one. Default true. */
  lateJoin?: boolean
  /** Only watches, this many ticks behind at least. */
  spectate?: { delayTicks: number } | null
  /** A line that breaks does not end the session: it waits to be connected again. */
  comesBack?: boolean
  /** Keeps the newest closed ticks, so that this machine can host the match if the one that does is gone. */
  history?: TickHistory | null
  /** Hears what a recording of the match keeps. */
  record?: RecordSink | null
  /** Keeps inputs in time where the host does not wait for them. */
  pace?: ClientPace | null
}

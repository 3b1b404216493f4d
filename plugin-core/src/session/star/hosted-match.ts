// What a player's machine knows of a running match, enough to host it from here: for when the tab that hosted it is closed.

import type { Terms } from '../../wire/messages.ts'
import type { RowRing } from '../../wire/tick-message.ts'
import type { HostSession } from './host-outbox.ts'

export interface HostedMatch extends HostSession {
  readonly terms: Terms
  /** Newest closed tick that is known here. */
  readonly closedTick: number
  /** Closed ticks up to it. */
  readonly rows: RowRing
  /** The round that is played; 0 none. */
  readonly round: number
  /** Who was in the room, but for the player whose machine hosted it. */
  readonly players: readonly { slot: number; key: number; playing: boolean }[]
  /** Slots that played and are not among them: they leave. */
  readonly gone: readonly number[]
}

// The newest closed ticks, kept by a machine that may have to host the match: for when the tab that does is closed, and to tell
// another one what that tab had closed. Loaded by matches without a server alone.

import { eventHash, isLarge } from '../../wire/event-reference.ts'
import { LIMITS } from '../../wire/limits.ts'
import type { LargeEvent, Terms } from '../../wire/messages.ts'
import type { ByteWriter } from '../../bytes/byte-writer.ts'
import { RowRing, writeTick } from '../../wire/tick-message.ts'
import type { TickFact } from '../fact-list.ts'
import type { RosterPeer } from '../roster-parts.ts'
import type { HostedMatch } from './hosted-match.ts'

/** Longer than anyone may lag behind. */
const HISTORY_TICKS = 256

export class TickHistory {
  readonly #rows: RowRing

  constructor({ maxPlayers, inputBytes }: Pick<Terms, 'maxPlayers' | 'inputBytes'>) {
    this.#rows = new RowRing(HISTORY_TICKS, maxPlayers, inputBytes)
  }

  keep({ tick, control, events, row }: TickFact): void {
    this.#rows.claim(tick, control, events).set(row)
  }

  /** Ticks are left out: what is kept to host from has no gaps. */
  clear(): void {
    this.#rows.rows.clear()
  }

  has(tick: number): boolean {
    return this.#rows.has(tick)
  }

  /** What this machine would host from, with those who are here; null when it knows too little. */
  match(known: Omit<HostedMatch, 'rows' | 'players' | 'gone'>, peers: readonly RosterPeer[]): HostedMatch | null {
    if (known.closedTick === 0 || !this.has(known.closedTick)) return null
    const here = peers.filter(p => !p.hosts)
    return {
      ...known,
      rows: this.#rows,
      players: here.map(({ slot, key, playing }) => ({ slot, key, playing })),
      gone: peers.filter(p => p.hosts && p.playing).map(p => p.slot),
    }
  }

  /** TICK for a host that does not know these. */
  write(w: ByteWriter, from: number, to: number): void {
    writeTick(w, this.#rows, from, to - from + 1, LIMITS.payloadBytes)
  }

  /** And what it has to have before. */
  large(from: number, to: number): LargeEvent[] {
    const found: LargeEvent[] = []
    for (let tick = from; tick <= to; tick++)
      for (const { bytes } of this.#rows.events(tick) ?? [])
        if (isLarge(bytes)) found.push({ tick, hash: eventHash(bytes), bytes })
    return found
  }
}

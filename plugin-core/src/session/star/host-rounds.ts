// The rounds of a match: which one was named last, and whether those who play it say that it is over. Where everyone is waited for
// they end it together; an authoritative host takes the referee's word, else that of more than half: nobody holds the others up, by
// silence or by a lie.

import { equalBytes } from '../../bytes/equal.ts'
import type { ReadyUp } from '../../wire/messages.ts'
import type { NamedRound } from './host-outbox.ts'
import type { HostPeer } from './host-peer.ts'
import type { Referee } from './referee.ts'

export interface RoundEnd {
  readonly tick: number
  readonly carry: Uint8Array
}

export class HostRounds {
  named: NamedRound = NO_ROUND

  /** The next round. */
  name(startTick: number, joins: readonly number[], carry: Uint8Array): void {
    this.named = { round: this.named.round + 1, startTick, joins, carry }
  }

  /** This one is played already, named by another host. */
  resume(round: number): void {
    this.named = { ...NO_ROUND, round }
  }

  /** READY of one who plays, which may say where its round has ended. */
  heard(p: HostPeer, { round, endTick, carry }: ReadyUp, isAuthoritative: boolean): void {
    // Where nobody is waited for, it may tell of the last round's end after this one was named.
    const stale = isAuthoritative && endTick < this.named.startTick
    if (endTick === 0 || round !== this.named.round || stale) return
    p.endTick = endTick
    p.carry = carry
  }
}

/** What all say; null: some say nothing yet. Where they say different things nobody may play on. */
export function agreedEnd(playing: readonly HostPeer[]): RoundEnd | 'disputed' | null {
  if (!playing.every(p => p.endTick > 0)) return null
  const { endTick: tick, carry } = playing[0]
  const end = { tick, carry }
  return playing.every(p => endedThere(p, end)) ? end : 'disputed'
}

export function decidedEnd(playing: readonly HostPeer[], referee: Referee | null): RoundEnd | 'disputed' | null {
  if (referee !== null) return referee.roundEnd()
  for (const { endTick, carry } of playing) {
    const end = { tick: endTick, carry }
    if (endTick > 0 && 2 * playing.filter(p => endedThere(p, end)).length > playing.length) return end
  }
  return agreedEnd(playing)
}

export function endedThere(p: HostPeer, end: RoundEnd): boolean {
  return p.endTick === end.tick && equalBytes(p.carry, end.carry)
}

const NO_ROUND: NamedRound = { round: 0, startTick: 0, joins: [], carry: new Uint8Array(0) }

// The tabs of one browser: this one hosts the room, or joins the tab that does. Loaded by matches without a server alone.

import { HostRunner } from '../loop/host-runner.ts'
import type { HostedMatch } from '../session/star/hosted-match.ts'
import type { EventRelayOf } from '../session/star/host-options.ts'
import { StarHost } from '../session/star/star-host.ts'
import { TickHistory } from '../session/star/tick-history.ts'
import { electBroadcast } from '../transport/broadcast.ts'
import { LOCAL_PEER } from '../transport/broadcast-host.ts'
import type { Clock } from '../transport/clock.ts'
import type { Transport } from '../transport/transport.ts'
import type { Terms } from '../wire/messages.ts'

export interface TabLine {
  transport: Transport
  /** Runs when this tab hosts. */
  host: HostRunner | null
}

/** `match`: where the room's last host was gone, and this tab knows how its match stood. */
export async function joinTabs(
  game: string,
  room: string,
  clock: Clock,
  match: HostedMatch | null,
  events: EventRelayOf | undefined,
): Promise<TabLine> {
  const elected = await electBroadcast(`${game}/${room}`, { clock })
  if (elected.role === 'client') return { transport: elected.clientTransport, host: null }
  const host = new HostRunner({
    host: match === null ? newHost(room, events) : StarHost.resume(room, match, LOCAL_PEER, events),
    transport: elected.hostTransport,
    clock,
  })
  host.start()
  return { transport: elected.clientTransport, host }
}

/** What every tab keeps: any of them may be the next to host. */
export function newHistory(terms: Terms): TickHistory {
  return new TickHistory(terms)
}

function newHost(room: string, events: EventRelayOf | undefined): StarHost {
  const random = crypto.getRandomValues(new Uint32Array(3))
  return new StarHost({
    room,
    sessionId: { hi: random[0], lo: (random[1] | 1) >>> 0 },
    epoch: random[0] & 0xff,
    seed: random[2],
    localPeer: LOCAL_PEER,
    events,
  })
}

// Peers of a host without a line: in the room, and playing.

import type { Hello, Terms } from '../../src/wire/messages.ts'
import { HostPeer } from '../../src/session/star/host-peer.ts'
import { terms } from './star-room.ts'

/** One in the lobby, in this slot. */
export function entered(slot: number, ticket = '', own: Partial<Terms> = {}): HostPeer {
  const p = new HostPeer(slot + 1)
  p.enter(slot, helloOf(ticket), { ...terms, ...own })
  return p
}

/** One who plays from this tick on. */
export function playing(slot: number, firstTick = 1): HostPeer {
  const p = entered(slot)
  p.play(firstTick)
  return p
}

function helloOf(ticket: string): Hello {
  return {
    terms,
    name: 'Ann',
    profile: '',
    ticket: new TextEncoder().encode(ticket),
    spectator: false,
    delayTicks: 0,
    sessionId: { hi: 0, lo: 0 },
    seed: 0,
    applied: 0,
  }
}

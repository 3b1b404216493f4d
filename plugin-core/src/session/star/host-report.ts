// What the outside may see of a host: its figures, and its peers.

import type { HostPeer } from './host-peer.ts'

export interface HostStats {
  ticksClosed: number
  /** Malformed, wrong or unexpected packets of peers that are gone; those of present peers are at the peer. */
  faults: number
  /** Times that a slow reader's packets were held back. */
  heldBack: number
  dropped: number
  desyncs: number
  /** States that were handed to somebody: to joiners, spectators and those who had gone astray. */
  snapshots: number
  /** In authoritative mode: inputs that came after their tick was closed, and those that the rules forbade. */
  lateInputs: number
  vetoedInputs: number
  /** Events of players who emitted more than ticks carry. */
  eventsDropped: number
}

/** What the outside may see of a peer. */
export interface HostPeerInfo {
  readonly peer: number
  readonly slot: number
  readonly name: string
  readonly playing: boolean
  readonly faults: number
  /** In authoritative mode: inputs that came too late, and those that the rules forbade. */
  readonly late: number
  readonly vetoed: number
  /** Cheated, as far as the host can tell: `notices` says how. */
  readonly caught: boolean
}

export function newStats(): HostStats {
  return {
    ticksClosed: 0,
    faults: 0,
    heldBack: 0,
    dropped: 0,
    desyncs: 0,
    snapshots: 0,
    lateInputs: 0,
    vetoedInputs: 0,
    eventsDropped: 0,
  }
}

export function infoOf({ peer, slot, name, playing, faultCount, late, vetoed, caught }: HostPeer): HostPeerInfo {
  return { peer, slot, name, playing, faults: faultCount, late, vetoed, caught }
}

// What an authoritative host has caught its players at. Some things happen once to the honest, too: those are named when they go on.

import type { HostPeer } from './host-peer.ts'
import type { Notice, Offence } from './referee.ts'

/** Times that are put up with. Contradictions and inputs far ahead may be left over from a line that broke. */
const TOLERATED: Readonly<Record<Offence, number>> = { state: 0, input: 0, past: 3, ahead: 8, flood: 0 }
/** Notices that are kept. */
const KEPT = 128

export class Offences {
  readonly notices: Notice[] = []
  readonly #counts = new Map<HostPeer, Record<Offence, number>>()

  /** True when this names the player for the first time. */
  add(p: HostPeer, offence: Offence, tick: number, times = 1): boolean {
    let counts = this.#counts.get(p)
    if (counts === undefined) {
      counts = { state: 0, input: 0, past: 0, ahead: 0, flood: 0 }
      this.#counts.set(p, counts)
    }
    counts[offence] += times
    if (counts[offence] <= TOLERATED[offence]) return false
    const known = this.notices.find(n => n.slot === p.slot && n.name === p.name && n.offence === offence)
    if (known !== undefined) known.count += times
    else {
      this.notices.push({ slot: p.slot, name: p.name, offence, tick, count: counts[offence] })
      if (this.notices.length > KEPT) this.notices.shift()
    }
    const first = !p.caught
    p.caught = true
    return first
  }

  /** What its inputs have done since the last time that an honest player's do not. True when this names it for the first time. */
  judge(p: HostPeer, tick: number): boolean {
    const { judged } = p
    const before = p.caught
    if (p.vetoed > judged.vetoed) this.add(p, 'input', tick, p.vetoed - judged.vetoed)
    if (p.contradicting > judged.contradicting) this.add(p, 'past', tick, p.contradicting - judged.contradicting)
    if (p.farAhead > judged.farAhead) this.add(p, 'ahead', tick, p.farAhead - judged.farAhead)
    judged.late = p.late
    judged.vetoed = p.vetoed
    judged.contradicting = p.contradicting
    judged.farAhead = p.farAhead
    return p.caught && !before
  }

  /** This peer is gone; its notices stay. */
  forget(p: HostPeer): void {
    this.#counts.delete(p)
  }

  clear(): void {
    this.#counts.clear()
    this.notices.length = 0
  }
}

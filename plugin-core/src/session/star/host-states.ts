// The states of those who play: by their checksums the host finds out whose is not the match's, and that one gets another's, as does
// whoever comes. It holds none itself.

import { ChecksumBoard } from '../checksum-board.ts'
import type { Snapshot } from '../transfer/snapshot-offer.ts'
import type { HostPeer } from './host-peer.ts'
import type { HostStats } from './host-report.ts'
import type { HostSnapshots, Unserved } from './host-snapshots.ts'
import type { Referee } from './referee.ts'
import type { HostRoster } from './host-roster.ts'

export class HostStates {
  readonly #roster: HostRoster
  readonly #snapshots: HostSnapshots
  readonly #stats: HostStats
  readonly #checksums = new ChecksumBoard()
  readonly #otherSum = (tick: number, slot: number): number | null => this.#checksums.other(tick, slot)

  constructor(roster: HostRoster, snapshots: HostSnapshots, stats: HostStats) {
    this.#roster = roster
    this.#snapshots = snapshots
    this.#stats = stats
  }

  /**
   * What this peer says of its state after a tick, compared with the referee's, else with the others'. Answers whose is wrong: they
   * get another. A sentence: nobody can tell whose is, and the match is over.
   */
  compare(p: HostPeer, tick: number, sum: number, referee: Referee | null): readonly HostPeer[] | string {
    if (referee !== null) {
      const own = referee.checksum(tick)
      return own === null || own === sum ? [] : this.#astray([p], tick)
    }
    this.#checksums.say(tick, p.slot, sum)
    const sound = this.#sound()
    const verdict = this.#checksums.judge(
      tick,
      sound.map(each => each.slot),
    )
    if (verdict === null) return []
    const { astray, differ } = verdict
    const wrong = this.#astray(
      sound.filter(each => astray?.includes(each.slot)),
      tick,
    )
    if (astray !== null) return wrong
    const [one, other] = differ
    return `desync at tick ${tick}: the states of players ${one} and ${other} differ; run synctest on the rules to find the field`
  }

  /** SNAPSHOT_REQUEST. */
  request(p: HostPeer, tick: number): void {
    if (!p.entered || p.resyncing) return
    if (!p.playing) {
      if (!p.following) this.#snapshots.add(p)
    } else if (
      // A request of before it played is late, and nothing else.
      tick === p.firstTick &&
      p.resyncedTick < tick &&
      this.#sound().some(each => each !== p)
    )
      // It came with a round of a match that others have played for longer. Once: it is no way to get out of being compared.
      this.#resync(p, tick)
  }

  /** SNAPSHOT_ACK. False: it makes no sense. */
  acked(p: HostPeer, tick: number, next: number, mask: Uint8Array, closedTick: number): boolean {
    const has = this.#snapshots.acked(p, tick, next, mask)
    if (has <= 0) return has === 0
    this.#stats.snapshots++
    if (p.playing) {
      p.resyncing = false
      p.resyncedTick = closedTick
    } else p.follow(has)
    return true
  }

  /** One host call. `own` is the state of the host's own machine, where that runs the rules. Answers who gets none. */
  handOn(closedTick: number, own: (() => Snapshot | null) | null): readonly Unserved[] {
    return this.#snapshots.tick(closedTick, this.#sound(), this.#otherSum, own)
  }

  // They get the others' state, and go on from there.
  #astray(peers: readonly HostPeer[], tick: number): readonly HostPeer[] {
    this.#stats.desyncs++
    for (const p of peers) this.#resync(p, tick)
    return peers
  }

  #resync(p: HostPeer, tick: number): void {
    p.resyncing = true
    this.#snapshots.add(p, tick)
  }

  // Who plays with a state that is the match's.
  #sound(): HostPeer[] {
    return this.#roster.players().filter(p => p.playing && !p.resyncing)
  }
}

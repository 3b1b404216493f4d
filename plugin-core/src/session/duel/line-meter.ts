// What datagrams tell of the line: who runs ahead, and how much gets lost. Every tenth one has a time sync block.

/** Datagrams from one time sync block to the next. */
export const SYNC_DATAGRAMS = 10
/** Blocks behind one word on who runs ahead: with fewer, jitter is all that is seen. */
const LEAD_BLOCKS = 3
/** Losses are told of so many expected datagrams. */
const LOSS_DATAGRAMS = 256

export class LineMeter {
  /** What the other side is told: sixteenths of a tick that this one seems ahead, with the way that its word took. */
  advantage = 0
  /** Datagrams of the other side, of the last 256 expected: counted where its blocks show how many there were. */
  received = 0
  lost = 0
  #blocks = 0
  #leadSum = 0
  #sinceBlock = 0
  #lastFrame = -1
  readonly #groups: { arrived: number; expected: number }[] = []

  /** A datagram came. */
  count(): void {
    this.#sinceBlock++
  }

  /**
   * One with a time sync block, at this side's tick `headTick`. Answers, now and then, the sixteenths of a tick that this side
   * runs ahead (0: it does not); else -1. Both ways count as equally long, so that both sides roll back equally often.
   */
  sync(headTick: number, sentFrame: number, theirs: number): number {
    this.#countLosses(sentFrame)
    const mine = (headTick - sentFrame) * 16
    this.advantage += (mine - this.advantage) / 2
    return this.#lead((mine - theirs) / 2)
  }

  /** The same of a peer that says nothing of its time (version 1): both newest inputs, and the calls there and back. */
  guess(ownNewest: number, theirNewest: number, roundTripCalls: number): number {
    if (++this.#sinceBlock < SYNC_DATAGRAMS) return -1
    this.#sinceBlock = 0
    return this.#lead((ownNewest - theirNewest - roundTripCalls / 2) * 16)
  }

  #lead(sixteenths: number): number {
    this.#leadSum += sixteenths
    if (++this.#blocks < LEAD_BLOCKS) return -1
    const lead = Math.round(this.#leadSum / this.#blocks)
    this.#blocks = 0
    this.#leadSum = 0
    return Math.max(0, Math.min(32767, lead))
  }

  // Datagrams are not numbered. There are ten from block to block; how many blocks got lost is seen at the sender's tick, or,
  // where it stands still, at what arrived.
  #countLosses(sentFrame: number): void {
    const arrived = this.#sinceBlock
    const before = this.#lastFrame
    if (sentFrame < before) return
    this.#sinceBlock = 0
    this.#lastFrame = sentFrame
    if (before < 0) return
    const blocks = Math.max(1, Math.round(arrived / SYNC_DATAGRAMS), Math.round((sentFrame - before) / SYNC_DATAGRAMS))
    const expected = Math.min(LOSS_DATAGRAMS, blocks * SYNC_DATAGRAMS)
    this.#groups.push({ arrived: Math.min(arrived, expected), expected })
    let all = 0
    for (const group of this.#groups) all += group.expected
    while (all > LOSS_DATAGRAMS) all -= this.#groups.shift()!.expected
    this.received = 0
    for (const group of this.#groups) this.received += group.arrived
    this.lost = all - this.received
  }
}

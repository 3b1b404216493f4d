// The rounds of a match, as a player's machine knows them: which is played, and where its rules ended it, which it repeats until the
// host names the next one.

export class ClientRounds {
  /** Played, or named last; 0 before the first. */
  round = 0
  /** The newest whose beginning is closed: what another host goes on from. */
  played = 0
  /** Where it ended; 0: it has not, as far as the host is to know. And what it hands on. */
  endTick = 0
  carry: Uint8Array = NO_BYTES
  /** Of the round that is played, once more for another host. */
  #lastEnd: { readonly tick: number; readonly carry: Uint8Array } | null = null

  /** To be said. */
  get isOver(): boolean {
    return this.endTick > 0
  }

  /** This machine's rules ended it. */
  ended(tick: number, carry: Uint8Array): void {
    this.#lastEnd = { tick, carry: carry.slice() }
    this.#say()
  }

  /** READY: the host has named this one. */
  named(round: number): void {
    this.round = round
    this.endTick = 0
  }

  /** A closed tick begins this one. */
  begun(round: number): void {
    this.played = round
    this.#lastEnd = null
    if (round >= this.round) this.named(round)
  }

  /** This machine goes on from a state of this one. */
  joined(round: number): void {
    this.played = round
    if (round > this.round) this.round = round
  }

  /** Under another host, to which a round that the old one had named, and never started, is not known. */
  resume(closedTick: number): void {
    this.round = this.played
    if (this.#lastEnd !== null && this.#lastEnd.tick <= closedTick) this.#say()
  }

  /** Another match. */
  clear(): void {
    this.named(0)
    this.played = 0
    this.#lastEnd = null
  }

  #say(): void {
    const { tick, carry } = this.#lastEnd!
    this.endTick = tick
    this.carry = carry
  }
}

const NO_BYTES = new Uint8Array(0)

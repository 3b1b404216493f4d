// Of a match that another host ran: who is to come back to this one, and what of closed ticks they know. Until everyone is here, or
// has had the time to be, and all that anyone knows is here too, no tick is closed: what is closed stays as it was.

import type { HostedMatch } from './hosted-match.ts'

/** Host calls that players have to come back to another host: tabs of one browser need a few. */
const COMEBACK_CALLS = 120

type Comer = HostedMatch['players'][number]

export class Comeback {
  /** Who is not back yet. */
  players: readonly Comer[]
  /** Newest tick that anyone who is back has as closed. */
  #newest: number
  #callsLeft = COMEBACK_CALLS

  constructor({ players, closedTick }: HostedMatch) {
    this.players = [...players]
    this.#newest = closedTick
  }

  /** The slot that waits for this ticket's hash; -1: none does. */
  slotOf(key: number): number {
    return this.players.find(each => each.key !== 0 && each.key === key)?.slot ?? -1
  }

  /** This slot's player is back. Null: nobody is expected there, or somebody else. */
  arrives(slot: number, key: number): Comer | null {
    const comer = this.players.find(each => each.slot === slot && each.key === key) ?? null
    if (comer !== null) this.players = this.players.filter(each => each !== comer)
    return comer
  }

  /** Somebody who plays on knows ticks up to this one as closed. */
  knows(closedTick: number): void {
    if (closedTick > this.#newest) this.#newest = closedTick
  }

  /** Everyone is back, and what they know is here. */
  isOver(closedTick: number): boolean {
    return this.players.length === 0 && this.#newest <= closedTick
  }

  /** One host call. True: they have had their time. */
  waited(): boolean {
    return --this.#callsLeft <= 0
  }
}

// A pipe for two: what one sends goes to the other, and nobody looks inside. A duel falls back to it where no direct way is found.

import { CLOSE, type Connection } from './connection.ts'
import type { Place } from './places.ts'

/** A duel. */
const PIPE_PEERS = 2

interface End {
  connection: Connection
  /** The player's own secret: who comes again with it takes this end. */
  readonly as: string | null
}

/** It lives as long as its pair: when one goes, the other is told, and whoever comes next gets a pipe of their own. */
export class Pipe {
  #ends: readonly End[] = []
  /** Messages that were not passed on, because the other side did not keep up. */
  lost = 0
  readonly #onOver: () => void

  constructor(onOver: () => void) {
    this.#onOver = onOver
  }

  get connectionCount(): number {
    return this.#ends.length
  }

  /** The place for whoever comes by this secret; null when both are taken by others. */
  seat(as: string | null): Place | null {
    if (this.#ends.length >= PIPE_PEERS && this.#endOf(as) === undefined) return null
    return { kind: 'pipe', add: connection => this.#add(connection, as) }
  }

  /** Says goodbye to both. */
  end(reason: string): void {
    for (const { connection } of this.#ends) connection.end(CLOSE.goingAway, reason)
  }

  #add(connection: Connection, as: string | null): ReturnType<Place['add']> {
    const end = this.#endOf(as) ?? { connection, as }
    if (end.connection === connection) this.#ends = [...this.#ends, end]
    else {
      // Its network changed, and the connection before is dead without knowing. The other side has noticed nothing.
      const before = end.connection
      end.connection = connection
      before.end(CLOSE.normal, 'this player came again')
    }
    return {
      message: bytes => {
        const other = this.#otherThan(connection)
        // Whoever talks through a pipe repeats itself: old news that pile up for a slow reader help nobody.
        if (other?.isBehind === true) this.lost++
        else other?.send(bytes)
      },
      closed: () => {
        if (!this.#has(connection)) return
        this.#otherThan(connection)?.end(CLOSE.normal, 'the other player is gone')
        this.#ends = []
        this.#onOver()
      },
    }
  }

  #endOf(as: string | null): End | undefined {
    return as === null ? undefined : this.#ends.find(end => end.as === as)
  }

  #has(connection: Connection): boolean {
    return this.#ends.some(end => end.connection === connection)
  }

  #otherThan(connection: Connection): Connection | undefined {
    if (!this.#has(connection)) return undefined
    return this.#ends.find(end => end.connection !== connection)?.connection
  }
}

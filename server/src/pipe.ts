// A pipe for two: what one sends goes to the other, and nobody looks inside. A duel falls back to it where no direct way is found.

import { CLOSE, type Connection } from './connection.ts'

/** A duel. */
export const PIPE_PEERS = 2

/** It lives as long as its pair: when one goes, the other is told, and whoever comes next gets a pipe of their own. */
export class Pipe {
  #ends: readonly Connection[] = []
  /** Messages that were not passed on, because the other side did not keep up. */
  lost = 0

  readonly #onOver: () => void

  constructor(onOver: () => void) {
    this.#onOver = onOver
  }

  get connectionCount(): number {
    return this.#ends.length
  }

  get isFull(): boolean {
    return this.#ends.length >= PIPE_PEERS
  }

  /** Takes a connection in; answers where its messages and its end are to be told. */
  add(connection: Connection): { message: (bytes: Uint8Array) => void; closed: () => void } {
    this.#ends = [...this.#ends, connection]
    return {
      message: bytes => {
        const other = this.#otherThan(connection)
        // Whoever talks through a pipe repeats itself: old news that pile up for a slow reader help nobody.
        if (other?.isBehind === true) this.lost++
        else other?.send(bytes)
      },
      closed: () => {
        if (!this.#ends.includes(connection)) return
        this.#otherThan(connection)?.end(CLOSE.normal, 'the other player is gone')
        this.#ends = []
        this.#onOver()
      },
    }
  }

  /** Says goodbye to both. */
  end(reason: string): void {
    for (const connection of this.#ends) connection.end(CLOSE.goingAway, reason)
  }

  #otherThan(connection: Connection): Connection | undefined {
    if (!this.#ends.includes(connection)) return undefined
    return this.#ends.find(other => other !== connection)
  }
}

// A path between two lines, in memory: either end is a transport with the one peer HOST. It may be cut in each direction, silently.

import type { Clock } from '../../src/transport/clock.ts'
import type { NetworkConditions } from '../../src/transport/conditions.ts'
import { FaultLine, emptyStats } from '../../src/transport/fault-line.ts'
import { HOST, type Transport, type TransportEvents } from '../../src/transport/transport.ts'

export interface TwoEnded {
  readonly ends: readonly [Transport, Transport]
  /** Whole messages that arrived, by the end that got them. */
  readonly arrived: [number, number]
  set(conditions: NetworkConditions): void
  /** Nothing arrives at this end any more, and nobody is told. */
  cut(atEnd: 0 | 1): void
  heal(atEnd: 0 | 1): void
  /** Both ends hear that the path is over. */
  end(reason: string): void
  /** This end alone hears that the path is over, and may be opened again: the other one notices nothing. */
  reopen(at: 0 | 1): void
  /** Who has closed. */
  readonly closed: [boolean, boolean]
}

/** `refused`: the ends never come up, and hear this. */
export function twoEnded(options: { clock: Clock; seed?: number; delayMs?: number; refused?: string }): TwoEnded {
  const { clock, seed = 1, delayMs = 10, refused } = options
  const events: (TransportEvents | null)[] = [null, null]
  const up = [false, false]
  const arrived: [number, number] = [0, 0]
  const closed: [boolean, boolean] = [false, false]
  const linesTo = ([0, 1] as const).map(
    at =>
      new FaultLine({
        clock,
        seed: seed + at,
        conditions: { delayMs, jitterMs: 0, loss: 0 },
        stats: emptyStats(),
        deliver: bytes => {
          if (!up[at]) return
          arrived[at]++
          events[at]?.message(HOST, bytes)
        },
      }),
  )
  const leave = (at: number, reason: string): void => {
    const told = events[at]
    events[at] = null
    up[at] = false
    told?.left(HOST, reason)
  }
  const end = (at: 0 | 1): Transport => ({
    open(given) {
      events[at] = given
      clock.schedule(delayMs, () => {
        if (closed[at]) return
        if (refused !== undefined) leave(at, refused)
        else if (events[at] !== null) {
          up[at] = true
          given.joined(HOST)
        }
      })
    },
    send(peer, bytes) {
      if (peer === HOST && up[at]) linesTo[1 - at].send(bytes)
    },
    close() {
      events[at] = null
      up[at] = false
      if (closed[at]) return
      closed[at] = true
      // As a socket: what was sent before arrives before.
      linesTo[1 - at].after(() => leave(1 - at, 'the other end was closed'))
    },
  })
  return {
    ends: [end(0), end(1)],
    arrived,
    closed,
    set: conditions => linesTo.forEach(line => line.set(conditions)),
    cut: at => linesTo[at].cut(),
    heal: at => linesTo[at].heal(),
    end: reason => [0, 1].forEach(at => leave(at, reason)),
    reopen: at => leave(at, 'the connection was lost'),
  }
}

// Players for the relay's tests: raw ones that say what a test wants, and whole ones that play.

import { WebSocket, type ClientOptions } from 'ws'
import { realClock } from '../../plugin-core/src/loop/clock.ts'
import { deflate } from '../../plugin-core/src/loop/deflate.ts'
import type { EventEnvelope } from '../../plugin-core/src/event/envelope.ts'
import type { NetworkingPort } from '../../plugin-core/src/event/networking-port.ts'
import { EnvelopeLine } from '../../plugin-core/src/loop/envelope-line.ts'
import { Loop } from '../../plugin-core/src/loop/loop.ts'
import { Pacer } from '../../plugin-core/src/loop/pacer.ts'
import type { Fact } from '../../plugin-core/src/session/fact.ts'
import { StarClient } from '../../plugin-core/src/session/star/star-client.ts'
import type { Game } from '../../plugin-core/src/sim/game.ts'
import type { ScriptSet } from '../../plugin-core/src/sim/sim-scripts.ts'
import { withFaults, type NetworkConditions } from '../../plugin-core/src/transport/faults.ts'
import { connectWebSocket } from '../../plugin-core/src/transport/websocket.ts'
import { arena } from '../../plugin-core/test/matches/arena.ts'

/** A socket that notes what comes, and can be waited for. */
export class RawPeer {
  readonly socket: WebSocket
  readonly opened: Promise<void>
  /** Code and reason. */
  readonly closed: Promise<string>
  readonly messages: Uint8Array[] = []

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, { perMessageDeflate: false, ...options })
    this.socket.binaryType = 'nodebuffer'
    this.socket.on('message', data => this.messages.push(new Uint8Array(data as Buffer)))
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', resolve)
      this.socket.on('error', reject)
    })
    this.opened.catch(() => {})
    this.closed = new Promise(resolve =>
      this.socket.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`)),
    )
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN
  }
}

export interface Player {
  readonly loop: Loop
  readonly checksums: Map<number, number>
  /** Envelopes, where its game has them. */
  readonly delivered: readonly EventEnvelope[]
  readonly end: Extract<Fact, { kind: 'end' }> | null
  stop(): void
}

/** A whole player: the worker's own loop over a real socket, pressing buttons at random. */
export function play(
  url: string,
  room: string,
  options: {
    conditions?: NetworkConditions
    ready?: boolean
    game?: Game
    scripts?: ScriptSet
    authoritative?: boolean
    ticket?: string
  } = {},
): Player {
  const { conditions, ready = true, game = arena } = options
  const line = withFaults(connectWebSocket(url, room), { clock: realClock, seed: 1 })
  if (conditions !== undefined) line.set(conditions)
  const checksums = new Map<number, number>()
  let end: Player['end'] = null
  let envelopes: EnvelopeLine | null = null
  const delivered: EventEnvelope[] = []
  const loop = new Loop({
    game,
    scripts: options.scripts ?? null,
    sourceId: 'test',
    transport: line,
    clock: realClock,
    session: terms =>
      new StarClient({ terms, name: 'player', profile: '', ticket: new TextEncoder().encode(options.ticket) }),
    events:
      game.rights === null ? undefined : simulation => (envelopes = new EnvelopeLine({ simulation, hosted: true })),
    compression: deflate,
    inputDelay: 2,
    predictionWindow: 8,
    authoritative: options.authoritative,
    hooks: {
      fact: fact => {
        if (fact.kind === 'end') end = fact
      },
      raised: () => {},
      fault: error => {
        throw error
      },
      swapped: () => {},
      checksum: (tick, sum) => checksums.set(tick, sum),
    },
  })
  const port: NetworkingPort | null = (envelopes as EnvelopeLine | null)?.port(loop.session) ?? null
  loop.session.setReady(ready)
  const input = new Uint8Array(game.schema.input.sizeBytes)
  const pacer = new Pacer(realClock, 60, dueMs => {
    if (Math.random() < 0.1) input[0] = Math.floor(Math.random() * 256)
    loop.setInput(input)
    loop.call(dueMs)
    if (port !== null) delivered.push(...port.receive())
  })
  loop.open()
  const stopPacer = pacer.start()
  return {
    loop,
    checksums,
    delivered,
    get end() {
      return end
    },
    stop() {
      stopPacer()
      loop.close()
    },
  }
}

// Pages in one thread and in virtual time: `connect`, its ports, the worker's match and a relay's host, over a network that loses what
// a test says.

import * as Comlink from 'comlink'
import { vi } from 'vitest'
import { HostRunner } from '../../src/loop/host-runner.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import type { Game } from '../../src/sim/game.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import { webSocket } from '../../src/transport/description.ts'
import { MemoryNetwork, type MemoryClient } from '../../src/transport/memory.ts'
// A line loads it when it is first made worse, and virtual time waits for no file.
import '../../src/transport/faults.ts'
import { connect } from '../../src/worker/connect.ts'
import type { Match } from '../../src/worker/match.ts'
import type { WorkerApi } from '../../src/worker/port-messages.ts'
import { WorkerMatch } from '../../src/worker/worker-match.ts'

export const LINE = { delayMs: 5, jitterMs: 1, loss: 0, duplicate: 0, reorder: 0 }

/** A browser's socket over a simulated network. */
export class Socket extends EventTarget {
  static readonly OPEN = 1
  static room: Room
  /** The goodbye of the line comes so much later than that of the host. */
  static lateMs = 0
  readonly bufferedAmount = 0
  binaryType = ''
  readyState = 0
  readonly #line: MemoryClient

  constructor() {
    super()
    this.#line = Socket.room.network.client()
    Socket.room.sockets.set(this.#line.peer, this)
    this.#line.open({
      joined: () => {
        this.readyState = 1
        this.dispatchEvent(new Event('open'))
      },
      message: (_peer, bytes) => this.dispatchEvent(new MessageEvent('message', { data: bytes.slice().buffer })),
      left: (_peer, reason) => void Socket.room.clock.schedule(Socket.lateMs, () => this.#closed(1001, reason)),
    })
  }

  /** The network is gone. */
  lose(): void {
    this.#line.close()
    this.#closed(1006, '')
  }

  #closed(code: number, reason: string): void {
    this.readyState = 3
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason }))
  }

  send(bytes: Uint8Array): void {
    this.#line.send(0, bytes)
  }

  close(): void {
    this.readyState = 3
    this.#line.close()
  }
}

export class Room {
  readonly clock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly host: StarHost
  readonly pages: Match[] = []
  readonly sockets = new Map<number, Socket>()
  readonly #game: Game

  constructor(seed: number, game: Game) {
    this.#game = game
    this.network = new MemoryNetwork({ clock: this.clock, seed, conditions: LINE })
    this.host = new StarHost({ room: 'r', sessionId: { hi: seed, lo: 1 }, epoch: seed & 255, seed })
    new HostRunner({ host: this.host, transport: this.network.host(), clock: this.clock }).start()
    Socket.room = this
    vi.stubGlobal('WebSocket', Socket)
  }

  /** A page, and its worker, which may run another `game` of the same text. */
  async open(name: string, mode: 'rollback' | 'authoritative' = 'rollback', game = this.#game): Promise<Match> {
    const { port1, port2 } = new MessageChannel()
    let worker: WorkerMatch | null = null
    const api: Partial<WorkerApi> = {
      hello: () => game.schema.name,
      open: async (open, port) => {
        worker = new WorkerMatch({
          ...{ game, scripts: null, sourceId: 'test', open, port, clock: this.clock },
          onEnd: () => {},
        })
        await worker.start()
        return 1
      },
      pause: (_id, paused) => worker?.pause(paused),
      setConditions: (_id, conditions) => worker!.setConditions(conditions),
      leave: () => worker?.leave(),
    }
    Comlink.expose(api, port2)
    const opening = connect({
      worker: port1 as unknown as Worker,
      transport: webSocket('ws://test'),
      mode,
      name,
      overlay: false,
    })
    void opening.then(match => this.pages.push(match))
    const before = this.pages.length
    while (this.pages.length === before) await this.advance(8)
    return opening
  }

  /** Time goes on in steps, and what crosses ports meanwhile is there. */
  async advance(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 8) {
      this.clock.advance(8)
      for (let i = 0; i < 2; i++) await new Promise(done => setImmediate(done))
    }
  }

  peerOf(name: string): number {
    return this.host.peers().find(p => p.name === name)?.peer ?? 0
  }
}

// The same as star-comeback.test.ts from a page's side: `connect`, its ports, the worker's match and a relay's host, in one thread and in
// virtual time. What a page is told of its match is how the match stands.

import * as Comlink from 'comlink'
import { afterEach, expect, test, vi } from 'vitest'
import { HostRunner } from '../../src/loop/host-runner.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import { defineGame, u16 } from '../../src/sim.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import { webSocket } from '../../src/transport/description.ts'
import { MemoryNetwork, type MemoryClient } from '../../src/transport/memory.ts'
import { connect } from '../../src/worker/connect.ts'
import type { Match } from '../../src/worker/match.ts'
import type { WorkerApi } from '../../src/worker/port-messages.ts'
import { WorkerMatch } from '../../src/worker/worker-match.ts'
import { seeded } from '../seeded.ts'

const SEEDS = Number(process.env.LOCKSTRIDE_COMEBACKS ?? 8)
const LINE = { delayMs: 5, jitterMs: 1, loss: 0, duplicate: 0, reorder: 0 }

/** Rounds are short, and so is the patience. */
const rounds = defineGame({
  name: 'rounds',
  version: 1,
  tickRate: 60,
  maxPlayers: 4,
  minPlayers: 2,
  maxEntities: 8,
  dropAfterTicks: 60,
  input: { buttons: ['go'] },
  components: { Clock: { ticks: u16 } },
  setup(sim) {
    sim.spawn('Clock')
  },
  step(sim) {
    const { Clock } = sim.components
    for (const e of sim.query('Clock')) if (++Clock.ticks[e] % 140 === 0) sim.endRound()
  },
})

/** A browser's socket over a simulated network. */
class Socket extends EventTarget {
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

class Room {
  readonly clock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly host: StarHost
  readonly pages: Match[] = []
  readonly sockets = new Map<number, Socket>()

  constructor(seed: number) {
    this.network = new MemoryNetwork({ clock: this.clock, seed, conditions: LINE })
    this.host = new StarHost({ room: 'r', sessionId: { hi: seed, lo: 1 }, epoch: seed & 255, seed })
    new HostRunner({ host: this.host, transport: this.network.host(), clock: this.clock }).start()
    Socket.room = this
    vi.stubGlobal('WebSocket', Socket)
  }

  /** A page, and its worker. */
  async open(name: string, mode: 'rollback' | 'authoritative' = 'rollback'): Promise<Match> {
    const { port1, port2 } = new MessageChannel()
    let worker: WorkerMatch | null = null
    const api: Partial<WorkerApi> = {
      hello: () => 'rounds',
      open: async (open, port) => {
        worker = new WorkerMatch({
          ...{ game: rounds, scripts: null, sourceId: 'test', open, port, clock: this.clock },
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

afterEach(() => {
  Socket.lateMs = 0
  vi.unstubAllGlobals()
})

async function scan(seed: number): Promise<string[]> {
  const random = seeded(seed)
  const room = new Room(seed)
  const count = 2 + random.below(2)
  const mode = random.chance(0.3) ? 'authoritative' : 'rollback'
  for (let i = 0; i < count; i++) await room.open(`p${i}`, mode)
  const log: string[] = []
  await room.advance(300)
  for (let step = 0; step < 10; step++) {
    const i = random.below(count)
    const peer = room.peerOf(`p${i}`)
    const what = ['pause', 'pause', 'resume', 'resume', 'break', 'mute', 'speak'][random.below(7)]
    log.push(`${Math.round(room.clock.now())} tick ${room.host.closedTick}: p${i} ${what}`)
    if (what === 'pause') room.pages[i].pause()
    if (what === 'resume') room.pages[i].resume()
    if (what === 'break') room.sockets.get(peer)?.lose()
    if (what === 'mute' && peer > 0) room.network.set({ ...LINE, loss: 1 }, peer)
    if (what === 'speak') room.network.set(LINE)
    await room.advance(random.chance(0.5) ? random.below(120) : random.below(2000))
  }
  for (const page of room.pages) page.resume()
  room.network.set(LINE)
  await room.advance(5000)
  const before = room.pages.map(p => p.stats.confirmedTick)
  await room.advance(500)
  const problems: string[] = []
  room.pages.forEach((page, i) => {
    const known = room.host.peers().find(p => p.name === `p${i}`)
    const ticks = page.stats.confirmedTick - before[i]
    if (page.state !== 'running' || known?.playing !== true || ticks < 10)
      problems.push(`p${i} is ${page.state} (${page.ended?.reason}), plays: ${known?.playing}, ${ticks} ticks`)
  })
  for (const page of room.pages) await Promise.all([page.leave(), room.advance(50)])
  return problems.length === 0 ? [] : [`seed ${seed}`, ...log, ...problems]
}

test(
  'a page that comes back shows that it plays',
  async () => {
    for (let seed = 1; seed <= SEEDS; seed++) expect((await scan(seed)).join('\n')).toBe('')
  },
  20_000 + SEEDS * 2000,
)

// Each of the two goodbyes had a line opened, the second closed the first one's, and that was another goodbye: it never ended.
test('a line of which is heard twice that it is gone is replaced once', async () => {
  for (let lateMs = 496; lateMs <= 512; lateMs += 4) {
    const room = new Room(lateMs)
    Socket.lateMs = lateMs
    const [ann, bob] = [await room.open('ann'), await room.open('bob')]
    // Takes a moment when a line is opened.
    bob.setConditions({ delayMs: 1, jitterMs: 0, loss: 0 })
    await room.advance(300)
    bob.pause()
    while (bob.state === 'running') await room.advance(100)
    const lines = room.sockets.size
    await room.advance(2000)
    bob.resume()
    await room.advance(1500)
    expect([bob.state, room.sockets.size - lines], `${lateMs} ms`).toEqual(['running', 1])
    expect(ann.players.map(p => p.playing)).toEqual([true, true])
    for (const page of room.pages) await Promise.all([page.leave(), room.advance(50)])
  }
})

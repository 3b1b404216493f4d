// What it costs to bring a state from a worker to its page, both sides' work together: by buffers that are transferred to
// and fro, and by shared memory. In one thread, so that no wake-up of another one is in it.

import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { defineGame, i32 } from '@lockstride/core/sim'
import {
  Loop,
  MemoryNetwork,
  SharedFeed,
  SharedPublisher,
  StarClient,
  StatePublisher,
  StateView,
  VirtualClock,
} from '@lockstride/core/testing'
import { absolute, compared, median, type Row } from '../row.ts'

const AREA = 'view'
const ENTITIES = [10_000, 100_000]
const RUNS = 41
const WARM_UP = 4
/** Bytes that a run copies, about. */
const RUN_BYTES = 6e7
const COUNTED_TICKS = 4000
const COUNTED_RUNS = 5

export async function view(): Promise<Row[]> {
  // Outside of a page nobody draws frames; the bench looks itself.
  Object.assign(globalThis, { requestAnimationFrame: () => 0, cancelAnimationFrame: () => {} })
  const small = loopOf(10)
  const [shared, transferred] = [byShared(small), byTransfer(small)].map(allocated)
  return [
    ...ENTITIES.flatMap(measure),
    absolute(AREA, 'bytes allocated a tick, shared memory', 'B', shared, { atMost: 64 }),
    absolute(AREA, 'bytes allocated a tick, transfers', 'B', transferred, null),
  ]
}

function measure(entities: number): Row[] {
  const loop = loopOf(entities)
  const ways = { shared: byShared(loop), transfers: byTransfer(loop), floor: byCopies(loop) }
  const ticks = Math.max(10, Math.round(RUN_BYTES / loop.simulation.sizeBytes / 4))
  const times = { shared: [] as number[], transfers: [] as number[], floor: [] as number[] }
  for (let run = 0; run < RUNS; run++)
    for (const name of ['shared', 'transfers', 'floor'] as const) {
      const start = performance.now()
      for (let i = 0; i < ticks; i++) ways[name]()
      if (run >= WARM_UP) times[name].push(((performance.now() - start) / ticks) * 1000)
    }
  const kilobytes = `${Math.round((entities * 32) / 1000)} KB`
  // The ratio is the median of the runs' ratios: noise of the machine hits all alike.
  const row = (name: string, of: 'shared' | 'transfers', against: 'transfers' | 'floor', limit: number | null): Row => {
    const ratio = median(times[of].map((us, i) => us / times[against][i]))
    const atMost = limit === null ? null : { atMost: limit }
    const made = compared(AREA, `${kilobytes}, ${name}`, 'µs', median(times[of]), median(times[against]), atMost)
    return { ...made, ratio, ok: limit === null || ratio <= limit }
  }
  return [
    row('shared memory against transfers', 'shared', 'transfers', null),
    // Engines copy shared memory word by word.
    row('shared memory against plain copies', 'shared', 'floor', 5),
    row('transfers against plain copies', 'transfers', 'floor', null),
  ]
}

function byShared(loop: Loop): () => void {
  let memory: SharedArrayBuffer | null = null
  const publisher = new SharedPublisher(loop, message => {
    if (message.type === 'shared') memory = message.memory
  })
  const feed = new SharedFeed(memory!, new StateView(loop.simulation.layout, 60), () => {})
  return () => {
    publisher.publish()
    feed.look()
  }
}

function byTransfer(loop: Loop): () => void {
  const { port1, port2 } = new MessageChannel()
  const shown = new StateView(loop.simulation.layout, 60)
  const publisher = new StatePublisher(loop, (buffer, tick, dueMs, stats) =>
    port1.postMessage({ type: 'state', buffer, tick, dueMs, stats }, [buffer]),
  )
  return () => {
    publisher.publish()
    const { buffer, tick, dueMs } = receiveMessageOnPort(port2)!.message as {
      buffer: ArrayBuffer
      tick: number
      dueMs: number
    }
    shown.publish(buffer, tick, dueMs)
    port2.postMessage({ type: 'buffer', buffer }, [buffer])
    publisher.takeBack((receiveMessageOnPort(port1)!.message as { buffer: ArrayBuffer }).buffer)
  }
}

/** Two states out, two states in: what either way does at least. */
function byCopies({ simulation, snapshots }: Loop): () => void {
  const places = Array.from({ length: 3 }, () => [0, 1].map(() => new Uint8Array(simulation.sizeBytes)))
  const own = [0, 1].map(() => new Uint8Array(simulation.sizeBytes))
  const before = snapshots.claim(1)
  let next = 0
  return () => {
    const [a, b] = places[(next = (next + 1) % 3)]
    a.set(before)
    b.set(simulation.bytes)
    own[0].set(a)
    own[1].set(b)
  }
}

function allocated(tick: () => void): number {
  for (let i = 0; i < 20_000; i++) tick()
  const counts: number[] = []
  for (let run = 0; run < COUNTED_RUNS; run++) {
    gc!()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < COUNTED_TICKS; i++) tick()
    counts.push((process.memoryUsage().heapUsed - before) / COUNTED_TICKS)
  }
  return Math.max(0, median(counts))
}

function loopOf(entities: number): Loop {
  const game = defineGame({
    name: 'view',
    version: 1,
    maxPlayers: 2,
    maxEntities: entities,
    input: { buttons: ['a'] },
    components: { Body: { x: i32, y: i32, vx: i32, vy: i32, hp: i32, cool: i32, kind: i32, rng: i32 } },
    setup() {},
    step() {},
  })
  const clock = new VirtualClock()
  return new Loop({
    game,
    sourceId: 'bench',
    transport: new MemoryNetwork({ clock, seed: 1 }).client(),
    clock,
    session: terms => new StarClient({ terms, name: '', profile: '' }),
    inputDelay: 2,
    predictionWindow: 8,
    hooks: { fact() {}, raised() {}, fault() {}, swapped() {} },
  })
}

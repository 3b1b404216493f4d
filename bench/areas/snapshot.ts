// Saving a whole state into a ring slot, against nothing but the copy.

import { defineGame, i32 } from '@lockstride/core/sim'
import { Simulation, SnapshotRing } from '@lockstride/core/testing'
import { compared, median, type Row } from '../row.ts'

const ENTITIES = [1_000, 10_000, 100_000]
const RUNS = 41

export async function snapshot(): Promise<Row[]> {
  return ENTITIES.map(n => {
    const components = { Body: { x: i32, y: i32, vx: i32, vy: i32, hp: i32, cool: i32, kind: i32, rng: i32 } }
    const game = defineGame({
      name: 'snapshot',
      version: 1,
      tickRate: 60,
      maxPlayers: 2,
      maxEntities: n,
      components,
      input: { buttons: ['a'], axes: {} },
      setup() {},
      join() {},
      leave() {},
      step() {},
    })
    const simulation = new Simulation(game, { seed: 1 })
    const size = simulation.sizeBytes
    const ring = new SnapshotRing(8, size)
    const plain = Array.from({ length: ring.capacity }, () => new Uint8Array(size))
    const source = new Uint8Array(size)
    const loops = Math.max(20, Math.round(4e7 / size))
    let tick = 0
    const ours = (): void => {
      for (let i = 0; i < loops; i++) simulation.save(ring.claim(++tick))
    }
    const floor = (): void => {
      for (let i = 0; i < loops; i++) plain[++tick % plain.length].set(source)
    }
    const ratios: number[] = []
    const times: number[] = []
    const floors: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const a = time(ours)
      const b = time(floor)
      if (run < 4) continue
      times.push((a / loops) * 1000)
      floors.push((b / loops) * 1000)
      ratios.push(b / a)
    }
    const kilobytes = `${Math.round((n * 32) / 1000)} KB of columns`
    const speed = median(ratios)
    return {
      ...compared('snapshot', `save, ${kilobytes}: speed of a plain set`, 'µs', median(times), median(floors), null),
      ratio: speed,
      limit: 0.85,
      ok: speed >= 0.85,
    }
  })
}

function time(run: () => void): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

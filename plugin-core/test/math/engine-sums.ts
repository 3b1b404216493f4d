// What every JavaScript engine must give to the last bit: each function of our maths over its range, and the states of a game that uses
// them. One number for each, so that Node, Chromium and Firefox can be compared.

import { xxhash32Words } from '../../src/bytes/xxhash32.ts'
import * as functions from '../../src/math/functions.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import { arena } from '../matches/arena.ts'
import { seeded } from '../seeded.ts'

const math = { ...functions }

export type OfOne = 'sin' | 'cos' | 'tan' | 'asin' | 'acos' | 'atan' | 'exp' | 'log'
export const RANGES: Record<OfOne, [number, number]> = {
  sin: [-1e6, 1e6],
  cos: [-1e6, 1e6],
  tan: [-1e6, 1e6],
  asin: [-1, 1],
  acos: [-1, 1],
  atan: [-1e3, 1e3],
  exp: [-50, 50],
  log: [1e-9, 1e9],
}
const SAMPLES = 2000

export function sample(range: [number, number], i: number): number {
  return range[0] + ((range[1] - range[0]) * ((i * 7919) % SAMPLES)) / SAMPLES
}

export function valuesOf(f: (i: number) => number): Float64Array {
  return Float64Array.from({ length: SAMPLES }, (_, i) => f(i))
}

const hashOf = (values: Float64Array): number => xxhash32Words(new Int32Array(values.buffer), values.length * 2, 0)

/** By function. */
export function mathSums(): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const name of Object.keys(RANGES) as OfOne[])
    sums[name] = hashOf(valuesOf(i => math[name](sample(RANGES[name], i))))
  for (const name of ['atan2', 'hypot'] as const)
    sums[name] = hashOf(valuesOf(i => math[name](sample([-9, 9], i), sample([-5, 7], i + 11))))
  sums.pow = hashOf(valuesOf(i => math.pow(sample([0.01, 9], i), sample([-5, 7], i + 11))))
  return sums
}

/** The arena by itself, played by seeded inputs: a checksum every 100 ticks. */
export function arenaSums(ticks: number): number[] {
  const simulation = new Simulation(arena, { seed: 3 })
  const random = seeded(3)
  const row = new Uint8Array(arena.schema.maxPlayers * arena.schema.input.sizeBytes)
  const state = new Uint8Array(simulation.sizeBytes)
  const sums: number[] = []
  for (let tick = 1; tick <= ticks; tick++) {
    for (let i = 0; i < 8 * arena.schema.input.sizeBytes; i++) if (random.chance(0.1)) row[i] = random.below(256)
    const restart = { round: 1, carry: new Uint8Array(0) }
    const joins = [0, 1, 2, 3, 4, 5, 6, 7]
    simulation.advance(tick, row, tick === 1 ? { restart, joins, leaves: [], swap: null } : null, [])
    if (tick % 100 !== 0) continue
    simulation.save(state)
    sums.push(simulation.checksum(state))
  }
  return sums
}

import { expect, test } from 'vitest'
import { solo } from './solo.ts'

const NANS = [0x7ff80000, 0xfff80000, 0x7ff00001, 0x7fffffff]

function worldWith(write: (bytes: Uint8Array, x: number, y: number) => void) {
  const { simulation, saved, run } = solo({ rawBytes: 16 })
  run(sim => void sim.spawn('Body'))
  const bytes = saved()
  const offset = (field: string): number => simulation.layout.columns.find(c => c.field === field)!.offset
  write(bytes, offset('x'), offset('y'))
  return { simulation, bytes }
}

test('every NaN in a float column hashes alike, in any row', () => {
  for (const row of [0, 7]) {
    const sums = NANS.map(word => {
      const { simulation, bytes } = worldWith((b, x, y) => {
        new Uint32Array(b.buffer, x).set([word === 0x7ff80000 ? 0 : 9, word], 2 * row)
        new Uint32Array(b.buffer, y)[row] = word === 0x7ff00001 ? 0x7f800001 : word | 0x7fc00000
      })
      return simulation.checksum(bytes)
    })
    expect(new Set(sums).size).toBe(1)
  }
})

test('infinities and numbers stay as they are', () => {
  const { simulation, bytes } = worldWith((b, x, y) => {
    new Float64Array(b.buffer, x).set([Infinity, -Infinity, -0, Number.MIN_VALUE])
    new Float32Array(b.buffer, y).set([Infinity, -Infinity, -0, 1e-45])
  })
  const before = bytes.slice()
  simulation.checksum(bytes)
  expect(bytes).toEqual(before)
})

test('bytes of the raw block that look like NaN count as they are', () => {
  const sums = NANS.map(word => {
    const { simulation, bytes } = worldWith(b => void b)
    new Uint32Array(bytes.buffer, simulation.layout.rawOffset)[1] = word
    return simulation.checksum(bytes)
  })
  expect(new Set(sums).size).toBe(NANS.length)
})

test('every byte of the state counts in the checksum', () => {
  const { simulation, bytes } = worldWith(b => void b)
  const sum = simulation.checksum(bytes.slice())
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice()
    changed[i] ^= 1
    expect(simulation.checksum(changed), `byte ${i}`).not.toBe(sum)
  }
})

test('the live world keeps its own bits', () => {
  const { run, saved, simulation } = solo()
  run(sim => void (sim.components.Body.x[sim.spawn('Body')] = NaN))
  const live = simulation.bytes.slice()
  simulation.checksum(saved())
  expect(simulation.bytes).toEqual(live)
})

test('a snapshot of another size is refused with the numbers', () => {
  const { simulation } = solo()
  expect(() => simulation.checksum(new Uint8Array(16))).toThrow(`a snapshot has ${simulation.sizeBytes} bytes, not 16`)
})

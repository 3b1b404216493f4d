import { expect, test } from 'vitest'
import { FIELD_TYPES } from '../../src/bytes/field-types.ts'
import { describeDifference, diffSnapshots } from '../../src/sim/diff.ts'
import { solo } from './solo.ts'

function world() {
  const one = solo({ rawBytes: 8 })
  one.run(sim => {
    for (let i = 0; i < 4; i++) sim.components.Body.x[sim.spawn('Body', 'Player')] = i
  })
  const a = one.saved()
  return { layout: one.simulation.layout, a, b: a.slice(), simulation: one.simulation }
}

test('equal states have no difference', () => {
  const { layout, a, b } = world()
  expect(diffSnapshots(layout, a, b)).toEqual([])
})

test('a planted change of any field of any entity is named', () => {
  const { layout, a, b } = world()
  for (const { component, field, type, offset } of layout.columns)
    for (const entity of [0, 3, layout.maxEntities - 1]) {
      const { array, sizeBytes } = FIELD_TYPES[type]
      b.set(a)
      const column = new array(b.buffer, offset, layout.maxEntities)
      const was = column[entity]
      column[entity] = was + 1
      expect(column.BYTES_PER_ELEMENT).toBe(sizeBytes)
      expect(diffSnapshots(layout, a, b)).toEqual([
        { region: 'column', entity, component, field, offset: null, a: was, b: was + 1 },
      ])
    }
})

test('header words, entity tables, inputs, carry and raw bytes are named by their place', () => {
  const { layout, a, b } = world()
  new Uint32Array(b.buffer)[layout.header.random1]++
  new Uint32Array(b.buffer, layout.maskOffset)[2]++
  new Uint16Array(b.buffer, layout.generationOffset)[3]++
  new Uint32Array(b.buffer, layout.freeOffset)[1]++
  b[layout.carryOffset + 5] = 1
  b[layout.previousOffset + 2] = 2
  b[layout.rawOffset + 7] = 3
  expect(diffSnapshots(layout, a, b).map(d => [d.region, d.entity, d.field, d.offset])).toEqual([
    ['header', null, 'random1', null],
    ['entity', 2, 'mask', null],
    ['entity', 3, 'generation', null],
    ['entity', 1, 'next free', null],
    ['carry', null, 'byte', 5],
    ['inputs', null, 'byte', 2],
    ['raw', null, 'byte', 7],
  ])
})

test('two NaNs do not differ, zeros of two signs do: as in the checksum', () => {
  const { layout, a, b, simulation } = world()
  const at = layout.columns.find(c => c.field === 'x')!.offset
  const words = [new Uint32Array(a.buffer, at), new Uint32Array(b.buffer, at)]
  words[0][1] = 0x7ff80000
  words[1].set([1, 0xfff80000])
  expect(diffSnapshots(layout, a, b)).toEqual([])
  expect(simulation.checksum(a)).toBe(simulation.checksum(b))
  new Float64Array(a.buffer, at)[1] = 0
  new Float64Array(b.buffer, at)[1] = -0
  expect(diffSnapshots(layout, a, b)).toMatchObject([{ entity: 1, field: 'x', a: 0, b: -0 }])
  expect(simulation.checksum(a)).not.toBe(simulation.checksum(b))
})

test('stops at its limit', () => {
  const { layout, a, b } = world()
  b.fill(255, layout.rawOffset, layout.rawOffset + 8)
  expect(diffSnapshots(layout, a, b, 3)).toHaveLength(3)
})

test('states that lie unaligned in a packet are read as well', () => {
  const { layout, a, b } = world()
  const shifted = new Uint8Array(b.length + 3)
  shifted.set(b, 3)
  expect(diffSnapshots(layout, a, shifted.subarray(3))).toEqual([])
})

test('a difference is told in a line for people', () => {
  const none = { component: null, entity: null, offset: null }
  expect([
    describeDifference({ ...none, region: 'column', component: 'Body', entity: 3, field: 'x', a: 1.5, b: 2.5 }),
    describeDifference({ ...none, region: 'header', field: 'round', a: 1, b: 2 }),
    describeDifference({ ...none, region: 'raw', field: 'byte', offset: 7, a: 0, b: 3 }),
  ]).toEqual(['Body.x of entity 3: 1.5 against 2.5', 'round (header): 1 against 2', 'byte 7 (raw): 0 against 3'])
})

import { expect, test } from 'vitest'
import { FIELD_TYPES } from '../../src/bytes/field-types.ts'
import { inputSchema } from '../../src/input/input-schema.ts'
import { schemaHash, worldLayout, type Components } from '../../src/sim/schema.ts'

const components: Components = { A: { a: 'u8', b: 'f64' }, B: {}, C: { c: 'i16', d: 'f32', e: 'bool' } }
const layoutOf = (maxEntities: number, rawBytes = 5) =>
  worldLayout({ components, maxEntities, maxPlayers: 3, inputBytes: 3, rawBytes })

test.each([1, 3, 8, 1000])('nothing overlaps, everything is aligned (%i entities)', maxEntities => {
  const layout = layoutOf(maxEntities)
  const blocks = [
    [0, Object.keys(layout.header).length * 4],
    [layout.carryOffset, 256],
    [layout.previousOffset, layout.previousBytes],
    [layout.maskOffset, maxEntities * 4],
    [layout.generationOffset, maxEntities * 2],
    [layout.freeOffset, maxEntities * 4],
    ...layout.columns.map(c => [c.offset, maxEntities * FIELD_TYPES[c.type].sizeBytes]),
    [layout.rawOffset, layout.rawBytes],
  ]
  let end = 0
  for (const [offset, size] of blocks) {
    expect(offset).toBeGreaterThanOrEqual(end)
    expect(offset % 8).toBe(0)
    end = offset + size
  }
  expect(layout.sizeBytes).toBeGreaterThanOrEqual(end)
  expect(layout.sizeBytes % 16).toBe(0)
})

test('columns stand in the order of their declaration, components in the order of their bits', () => {
  const layout = layoutOf(4)
  expect(layout.components).toEqual(['A', 'B', 'C'])
  expect(layout.columns.map(c => `${c.component}.${c.field} ${c.type}`)).toEqual([
    'A.a u8',
    'A.b f64',
    'C.c i16',
    'C.d f32',
    'C.e bool',
  ])
})

test('a layout is plain data: the page gets it by a message', () => {
  expect(structuredClone(layoutOf(4))).toEqual(layoutOf(4))
})

test('the hash tells apart whatever lies elsewhere, and nothing else', () => {
  const input = inputSchema(['a'], {})
  const hash = schemaHash(input, layoutOf(4))
  expect(schemaHash(input, layoutOf(4))).toBe(hash)
  expect(schemaHash(inputSchema(['b'], {}), layoutOf(4))).not.toBe(hash)
  expect(schemaHash(input, layoutOf(5))).not.toBe(hash)
  expect(schemaHash(input, layoutOf(4, 6))).not.toBe(hash)
  const swapped = worldLayout({
    components: { A: { a: 'i8', b: 'f64' }, B: {}, C: components.C },
    maxEntities: 4,
    maxPlayers: 3,
    inputBytes: 3,
    rawBytes: 5,
  })
  expect(schemaHash(input, swapped)).not.toBe(hash)
})

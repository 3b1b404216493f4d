import { expect, test } from 'vitest'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'

function written(size: number, write: (w: ByteWriter) => void): { bytes: number[]; w: ByteWriter } {
  const bytes = new Uint8Array(size)
  const w = new ByteWriter()
  w.reset(bytes)
  write(w)
  return { bytes: [...bytes], w }
}

test('writes little-endian numbers', () => {
  const { bytes, w } = written(7, w => {
    w.u8(0xfe)
    w.u16(0x1234)
    w.u32(0xdeadbeef)
  })
  expect(bytes).toEqual([0xfe, 0x34, 0x12, 0xef, 0xbe, 0xad, 0xde])
  expect([w.position, w.failed]).toEqual([7, false])
})

test.each<[string, (w: ByteWriter) => void]>([
  ['u16', w => w.u16(0xffff)],
  ['u32', w => w.u32(0xffffffff)],
  ['bytes', w => w.bytes(Uint8Array.of(255, 255))],
  ['skip', w => w.skip(2)],
])('%s that does not fit is left out and fails', (_, write) => {
  const { bytes, w } = written(1, write)
  expect([bytes, w.failed, w.position]).toEqual([[0], true, 0])
})

test('LEB128 that does not fit fails', () => {
  expect(written(1, w => w.leb(128)).w.failed).toBe(true)
})

test('nothing is written after a failure: a message never has a hole', () => {
  const { bytes, w } = written(3, w => {
    w.u32(1)
    w.u8(9)
  })
  expect([bytes, w.failed]).toEqual([[0, 0, 0], true])
})

test('stays inside of its range', () => {
  const bytes = new Uint8Array(4)
  const w = new ByteWriter()
  w.reset(bytes, 1, 3)
  w.u8(1)
  w.u8(2)
  w.u8(3)
  expect([[...bytes], w.failed, w.position]).toEqual([[0, 1, 2, 0], true, 3])
})

test('a range outside of the buffer is a mistake of ours', () => {
  expect(() => new ByteWriter().reset(new Uint8Array(3), 0, 4)).toThrow(RangeError)
})

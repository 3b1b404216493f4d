// PROTOCOL.md is the specification of our bytes: its vectors are read from the file, and compared with what the code writes.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ByteReader } from '../../src/bytes/byte-reader.ts'
import { InputMessage } from '../../src/wire/input-message.ts'
import { CODE, PacketReader } from '../../src/wire/packet.ts'
import { decodeRbn1 } from '../../src/wire/rbn1.ts'
import { decode } from '../../src/wire/schema.ts'
import { TickMessage } from '../../src/wire/tick-message.ts'
import { DATAGRAMS, MESSAGES, PACKETS, inputSample, tickSample } from './protocol-samples.ts'

const text = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')
const vectors = new Map([...text.matchAll(/^```([^\n]+)\n([0-9a-f]+)\n```$/gm)].map(([, name, hex]) => [name, hex]))

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (name: string): Uint8Array => Uint8Array.from(Buffer.from(vectors.get(name)!, 'hex'))

test('the document has a vector for every sample, and none besides', () => {
  expect([...vectors.keys()].sort()).toEqual(
    [...Object.keys(MESSAGES), ...Object.keys(PACKETS), ...Object.keys(DATAGRAMS)].sort(),
  )
})

test.each(Object.keys(MESSAGES))('%s: what the code writes is the vector, and reads back', name => {
  const { payload, codec, value } = MESSAGES[name]
  expect(hexOf(payload)).toBe(vectors.get(name))
  if (codec === null) return
  const bytes = bytesOf(name)
  expect(decode(codec, new ByteReader(), bytes, 0, bytes.length)).toEqual(value)
  for (let size = 0; size < bytes.length; size++) expect(decode(codec, new ByteReader(), bytes, 0, size)).toBe(null)
  const longer = new Uint8Array([...bytes, 0])
  expect(decode(codec, new ByteReader(), longer, 0, longer.length)).toBe(null)
})

test('INPUT and TICK read back from their vectors', () => {
  const input = new InputMessage(32, 3)
  const inputBytes = bytesOf('INPUT')
  expect(input.read(new ByteReader(), inputBytes, 0, inputBytes.length)).toBe(true)
  expect([input.firstTick, input.count, input.applied]).toEqual([100, 3, 97])
  for (let i = 0; i < 3; i++) {
    expect(input.input(i)).toEqual(inputSample().inputs.view(100 + i))
    expect(input.events(i)).toEqual(inputSample().events(100 + i))
  }
  const tick = new TickMessage(64, 8, 3)
  const tickBytes = bytesOf('TICK')
  expect(tick.read(new ByteReader(), tickBytes, 0, tickBytes.length)).toBe(true)
  expect([tick.firstTick, tick.count]).toEqual([41, 4])
  for (let i = 0; i < 4; i++) {
    expect(tick.row(i)).toEqual(tickSample().row(41 + i))
    expect(tick.control(i)).toEqual(tickSample().control(41 + i))
    expect(tick.events(i)).toEqual(tickSample().events(41 + i))
  }
})

test.each(Object.keys(PACKETS))('a packet in %s is its vector, and reads back', name => {
  expect(hexOf(PACKETS[name])).toBe(vectors.get(name))
  const reader = new PacketReader()
  const bytes = bytesOf(name)
  expect(reader.read(bytes)).toBe(CODE.ok)
  expect(reader.messageCount).toBe(1)
  expect(reader.messages[0]).toMatchObject({ type: 10, channel: 2, end: bytes.length, start: bytes.length - 8 })
  for (let size = 1; size < bytes.length; size++)
    expect(reader.read(bytes.slice(0, size)) === CODE.ok && reader.messageCount > 0).toBe(false)
})

test('a packet is refused for another magic, major version, unknown flags, reserved bytes, a foreign role, and left-over bytes', () => {
  const reader = new PacketReader()
  const full = bytesOf('full form')
  const changed = (at: number, value: number): number => {
    const bytes = full.slice()
    bytes[at] = value
    return reader.read(bytes)
  }
  expect(changed(0, 0)).toBe(CODE.protocol)
  expect(changed(4, 2)).toBe(CODE.versionMismatch)
  expect(changed(24, 3)).toBe(CODE.protocol)
  expect(changed(32, 1)).toBe(CODE.protocol)
  expect(changed(32, 2)).toBe(CODE.ok)
  for (let at = 33; at < 40; at++) expect(changed(at, 1)).toBe(CODE.protocol)
  expect(reader.read(new Uint8Array([...full, 0]))).toBe(CODE.protocol)
  expect(reader.read(new Uint8Array(1501))).toBe(CODE.protocol)
})

test.each(Object.keys(DATAGRAMS))('%s: what the code writes is the vector, and reads back', name => {
  expect(hexOf(DATAGRAMS[name])).toBe(vectors.get(name))
  expect(decodeRbn1(bytesOf(name), name.includes('version 2') ? 2 : 1)).not.toBe(null)
})

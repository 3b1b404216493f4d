// Everything that turns a stranger's bytes into values, each on its own: packets, every message, datagrams, events. What a
// decoder takes it must also write, in the same bytes: there is one spelling of everything.

import { ByteReader } from '../../src/bytes/byte-reader.ts'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import { equalBytes } from '../../src/bytes/equal.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/event/envelope-codec.ts'
import { decodeEvent } from '../../src/event/event-codec.ts'
import { readHostFact } from '../../src/event/host-fact.ts'
import * as duelMessages from '../../src/session/duel/duel-messages.ts'
import { InputMessage, InputRing, writeInput } from '../../src/wire/input-message.ts'
import * as messages from '../../src/wire/messages.ts'
import { CODE, PacketReader } from '../../src/wire/packet.ts'
import { Rbn1Datagram, decodeRbn1, encodeRbn1, readRbn1 } from '../../src/wire/rbn1.ts'
import { decode, type Codec } from '../../src/wire/schema.ts'
import { RowRing, TickMessage, writeTick } from '../../src/wire/tick-message.ts'
import { DATAGRAMS, MESSAGES, PACKETS } from '../wire/protocol-samples.ts'
import type { Input, Target } from './target.ts'

const reader = new ByteReader()
const writer = new ByteWriter()
const written = new Uint8Array(4096)
const NO_VALUES: readonly number[] = []

/** Codecs by name, whoever speaks them. */
export const CODECS: ReadonlyMap<string, Codec<unknown>> = new Map(
  [...Object.entries<unknown>(messages), ...Object.entries<unknown>(duelMessages)].filter(isCodec),
)

function isCodec(entry: [string, unknown]): entry is [string, Codec<unknown>] {
  const value = entry[1]
  return typeof value === 'object' && value !== null && 'read' in value && 'write' in value
}

export function decoders(): Target[] {
  return [
    packet(),
    ...[...CODECS].map(([name, codec]) => message(name, codec)),
    ...[1, 3, 64].map(input),
    ...[
      [2, 1],
      [8, 3],
      [64, 2],
    ].map(([slots, inputBytes]) => tick(slots, inputBytes)),
    datagram(1),
    datagram(2),
    event(),
    envelope(),
    hostFact(),
  ]
}

function target(name: string, seeds: readonly Uint8Array[], header: number, feed: (input: Input) => unknown): Target {
  return { name, seeds, values: NO_VALUES, headerOf: () => header, feed }
}

function packet(): Target {
  const packets = new PacketReader()
  const codecs = [...CODECS.values()]
  return target('packet', Object.values(PACKETS), 0, ({ view }) => {
    if (packets.read(view) !== CODE.ok) return null
    const { header, messageCount } = packets
    const slices = packets.messages.slice(0, messageCount)
    let at = header.form === 'full' ? 40 : 7
    for (const { start, end } of slices) {
      if (start < at || end < start || end > view.length)
        throw new Error(`a message at ${start}..${end} of ${view.length}`)
      at = end
      for (const codec of codecs) decode(codec, reader, view, start, end)
    }
    if (at !== view.length) throw new Error(`${view.length - at} bytes are left over`)
    return { ...header, slices: slices.map(s => ({ ...s })) }
  })
}

function message(name: string, codec: Codec<unknown>): Target {
  const seeds = Object.values(MESSAGES).map(sample => sample.payload)
  return target(name, seeds, 0, ({ arena, start, end }) => {
    const value = decode(codec, reader, arena, start, end)
    if (value === null) return null
    writer.reset(written)
    codec.write(writer, value)
    sameBytes(name, arena.subarray(start, end), written.subarray(0, writer.position))
    return value
  })
}

function input(inputBytes: number): Target {
  const MAX = 32
  const read = new InputMessage(MAX, inputBytes)
  const again = new InputMessage(MAX, inputBytes)
  const ring = new InputRing(2 * MAX, inputBytes)
  const rows = (m: InputMessage): unknown => ({
    firstTick: m.firstTick,
    applied: m.applied,
    ticks: Array.from({ length: m.count }, (_, i) => [m.input(i).join(), (m.events(i) ?? []).map(String)]),
  })
  return target(`input of ${inputBytes}`, [MESSAGES.INPUT.payload], 4, ({ arena, start, end }) => {
    if (!read.read(reader, arena, start, end)) return null
    const { firstTick, count, applied } = read
    if (count > MAX || firstTick < 1 || applied < 0)
      throw new Error(`${count} ticks from ${firstTick}, applied ${applied}`)
    ring.clear()
    for (let i = 0; i < count; i++) ring.set(firstTick + i, read.input(i), read.events(i))
    writer.reset(written)
    // Spelled as the writer spells it, which may be shorter: the same inputs.
    if (writeInput(writer, ring, { firstTick, count, applied }, written.length) !== count) return rows(read)
    if (!again.read(reader, written, 0, writer.position)) throw new Error('what was read is refused when it is written')
    const value = rows(read)
    if (JSON.stringify(value) !== JSON.stringify(rows(again)))
      throw new Error('read, written and read again it differs')
    return value
  })
}

function tick(slots: number, inputBytes: number): Target {
  const MAX = 64
  const read = new TickMessage(MAX, slots, inputBytes)
  const again = new TickMessage(MAX, slots, inputBytes)
  const ring = new RowRing(2 * MAX, slots, inputBytes)
  const rows = (m: TickMessage): unknown => ({
    firstTick: m.firstTick,
    ticks: Array.from({ length: m.count }, (_, i) => [
      m.row(i).join(),
      m.control(i),
      (m.events(i) ?? []).map(e => `${e.slot}: ${String(e.bytes)}`),
    ]),
  })
  return target(
    `tick of ${slots}×${inputBytes}`,
    [MESSAGES.TICK.payload, MESSAGES['TICK (with a reference)'].payload],
    4,
    ({ arena, start, end }) => {
      if (!read.read(reader, arena, start, end)) return null
      const { firstTick, count } = read
      if (count > MAX || count < 1 || firstTick < 1) throw new Error(`${count} ticks from ${firstTick}`)
      for (let i = 0; i < count; i++) ring.claim(firstTick + i, read.control(i), read.events(i)).set(read.row(i))
      writer.reset(written)
      const value = rows(read)
      if (writeTick(writer, ring, firstTick, count, written.length) !== count) return value
      if (!again.read(reader, written, 0, writer.position))
        throw new Error('what was read is refused when it is written')
      if (JSON.stringify(value) !== JSON.stringify(rows(again)))
        throw new Error('read, written and read again it differs')
      return value
    },
  )
}

function datagram(version: 1 | 2): Target {
  const d = new Rbn1Datagram()
  return target(`rbn1 version ${version}`, Object.values(DATAGRAMS), 0, ({ arena, start, end, view }) => {
    const value = decodeRbn1(view, version)
    const inPlace = readRbn1(new DataView(arena.buffer, start), end - start, version, d)
    if (inPlace !== (value !== null)) throw new Error('one decoder takes what the other refuses')
    if (value === null) return null
    sameBytes('rbn1', view, written.subarray(0, encodeRbn1(value, written)))
    sameBytes('rbn1 in place', view, written.subarray(0, encodeRbn1(d, written)))
    return value
  })
}

function event(): Target {
  const seeds = ['8261616161', '82656372617368a2617801617902', '82616bf6', '8261619f01ff'].map(hex =>
    Uint8Array.from(Buffer.from(hex, 'hex')),
  )
  return target('event of a scene', seeds, 0, ({ view }) => decodeEvent(view))
}

function envelope(): Target {
  const context = {
    presentedFor: (kind: string) => (kind === 'chat' ? ['network:emit', 'chat:send'] : ['network:emit']),
  }
  // Those of PROTOCOL.md, the second one without its signature and causes.
  const seeds = [
    '850064636861741878a164746578746268694860ee9ba27fa005dd',
    '860364636861741878a164746578746268694858efe1195fd1dedea1647370616e821acafef00d02',
    '850064776176650af64800000000000000',
  ].map(hex => Uint8Array.from(Buffer.from(hex, 'hex')))
  return target('envelope', seeds, 0, ({ view }) => {
    const read = decodeEnvelope(view, 1, context)
    if (!read.ok) return null
    sameBytes('envelope', view, encodeEnvelope(read.envelope, context))
    return read.envelope
  })
}

function hostFact(): Target {
  const seeds = [
    'a1696e65742f6772616e748169636861743a73656e64',
    'a16a6e65742f7265766f6b658169636861743a73656e64',
    'a1696e65742f6661756c748200646b69636b',
  ].map(hex => Uint8Array.from(Buffer.from(hex, 'hex')))
  return target('fact of a host', seeds, 0, ({ view }) => readHostFact(view))
}

function sameBytes(name: string, read: Uint8Array, again: Uint8Array): void {
  if (!equalBytes(read, again))
    throw new Error(`${name}: read and written again it is ${Buffer.from(again).toString('hex')}`)
}

import { expect, test } from 'vitest'
import { HostLine } from '../../src/session/star/host-line.ts'
import { TYPE, heartbeatUp, hello, refused, type Welcome } from '../../src/wire/messages.ts'
import { CODE, PacketQueue, PacketReader, ROLE, ZERO64, type U64 } from '../../src/wire/packet.ts'

const ours: U64 = { hi: 1, lo: 2 }
const theirs: U64 = { hi: 1, lo: 3 }
const welcome: Welcome = { sessionId: ours, epoch: 5, slot: 0, tickRate: 60, tick: 0, seed: 4, part: 0 }

/** REFUSED, in the full form. */
function full(session: U64): Uint8Array {
  const q = new PacketQueue()
  q.beginFull(0, session, ROLE.server, 9)
  refused.write(q.beginMessage(), { code: 1, reason: 'no' })
  q.endMessage(TYPE.refused, 0, 0)
  q.end()
  return q.take().at(0).bytes.slice()
}

/** An empty packet, in the short form. */
function short(epoch: number): Uint8Array {
  const q = new PacketQueue()
  q.beginShort(0, 9, epoch)
  q.end()
  return q.take().at(0).bytes.slice()
}

function sent(line: HostLine): PacketReader[] {
  return [...line.packets.take()].map(({ bytes }) => {
    const reader = new PacketReader()
    reader.read(bytes.slice())
    return reader
  })
}

test('until WELCOME a packet of any session is taken, and then one of that alone', () => {
  const line = new HostLine()
  expect(line.read(full(theirs))).toBe(CODE.ok)
  line.agree(welcome)
  expect(line.read(full(theirs))).toBe(CODE.protocol)
  expect(line.read(full(ours))).toBe(CODE.ok)
  expect(line.read(short(4))).toBe(CODE.protocol)
  expect(line.read(short(5))).toBe(CODE.ok)
  expect(line.faults).toEqual({ malformed: 0, wrongSession: 2, unexpected: 0 })
})

test('a short packet of another epoch is of no use before WELCOME, either', () => {
  const line = new HostLine()
  expect(line.read(short(4))).toBe(CODE.protocol)
  expect(line.faults.wrongSession).toBe(1)
})

test('what makes no sense is counted, and another version is not', () => {
  const line = new HostLine()
  expect(line.read(new Uint8Array(3))).toBe(CODE.protocol)
  const other = full(ours)
  other[4] = 77
  expect(line.read(other)).toBe(CODE.versionMismatch)
  expect(line.read(full(ours))).toBe(CODE.ok)
  const [m] = line.incoming.messages
  expect(line.take(refused, full(ours), m)).toEqual({ code: 1, reason: 'no' })
  expect(line.take(hello, full(ours), m)).toBe(null)
  expect(line.faults).toEqual({ malformed: 2, wrongSession: 0, unexpected: 0 })
})

test('packets name no session until WELCOME, nor while a new host is met', () => {
  const line = new HostLine()
  const beat = { stamp: 1, rosterVersion: 2 }
  const session = (): U64 => {
    line.full(TYPE.heartbeat, heartbeatUp, beat)
    const { sessionHi: hi, sessionLo: lo } = sent(line)[0].header
    return { hi, lo }
  }
  expect(session()).toEqual(ZERO64)
  line.agree(welcome)
  expect(session()).toEqual(ours)
  line.isAgreed = false
  expect(session()).toEqual(ZERO64)
})

test('who is welcomed in the full form of another minor version is spoken to in that alone', () => {
  const line = new HostLine()
  const bytes = full(ours)
  for (const minor of [0, 1]) {
    bytes[6] = minor
    line.read(bytes)
    line.agree(welcome)
    line.short(TYPE.heartbeat, heartbeatUp, { stamp: 1, rosterVersion: 2 })
    expect(sent(line)[0].header).toMatchObject(
      minor === 0 ? { form: 'full', role: ROLE.client } : { form: 'short', epoch: 5 },
    )
  }
})

// The samples behind PROTOCOL.md's golden vectors: what each of them says, as values.

import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import {
  CHANGE,
  change,
  duelEvents,
  duelHeartbeat,
  duelHello,
  duelReady,
  duelWelcome,
} from '../../src/session/duel/duel-messages.ts'
import { eventHash } from '../../src/wire/event-reference.ts'
import { InputRing, writeInput } from '../../src/wire/input-message.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import { maskOf } from '../../src/wire/mask.ts'
import {
  BYE,
  PART,
  ROSTER_HOSTS,
  ROSTER_PLAYING,
  ROSTER_READY,
  TYPE,
  ack,
  bye,
  event,
  hash,
  heartbeatDown,
  heartbeatUp,
  hello,
  readyDown,
  readyUp,
  refused,
  roster,
  snapshotAck,
  snapshotChunk,
  snapshotHeader,
  snapshotRequest,
  timing,
  PACKING,
  welcome,
} from '../../src/wire/messages.ts'
import { CHANNEL, CODE, PacketQueue, ROLE } from '../../src/wire/packet.ts'
import { Rbn1Datagram, encodeRbn1 } from '../../src/wire/rbn1.ts'
import type { Codec } from '../../src/wire/schema.ts'
import { RowRing, writeTick } from '../../src/wire/tick-message.ts'

export interface MessageSample {
  payload: Uint8Array
  /** Reads the payload back and answers the value; null for the two that are coded by hand. */
  codec: Codec<unknown> | null
  value: unknown
}

const bytes = (...list: number[]): Uint8Array => Uint8Array.from(list)

function payload(write: (w: ByteWriter) => void): Uint8Array {
  const buffer = new Uint8Array(1400)
  const w = new ByteWriter()
  w.reset(buffer)
  write(w)
  return buffer.slice(0, w.position)
}

function message<T>(codec: Codec<T>, value: T): MessageSample {
  return { payload: payload(w => codec.write(w, value)), codec: codec as Codec<unknown>, value }
}

const terms = {
  limits: LIMITS,
  game: 'sumo',
  version: 3,
  rulesHash: 0x11223344,
  schemaHash: 0x55667788,
  tickRate: 60,
  maxPlayers: 8,
  minPlayers: 1,
  inputBytes: 3,
  predictionWindow: 8,
  dropAfterTicks: 120,
  mode: 0,
}

/** Two ticks of held right, then one of right and dash with an event. */
export function inputSample(): InputRing {
  const ring = new InputRing(64, 3)
  ring.set(100, bytes(2, 0, 0), null)
  ring.set(101, bytes(2, 0, 0), null)
  ring.set(102, bytes(0x12, 0, 0xff), [bytes(0x82, 0x61, 0x61, 0xf6)])
  return ring
}

/** A round's first tick, a quiet one, then one in which slot 1 leaves and slot 0 emits. */
export function tickSample(): RowRing {
  const ring = new RowRing(64, 8, 3)
  const row = (
    tick: number,
    ...args: [Parameters<RowRing['claim']>[1], Parameters<RowRing['claim']>[2]]
  ): Uint8Array => {
    const into = ring.claim(tick, ...args)
    into.fill(0)
    return into
  }
  row(41, { restart: { round: 2, carry: bytes(3, 1) }, joins: [0, 1], leaves: [], swap: null }, null)
  row(42, null, null).set(bytes(2, 0, 0, 1, 0, 0))
  row(43, null, null).set(bytes(2, 0, 0, 1, 0, 0))
  row(44, { restart: null, joins: [], leaves: [1], swap: null }, [
    { slot: 0, bytes: bytes(0x82, 0x61, 0x61, 0xf6) },
  ]).set(bytes(2, 0, 0))
  return ring
}

/** The shortest one that is too large for its tick: canonical CBOR of `["a", 507 times "x"]`. */
export const LARGE_EVENT = Uint8Array.from([0x82, 0x61, 0x61, 0x79, 0x01, 0xfb, ...new Array<number>(507).fill(0x78)])

/** A tick in which slot 1 emits what is too large for it. */
function largeSample(): RowRing {
  const ring = new RowRing(64, 8, 3)
  ring.claim(45, null, [{ slot: 1, bytes: LARGE_EVENT }]).fill(0)
  return ring
}

export const MESSAGES: Record<string, MessageSample> = {
  HELLO: message(hello, {
    terms,
    name: 'Ann',
    profile: '#f54',
    ticket: bytes(7, 8),
    spectator: false,
    delayTicks: 0,
    sessionId: { hi: 0x01020304, lo: 0x05060708 },
    seed: 0xcafef00d,
    applied: 95,
  }),
  WELCOME: message(welcome, {
    sessionId: { hi: 0x01020304, lo: 0x05060708 },
    epoch: 9,
    slot: 1,
    tickRate: 60,
    tick: 0,
    seed: 0xcafef00d,
    part: PART.plays,
  }),
  'READY (client)': message(readyUp, { ready: true, round: 1, endTick: 640, carry: bytes(3, 1) }),
  'READY (host)': message(readyDown, { round: 2, startTick: 661, joins: maskOf([0, 1]), carry: bytes(3, 1) }),
  REFUSED: message(refused, { code: CODE.bufferOverflow, reason: 'the room "r" is full' }),
  INPUT: {
    payload: payload(w => writeInput(w, inputSample(), { firstTick: 100, count: 3, applied: 97 }, 1400)),
    codec: null,
    value: null,
  },
  TICK: { payload: payload(w => writeTick(w, tickSample(), 41, 4, 1400)), codec: null, value: null },
  'TICK (with a reference)': {
    payload: payload(w => writeTick(w, largeSample(), 45, 1, 1400)),
    codec: null,
    value: null,
  },
  SNAPSHOT_HEADER: message(snapshotHeader, {
    tick: 90,
    round: 2,
    stateBytes: 4096,
    checksum: 0xdeadbeef,
    packing: PACKING.deflate,
    sizeBytes: 1500,
    chunks: 2,
  }),
  SNAPSHOT_CHUNK: message(snapshotChunk, { tick: 90, index: 1, bytes: bytes(1, 2, 3) }),
  SNAPSHOT_ACK: message(snapshotAck, { tick: 90, next: 0, mask: bytes(0b10) }),
  SNAPSHOT_REQUEST: message(snapshotRequest, { tick: 61 }),
  HASH: message(hash, { tick: 30, checksum: 0xdeadbeef }),
  'HEARTBEAT (client)': message(heartbeatUp, { stamp: 123456, rosterVersion: 7 }),
  'HEARTBEAT (host)': message(heartbeatDown, { echo: 123456, margin: -1, closedTick: 99, waiting: maskOf([1, 40]) }),
  ROSTER: message(roster, {
    version: 7,
    count: 2,
    index: 0,
    entries: [
      { slot: 0, flags: ROSTER_READY | ROSTER_PLAYING | ROSTER_HOSTS, key: 0xdeadbeef, name: 'Ann', profile: '#f54' },
      { slot: 1, flags: 0, key: 0, name: 'Bob', profile: '' },
    ],
  }),
  'EVENT (player)': message(event, { tick: 0, hash: eventHash(LARGE_EVENT), bytes: LARGE_EVENT }),
  'EVENT (host, it has one)': message(event, { tick: 0, hash: eventHash(LARGE_EVENT), bytes: bytes() }),
  ACK: message(ack, { channel: CHANNEL.control, next: 0xfffffff0, mask: { hi: 0x80000000, lo: 0b110 } }),
  'HELLO (duel)': message(duelHello, {
    terms,
    name: 'Ann',
    profile: 'f54',
    rbn1: 2,
    inputDelay: 2,
    nonce: { hi: 0x01020304, lo: 0x05060708 },
  }),
  'WELCOME (duel)': message(duelWelcome, {
    sessionId: { hi: 0x01020304, lo: 0x05060708 },
    epoch: 9,
    slot: 1,
    seed: 0xcafef00d,
  }),
  'READY (duel)': message(duelReady, { ready: true, round: 1, endTick: 640, carry: bytes(2, 3, 1) }),
  'HEARTBEAT (duel)': message(duelHeartbeat, { stamp: 123456, echo: 0 }),
  'EVENT (duel)': message(duelEvents, {
    tick: 102,
    events: [bytes(0x82, 0x61, 0x61, 0xf6), bytes(0x82, 0x61, 0x62, 1)],
  }),
  'CHANGE (duel)': message(change, { what: CHANGE.round, tick: 661, value: 2, carry: bytes(2, 3, 1) }),
  TIMING: message(timing, { margin: -40, late: 3, vetoed: 1, heard: 105 }),
  BYE: message(bye, { code: BYE.desync, tick: 510, reason: 'desync at tick 510' }),
}

/** HASH in a packet of each form. */
export const PACKETS: Record<string, Uint8Array> = {
  'full form': packet(q => q.beginFull(0, { hi: 0x01020304, lo: 0x05060708 }, ROLE.client, 100)),
  'short form': packet(q => q.beginShort(0, 100, 9)),
}

function packet(begin: (q: PacketQueue) => boolean): Uint8Array {
  const q = new PacketQueue()
  begin(q)
  hash.write(q.beginMessage(), { tick: 30, checksum: 0xdeadbeef })
  q.endMessage(TYPE.hash, CHANNEL.unreliable, 0x10002)
  q.end()
  return q.take().at(0).bytes.slice()
}

export const DATAGRAMS: Record<string, Uint8Array> = {
  'RBN1 version 1': datagram({ startFrame: 1, ackFrame: 2 }, 3),
  'RBN1 version 1, checksum': datagram(
    { startFrame: 200, ackFrame: 195, hasChecksum: true, checksumFrame: 199, checksum: 0xdeadbeef },
    8,
  ),
  'RBN1 version 2, all blocks': datagram(
    {
      version: 2,
      startFrame: 7,
      ackFrame: 5,
      hasChecksum: true,
      checksumFrame: 4,
      checksum: 1,
      hasTimeSync: true,
      sentFrame: 9,
      advantage: -16,
      hasLossStats: true,
      received: 250,
      lost: 6,
      inputSize: 3,
      hasEventCounts: true,
    },
    0x0201,
    0x0403,
  ),
}

function datagram(fields: Partial<Rbn1Datagram>, ...inputs: number[]): Uint8Array {
  const d = Object.assign(new Rbn1Datagram(), fields)
  inputs.forEach((value, i) => d.inputs.set([value & 255, value >> 8], i * d.inputSize))
  d.count = inputs.length
  const into = new Uint8Array(1200)
  return into.slice(0, encodeRbn1(d, into))
}

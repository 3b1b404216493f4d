// RBN1 datagrams of 39 bytes (version 1, eight inputs, a checksum): against one reused DataView that does the same
// writes and reads without looking at anything, and against msgpackr. All of them in one process, turn by turn.

import { Packr } from 'msgpackr'
import { Rbn1Datagram, decodeRbn1Into, encodeRbn1, readRbn1, writeRbn1 } from '@lockstride/core/wire'
import { absolute, type Row } from '../row.ts'

const AREA = 'rbn1'
const INPUTS = 8
const SIZE = 39
const PACKETS = 4
const RUNS = 5
/** Turns of a run: short ones find the moments that the machine has for us alone. */
const TURNS = 10
const OPS = 400_000
/** Operations of the runs that count bytes: what V8 takes for itself meanwhile is less than a byte of each. */
const COUNTED_OPS = 4_000_000

/** Does `ops` operations, each on other values; answers something of all of them, so that none may be left out. */
type Work = (ops: number) => number

export async function rbn1(): Promise<Row[]> {
  const [ours, bytes, floor, packed] = [byView(), byBytes(), dataView(), msgpackr()]
  const rows: Row[] = []
  for (const way of ['encode', 'decode'] as const) {
    const [a, b, c, d] = best([ours[way], bytes[way], floor[way], packed[way]])
    rows.push(
      speed(`${way}: speed of a reused DataView without checks`, a, c, 0.85),
      speed(`${way}: times msgpackr`, a, d, 6),
      speed(`${way} of bytes without a view of them`, b, c, null),
      absolute(AREA, `${way}: bytes allocated`, 'B', allocated(ours[way]), { atMost: 0 }),
      absolute(AREA, `${way} of bytes: bytes allocated`, 'B', allocated(bytes[way]), { atMost: 0 }),
    )
  }
  return rows
}

/** Millions of operations a second; the best of several runs, in which each has its turn. */
function best(works: readonly Work[]): number[] {
  const speeds = works.map(() => 0)
  for (const work of works) for (let warm = 0; warm < TURNS; warm++) work(OPS)
  for (let turn = 0; turn < RUNS * TURNS; turn++)
    works.forEach((work, i) => {
      const start = performance.now()
      work(OPS)
      speeds[i] = Math.max(speeds[i], OPS / (performance.now() - start) / 1000)
    })
  return speeds
}

function speed(name: string, value: number, reference: number, atLeast: number | null): Row {
  const ratio = value / reference
  return {
    area: AREA,
    name,
    value,
    unit: 'Mops/s',
    reference,
    ratio,
    limit: atLeast,
    ok: atLeast === null || ratio >= atLeast,
  }
}

/** Bytes an operation; the least of several runs, because V8 may compile something in any of them. */
function allocated(work: Work): number {
  let least = Infinity
  for (let run = 0; run < RUNS; run++) {
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    work(COUNTED_OPS)
    least = Math.min(least, process.memoryUsage().heapUsed - before)
  }
  return Math.max(0, Math.floor(least / COUNTED_OPS))
}

/** What changes from one datagram to the next; each of the three ways writes it into its own object. */
interface Changing {
  startFrame: number
  ackFrame: number
  checksumFrame: number
  checksum: number
}

// A codec knows none of them beforehand: fields that never change would be compiled into a floor as constants.
function change(d: Changing, i: number): void {
  d.startFrame = i
  d.ackFrame = i + 3
  d.checksumFrame = i >> 1
  d.checksum = Math.imul(i, 0x9e3779b1) >>> 0
}

// Datagrams lie in one packet after another, as in a sender's queue: a single one would be compiled in as a constant.
function packets(): Uint8Array[] {
  return Array.from({ length: PACKETS }, () => new Uint8Array(SIZE))
}

function datagram(): Rbn1Datagram {
  const d = new Rbn1Datagram()
  d.hasChecksum = true
  d.count = INPUTS
  d.inputs.fill(1, 0, 2 * INPUTS)
  change(d, -1 >>> 1)
  return d
}

function byView(): { encode: Work; decode: Work } {
  const from = datagram()
  const into = new Rbn1Datagram()
  const ring = packets().map(bytes => new DataView(bytes.buffer))
  for (const view of ring) writeRbn1(from, view)
  return {
    encode(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) {
        const view = ring[i % PACKETS]
        change(from, i)
        sum = (sum + writeRbn1(from, view) + view.getUint8(6)) | 0
      }
      return sum
    },
    decode(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) {
        const view = ring[i % PACKETS]
        view.setUint8(6, i)
        view.setUint8(19, i)
        if (readRbn1(view, SIZE, 1, into)) sum = (sum + into.startFrame + into.checksum + into.inputs[0]) | 0
      }
      return sum
    },
  }
}

function byBytes(): { encode: Work; decode: Work } {
  const from = datagram()
  const into = new Rbn1Datagram()
  const ring = packets()
  for (const bytes of ring) encodeRbn1(from, bytes)
  return {
    encode(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) {
        const bytes = ring[i % PACKETS]
        change(from, i)
        sum = (sum + encodeRbn1(from, bytes) + bytes[6]) | 0
      }
      return sum
    },
    decode(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) {
        const bytes = ring[i % PACKETS]
        bytes[6] = i
        bytes[19] = i
        if (decodeRbn1Into(bytes, 1, into)) sum = (sum + into.startFrame + into.checksum + into.inputs[0]) | 0
      }
      return sum
    },
  }
}

/** The same fields from and into the same object, each by its own setter of a view that is there already. */
function dataView(): { encode: Work; decode: Work } {
  const from = datagram()
  const into = new Rbn1Datagram()
  const read = new Uint16Array(from.inputs.buffer)
  const written = new Uint16Array(into.inputs.buffer)
  const ring = packets().map(bytes => new DataView(bytes.buffer))
  const encode = (view: DataView): number => {
    view.setUint32(0, 0x314e4252, true)
    view.setUint8(4, 1)
    view.setUint8(5, 1)
    view.setUint32(6, from.startFrame, true)
    view.setUint8(10, from.count)
    view.setUint32(11, from.ackFrame, true)
    view.setUint32(15, from.checksumFrame, true)
    view.setUint32(19, from.checksum, true)
    const { count } = from
    for (let i = 0; i < count; i++) view.setUint16(23 + 2 * i, read[i], true)
    return 23 + 2 * count
  }
  const decode = (view: DataView): void => {
    into.version = 1
    into.startFrame = view.getUint32(6, true)
    const count = view.getUint8(10)
    into.count = count
    into.ackFrame = view.getUint32(11, true)
    into.inputSize = 2
    into.hasChecksum = true
    into.hasTimeSync = false
    into.hasLossStats = false
    into.hasEventCounts = false
    into.checksumFrame = view.getUint32(15, true)
    into.checksum = view.getUint32(19, true)
    for (let i = 0; i < count; i++) written[i] = view.getUint16(23 + 2 * i, true)
  }
  for (const view of ring) encode(view)
  return {
    encode(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) {
        const view = ring[i % PACKETS]
        change(from, i)
        sum = (sum + encode(view) + view.getUint8(6)) | 0
      }
      return sum
    },
    decode(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) {
        const view = ring[i % PACKETS]
        view.setUint8(6, i)
        view.setUint8(19, i)
        decode(view)
        sum = (sum + into.startFrame + into.checksum + written[0]) | 0
      }
      return sum
    },
  }
}

function msgpackr(): { encode: Work; decode: Work } {
  // Its fastest way: a record's shape is known to both sides, and no input is an object.
  const packr = new Packr({ structures: [] })
  const inputs = Array.from({ length: INPUTS }, () => 0x101)
  const from = { startFrame: 0, ackFrame: 0, checksumFrame: 0, checksum: 0, inputs }
  change(from, -1 >>> 1)
  const packed = packr.pack(from)
  return {
    encode(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) {
        change(from, i)
        sum += packr.pack(from).length
      }
      return sum
    },
    decode(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) sum += (packr.unpack(packed) as typeof from).startFrame
      return sum
    },
  }
}

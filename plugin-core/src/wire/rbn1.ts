// RBN1: redundant input datagrams between two peers (`specs/rbn1.md`). Each carries the sender's newest inputs, so the
// next datagram fills what was lost. Version 1 is pinned; version 2 adds blocks, and is never sent to a peer of version 1.
//
//   magic "RBN1" · version u8 · flags u8 · startFrame u32 · count u8 · ackFrame u32
//   [checksumFrame u32 · checksum u32]   version 2: [sentFrame u32 · advantage i16] [received u16 · lost u16] [inputSize u8] [event counts]
//   inputs: count × 2 bytes (version 2: × inputSize)

import { INPUT_BYTES } from './limits.ts'

export const RBN1_MAX_COUNT = 32
/** Bytes of one input in version 1, and in version 2 without HasWideInputs. */
export const RBN1_INPUT_BYTES = 2
export const RBN1_MAX_INPUT_BYTES = INPUT_BYTES
/** Of a version 2 datagram: what passes everywhere without being split. */
export const RBN1_MAX_BYTES = 1200

/** The four letters as a u32. */
const MAGIC = 0x314e4252
const HEADER = 15
const HAS_CHECKSUM = 1
const HAS_TIME_SYNC = 2
const HAS_LOSS_STATS = 4
const HAS_WIDE_INPUTS = 8
const HAS_EVENT_COUNTS = 16

/** A datagram's fields, with room for its inputs: what `writeRbn1` writes and `readRbn1` fills. Reuse it. */
export class Rbn1Datagram {
  version: 1 | 2 = 1
  /** Tick of the first input. */
  startFrame = 1
  /** Inputs, 1..32. */
  count = 0
  /** Newest tick received from the other peer without a gap; 0: none. */
  ackFrame = 0
  hasChecksum = false
  /** A confirmed tick, and the checksum of its state (u32, opaque here). */
  checksumFrame = 0
  checksum = 0
  hasTimeSync = false
  /** The sender's current tick. */
  sentFrame = 0
  /** Sixteenths of a tick that the sender believes it runs ahead. i16. */
  advantage = 0
  hasLossStats = false
  /** Datagrams of the other peer, of the last 256 expected. */
  received = 0
  lost = 0
  /** Bytes of one input. Other than 2 needs version 2. */
  inputSize = RBN1_INPUT_BYTES
  hasEventCounts = false
  /** Inputs one after another. */
  readonly inputs = new Uint8Array(RBN1_MAX_COUNT * RBN1_MAX_INPUT_BYTES)
  /** The same bytes, four at a time (little-endian, as everything here). */
  readonly lanes = new Uint32Array(this.inputs.buffer)
  /** Events of each of these ticks. */
  readonly eventCounts = new Uint8Array(RBN1_MAX_COUNT)
}

/**
 * Writes a datagram at the start of `into`; answers its bytes. Throws a RangeError for what the format cannot hold, and
 * for a destination that is too small. The fast way: keep one view of a packet, and nothing is allocated.
 */
export function writeRbn1(d: Rbn1Datagram, into: DataView): number {
  if (d.hasTimeSync || d.hasLossStats || d.hasEventCounts || d.inputSize !== RBN1_INPUT_BYTES)
    return writeBlocks(d, into)
  const { count, hasChecksum } = d
  const at = hasChecksum ? HEADER + 8 : HEADER
  const size = at + count * RBN1_INPUT_BYTES
  // Negated, so that NaN is refused, too.
  if (!(count >= 1 && count <= RBN1_MAX_COUNT && size <= into.byteLength)) refuse(d, 0, size, into.byteLength)
  writeHeader(d, hasChecksum ? HAS_CHECKSUM : 0, into)
  // Two inputs at a time: they are half of the work.
  const { lanes } = d
  const pairs = count >> 1
  for (let i = 0; i < pairs; i++) into.setUint32(at + 4 * i, lanes[i], true)
  if ((count & 1) !== 0) into.setUint16(size - 2, lanes[pairs], true)
  return size
}

/**
 * Reads a datagram of the agreed version, which is the first `size` bytes of `from`, into `d`. False: no such datagram,
 * and `d` is as it was. Checks in the order of the specification: size, magic, version, reserved flags, count, exact
 * length. The fast way: keep one view of a packet, and nothing is allocated.
 */
export function readRbn1(from: DataView, size: number, version: 1 | 2, d: Rbn1Datagram): boolean {
  if (size < HEADER || size > from.byteLength) return false
  if (from.getInt32(0, true) !== MAGIC || from.getUint8(4) !== version) return false
  const flags = from.getUint8(5)
  if (flags > knownFlags(version)) return false
  const count = from.getUint8(10)
  if (count < 1 || count > RBN1_MAX_COUNT) return false
  if (flags > HAS_CHECKSUM) return readBlocks(from, size, flags, d)
  const at = flags === HAS_CHECKSUM ? HEADER + 8 : HEADER
  if (size !== at + count * RBN1_INPUT_BYTES) return false
  readHeader(from, flags, d)
  d.inputSize = RBN1_INPUT_BYTES
  d.hasTimeSync = false
  d.hasLossStats = false
  d.hasEventCounts = false
  // Two inputs at a time: they are half of the work.
  const { lanes } = d
  const pairs = count >> 1
  for (let i = 0; i < pairs; i++) lanes[i] = from.getUint32(at + 4 * i, true)
  if ((count & 1) !== 0) readBytes(from, size - 2, d.inputs, 4 * pairs, 2)
  return true
}

// One packet for those who have bytes and no view of them; free again when a call returns.
const staged = new Uint8Array(RBN1_MAX_BYTES)
const stagedView = new DataView(staged.buffer)

/** As `writeRbn1`, into bytes. */
export function encodeRbn1(d: Rbn1Datagram, into: Uint8Array): number {
  const size = writeRbn1(d, stagedView)
  if (size > into.length) refuse(d, 0, size, into.length)
  for (let i = 0; i < size; i++) into[i] = staged[i]
  return size
}

/** As `readRbn1`, from bytes. */
export function decodeRbn1Into(bytes: Uint8Array, version: 1 | 2, d: Rbn1Datagram): boolean {
  if (bytes.length > RBN1_MAX_BYTES) return false
  staged.set(bytes)
  return readRbn1(stagedView, bytes.length, version, d)
}

/** The same as a new object; null: no such datagram. */
export function decodeRbn1(bytes: Uint8Array, version: 1 | 2): Rbn1Datagram | null {
  const d = new Rbn1Datagram()
  return decodeRbn1Into(bytes, version, d) ? d : null
}

function flagsOf(d: Rbn1Datagram): number {
  return (
    (d.hasChecksum ? HAS_CHECKSUM : 0) |
    (d.hasTimeSync ? HAS_TIME_SYNC : 0) |
    (d.hasLossStats ? HAS_LOSS_STATS : 0) |
    (d.inputSize !== RBN1_INPUT_BYTES ? HAS_WIDE_INPUTS : 0) |
    (d.hasEventCounts ? HAS_EVENT_COUNTS : 0)
  )
}

/** The greatest that may be: whatever is above has a reserved bit, or one of another version. */
function knownFlags(version: 1 | 2): number {
  return version === 1 ? HAS_CHECKSUM : 31
}

function writeHeader(d: Rbn1Datagram, flags: number, into: DataView): void {
  into.setUint32(0, MAGIC, true)
  into.setUint16(4, d.version | (flags << 8), true)
  into.setUint32(6, d.startFrame, true)
  into.setUint8(10, d.count)
  into.setUint32(11, d.ackFrame, true)
  if (!d.hasChecksum) return
  into.setUint32(15, d.checksumFrame, true)
  into.setUint32(19, d.checksum, true)
}

// Version 2: the blocks behind the checksum, and inputs of any size.
function writeBlocks(d: Rbn1Datagram, into: DataView): number {
  const { version, count, inputSize, inputs } = d
  const flags = flagsOf(d)
  const size = sizeOf(flags, count, inputSize)
  const isRight =
    flags <= knownFlags(version) &&
    count >= 1 &&
    count <= RBN1_MAX_COUNT &&
    inputSize >= 1 &&
    inputSize <= RBN1_MAX_INPUT_BYTES &&
    size <= Math.min(RBN1_MAX_BYTES, into.byteLength)
  if (!isRight) refuse(d, flags, size, into.byteLength)
  writeHeader(d, flags, into)
  let at = d.hasChecksum ? HEADER + 8 : HEADER
  if (d.hasTimeSync) {
    into.setUint32(at, d.sentFrame, true)
    into.setInt16(at + 4, d.advantage, true)
    at += 6
  }
  if (d.hasLossStats) {
    into.setUint16(at, d.received, true)
    into.setUint16(at + 2, d.lost, true)
    at += 4
  }
  if (inputSize !== RBN1_INPUT_BYTES) into.setUint8(at++, inputSize)
  if (d.hasEventCounts) for (let i = 0; i < count; i++) into.setUint8(at++, d.eventCounts[i])
  for (let i = 0; i < size - at; i++) into.setUint8(at + i, inputs[i])
  return size
}

function readHeader(from: DataView, flags: number, d: Rbn1Datagram): void {
  const hasChecksum = (flags & HAS_CHECKSUM) !== 0
  d.version = from.getUint8(4) as 1 | 2
  d.startFrame = from.getUint32(6, true)
  d.count = from.getUint8(10)
  d.ackFrame = from.getUint32(11, true)
  d.hasChecksum = hasChecksum
  if (!hasChecksum) return
  d.checksumFrame = from.getUint32(15, true)
  d.checksum = from.getUint32(19, true)
}

// Version 2: false, and nothing is read, when the length is not exact.
function readBlocks(from: DataView, size: number, flags: number, d: Rbn1Datagram): boolean {
  const count = from.getUint8(10)
  const inputSize = inputSizeOf(from, size, flags)
  if (inputSize === 0 || size !== sizeOf(flags, count, inputSize) || size > RBN1_MAX_BYTES) return false
  readHeader(from, flags, d)
  d.inputSize = inputSize
  d.hasTimeSync = (flags & HAS_TIME_SYNC) !== 0
  d.hasLossStats = (flags & HAS_LOSS_STATS) !== 0
  d.hasEventCounts = (flags & HAS_EVENT_COUNTS) !== 0
  let at = d.hasChecksum ? HEADER + 8 : HEADER
  if (d.hasTimeSync) {
    d.sentFrame = from.getUint32(at, true)
    d.advantage = from.getInt16(at + 4, true)
    at += 6
  }
  if (d.hasLossStats) {
    d.received = from.getUint16(at, true)
    d.lost = from.getUint16(at + 2, true)
    at += 4
  }
  if ((flags & HAS_WIDE_INPUTS) !== 0) at++
  if (d.hasEventCounts) {
    readBytes(from, at, d.eventCounts, 0, count)
    at += count
  }
  readBytes(from, at, d.inputs, 0, size - at)
  return true
}

function readBytes(from: DataView, at: number, into: Uint8Array, start: number, count: number): void {
  for (let i = 0; i < count; i++) into[start + i] = from.getUint8(at + i)
}

/** 0: there is none, or none that may be. */
function inputSizeOf(from: DataView, size: number, flags: number): number {
  if ((flags & HAS_WIDE_INPUTS) === 0) return RBN1_INPUT_BYTES
  const at = HEADER + blocksBefore(flags)
  if (at >= size) return 0
  const inputSize = from.getUint8(at)
  // 2 needs no block: a second spelling of the same datagram is refused.
  return inputSize > RBN1_MAX_INPUT_BYTES || inputSize === RBN1_INPUT_BYTES ? 0 : inputSize
}

function blocksBefore(flags: number): number {
  return (
    ((flags & HAS_CHECKSUM) !== 0 ? 8 : 0) +
    ((flags & HAS_TIME_SYNC) !== 0 ? 6 : 0) +
    ((flags & HAS_LOSS_STATS) !== 0 ? 4 : 0)
  )
}

function sizeOf(flags: number, count: number, inputSize: number): number {
  const wide = (flags & HAS_WIDE_INPUTS) !== 0 ? 1 : 0
  const events = (flags & HAS_EVENT_COUNTS) !== 0 ? count : 0
  return HEADER + blocksBefore(flags) + wide + events + count * inputSize
}

// Apart from the writer: sentences are long, and V8 compiles into its caller what is short.
function refuse(d: Rbn1Datagram, flags: number, size: number, room: number): never {
  const { version, count, inputSize } = d
  if (!(count >= 1 && count <= RBN1_MAX_COUNT))
    throw new RangeError(`RBN1: ${count} inputs; a datagram has 1 to ${RBN1_MAX_COUNT}`)
  if (flags > knownFlags(version)) throw new RangeError(`RBN1: version ${version} has no such blocks (flags ${flags})`)
  if (!(inputSize >= 1 && inputSize <= RBN1_MAX_INPUT_BYTES))
    throw new RangeError(`RBN1: inputs of ${inputSize} bytes; they have 1 to ${RBN1_MAX_INPUT_BYTES}`)
  if (size > RBN1_MAX_BYTES) throw new RangeError(`RBN1: ${size} bytes; a datagram has at most ${RBN1_MAX_BYTES}`)
  throw new RangeError(`RBN1: ${size} bytes do not fit into ${room}`)
}

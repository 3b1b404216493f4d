// RBN1: redundant input datagrams between two peers (`specs/rbn1.md`). Each carries the sender's newest inputs, so the
// next datagram fills what was lost. Version 1 is pinned; version 2 adds blocks, and is never sent to a peer of version 1.
//
//   magic "RBN1" · version u8 · flags u8 · startFrame u32 · count u8 · ackFrame u32
//   [checksumFrame u32 · checksum u32]   version 2: [sentFrame u32 · advantage i16] [received u16 · lost u16] [inputSize u8] [event counts]
//   inputs: count × 2 bytes (version 2: × inputSize)

export const RBN1_MAX_COUNT = 32
/** Bytes of one input in version 1, and in version 2 without HasWideInputs. */
export const RBN1_INPUT_BYTES = 2
export const RBN1_MAX_INPUT_BYTES = 64
/** Of a version 2 datagram: what passes everywhere without being split. */
export const RBN1_MAX_BYTES = 1200

const HEADER = 15
const HAS_CHECKSUM = 1
const HAS_TIME_SYNC = 2
const HAS_LOSS_STATS = 4
const HAS_WIDE_INPUTS = 8
const HAS_EVENT_COUNTS = 16
const KNOWN_FLAGS = [0, HAS_CHECKSUM, 31]

/** A datagram's fields, with room for its inputs: what `encodeRbn1` writes and `decodeRbn1Into` fills. Reuse it. */
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
  /** Events of each of these ticks. */
  readonly eventCounts = new Uint8Array(RBN1_MAX_COUNT)
}

/** Writes a datagram at the start of `into`; answers its bytes. Throws a RangeError for what the format cannot hold. */
export function encodeRbn1(d: Rbn1Datagram, into: Uint8Array): number {
  const { version, count, inputSize } = d
  const wide = inputSize !== RBN1_INPUT_BYTES
  if (count < 1 || count > RBN1_MAX_COUNT)
    throw new RangeError(`RBN1: ${count} inputs; a datagram has 1 to ${RBN1_MAX_COUNT}`)
  const flags =
    (d.hasChecksum ? HAS_CHECKSUM : 0) |
    (d.hasTimeSync ? HAS_TIME_SYNC : 0) |
    (d.hasLossStats ? HAS_LOSS_STATS : 0) |
    (wide ? HAS_WIDE_INPUTS : 0) |
    (d.hasEventCounts ? HAS_EVENT_COUNTS : 0)
  if ((flags & ~KNOWN_FLAGS[version]) !== 0)
    throw new RangeError(`RBN1: version ${version} has no such blocks (flags ${flags})`)
  if (inputSize < 1 || inputSize > RBN1_MAX_INPUT_BYTES)
    throw new RangeError(`RBN1: inputs of ${inputSize} bytes; they have 1 to ${RBN1_MAX_INPUT_BYTES}`)
  const size = sizeOf(flags, count, inputSize)
  if (size > into.length) throw new RangeError(`RBN1: ${size} bytes do not fit into ${into.length}`)
  if (size > RBN1_MAX_BYTES) throw new RangeError(`RBN1: ${size} bytes; a datagram has at most ${RBN1_MAX_BYTES}`)
  into[0] = 0x52
  into[1] = 0x42
  into[2] = 0x4e
  into[3] = 0x31
  into[4] = version
  into[5] = flags
  put32(into, 6, d.startFrame)
  into[10] = count
  put32(into, 11, d.ackFrame)
  let at = HEADER
  if (d.hasChecksum) {
    put32(into, at, d.checksumFrame)
    put32(into, at + 4, d.checksum)
    at += 8
  }
  if (d.hasTimeSync) {
    put32(into, at, d.sentFrame)
    put16(into, at + 4, d.advantage)
    at += 6
  }
  if (d.hasLossStats) {
    put16(into, at, d.received)
    put16(into, at + 2, d.lost)
    at += 4
  }
  if (wide) into[at++] = inputSize
  if (d.hasEventCounts) for (let i = 0; i < count; i++) into[at++] = d.eventCounts[i]
  const { inputs } = d
  for (let i = 0; i < count * inputSize; i++) into[at + i] = inputs[i]
  return size
}

/**
 * Reads a datagram of the agreed version into `d`, allocating nothing. False: no such datagram, and `d` is as it was.
 * Checks in the order of the specification: size, magic, version, reserved flags, count, exact length.
 */
export function decodeRbn1Into(bytes: Uint8Array, version: 1 | 2, d: Rbn1Datagram): boolean {
  if (bytes.length < HEADER) return false
  if (bytes[0] !== 0x52 || bytes[1] !== 0x42 || bytes[2] !== 0x4e || bytes[3] !== 0x31) return false
  if (bytes[4] !== version) return false
  const flags = bytes[5]
  if ((flags & ~KNOWN_FLAGS[version]) !== 0) return false
  const count = bytes[10]
  if (count < 1 || count > RBN1_MAX_COUNT) return false
  let inputSize = RBN1_INPUT_BYTES
  if ((flags & HAS_WIDE_INPUTS) !== 0) {
    const at = HEADER + blocksBefore(flags)
    if (at >= bytes.length) return false
    inputSize = bytes[at]
    // 2 needs no block: a second spelling of the same datagram is refused.
    if (inputSize < 1 || inputSize > RBN1_MAX_INPUT_BYTES || inputSize === RBN1_INPUT_BYTES) return false
  }
  if (bytes.length !== sizeOf(flags, count, inputSize) || bytes.length > RBN1_MAX_BYTES) return false
  d.version = version
  d.startFrame = get32(bytes, 6)
  d.count = count
  d.ackFrame = get32(bytes, 11)
  d.inputSize = inputSize
  d.hasChecksum = (flags & HAS_CHECKSUM) !== 0
  d.hasTimeSync = (flags & HAS_TIME_SYNC) !== 0
  d.hasLossStats = (flags & HAS_LOSS_STATS) !== 0
  d.hasEventCounts = (flags & HAS_EVENT_COUNTS) !== 0
  let at = HEADER
  if (d.hasChecksum) {
    d.checksumFrame = get32(bytes, at)
    d.checksum = get32(bytes, at + 4)
    at += 8
  }
  if (d.hasTimeSync) {
    d.sentFrame = get32(bytes, at)
    d.advantage = ((bytes[at + 4] | (bytes[at + 5] << 8)) << 16) >> 16
    at += 6
  }
  if (d.hasLossStats) {
    d.received = bytes[at] | (bytes[at + 1] << 8)
    d.lost = bytes[at + 2] | (bytes[at + 3] << 8)
    at += 4
  }
  if ((flags & HAS_WIDE_INPUTS) !== 0) at++
  if (d.hasEventCounts) for (let i = 0; i < count; i++) d.eventCounts[i] = bytes[at++]
  const { inputs } = d
  for (let i = 0; i < count * inputSize; i++) inputs[i] = bytes[at + i]
  return true
}

/** The same as a new object; null: no such datagram. */
export function decodeRbn1(bytes: Uint8Array, version: 1 | 2): Rbn1Datagram | null {
  const d = new Rbn1Datagram()
  return decodeRbn1Into(bytes, version, d) ? d : null
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

function put16(into: Uint8Array, at: number, value: number): void {
  into[at] = value
  into[at + 1] = value >> 8
}

function put32(into: Uint8Array, at: number, value: number): void {
  into[at] = value
  into[at + 1] = value >>> 8
  into[at + 2] = value >>> 16
  into[at + 3] = value >>> 24
}

function get32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
}

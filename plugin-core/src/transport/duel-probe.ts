// What the two ends of a duel's line say to each other, beside the packets of their sessions: who speaks, to whom, and whether it
// hears the other on this very path. Sessions never see it: their packets begin otherwise.

export interface LineId {
  readonly hi: number
  readonly lo: number
}

export interface Probe {
  /** Never zero. */
  from: LineId
  /** Zero: whoever hears it. */
  to: LineId
  /** Something of the other side came on this path lately. */
  hears: boolean
  /** The line is closed: nothing comes any more, on any path. */
  bye: boolean
}

export const PROBE_BYTES = 24
/** "LSDP", little-endian. */
const MAGIC = 0x5044534c
const VERSION = 1
const HEARS = 1
const BYE = 2
export const NOBODY: LineId = { hi: 0, lo: 0 }

export function isSame(a: LineId, b: LineId): boolean {
  return a.hi === b.hi && a.lo === b.lo
}

/** Whether these bytes are said between lines; what is not goes to the session. */
export function isProbe(bytes: Uint8Array): boolean {
  return bytes.length > 3 && bytes[0] === 0x4c && bytes[1] === 0x53 && bytes[2] === 0x44 && bytes[3] === 0x50
}

/** The bytes are described in PROTOCOL.md. */
export function writeProbe(view: DataView, probe: Probe): void {
  view.setUint32(0, MAGIC, true)
  view.setUint8(4, VERSION)
  view.setUint8(5, (probe.hears ? HEARS : 0) | (probe.bye ? BYE : 0))
  view.setUint16(6, 0, true)
  view.setUint32(8, probe.from.lo, true)
  view.setUint32(12, probe.from.hi, true)
  view.setUint32(16, probe.to.lo, true)
  view.setUint32(20, probe.to.hi, true)
}

/** Null for anything but a whole probe. */
export function readProbe(bytes: Uint8Array): Probe | null {
  if (bytes.length !== PROBE_BYTES || !isProbe(bytes) || bytes[4] !== VERSION) return null
  const flags = bytes[5]
  if (flags > (HEARS | BYE) || bytes[6] !== 0 || bytes[7] !== 0) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, PROBE_BYTES)
  const from = { hi: view.getUint32(12, true), lo: view.getUint32(8, true) }
  if (isSame(from, NOBODY)) return null
  const to = { hi: view.getUint32(20, true), lo: view.getUint32(16, true) }
  return { from, to, hears: (flags & HEARS) !== 0, bye: (flags & BYE) !== 0 }
}

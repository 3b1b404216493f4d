// What a recording is made of, as PROTOCOL.md says it: a head, then chunks of records, each chunk with its own checksum, so that
// a file which ends too early is worth everything up to there.

import type { EndCode } from '../session/fact.ts'
import { SNAPSHOT_BYTES } from '../wire/limits.ts'
import { terms } from '../wire/messages.ts'
import { struct, text, u32, u8, type Value } from '../wire/schema.ts'

/** "LSRP". */
export const MAGIC = 0x5052534c
export const VERSION = 1
/** Magic, version, size of the head. */
export const PREFIX_BYTES = 7
/** Of a chunk, before its records: packing, size, unpacked size, checksum. */
export const CHUNK_HEAD_BYTES = 13
/** Most bytes of a chunk, unpacked: one state and what belongs to it. */
export const MAX_CHUNK_BYTES = SNAPSHOT_BYTES + 64

export const RECORD = { tick: 1, hash: 2, state: 3, begin: 4, end: 5, event: 6 } as const

export const replayHead = struct({
  terms,
  seed: u32,
  /** Whose machine recorded it; 255: a spectator's. */
  slot: u8,
  /** xxHash32 of the source id: tells other code from another version. */
  source: u32,
})
export type ReplayHead = Value<typeof replayHead>

export const replayEnd = struct({ code: u8, tick: u32, reason: text(400) })

/** By the code of an END record. */
export const END_CODES: readonly EndCode[] = [
  'left',
  'refused',
  'version',
  'timeout',
  'host-gone',
  'desync',
  'rules',
  'protocol',
  'replaced',
  'full',
  'peer-left',
  'peer-gone',
]

/** A recording that cannot be played; the message is a sentence that says why, and where in the file. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError'
  /** Byte of the file at which it was found. */
  readonly atByte: number

  constructor(message: string, atByte: number) {
    super(message)
    this.atByte = atByte
  }
}

// A script's text as events: they carry little, so it travels in parts.

import { SCRIPT_PART_BYTES, SCRIPT_TEXT_BYTES } from '../wire/limits.ts'

export interface EditPart {
  readonly name: string
  /** Of the text: another one ends what has come of the one before. */
  readonly serial: number
  /** From 1 on. */
  readonly part: number
  readonly parts: number
  readonly bytes: Uint8Array
  readonly [key: string]: string | number | Uint8Array
}

/** Throws a sentence for what is too long. */
export function textParts(name: string, text: string, serial: number): readonly EditPart[] {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > SCRIPT_TEXT_BYTES)
    throw new RangeError(
      `setScript: the text of ${name} has ${bytes.length} bytes, at most ${SCRIPT_TEXT_BYTES} are sent to the others`,
    )
  const parts = Math.max(1, Math.ceil(bytes.length / SCRIPT_PART_BYTES))
  return Array.from({ length: parts }, (_, i) => ({
    name,
    serial,
    part: i + 1,
    parts,
    bytes: bytes.slice(i * SCRIPT_PART_BYTES, (i + 1) * SCRIPT_PART_BYTES),
  }))
}

/** Null: a stranger's. */
export function readPart(payload: unknown): EditPart | null {
  if (typeof payload !== 'object' || payload === null) return null
  const { name, serial, part, parts, bytes } = payload as Partial<EditPart>
  const isPart =
    typeof name === 'string' &&
    isWhole(serial, 0xffffffff) &&
    isWhole(parts, Math.ceil(SCRIPT_TEXT_BYTES / SCRIPT_PART_BYTES)) &&
    isWhole(part, parts) &&
    bytes instanceof Uint8Array &&
    bytes.length <= SCRIPT_PART_BYTES
  return isPart ? { name, serial, part, parts, bytes } : null
}

function isWhole(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most
}

// Deterministic CBOR (RFC 8949, 4.2.1) by cborg: one value, one spelling. What cborg leaves open is closed here: halves
// below 2^-14, integral numbers past 2^53, a leading byte order mark, and everything that merely reads the same.

import { Token, Tokenizer, Type, decode, encode, type EncodeOptions } from 'cborg'
import { equalBytes } from '../bytes/equal.ts'
import { dataFault, type Data } from './data.ts'

export type Decoded = { readonly ok: true; readonly value: Data } | { readonly ok: false; readonly reason: string }

const STRICT = {
  strict: true,
  allowUndefined: false,
  allowIndefinite: false,
  allowBigInt: true,
  rejectDuplicateMapKeys: true,
}

/** Set while a value is encoded: it holds a number that `withHalves` must spell. */
let hasSmallHalf = false

const NUMBERS: EncodeOptions = {
  typeEncoders: {
    number: (value: number) => {
      if (Number.isInteger(value)) return Number.isSafeInteger(value) ? null : wideInteger(value)
      if (isSmallHalf(value)) hasSmallHalf = true
      return null
    },
  },
}

/** Throws a sentence that begins with `name` when `value` is not data. */
export function encodeCanonical(value: Data, name = 'the value'): Uint8Array {
  const fault = dataFault(value)
  if (fault !== null) throw new TypeError(name + fault)
  hasSmallHalf = false
  // A copy: in Node cborg answers views of a shared pool.
  const bytes = new Uint8Array(encode(value, NUMBERS))
  return hasSmallHalf ? withHalves(bytes) : bytes
}

/** Never throws: bytes come from strangers. Another spelling of the same value is refused, too. */
export function decodeCanonical(bytes: Uint8Array): Decoded {
  try {
    const value = readAgain(bytes)
    return equalBytes(encodeCanonical(value), bytes) ? { ok: true, value } : { ok: false, reason: 'not canonical CBOR' }
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : 'not CBOR' }
  }
}

/** Of bytes that `decodeCanonical` took before: the same value once more, without the checks. Throws on others. */
export function readAgain(bytes: Uint8Array): Data {
  return withNumbers(decode(bytes, { ...STRICT, tokenizer: new MarkKeeper(bytes, STRICT) }) as Data)
}

/**
 * The text behind `numbers` of a list, where these bytes begin so: what follows is not read, and may be anything. Null where they do not.
 * Never throws.
 */
export function textBehind(bytes: Uint8Array, numbers: number): string | null {
  try {
    const tokens = new MarkKeeper(bytes, STRICT)
    if (tokens.next().type !== Type.array) return null
    for (let i = 0; i < numbers; i++) if (tokens.next().type !== Type.uint) return null
    const { type, value } = tokens.next()
    return type === Type.string ? (value as string) : null
  } catch {
    return null
  }
}

/** Past 2^53 cborg writes floats, though integers reach to 2^64. */
function wideInteger(value: number): Token | null {
  if (value < -(2 ** 64) || value >= 2 ** 64) return null
  return new Token(value < 0 ? Type.negint : Type.uint, BigInt(value))
}

/** Halves below 2^-14: multiples of 2^-24. */
function isSmallHalf(value: number): boolean {
  return Math.abs(value) < 2 ** -14 && Number.isInteger(value * 2 ** 24)
}

/** cborg spells most of the small halves in four bytes, though two hold them: those places are written anew. */
function withHalves(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length)
  const tokens = new Tokenizer(bytes, STRICT)
  let size = 0
  for (let at = 0; !tokens.done(); at = tokens.pos()) {
    const value: unknown = tokens.next().value
    if (bytes[at] === FLOAT32 && isSmallHalf(value as number)) {
      const units = Math.abs((value as number) * 2 ** 24)
      out[size++] = FLOAT16
      out[size++] = (bytes[at + 1] & 0x80) | (units >> 8)
      out[size++] = units & 0xff
    } else {
      out.set(bytes.subarray(at, tokens.pos()), size)
      size += tokens.pos() - at
    }
  }
  return out.slice(0, size)
}

const FLOAT16 = 0xf9
const FLOAT32 = 0xfa

/** cborg reads integers past 2^53 as bigints: those that a number holds become numbers, the others stay and are refused. */
function withNumbers(value: Data | bigint): Data {
  if (typeof value === 'bigint') {
    const number = Number(value)
    if (BigInt(number) !== value) throw new RangeError(`no number holds ${value}`)
    return number
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  // Arrays and maps were made just now, so they are changed in place.
  const items = value as Record<string, Data>
  for (const key of Object.keys(items)) {
    const item: Data | bigint = items[key]
    if (typeof item === 'object' || typeof item === 'bigint') {
      const read = withNumbers(item)
      if (read !== item) items[key] = read
    }
  }
  return value
}

/** Text decoders drop a byte order mark at the start of a string; here it is a character like any other. */
class MarkKeeper extends Tokenizer {
  override next(): Token {
    const at = this.pos()
    const token = super.next()
    const head = this.data[at]
    if (head < 0x60 || head > 0x7b) return token
    const minor = head & 31
    const start = at + (minor < 24 ? 1 : 1 + (1 << (minor - 24)))
    if (this.data[start] !== 0xef || this.data[start + 1] !== 0xbb || this.data[start + 2] !== 0xbf) return token
    return new Token(token.type, `\ufeff${token.value as string}`, token.encodedLength)
  }
}

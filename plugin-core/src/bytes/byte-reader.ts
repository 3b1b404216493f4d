// Reads little-endian bytes that a stranger sent: every read checks its bounds. On short or bad data it answers
// zeros and sets `failed`, so that a message is read to its end and refused once; it never throws.

const NOTHING = new Uint8Array(0)

export class ByteReader {
  failed = false
  #bytes: Uint8Array = NOTHING
  #at = 0
  #end = 0

  /** Reads `bytes[offset..end)` from now on. */
  reset(bytes: Uint8Array, offset = 0, end = bytes.length): void {
    this.#bytes = bytes
    this.#at = offset
    this.#end = end
    this.failed = offset < 0 || end > bytes.length || offset > end
    if (this.failed) this.#end = this.#at
  }

  get position(): number {
    return this.#at
  }

  get remaining(): number {
    return this.#end - this.#at
  }

  /** What was read makes no sense: refuses everything. */
  fail(): void {
    this.failed = true
  }

  u8(): number {
    if (!this.#take(1)) return 0
    return this.#bytes[this.#at - 1]
  }

  u16(): number {
    if (!this.#take(2)) return 0
    const b = this.#bytes
    return b[this.#at - 2] | (b[this.#at - 1] << 8)
  }

  u32(): number {
    if (!this.#take(4)) return 0
    const b = this.#bytes
    const at = this.#at
    return (b[at - 4] | (b[at - 3] << 8) | (b[at - 2] << 16) | (b[at - 1] << 24)) >>> 0
  }

  /** Unsigned LEB128 of at most 32 bits; a longer spelling than needed fails. */
  leb(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8()
      if (this.failed) return 0
      if ((shift === 28 && byte > 15) || (shift > 0 && byte === 0)) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    this.failed = true
    return 0
  }

  /** Signed, small magnitudes short. */
  zigzag(): number {
    const value = this.leb()
    return (value >>> 1) ^ -(value & 1)
  }

  /** A view of the next `count` bytes, valid as long as what was given to `reset`. */
  bytes(count: number): Uint8Array {
    if (!this.#take(count)) return NOTHING
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  skip(count: number): void {
    this.#take(count)
  }

  /** A byte at a position that was read or skipped already. */
  peek(position: number): number {
    return position >= 0 && position < this.#end ? this.#bytes[position] : 0
  }

  #take(count: number): boolean {
    // Negated, so that NaN fails, too; a negative count would read again what was read.
    if (this.failed || !(count >= 0 && count <= this.#end - this.#at)) {
      this.failed = true
      return false
    }
    this.#at += count
    return true
  }
}

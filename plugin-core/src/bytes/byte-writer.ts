// Writes little-endian bytes into a buffer of its caller's. What does not fit is not written and sets `failed`;
// the buffer's end is never passed.

const NOTHING = new Uint8Array(0)

export class ByteWriter {
  failed = false
  #bytes: Uint8Array = NOTHING
  #at = 0
  #end = 0

  /** Writes into `bytes[offset..end)` from now on. */
  reset(bytes: Uint8Array, offset = 0, end = bytes.length): void {
    if (offset < 0 || offset > end || end > bytes.length)
      throw new RangeError(`no room at ${offset}..${end} of ${bytes.length} bytes`)
    this.#bytes = bytes
    this.#at = offset
    this.#end = end
    this.failed = false
  }

  /** Where the next byte goes; equals the bytes written when `offset` was 0. */
  get position(): number {
    return this.#at
  }

  u8(value: number): void {
    if (!this.#take(1)) return
    this.#bytes[this.#at - 1] = value
  }

  u16(value: number): void {
    if (!this.#take(2)) return
    this.#bytes[this.#at - 2] = value
    this.#bytes[this.#at - 1] = value >>> 8
  }

  u32(value: number): void {
    if (!this.#take(4)) return
    const b = this.#bytes
    const at = this.#at
    b[at - 4] = value
    b[at - 3] = value >>> 8
    b[at - 2] = value >>> 16
    b[at - 1] = value >>> 24
  }

  /** Unsigned LEB128 of a u32. */
  leb(value: number): void {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.u8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.u8(rest)
  }

  zigzag(value: number): void {
    this.leb(((value << 1) ^ (value >> 31)) >>> 0)
  }

  bytes(value: Uint8Array): void {
    if (!this.#take(value.length)) return
    this.#bytes.set(value, this.#at - value.length)
  }

  /** Leaves room that the caller has filled, or fills later. */
  skip(count: number): void {
    this.#take(count)
  }

  #take(count: number): boolean {
    if (this.failed || !(count >= 0 && count <= this.#end - this.#at)) {
      this.failed = true
      return false
    }
    this.#at += count
    return true
  }
}

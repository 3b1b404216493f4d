// Fixed point, Q16.16 in a 32-bit integer: for games that want no floating point at all. Everything wraps like
// integers do; nothing here rounds in a way that a machine could choose.

const ONE = 65536

export const fx = {
  one: ONE,
  /** The nearest fixed-point number, halves away from zero. Reach: -32768 to 32767.99998. */
  from(value: number): number {
    return (value < 0 ? -Math.floor(-value * ONE + 0.5) : Math.floor(value * ONE + 0.5)) | 0
  },
  toFloat(a: number): number {
    return a / ONE
  },
  /** Rounds towards minus infinity. The product of two 32-bit numbers needs 62 bits, so it is made of halves. */
  mul(a: number, b: number): number {
    const high = a >> 16
    const low = a & 0xffff
    return (Math.imul(high, b) + Math.imul(low, b >> 16) + (Math.imul(low, b & 0xffff) >>> 16)) | 0
  },
  /** Rounds towards zero; by zero gives 0. Exact: the dividend has 48 bits, a double holds 53. */
  div(a: number, b: number): number {
    if (b === 0) return 0
    return Math.trunc((a * ONE) / b) | 0
  },
  floor(a: number): number {
    return a & ~0xffff
  },
  abs(a: number): number {
    return a < 0 ? -a | 0 : a
  },
  /** Of a negative number: 0. */
  sqrt(a: number): number {
    return a <= 0 ? 0 : Math.floor(Math.sqrt(a * ONE)) | 0
  },
  min(a: number, b: number): number {
    return a < b ? a : b
  },
  max(a: number, b: number): number {
    return a > b ? a : b
  },
} as const

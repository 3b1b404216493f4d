// The functions of Math that engines compute differently, computed the same everywhere: with exact operations only
// (+ - * / sqrt). Typed here, so that the library behind them stays out of the published types.

import * as libm from './libm.ts'

type OfOne = (x: number) => number

/** Sine of an angle in radians. */
export const sin: OfOne = libm.sin
/** Cosine of an angle in radians. */
export const cos: OfOne = libm.cos
/** Tangent of an angle in radians. */
export const tan: OfOne = libm.tan
/** The angle in [-π/2, π/2] with this sine; NaN outside of [-1, 1]. */
export const asin: OfOne = libm.asin
/** The angle in [0, π] with this cosine; NaN outside of [-1, 1]. */
export const acos: OfOne = libm.acos
/** The angle in [-π/2, π/2] with this tangent. */
export const atan: OfOne = libm.atan
/** The angle in [-π, π] of the point (x, y), y first as in `Math.atan2`. */
export const atan2: (y: number, x: number) => number = libm.atan2
/** e to the power of x. */
export const exp: OfOne = libm.exp
/** The natural logarithm; -Infinity of 0, NaN of what is negative. */
export const log: OfOne = libm.log
/** x to the power of y: use it in place of `**`, too, which engines compute differently. */
export const pow: (x: number, y: number) => number = libm.pow
/** √(x² + y²), without overflow on the way. */
export const hypot: (x: number, y: number) => number = libm.hypot

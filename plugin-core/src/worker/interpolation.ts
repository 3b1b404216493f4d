// The arithmetic of drawing between two ticks: angles and orientations the short way round, corrections that fade.
// Everything works on numbers and caller-owned arrays, because it runs for every entity in every frame.

const TURN = 2 * Math.PI

/** How far towards its end a correction is after `correctionMs`: e^-3, 5 % of the jump is left. */
const DECAY_RATE = 3

/** The turn in radians from one angle to another, the short way: in [-π, π). Angles may be outside one turn. */
export function angleBetween(from: number, to: number): number {
  const straight = to - from
  // The usual case: the remainder costs more than everything else here.
  if (straight >= -Math.PI && straight < Math.PI) return straight
  const turn = straight % TURN
  if (turn >= Math.PI) return turn - TURN
  if (turn < -Math.PI) return turn + TURN
  return turn
}

/** The part of a correction that is still shown after `elapsedMs` more: 1 at once, 5 % after `correctionMs`. */
export function correctionLeft(elapsedMs: number, correctionMs: number): number {
  return correctionMs > 0 ? Math.exp((-DECAY_RATE * elapsedMs) / correctionMs) : 0
}

/**
 * A normalised blend of the quaternions (x, y, z, w) at `from[fromAt]` and `to[toAt]`, the short way, into `into[intoAt]`.
 * Over the turn of one tick it differs from a slerp by less than can be seen. A zero quaternion reads as "no turn".
 */
export function blendQuaternions(
  from: Float64Array,
  fromAt: number,
  to: Float64Array,
  toAt: number,
  alpha: number,
  into: Float64Array,
  intoAt: number,
): void {
  const dot =
    from[fromAt] * to[toAt] +
    from[fromAt + 1] * to[toAt + 1] +
    from[fromAt + 2] * to[toAt + 2] +
    from[fromAt + 3] * to[toAt + 3]
  const keep = 1 - alpha
  const take = dot < 0 ? -alpha : alpha
  const x = from[fromAt] * keep + to[toAt] * take
  const y = from[fromAt + 1] * keep + to[toAt + 1] * take
  const z = from[fromAt + 2] * keep + to[toAt + 2] * take
  const w = from[fromAt + 3] * keep + to[toAt + 3] * take
  const length = Math.sqrt(x * x + y * y + z * z + w * w)
  const unit = length > 0 ? 1 / length : 0
  into[intoAt] = x * unit
  into[intoAt + 1] = y * unit
  into[intoAt + 2] = z * unit
  into[intoAt + 3] = length > 0 ? w * unit : 1
}

/** The turn `a` after the turn `b` (the Hamilton product a·b) into `into[intoAt]`; `into` may be one of the arguments. */
export function multiplyQuaternions(
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  into: Float64Array,
  intoAt: number,
): void {
  const ax = a[aAt]
  const ay = a[aAt + 1]
  const az = a[aAt + 2]
  const aw = a[aAt + 3]
  const bx = b[bAt]
  const by = b[bAt + 1]
  const bz = b[bAt + 2]
  const bw = b[bAt + 3]
  into[intoAt] = aw * bx + ax * bw + ay * bz - az * by
  into[intoAt + 1] = aw * by - ax * bz + ay * bw + az * bx
  into[intoAt + 2] = aw * bz + ax * by - ay * bx + az * bw
  into[intoAt + 3] = aw * bw - ax * bx - ay * by - az * bz
}

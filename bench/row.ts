// One line of the bench: a measured value against its floor, or against a peer, of the same run.

export interface Row {
  area: string
  name: string
  value: number
  unit: string
  /** What it is compared with, in the same unit; null where the limit is absolute. */
  reference: number | null
  /** value / reference (for speeds: reference / value); null where the limit is absolute. */
  ratio: number | null
  /** What ratio (where there is a reference) or value must reach; null: only shown. */
  limit: number | null
  ok: boolean
}

type Limit = { atMost: number } | { atLeast: number } | null

/** A ratio row: `value` against `reference`, limit on the ratio. */
export function compared(
  area: string,
  name: string,
  unit: string,
  value: number,
  reference: number,
  limit: Limit,
): Row {
  const ratio = value / reference
  return { area, name, value, unit, reference, ratio, limit: numberOf(limit), ok: within(ratio, limit) }
}

/** An absolute row: bytes, or a budget that the issue names in milliseconds. */
export function absolute(area: string, name: string, unit: string, value: number, limit: Limit): Row {
  return { area, name, value, unit, reference: null, ratio: null, limit: numberOf(limit), ok: within(value, limit) }
}

function numberOf(limit: Limit): number | null {
  if (limit === null) return null
  return 'atMost' in limit ? limit.atMost : limit.atLeast
}

function within(value: number, limit: Limit): boolean {
  if (Number.isNaN(value)) return false
  if (limit === null) return true
  return 'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

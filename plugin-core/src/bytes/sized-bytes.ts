// Bytes whose number changes, in a place that grows with them.

export interface SizedBytes {
  /** At least `sizeBytes`; what follows does not matter. */
  bytes: Uint8Array
  sizeBytes: number
}

export function sizedBytes(): SizedBytes {
  return { bytes: NOTHING, sizeBytes: 0 }
}

const NOTHING = new Uint8Array(0)

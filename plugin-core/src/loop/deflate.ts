// States packed by DEFLATE. A file of its own, so that a worker may load it after its first tick.

import { Deflate, inflateSync } from 'fflate'
import type { Compression } from './hand-off.ts'

/** The fastest: a state is packed between ticks, and sent once. */
const LEVEL = 1

export const deflate: Compression = {
  packer(take) {
    const stream = new Deflate({ level: LEVEL }, take)
    return (bytes, last) => stream.push(bytes, last)
  },
  unpack(bytes, size) {
    try {
      // Into a place of the announced size: what unpacks to more than that is refused before it is there.
      const state = inflateSync(bytes, { out: new Uint8Array(size) })
      return state.length === size ? state : null
    } catch {
      return null
    }
  },
}

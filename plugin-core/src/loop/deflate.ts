// States packed by DEFLATE, and what hands them on. A file of its own, so that a worker may load it after its first tick.

import { Deflate, inflateSync } from 'fflate'
import { SnapshotOffer } from '../session/transfer/snapshot-offer.ts'
import { HandOff, type StateTransfer } from './hand-off.ts'

/** The fastest: a state is packed between ticks, and sent once. */
const LEVEL = 1

export const deflate: StateTransfer = {
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
  handOff: () => new HandOff(deflate),
  offer: snapshot => SnapshotOffer.of(snapshot),
}

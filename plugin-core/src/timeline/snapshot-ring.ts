// The newest snapshots: whole states, each in a place of its own. Saving is one copy in, loading
// one copy out; nothing is allocated after start.

import { TickRing } from '../bytes/tick-ring.ts'

export class SnapshotRing extends TickRing {
  /** Room for every tick that may still be rolled back to, and a few to hash and to show. */
  constructor(predictionWindow: number, stateBytes: number) {
    super(predictionWindow + 6, stateBytes)
  }
}

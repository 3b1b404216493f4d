// What a session tells whoever records its match. Bytes are the session's: they are copied by who keeps them.

import type { SlotEvent } from '../input/tick-control.ts'
import type { SnapshotHeader, Terms } from '../wire/messages.ts'
import type { EndCode } from './fact.ts'

export interface RecordSink {
  /** In a match from now on; slot −1 only watches. */
  match(terms: Terms, seed: number, slot: number): void
  /** `bytes[start..end)` is the payload of a TICK as it came, which closed the ticks from `first` to `last`. */
  tick(first: number, last: number, bytes: Uint8Array, start: number, end: number): void
  /** The events of a tick that the next `tick` names: the large ones among them came apart from it. */
  events(tick: number, events: readonly SlotEvent[]): void
  /** The machine goes on from this state; its bytes as they travelled. */
  state(header: SnapshotHeader, bytes: Uint8Array): void
  /** What this machine's state was, as it told the others. */
  checksum(tick: number, checksum: number): void
  end(code: EndCode, reason: string, tick: number): void
}

// Records what a session answers its loop, for sessions that have no TICK on their wire: in a duel each side closes ticks by
// itself. To the loop it is that session.

import type { ReusedList } from '../bytes/reused-list.ts'
import { isHostFact } from '../event/host-fact.ts'
import type { SlotEvent } from '../input/tick-control.ts'
import type { EndCode, Fact } from '../session/fact.ts'
import type { Session } from '../session/session.ts'
import type { Terms } from '../wire/messages.ts'
import type { Packet } from '../wire/packet.ts'
import type { Recorder } from './recorder.ts'

export class RecordedSession<S extends Session = Session> implements Session {
  readonly session: S
  readonly snapshots: S['snapshots']
  readonly #recorder: Recorder
  readonly #terms: Terms

  constructor(session: S, recorder: Recorder, terms: Terms) {
    this.session = session
    this.snapshots = session.snapshots
    this.#recorder = recorder
    this.#terms = terms
  }

  get state(): Session['state'] {
    return this.session.state
  }

  get slot(): number {
    return this.session.slot
  }

  get closedTick(): number {
    return this.session.closedTick
  }

  get round(): number {
    return this.session.round
  }

  get faults(): Session['faults'] {
    return this.session.faults
  }

  takeFacts(): ReusedList<Fact> {
    const facts = this.session.takeFacts()
    for (let i = 0; i < facts.length; i++) {
      const fact = facts.at(i)
      if (fact.kind === 'tick') this.#recorder.closed(fact.tick, fact.row, fact.control, ofPlayers(fact.events))
      else if (fact.kind === 'welcome') this.#recorder.match(this.#terms, fact.seed, fact.slot)
      else if (fact.kind === 'end') this.#recorder.end(fact.code, fact.reason, fact.tick)
    }
    return facts
  }

  setChecksum(tick: number, checksum: number): void {
    this.#recorder.checksum(tick, checksum)
    this.session.setChecksum(tick, checksum)
  }

  connected(): void {
    this.session.connected()
  }

  disconnected(reason: string, cause?: 'full' | 'bye'): void {
    this.session.disconnected(reason, cause)
  }

  receive(bytes: Uint8Array): void {
    this.session.receive(bytes)
  }

  tick(headTick: number, stamp: number): void {
    this.session.tick(headTick, stamp)
  }

  setReady(ready: boolean): void {
    this.session.setReady(ready)
  }

  setLocalInput(tick: number, bytes: Uint8Array): readonly Uint8Array[] | null {
    return this.session.setLocalInput(tick, bytes)
  }

  emit(bytes: Uint8Array): boolean {
    return this.session.emit(bytes)
  }

  endRound(round: number, tick: number, carry: Uint8Array): void {
    this.session.endRound(round, tick, carry)
  }

  proposeRules(terms: Terms): void {
    this.session.proposeRules(terms)
  }

  leave(code: EndCode, reason: string, tick?: number): void {
    this.session.leave(code, reason, tick)
  }

  takePackets(): ReusedList<Packet> {
    return this.session.takePackets()
  }
}

// A duel has no host: who speaks as one is not listened to. A recording does not say of what it is, and whoever plays it
// would listen.
function ofPlayers(events: readonly SlotEvent[] | null): readonly SlotEvent[] | null {
  if (events === null || !events.some(({ bytes }) => isHostFact(bytes))) return events
  const said = events.filter(({ bytes }) => !isHostFact(bytes))
  return said.length === 0 ? null : said
}

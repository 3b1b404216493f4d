// What crosses between page and worker, declared once for both. Control goes by Comlink; what happens every
// tick goes through a raw port, because a Comlink call costs more than a tick's whole budget on some engines.

import type { EventFault } from '../event/event-fault.ts'
import type { RaisedNews } from '../event/raised-log.ts'
import type { PeerInfo } from '../session/fact.ts'
import type { GameSchema } from '../sim/schema.ts'
import type { ScriptNews } from '../sim/sim-scripts.ts'
import type { NetworkConditions } from '../transport/faults.ts'
import type { MeetingPlace, TransportDescription } from '../transport/description.ts'
import type { PathName } from '../transport/duel-path.ts'
import type { KeyTicket, MatchEnd, RulesFault } from './match.ts'

export interface OpenOptions {
  room: string
  transport: TransportDescription
  name: string
  profile: string
  ready: boolean
  inputDelay: number
  predictionWindow: number
  /** The host closes ticks on time. */
  authoritative: boolean
  /** Only watches, this many ticks behind at least. */
  spectate: { delayTicks: number } | null
  /** A line that breaks is tried again. */
  reconnect: boolean
  /** States go through shared memory: the page is cross-origin isolated. */
  sharedMemory: boolean
  conditions: NetworkConditions | null
  ticket: string | KeyTicket | null
}

/** Numbers of `MatchStats` in the order of `STAT_NAMES`: one small array crosses instead of an object. */
export const STAT_NAMES = [
  'tick',
  'confirmedTick',
  'pingMs',
  'rollbacks',
  'rolledBackTicks',
  'stalledTicks',
  'skippedTicks',
  'packetsSent',
  'packetsReceived',
  'bytesSent',
  'bytesReceived',
  'faults',
  'checksum',
  'checksumTick',
  'longestGapMs',
  'lateInputs',
  'vetoedInputs',
] as const

export type ToWorker =
  | { type: 'input'; bytes: Uint8Array }
  | { type: 'emit'; kind: string; payload: unknown }
  /** A state buffer comes back: three of them go round, so a slow page slows nobody. */
  | { type: 'buffer'; buffer: ArrayBuffer }
  | DirectMessage

/** What the page has found for a duel: a way to the other browser, or why there is none. */
export type DirectMessage =
  /** A port where the browser cannot hand a channel over: the page passes its bytes on. */
  { type: 'direct'; channel: RTCDataChannel | MessagePort } | { type: 'noDirect'; reason: string }

export type ToPage =
  | { type: 'schema'; schema: GameSchema }
  | { type: 'welcome'; slot: number }
  | { type: 'roster'; players: PeerInfo[] }
  | { type: 'start'; tick: number; round: number }
  | { type: 'lost'; reason: string }
  | { type: 'resumed'; slot: number; plays: boolean }
  | { type: 'peers'; tick: number; joins: number[]; leaves: number[] }
  | { type: 'stall'; slots: number[] }
  /** State of `tick − 1` and of `tick`, back to back; `dueMs` since 1970 is when `tick` was due. */
  | { type: 'state'; buffer: ArrayBuffer; tick: number; dueMs: number; stats: Float64Array }
  /** Instead of all `state`: from now on states are found in this memory, see shared-states.ts. */
  | { type: 'shared'; memory: SharedArrayBuffer }
  /** The page has not looked there for a while. */
  | { type: 'look' }
  | { type: 'raised'; news: readonly RaisedNews[] }
  | { type: 'refusedEvent'; message: string }
  | { type: 'eventFault'; fault: EventFault & { readonly count: number } }
  | { type: 'fault'; fault: RulesFault }
  | { type: 'script'; news: readonly ScriptNews[] }
  /** A duel asks the page for a direct path to the other browser; null: not any more. */
  | { type: 'meet'; meeting: MeetingPlace | null }
  | { type: 'path'; path: PathName }
  | { type: 'rules'; tick: number; restarted: boolean; message: string }
  | { type: 'end'; end: MatchEnd }

/** What the worker answers to, by Comlink. */
export interface WorkerApi {
  /** Answers at once: a worker that does not call `serve` never would. */
  hello(): string
  open(options: OpenOptions, port: MessagePort): Promise<number>
  setReady(id: number, ready: boolean): void
  setConditions(id: number, conditions: NetworkConditions): Promise<void>
  setScript(id: number, name: string, text: string): void
  script(id: number, name: string): string
  /** Serves the match's branches over this port; see branch-messages.ts. */
  branches(id: number, port: MessagePort): Promise<void>
  pause(id: number, paused: boolean): void
  leave(id: number): void
}

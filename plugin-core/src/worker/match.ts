// What a page holds of a match. It outlives the scenes that show it (menu, game, results).

import type { EventFault } from '../event/event-fault.ts'
import type { EndCode } from '../session/fact.ts'
import type { AnyGame, EmitKinds, EmitPayload, InputValues, RaisedKinds, RaisedPayload } from '../sim/game.ts'
import type { GameSchema } from '../sim/schema.ts'
import type { ScriptNews } from '../sim/sim-scripts.ts'
import type { NetworkConditions } from '../transport/faults.ts'
import type { TransportDescription } from '../transport/description.ts'
import type { PathName } from '../transport/duel-path.ts'
import type { MatchBranches } from './match-branches.ts'
import type { HandleOptions, RaisedEvent } from './raised-handlers.ts'
import type { StateView } from './state-view.ts'

export type Mode = 'lockstep' | 'rollback' | 'authoritative'

export interface ConnectOptions {
  /** The game's worker, made by the application: `new Worker(new URL('./x.worker.ts', import.meta.url), { type: 'module' })`. */
  worker: Worker
  /** Peers that name the same room play together. Default `'lobby'`. */
  room?: string
  /** Default: `broadcast()`, the tabs of this browser. */
  transport?: TransportDescription
  /**
   * `'rollback'` predicts up to `predictionWindow` ticks; `'lockstep'` never does; both wait for the slowest. In `'authoritative'`
   * the host waits for nobody: what comes too late is refused. Default `'rollback'`; everyone in a room has the same.
   */
  mode?: Mode
  /** The player's name, for people. At most 48 bytes of UTF-8. */
  name?: string
  /** Anything short that others should know of this player (a colour, a face). At most 128 bytes of UTF-8. */
  profile?: string
  /** Ready as soon as connected (the default), or when `match.setReady(true)` says so. */
  ready?: boolean
  /** Ticks between sampling an input and its tick, 0-15. Default 2. */
  inputDelay?: number
  /** Ticks that may be predicted past the last closed one, 1-16; not in lockstep mode. Default 8. */
  predictionWindow?: number
  /** Only watch: any number may, without a slot and without an input. `delayTicks`: behind by so much, at most 600. */
  spectate?: boolean | { delayTicks?: number }
  /** A line that breaks is tried again for 20 seconds; the slot is kept meanwhile. Default true. */
  reconnect?: boolean
  /** A simulated bad network on top of the real one. */
  conditions?: NetworkConditions
  /**
   * States come through memory that page and worker share, not by a message a tick. Default: where the page is
   * `crossOriginIsolated`; elsewhere it cannot be.
   */
  sharedMemory?: boolean
  /**
   * Show errors of the rules on the page, and say in the console which inputs the game does not have. Default: in development, where Vite
   * serves the page; `true` does it elsewhere.
   */
  overlay?: boolean
  /** What grants this player more than everyone has: a join ticket of the server, or a token of the match's key. See docs/events.md. */
  ticket?: string | KeyTicket
}

/** A token that the match's key signed for this player's key: for games with `grants: { matchKey }`. */
export interface KeyTicket {
  /** This player's Ed25519 key, 32 bytes that nobody else knows. */
  readonly secretKey: Uint8Array
  readonly token: Uint8Array
}

export interface Player {
  readonly slot: number
  readonly name: string
  readonly profile: string
  /** Said ready in the lobby. */
  readonly ready: boolean
  /** Takes part in the running round. `false` while a round runs: waits for the next one. */
  readonly playing: boolean
  /** In authoritative mode: the host has caught it cheating. */
  readonly caught?: boolean
  /** This page's own player. */
  readonly self: boolean
}

export interface MatchStats {
  /** Newest simulated tick. */
  tick: number
  /** Newest tick whose inputs can no longer change. */
  confirmedTick: number
  /** Round trip to the host in milliseconds. */
  pingMs: number
  rollbacks: number
  rolledBackTicks: number
  /** Calls in which the loop wanted a tick and might not run it. */
  stalledTicks: number
  /** Ticks given up to let others catch up. */
  skippedTicks: number
  packetsSent: number
  packetsReceived: number
  bytesSent: number
  bytesReceived: number
  /** Malformed or unexpected packets, dropped; and refused events. */
  faults: number
  /** Newest confirmed checksum and its tick. */
  checksum: number
  checksumTick: number
  /** Longest time between two newly simulated ticks since the round began, in milliseconds. */
  longestGapMs: number
  /** In authoritative mode: this player's inputs that came too late, and were refused. */
  lateInputs: number
  /** And those that the rules on the host forbade. */
  vetoedInputs: number
}

/** `waiting`: a round is played without this player. `watching`: this machine shows it, and plays no part in it. */
export type MatchState = 'connecting' | 'lobby' | 'waiting' | 'running' | 'watching' | 'reconnecting' | 'ended'

/** Why a match is over. `code` is for programs, `reason` for people. */
export interface MatchEnd {
  readonly code: EndCode
  readonly reason: string
  /** The tick it concerns, where there is one. */
  readonly tick?: number
}

export interface MatchEvents {
  /** The host has given this player a slot: once more, after rules that were replaced. The first time is before `connect` resolves. */
  ready: { slot: number }
  /** Somebody came, left, renamed or said ready. */
  roster: { players: readonly Player[] }
  /** A round starts at this tick with this player in it; or this player enters one that is played already. */
  start: { tick: number; round: number }
  /** The line broke, or this machine slept: the match is tried again. */
  reconnecting: { reason: string }
  /** Back in the match; `plays` false: a moment later, after a `start`. */
  reconnected: { slot: number; plays: boolean }
  /** A player joined or left the running match at this tick. */
  peer: { slot: number; joined: boolean; tick: number }
  /** The match waits for these slots; empty when it goes on. */
  stall: { slots: readonly number[]; names: readonly string[] }
  /** A duel's packets take this path from now on: over the relay, or directly from browser to browser. */
  path: { path: PathName }
  /** States differ at this confirmed tick. The match ends. */
  desync: DesyncError
  /** The rules, or the worker, threw. */
  error: RulesFault
  /** An event was refused, everyone hears of it: `code`, sender's `slot`, `tick`, `kind`, `reason`, and the `count` of this code so far. */
  fault: EventFault & { readonly count: number }
  /** What a script tells: a log, an error, that it was stopped, or that another text runs. The console has it already. */
  script: ScriptNews
  /** The rules were replaced while running: at this tick, or by a fresh start. */
  rules: { tick: number; restarted: boolean; message: string }
  end: MatchEnd
}

/** An error of the rules as it crosses the worker's port. */
export interface RulesFault {
  readonly message: string
  readonly tick: number
  readonly file: string
  readonly line: number
  readonly stack: string
}

/** Why `connect` could not join: `code` as in `MatchEnd`. */
export class ConnectError extends Error {
  readonly code: MatchEnd['code'] | 'worker' | 'options'
  constructor(code: MatchEnd['code'] | 'worker' | 'options', message: string) {
    super(message)
    this.name = 'ConnectError'
    this.code = code
  }
}

/** Two machines disagree about a confirmed state. */
export class DesyncError extends Error {
  readonly tick: number
  constructor(tick: number, reason: string) {
    super(reason)
    this.name = 'DesyncError'
    this.tick = tick
  }
}

export interface Match<G extends AnyGame = AnyGame> {
  readonly state: MatchState
  /** This player's slot; null until the host has given one, and for spectators. */
  readonly slot: number | null
  /** Everyone in the room, by slot. */
  readonly players: readonly Player[]
  /** The game's schema as the worker sent it. */
  readonly schema: GameSchema
  /** The two newest states. */
  readonly view: StateView<G>
  readonly stats: Readonly<MatchStats>
  /** The path that a duel's packets take; null in other matches, and before the other player was reached. */
  readonly path: PathName | null
  /** Set once the match is over. */
  readonly ended: MatchEnd | null
  on<K extends keyof MatchEvents>(type: K, handler: (event: MatchEvents[K]) => void): () => void
  setReady(ready: boolean): void
  /** The inputs that the next ticks sample; missing names are neutral. */
  setInput(values: InputValues<G>): void
  /** Sends an event with this player's input: the rules' `on[kind]` runs at the same tick on every machine. */
  emit<K extends EmitKinds<G>>(kind: K, payload: EmitPayload<G, K>): void
  /**
   * Hears what the rules raise: each event once, also when a rollback runs its tick again. `{ when: 'confirmed' }` waits
   * until it is certain; `{ cancel }` takes back what the handler answered with. Returns its stop.
   */
  handle<K extends RaisedKinds<G>, S>(
    kind: K,
    handler: (event: RaisedEvent<RaisedPayload<G, K>>) => S,
    options?: HandleOptions<RaisedPayload<G, K>, NoInfer<S>>,
  ): () => void
  /**
   * Replaces the text of a script that the game made editable, for everyone in the match: it travels with this player's input, and a `script`
   * event tells when it runs (`replaced`), or why it does not (`refused`). Rejects with a sentence where it cannot be sent.
   */
  setScript(name: string, text: string): Promise<void>
  /** The text by which a script runs now, whoever sent it. Rejects with a sentence where no match runs it. */
  script(name: string): Promise<string>
  /** Replaces the simulated network conditions. */
  setConditions(conditions: NetworkConditions): void
  /**
   * Its branches from now on: predictions that were left, what-ifs beside the match, and what they become together. Loads their
   * code; `stop` them when nobody looks any more. Rejects where no match runs.
   */
  branches(): Promise<MatchBranches<G>>
  /** Stops this machine's ticks. The others wait, and drop this player after the game's timeout. */
  pause(): void
  resume(): void
  leave(): Promise<void>
}

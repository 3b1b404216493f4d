// What a tick consists of besides inputs: who joins and leaves, whether the round restarts, which events are
// delivered. Part of a tick's facts, so that every rollback replays it.

import { equalBytes } from '../bytes/equal.ts'

/** A round begins: its number, and what the last one handed on. */
export interface Restart {
  readonly round: number
  readonly carry: Uint8Array
}

/** What happened at a tick besides inputs and events. Slots ascending. */
export interface TickControl {
  /** Non-null: the world starts anew, and `joins` names everyone who is in it. */
  readonly restart: Restart | null
  readonly joins: readonly number[]
  readonly leaves: readonly number[]
  /** Non-null: from this tick on the rules with this hash run. */
  readonly swap: number | null
}

/** An event as it travels: opaque until the loop decodes it. */
export interface SlotEvent {
  readonly slot: number
  readonly bytes: Uint8Array
}

export function sameControl(a: TickControl | null, b: TickControl | null): boolean {
  if (a === null || b === null) return a === b
  if (a.swap !== b.swap || !sameSlots(a.joins, b.joins) || !sameSlots(a.leaves, b.leaves)) return false
  if (a.restart === null || b.restart === null) return a.restart === b.restart
  return a.restart.round === b.restart.round && equalBytes(a.restart.carry, b.restart.carry)
}

export function sameEvents(a: readonly SlotEvent[] | null, b: readonly SlotEvent[] | null): boolean {
  if (a === null || b === null) return a === b
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i].slot !== b[i].slot || !equalBytes(a[i].bytes, b[i].bytes)) return false
  return true
}

function sameSlots(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((slot, i) => slot === b[i])
}

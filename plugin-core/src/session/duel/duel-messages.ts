// What two sides of a duel say beside their inputs (`specs/rbn1.md`): REFUSED, ACK and BYE of the star, and these.

import { CARRY_BYTES, EVENTS_PER_TICK, LARGE_EVENT_BYTES, NAME_BYTES, PROFILE_BYTES } from '../../wire/limits.ts'
import { terms } from '../../wire/messages.ts'
import { blob, flag, list, struct, text, u32, u64, u8, type Value } from '../../wire/schema.ts'

/** Beside those of the star. */
export const DUEL_TYPE = { event: 13, change: 17 } as const

/** HELLO of a duel. Repeated until the other side's WELCOME; later, on the reliable channel: these rules are here now. */
export const duelHello = struct({
  terms,
  name: text(NAME_BYTES),
  profile: text(PROFILE_BYTES),
  /** Newest version of RBN1 that is spoken. The older one of both holds. */
  rbn1: u8,
  /** Ticks, 0-15. The larger one of both holds. */
  inputDelay: u8,
  /** Random. The lower one of both is slot 0; session id, epoch and seed derive from both. */
  nonce: u64,
})
export type DuelHello = Value<typeof duelHello>

/** WELCOME of a duel: what its sender derives from both nonces, with the slot of its receiver. */
export const duelWelcome = struct({ sessionId: u64, epoch: u8, slot: u8, seed: u32 })
export type DuelWelcome = Value<typeof duelWelcome>

/** READY of a duel: whether its sender is ready, and where its round ended (0: it has not). */
export const duelReady = struct({ ready: flag, round: u32, endTick: u32, carry: blob(CARRY_BYTES) })
export type DuelReady = Value<typeof duelReady>

/** HEARTBEAT of a duel: a stamp that the other side sends back as `echo`. 0: none. */
export const duelHeartbeat = struct({ stamp: u32, echo: u32 })

/** EVENT: all of the sender's events at a tick, in the order of sending. */
export const duelEvents = struct({ tick: u32, events: list(blob(LARGE_EVENT_BYTES), EVENTS_PER_TICK) })

/** What changes at a tick: a round starts (value: its number), rules are swapped (their hash), the input delay (ticks). */
export const CHANGE = { round: 1, rules: 2, delay: 3 } as const

/**
 * CHANGE: slot 0 names it for a tick, slot 1 sends the same back. Of slot 1 with tick 0: it asks for one. `carry` is what the
 * last round hands on.
 */
export const change = struct({ what: u8, tick: u32, value: u32, carry: blob(CARRY_BYTES) })
export type Change = Value<typeof change>

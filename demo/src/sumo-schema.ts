// What Sumo's players send, what its world is made of, and what its rules tell the scenes.

import { bool, f64, i16, i32, i8, payload, u16, u8 } from '@lockstride/core/sim'
import type { SimOf } from '@lockstride/core/sim'

export const MAX_ENTITIES = 32

export const input = {
  buttons: ['left', 'right', 'up', 'down', 'dash'],
  axes: { moveX: i8, moveY: i8 },
} as const

export const components = {
  Body: { x: f64, y: f64, vx: f64, vy: f64, angle: f64 },
  Disc: {
    /** The player's slot, or BOT_SLOT. */
    slot: u8,
    state: u8,
    fallTicks: u8,
    /** Ticks left of the dash, and until the next one. */
    dashTicks: u8,
    cooldown: u8,
    score: i16,
    /** Where this disc wants to go this tick, at most 1 long. */
    driveX: f64,
    driveY: f64,
    /** How heavy it is while `boost` counts down; everybody else weighs 1. `scripts/power-up.lua` gives both. */
    weight: f64,
    boost: u16,
  },
  /** Steered by `scripts/bot.lua`: where it wants to go, and whether it dashes at the next tick. */
  Bot: { wait: u8, aimX: f64, aimY: f64, dash: bool },
  /** A bowl of stew, which has a `Body` to stand at; `scripts/power-up.lua` puts it there. */
  Stew: { ticks: u16 },
  /** One entity: the platform and the round. */
  Arena: { phase: u8, ticks: i32, radius: f64, fullRadius: f64, winner: i16 },
}

/** What the rules tell the scenes. */
export const events = {
  hit: payload<{ x: number; y: number; power: number }>(),
  dash: payload<{ e: number; x: number; y: number }>(),
  fall: payload<{ e: number; x: number; y: number; slot: number }>(),
  /** A player left the match; where the disc stood. */
  gone: payload<{ x: number; y: number; slot: number }>(),
  countdown: payload<{ n: number }>(),
  go: payload<Record<string, never>>(),
  /** The winner's slot, BOT_SLOT, or DRAW. */
  roundOver: payload<{ winner: number }>(),
  emote: payload<{ e: number; slot: number; emote: number }>(),
  chat: payload<{ slot: number; text: string }>(),
  // Of the power-up's script.
  stewServed: payload<{ x: number; y: number }>(),
  stewEaten: payload<{ x: number; y: number; slot: number }>(),
  stewGone: payload<{ x: number; y: number }>(),
}

export type SumoSim = SimOf<typeof input, typeof components, typeof events>

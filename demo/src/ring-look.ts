// How the ring looks, the same in both views: its size follows the rules softly, and its rim glows while it shrinks.

import type { SumoMatch } from './scene.ts'
import { PHASE, TICKS } from './sumo-terms.ts'

/** The largest platform, for eight players, and a rim. */
export const RING_REACH = 11.2
/** The length of a straw bale, about: they fill the rim. */
export const BALE_UNITS = 1.15
/** The most that are laid. */
export const BALES = Math.ceil((2 * Math.PI * RING_REACH) / BALE_UNITS)
/** Where the glow around the ring begins, as a share of its picture. */
export const HALO_INNER = 0.78

export function balesAround(radius: number): number {
  return Math.max(0, Math.min(BALES, Math.floor((2 * Math.PI * radius) / BALE_UNITS)))
}

export interface RingLook {
  /** In the rules' units. */
  radius: number
  /** Of the rim's glow, 0 to 1. */
  heat: number
}

export function newRing(): RingLook {
  return { radius: 8, heat: 0 }
}

/** Moves a look towards what the rules say. `seconds`: since the last frame. */
export function followRing(look: RingLook, { view }: SumoMatch, seconds: number): void {
  for (const e of view.query('Arena')) {
    // A script may have written anything; a look that once is no number would never be one again.
    const radius = finite(view.Arena.radius[e])
    const shrunk = Math.max(0, 1 - finite(radius / view.Arena.fullRadius[e]))
    const shrinks = view.Arena.phase[e] === PHASE.play && view.Arena.ticks[e] > TICKS.calm
    look.radius += (radius - look.radius) * Math.min(1, seconds * 12)
    look.heat += ((shrinks ? 0.45 + 0.55 * shrunk : 0) - look.heat) * Math.min(1, seconds * 3)
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? Math.max(0, value) : 0
}

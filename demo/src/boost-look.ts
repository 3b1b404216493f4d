// How a boosted disc looks, the same in both views: larger, in a golden light that flickers before it ends.

import { TICKS } from './sumo-terms.ts'

/** No disc is drawn larger or smaller than this, whatever a script says. */
const LARGEST = 1.3
const SMALLEST = 0.8
/** What weighs twice as much is drawn larger by this. */
const GROWTH = 0.13
const GROW_SECONDS = 0.16
const FLICKERS_PER_SECOND = 5

export interface BoostLook {
  /** 1 is a disc's own size. */
  size: number
  /** Of the light around it, 0 to 1. */
  light: number
}

export function noBoost(): BoostLook {
  return { size: 1, light: 0 }
}

/** Moves a look towards what the rules say of its disc. `seconds`: since the last frame. */
export function followBoost(look: BoostLook, weight: number, ticks: number, seconds: number): void {
  const boosted = ticks > 0 && weight > 0
  const wanted = boosted ? Math.max(SMALLEST, Math.min(LARGEST, 1 + GROWTH * Math.log2(weight))) : 1
  const flickers = boosted && ticks < TICKS.boostEnds && (ticks * FLICKERS_PER_SECOND) % 60 < 30
  const share = Math.min(1, seconds / GROW_SECONDS)
  look.size += (wanted - look.size) * share
  look.light += ((boosted ? (flickers ? 0.25 : 1) : 0) - look.light) * share
}

// The round: countdown, play on a platform that shrinks, result, and the next one. And the scores, all that outlives it.

import type { SumoSim } from './sumo-schema.ts'
import { BOT_SLOT, DISC_STATE, DRAW, MAX_PLAYERS, PHASE, TICKS } from './sumo-terms.ts'

const SHRINK_PER_TICK = 0.0028

/** The platform, or -1: a script may have taken it away. */
export function arenaOf(sim: SumoSim): number {
  for (const e of sim.query('Arena')) return e
  return -1
}

export function advanceRound(sim: SumoSim, arena: number): void {
  const { Arena } = sim.components
  const ticks = Arena.ticks[arena]
  switch (Arena.phase[arena]) {
    case PHASE.countdown:
      if (ticks === 3 * TICKS.count) {
        Arena.phase[arena] = PHASE.play
        Arena.ticks[arena] = 0
        sim.raise('go', {}, 'go')
        return
      }
      if (ticks % TICKS.count === 0) {
        const n = 3 - ticks / TICKS.count
        sim.raise('countdown', { n }, n)
      }
      break
    case PHASE.play:
      if (ticks > TICKS.calm) Arena.radius[arena] = Math.max(0, Arena.radius[arena] - SHRINK_PER_TICK)
      break
    case PHASE.over:
      if (ticks === TICKS.result) sim.endRound(writeScores(sim))
      break
  }
  Arena.ticks[arena] = ticks + 1
}

/** Ends the round when at most one is left standing. */
export function decide(sim: SumoSim, arena: number): void {
  const { Arena, Disc } = sim.components
  if (Arena.phase[arena] !== PHASE.play) return
  let standing = 0
  let last = -1
  for (const e of sim.query('Disc')) {
    if (Disc.state[e] !== DISC_STATE.standing) continue
    standing++
    last = e
  }
  if (standing > 1) return
  const winner = last === -1 ? DRAW : Disc.slot[last]
  if (last !== -1) Disc.score[last]++
  Arena.winner[arena] = winner
  Arena.phase[arena] = PHASE.over
  Arena.ticks[arena] = 0
  sim.raise('roundOver', { winner }, 'over')
}

/** Each a 16-bit number: by slot, then the bot's. */
const SCORES = MAX_PLAYERS + 1

export function writeScores(sim: SumoSim): Uint8Array {
  const { Disc } = sim.components
  const carry = new Uint8Array(SCORES * 2)
  for (const e of sim.query('Disc')) {
    const at = (Disc.slot[e] === BOT_SLOT ? MAX_PLAYERS : Disc.slot[e]) * 2
    carry[at] = Disc.score[e] & 255
    carry[at + 1] = (Disc.score[e] >> 8) & 255
  }
  return carry
}

/** `index`: a slot, or MAX_PLAYERS for the bot. A first round has no carry. */
export function readScore(carry: Uint8Array, index: number): number {
  return carry.length === SCORES * 2 ? carry[index * 2] | (carry[index * 2 + 1] << 8) : 0
}

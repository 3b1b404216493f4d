// Collisions: who is hit is pushed away, further by a dash, and the lighter one further still.

import { MAX_ENTITIES } from './sumo-schema.ts'
import type { SumoSim } from './sumo-schema.ts'
import { DISC_RADIUS, DISC_STATE } from './sumo-terms.ts'

const REACH = DISC_RADIUS * 2
const BOUNCE = 0.95
/** What a dash adds to the speed it hands over. */
const DASH_PUNCH = 0.5
/** Softer contacts are pushes: nobody needs to hear them. */
const AUDIBLE_SPEED = 0.05
/** Scripts say how heavy a disc is: whatever they say, the ring stays playable. */
const LIGHTEST = 0.25
const HEAVIEST = 8

/** Each pair once, in index order: the same pushes in the same order everywhere. */
export function collide(sim: SumoSim): void {
  const { Body, Disc } = sim.components
  for (const a of sim.query('Body', 'Disc')) {
    if (Disc.state[a] !== DISC_STATE.standing) continue
    for (const b of sim.query('Body', 'Disc')) {
      if (b <= a || Disc.state[b] !== DISC_STATE.standing) continue
      const dx = Body.x[b] - Body.x[a]
      const dy = Body.y[b] - Body.y[a]
      const distanceSquared = dx * dx + dy * dy
      // Also false for what is no number, which a script may have written.
      if (distanceSquared < REACH * REACH) push(sim, a, b, dx, dy, distanceSquared)
    }
  }
}

function push(sim: SumoSim, a: number, b: number, dx: number, dy: number, distanceSquared: number): void {
  const { Body, Disc } = sim.components
  const distance = Math.sqrt(distanceSquared)
  const nx = distance > 0 ? dx / distance : 1
  const ny = distance > 0 ? dy / distance : 0
  // Each one's share of what the two do to each other: the lighter one's is larger.
  const weightA = weightOf(sim, a)
  const weightB = weightOf(sim, b)
  const shareA = weightB / (weightA + weightB)
  const shareB = weightA / (weightA + weightB)
  const overlap = REACH - distance
  Body.x[a] -= nx * overlap * shareA
  Body.y[a] -= ny * overlap * shareA
  Body.x[b] += nx * overlap * shareB
  Body.y[b] += ny * overlap * shareB
  const closing = (Body.vx[a] - Body.vx[b]) * nx + (Body.vy[a] - Body.vy[b]) * ny
  // Already on their way apart.
  if (closing <= 0) return
  const punchA = closing * shareA * (1 + BOUNCE + (Disc.dashTicks[b] > 0 ? 2 * DASH_PUNCH : 0))
  const punchB = closing * shareB * (1 + BOUNCE + (Disc.dashTicks[a] > 0 ? 2 * DASH_PUNCH : 0))
  Body.vx[a] -= nx * punchA
  Body.vy[a] -= ny * punchA
  Body.vx[b] += nx * punchB
  Body.vy[b] += ny * punchB
  Disc.dashTicks[a] = 0
  Disc.dashTicks[b] = 0
  if (closing < AUDIBLE_SPEED) return
  const x = (Body.x[a] + Body.x[b]) / 2
  const y = (Body.y[a] + Body.y[b]) / 2
  const power = Math.min(1, (closing * 2 * Math.max(shareA, shareB)) / 0.55)
  sim.raise('hit', { x, y, power }, a * MAX_ENTITIES + b)
}

function weightOf(sim: SumoSim, e: number): number {
  const { Disc } = sim.components
  const weight = Disc.weight[e]
  return Disc.boost[e] > 0 && weight > 0 ? Math.max(LIGHTEST, Math.min(HEAVIEST, weight)) : 1
}

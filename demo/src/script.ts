// Input from a seed instead of a keyboard, for tests and demonstrations: a new wish every few ticks, half of them towards the middle.

import type { SumoInput, SumoMatch } from './scene.ts'
import { DISC_STATE } from './sumo-terms.ts'

export function scriptedInput(match: SumoMatch, seed: number): () => SumoInput {
  const random = generator(seed)
  let until = -1
  let values: SumoInput = {}
  return () => {
    const { view } = match
    if (view.tick < until && until - view.tick < 60) return values
    until = view.tick + 5 + Math.floor(random() * 9)
    let direction = random() * Math.PI * 2
    if (random() < 0.5) {
      for (const e of view.query('Body', 'Disc')) {
        if (view.Disc.slot[e] !== match.slot || view.Disc.state[e] !== DISC_STATE.standing) continue
        direction = Math.atan2(-view.Body.y[e], -view.Body.x[e])
      }
    }
    const x = Math.cos(direction)
    const y = Math.sin(direction)
    values = { left: x < -0.4, right: x > 0.4, up: y < -0.4, down: y > 0.4, dash: random() < 0.15 }
    return values
  }
}

/** mulberry32: small, seeded, good enough to play badly. */
function generator(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

// What the rooms and the duels of these tests play by, unless they say otherwise.

import { LIMITS } from '../../src/wire/limits.ts'
import type { Terms } from '../../src/wire/messages.ts'

export const TERMS: Terms = {
  limits: LIMITS,
  game: 'test',
  version: 1,
  rulesHash: 7,
  schemaHash: 8,
  tickRate: 60,
  maxPlayers: 4,
  minPlayers: 2,
  inputBytes: 1,
  predictionWindow: 8,
  dropAfterTicks: 120,
  mode: 0,
}

// What everyone in the fuzzer's matches plays by.

import { LIMITS } from '../../src/wire/limits.ts'
import type { Terms } from '../../src/wire/messages.ts'

export const TERMS: Terms = {
  limits: LIMITS,
  game: 'fuzz',
  version: 1,
  rulesHash: 0x01020304,
  schemaHash: 0x05060708,
  tickRate: 60,
  maxPlayers: 4,
  minPlayers: 2,
  inputBytes: 2,
  predictionWindow: 8,
  dropAfterTicks: 120,
  mode: 0,
}

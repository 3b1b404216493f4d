// What a machine says of its game when it enters a room.

import { xxhash32Bytes } from '../bytes/xxhash32.ts'
import type { Game } from '../sim/game.ts'
import type { ScriptSet } from '../sim/sim-scripts.ts'
import { LIMITS } from '../wire/limits.ts'
import { MODE, type Terms } from '../wire/messages.ts'

/**
 * `sourceId` stands for the rules' code: the build's own id where it supplies one, so that two bundlers agree;
 * else the text of the game's functions.
 */
export function gameTerms(
  game: Game,
  sourceId: string,
  predictionWindow: number,
  authoritative = false,
  scripts: ScriptSet | null = null,
): Terms {
  const { schema, rights } = game
  const more =
    (scripts === null ? '' : `\n${scripts.identity}`) + (rights === null ? '' : `\n${JSON.stringify(rights)}`)
  const rules = `${schema.version}\n${schema.hash}\n${sourceId}${more}`
  return {
    limits: LIMITS,
    game: schema.name,
    version: schema.version,
    rulesHash: xxhash32Bytes(new TextEncoder().encode(rules), 0),
    schemaHash: schema.hash,
    tickRate: schema.tickRate,
    maxPlayers: schema.maxPlayers,
    minPlayers: schema.minPlayers,
    inputBytes: schema.input.sizeBytes,
    predictionWindow,
    dropAfterTicks: game.dropAfterTicks,
    mode: authoritative ? MODE.authoritative : MODE.waiting,
  }
}

// What two sides of one room must have alike, and the sentence that says what they have not.

import { LIMITS } from '../wire/limits.ts'
import type { Terms } from '../wire/messages.ts'

/** Null when equal; else what differs, for people. */
export function termsDifference(room: Terms, peer: Terms): string | null {
  if (room.game !== peer.game) return `it plays "${room.game}", this is "${peer.game}"`
  if (room.version !== peer.version)
    return `it has version ${room.version} of the rules, this is version ${peer.version}; reload the page`
  if (room.rulesHash !== peer.rulesHash || room.schemaHash !== peer.schemaHash || room.inputBytes !== peer.inputBytes)
    return 'both are the same version, but their code or schema differs; build and reload both'
  if (room.mode !== peer.mode)
    return `its ticks are closed ${MODES[room.mode] ?? '?'}, here ${MODES[peer.mode] ?? '?'}: everyone connects with the same mode`
  const names = ['tickRate', 'maxPlayers', 'minPlayers', 'predictionWindow', 'dropAfterTicks'] as const
  for (const name of names)
    if (room[name] !== peer[name]) return `${name} is ${room[name]} there and ${peer[name]} here`
  for (const name of Object.keys(LIMITS) as (keyof typeof LIMITS)[])
    if (room.limits[name] !== peer.limits[name])
      return `limit ${name} is ${room.limits[name]} there and ${peer.limits[name]} here`
  return null
}

/** By `MODE`. */
const MODES: readonly (string | undefined)[] = ['once every input is there', 'on time, by the host']

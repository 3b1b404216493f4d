// How the events of a game travel that says who may send what: loaded by matches that need it, before they begin.

import { needsSignatures } from '../sim/event-rights.ts'
import type { Game } from '../sim/game.ts'
import type { Simulation } from '../sim/simulation.ts'
import type { EnvelopeLine, EnvelopeLineOptions } from './envelope-line.ts'

export type EventsOptions = Pick<EnvelopeLineOptions, 'hosted' | 'match' | 'secretKey' | 'told'>

/** For `new Loop({ events })`. Undefined: the game declares no capabilities, and its events travel as they are. */
export async function loadEvents(
  game: Game,
  options: EventsOptions,
): Promise<((simulation: Simulation) => EnvelopeLine) | undefined> {
  if (game.rights === null) return undefined
  const { EnvelopeLine } = await import('./envelope-line.ts')
  if (!needsSignatures(game)) return simulation => new EnvelopeLine({ ...options, simulation })
  const { SignatureBook } = await import('../event/signature.ts')
  // A key of its own for each match, unless the player has one that others know.
  const secretKey = options.secretKey ?? crypto.getRandomValues(new Uint8Array(32))
  return simulation => new EnvelopeLine({ ...options, secretKey, simulation, signatures: new SignatureBook() })
}

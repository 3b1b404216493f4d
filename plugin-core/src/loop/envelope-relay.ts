// For hosts that know games: who judges what players say in a match of one of them, before it travels.

import { EventRelay } from '../event/event-relay.ts'
import { SignatureBook } from '../event/signature.ts'
import type { EventRelayOf } from '../session/star/star-host.ts'
import { needsSignatures } from '../sim/event-rights.ts'
import { MODE } from '../wire/messages.ts'
import { gameTerms } from './game-terms.ts'
import type { HostRulesOptions } from './host-rules.ts'

/**
 * For `new StarHost({ events: hostEvents({ game, sourceId }) })`. A match of another game, of one that declares no capabilities, or of other
 * rules is relayed as it is: its players' machines judge all the same.
 */
export function hostEvents(...games: readonly Pick<HostRulesOptions, 'game' | 'sourceId' | 'scripts'>[]): EventRelayOf {
  return terms => {
    const known = games.find(each => each.game.schema.name === terms.game)
    if (known === undefined || known.game.rights === null) return null
    const { game, sourceId, scripts } = known
    const own = gameTerms(game, sourceId, terms.predictionWindow, terms.mode === MODE.authoritative, scripts)
    if (own.rulesHash !== terms.rulesHash) return null
    return new EventRelay({
      slots: terms.maxPlayers,
      rights: known.game.rights,
      match: game.schema.name,
      signatures: needsSignatures(game) ? new SignatureBook() : null,
    })
  }
}

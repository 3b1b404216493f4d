// For hosts that know games, or were told what their events need: who judges what players say, before it travels.

import { EventRelay } from '../event/event-relay.ts'
import { SignatureBook } from '../event/signature.ts'
import type { EventRelayOf } from '../session/star/host-options.ts'
import { eventRights, needsSignatures, type EventRights, type RightsSpec } from '../sim/event-rights.ts'
import { MODE, type Terms } from '../wire/messages.ts'
import { gameTerms } from './game-terms.ts'
import type { HostRulesOptions } from './host-rules.ts'

/** A game whose rules are here. */
export type HostedGame = Pick<HostRulesOptions, 'game' | 'sourceId' | 'scripts'>

/** What the events of a game need whose rules are not here: the same words as in its `defineGame`, or its machines are judged by others. */
export interface ToldGame {
  readonly name: string
  readonly rights: RightsSpec
}

const WORDS: Readonly<Record<keyof RightsSpec, true>> = { requires: true, grants: true, signed: true, draws: true }

/**
 * For `new StarHost({ events: hostEvents({ game, sourceId }, { name, rights }) })`. A match of another game, of one that declares no
 * capabilities, or of other rules than those that are here is relayed as it is: its players' machines judge all the same. Throws a
 * sentence for rights that no game could declare.
 */
export function hostEvents(...known: readonly (HostedGame | ToldGame)[]): EventRelayOf {
  const told = new Map(known.flatMap(each => ('rights' in each ? [[each.name, toldRights(each)] as const] : [])))
  const hosted = known.flatMap(each => ('rights' in each ? [] : [each]))
  return terms => {
    const game = hosted.find(each => each.game.schema.name === terms.game)
    const rights = game === undefined ? (told.get(terms.game) ?? null) : rightsOf(game, terms)
    return rights === null ? null : relayOf(rights, terms.game, terms.maxPlayers)
  }
}

function rightsOf({ game, sourceId, scripts }: HostedGame, terms: Terms): EventRights | null {
  const own = gameTerms(game, sourceId, terms.predictionWindow, terms.mode === MODE.authoritative, scripts)
  return own.rulesHash === terms.rulesHash ? game.rights : null
}

function toldRights({ name, rights: spec }: ToldGame): EventRights {
  const fault = specFault(spec)
  if (fault !== null) throw new TypeError(`rights of '${name}': ${fault}`)
  const rights = eventRights(spec)
  if (rights === null) throw new TypeError(`rights of '${name}': nothing is declared, so there is nothing to judge`)
  try {
    relayOf(rights, name, 1)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new TypeError(`rights of '${name}': ${reason}`, { cause: error })
  }
  return rights
}

// They may come from a file, where no types are.
function specFault(spec: RightsSpec): string | null {
  if (!isMap(spec)) return `they are an object with some of ${Object.keys(WORDS).join(', ')}`
  const stranger = Object.keys(spec).find(word => !Object.hasOwn(WORDS, word))
  if (stranger !== undefined) return `there is no "${stranger}", but ${Object.keys(WORDS).join(', ')}`
  const { requires = {}, grants = {}, signed = false } = spec
  if (!isMap(requires) || !Object.values(requires).every(isList))
    return "requires has a list of capabilities for each kind: { chat: ['chat:send'] }"
  if (!isMap(grants) || !isList(grants.everyone ?? [])) return 'grants has a list of capabilities: { everyone: [] }'
  return typeof signed === 'boolean' ? null : 'signed is true or false'
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every(each => typeof each === 'string')
}

function relayOf(rights: EventRights, match: string, slots: number): EventRelay {
  return new EventRelay({ slots, rights, match, signatures: needsSignatures({ rights }) ? new SignatureBook() : null })
}

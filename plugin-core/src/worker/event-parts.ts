// What a match brings whose game says who may send what: envelopes, and where something is signed the curve. Loaded by such
// matches alone.

import { EventRelay } from '../event/event-relay.ts'
import type { EventFault } from '../event/event-fault.ts'
import { GRANT_KIND } from '../event/grant-book.ts'
import type { EnvelopeLine } from '../loop/envelope-line.ts'
import { loadEvents } from '../loop/load-events.ts'
import type { Loop } from '../loop/loop.ts'
import type { EventRelayOf } from '../session/star/host-options.ts'
import { needsSignatures } from '../sim/event-rights.ts'
import type { Game } from '../sim/game.ts'
import type { Simulation } from '../sim/simulation.ts'
import type { KeyTicket } from './match.ts'

export interface EventParts {
  readonly line: (simulation: Simulation) => EnvelopeLine
  /** For a host on this machine. `loop`: of a running match, which it goes on hosting. */
  relay(loop: Loop | null): EventRelayOf
  /** This player is in: its token is shown to the others. */
  entered(loop: Loop): void
}

export async function eventParts(options: {
  game: Game
  /** A host closes the ticks; false in a duel. */
  hosted: boolean
  ticket: string | KeyTicket | null
  told: (fault: EventFault, count: number) => void
}): Promise<EventParts> {
  const { game, hosted, told } = options
  const rights = game.rights!
  const ticket = typeof options.ticket === 'string' ? null : options.ticket
  if (ticket !== null && !(isBytes(ticket.secretKey) && ticket.secretKey.length === 32 && isBytes(ticket.token)))
    throw new TypeError(
      'connect: a ticket of the match key has the 32 bytes of secretKey, and the bytes of token that encodeToken made',
    )
  const line = await loadEvents(game, { hosted, told, secretKey: ticket?.secretKey })
  const signing = needsSignatures(game) ? await import('../event/signature.ts') : null
  return {
    line: line!,
    relay: loop => () =>
      new EventRelay({
        ...{ slots: game.schema.maxPlayers, rights, match: game.schema.name },
        signatures: signing && new signing.SignatureBook(),
        from: loop && runningState(loop),
      }),
    entered(loop) {
      const { slot } = loop.session
      if (ticket === null || rights.matchKey === null || slot < 0) return
      if ((loop.events as EnvelopeLine).knowsKeyOf(slot)) return
      try {
        loop.emit(GRANT_KIND, ticket.token)
      } catch (error) {
        console.error(error)
      }
    },
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}

// The newest confirmed state is what a host goes on from: it hears of the ticks after it again.
function runningState({ snapshots, timeline, simulation }: Loop) {
  const tick = Math.min(timeline.confirmedTick, timeline.headTick)
  const { rightsOffset, rightsWords, header } = simulation.layout
  const state = snapshots.view(tick).slice()
  const words = new Uint32Array(state.buffer)
  const present: number[] = []
  for (let slot = 0; slot < 64; slot++) {
    const bits = words[slot < 32 ? header.presentLow : header.presentHigh]
    if (((bits >>> (slot & 31)) & 1) === 1) present.push(slot)
  }
  return { tick, words: new Uint32Array(state.buffer, rightsOffset, rightsWords), present }
}

// Where a duel stands, and the only legal moves: finer than a connection's states, because both sides call each other at
// once. STATE-MACHINE.md lists the same table for people.

import type { PeerState } from '../peer-state.ts'

export type DuelState = 'disconnected' | 'calling' | 'answering' | 'lobby' | 'running' | 'stalled' | 'error'
export type DuelEvent = 'connect' | 'hello' | 'agree' | 'start' | 'stall' | 'resume' | 'close' | 'fail'

const MOVES: { readonly [S in DuelState]: { readonly [E in DuelEvent]?: DuelState } } = {
  disconnected: { connect: 'calling' },
  calling: { hello: 'answering', close: 'disconnected', fail: 'error' },
  answering: { hello: 'answering', agree: 'lobby', close: 'disconnected', fail: 'error' },
  lobby: { start: 'running', close: 'disconnected', fail: 'error' },
  running: { stall: 'stalled', close: 'disconnected', fail: 'error' },
  stalled: { resume: 'running', close: 'disconnected', fail: 'error' },
  error: { close: 'disconnected' },
}

/** The state after an event, or null where that move is not legal. */
export function nextDuelState(state: DuelState, event: DuelEvent): DuelState | null {
  return MOVES[state][event] ?? null
}

/** What the loop sees of it. */
export const PEER_STATE: Readonly<Record<DuelState, PeerState>> = {
  disconnected: 'disconnected',
  calling: 'handshake',
  answering: 'handshake',
  lobby: 'syncing',
  running: 'running',
  stalled: 'running',
  error: 'error',
}

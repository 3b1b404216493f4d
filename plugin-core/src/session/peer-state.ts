// Where a connection stands, and the only legal moves. Both sides of a star use it, so that neither
// invents a state; STATE-MACHINE.md lists the same table for people.

export type PeerState = 'disconnected' | 'handshake' | 'syncing' | 'running' | 'error'
export type PeerEvent = 'connect' | 'welcome' | 'start' | 'close' | 'fail'

const MOVES: { readonly [S in PeerState]: { readonly [E in PeerEvent]?: PeerState } } = {
  disconnected: { connect: 'handshake' },
  handshake: { welcome: 'syncing', close: 'disconnected', fail: 'error' },
  syncing: { start: 'running', close: 'disconnected', fail: 'error' },
  running: { close: 'disconnected', fail: 'error' },
  error: { close: 'disconnected' },
}

/** The state after an event, or null where that move is not legal. */
export function nextState(state: PeerState, event: PeerEvent): PeerState | null {
  return MOVES[state][event] ?? null
}

// The door: a relay in this process.

export { createRelay, type Relay, type RelayHealth } from './relay.ts'
export type { RelayGame, RelayOptions } from './relay-options.ts'
export { issueJoinTicket, type RelayPlayer, type TicketHolder, type TicketOptions } from './tickets.ts'
export { RELAY_LIMITS, type RelayLimits } from './limits.ts'

// The door: a relay in this process.

export { createRelay, type Relay, type RelayGame, type RelayHealth, type RelayOptions } from './relay.ts'
export { issueJoinTicket, type RelayPlayer, type TicketHolder, type TicketOptions } from './tickets.ts'
export { RELAY_LIMITS, type RelayLimits } from './limits.ts'

// The door: a relay in this process.

export { createRelay, type Relay, type RelayGame, type RelayHealth, type RelayOptions } from './relay.ts'
export { RELAY_LIMITS, type RelayLimits } from './limits.ts'

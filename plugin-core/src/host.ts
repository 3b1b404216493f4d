// The door for whoever hosts: a room server, a page, a test.

export { HostRunner, type HostRunnerOptions } from './loop/host-runner.ts'
export { hostRules, type HostRulesOptions } from './loop/host-rules.ts'
export { deflate } from './loop/deflate.ts'
export { realClock } from './loop/clock.ts'
export type { Notice, Offence, Referee, RefereeOf } from './session/star/referee.ts'
export { StarHost, type HostPeerInfo, type HostStats, type StarHostOptions } from './session/star/star-host.ts'
export type { Clock } from './transport/clock.ts'
export type { HostTransport, Transport, TransportEvents } from './transport/transport.ts'
export { LIMITS, type Limits } from './wire/limits.ts'

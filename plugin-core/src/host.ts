// The door for whoever hosts: a room server, a page, a test.

export { HostRunner, type HostRunnerOptions } from './loop/host-runner.ts'
export { hostRules, type HostRulesOptions } from './loop/host-rules.ts'
export { loadScripts, type ScriptLimits, type ScriptSource, type ScriptSources } from './loop/load-scripts.ts'
export { luaAnnotations, type LuaAnnotationOptions } from './script/lua-annotations.ts'
export { deflate } from './loop/deflate.ts'
export { realClock, sinceEpoch } from './loop/clock.ts'
export { hostEvents, type HostedGame, type ToldGame } from './loop/envelope-relay.ts'
export { readTicket, signTicket, ticketIssuer, type TicketClaims } from './event/signed-ticket.ts'
export type { EventFault, FaultCode } from './event/event-fault.ts'
export type { Notice, Offence, Referee, RefereeOf } from './session/star/referee.ts'
export {
  StarHost,
  type Admission,
  type EventRelayOf,
  type HostPeerInfo,
  type HostStats,
  type JoiningPlayer,
  type StarHostOptions,
} from './session/star/star-host.ts'
export type { Clock } from './transport/clock.ts'
export type { HostTransport, Transport, TransportEvents } from './transport/transport.ts'
export { LIMITS, type Limits } from './wire/limits.ts'

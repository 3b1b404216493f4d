// The page's door: join a match, look at it, steer it. Nothing here runs rules, or touches the page when imported.

export { ConnectError, connect } from './worker/connect.ts'
export {
  DesyncError,
  type ConnectOptions,
  type Match,
  type MatchEnd,
  type MatchEvents,
  type MatchState,
  type MatchStats,
  type Mode,
  type Player,
  type RaisedEvent,
  type RulesFault,
} from './worker/match.ts'
export { broadcast, webSocket, type TransportDescription } from './transport/description.ts'
export type { NetworkConditions } from './transport/faults.ts'

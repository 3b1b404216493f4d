// The door for tests and benchmarks: the parts of a match, to be put together in one process.

export { deflate } from './loop/deflate.ts'
export { Loop, type LoopHooks, type LoopOptions } from './loop/loop.ts'
export { loadEnvelopes, loadSignatures } from './event/load-envelopes.ts'
export type { EventEnvelope } from './event/envelope.ts'
export type { NetworkingPort } from './event/networking-port.ts'
export { loadEvents, type EventsOptions } from './loop/load-events.ts'
export { Pacer } from './loop/pacer.ts'
export {
  synctest,
  type SynctestCause,
  type SynctestFailure,
  type SynctestOptions,
  type SynctestReport,
} from './loop/synctest.ts'
export type { StarClientOptions } from './session/star/client-options.ts'
export { StarClient } from './session/star/star-client.ts'
export { DuelSession, type DuelSessionOptions } from './session/duel/duel-session.ts'
export { gameTerms } from './loop/game-terms.ts'
export { Simulation } from './sim/simulation.ts'
export { LuaVm, type LuaVmOptions } from './script/lua-vm.ts'
export { loadScripts } from './loop/load-scripts.ts'
export { loadLua } from './script/lua-wasm.ts'
export type { Script, ScriptData, ScriptHost } from './script/script-host.ts'
export { VirtualClock } from './transport/clock.ts'
export { withFaults, type NetworkConditions } from './transport/faults.ts'
export { MemoryNetwork } from './transport/memory.ts'
export { MemoryPair } from './transport/memory-pair.ts'
export { SnapshotRing } from './timeline/snapshot-ring.ts'
export { describeDivergence, findDivergence, type Divergence } from './loop/divergence.ts'
export { describeScriptDifference } from './loop/describe-states.ts'
export { describeDifference, diffSnapshots, type FieldDifference } from './sim/diff.ts'
export { StateView } from './worker/state-view.ts'
export { SharedFeed } from './worker/shared-feed.ts'
export { SharedPublisher } from './worker/shared-publisher.ts'
export { StatePublisher } from './worker/state-publisher.ts'

// The door for tests and benchmarks: the parts of a match, to be put together in one process.

export { Loop, type LoopHooks, type LoopOptions } from './loop/loop.ts'
export { Pacer } from './loop/pacer.ts'
export { synctest, type SynctestOptions, type SynctestReport } from './loop/synctest.ts'
export { StarClient, type StarClientOptions } from './session/star-client.ts'
export { gameTerms } from './loop/game-terms.ts'
export { Simulation } from './sim/simulation.ts'
export { VirtualClock } from './transport/clock.ts'
export { withFaults, type NetworkConditions } from './transport/faults.ts'
export { MemoryNetwork } from './transport/memory.ts'
export { SnapshotRing } from './timeline/snapshot-ring.ts'
export { findDivergence, type Divergence } from './loop/divergence.ts'
export { describeDifference, diffSnapshots, type FieldDifference } from './sim/diff.ts'

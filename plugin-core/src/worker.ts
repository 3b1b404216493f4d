// The door for a game's worker.

export { serve, type Served, type ServeOptions } from './worker/serve.ts'
export type { ScriptLimits, ScriptSource, ScriptSources } from './loop/load-scripts.ts'

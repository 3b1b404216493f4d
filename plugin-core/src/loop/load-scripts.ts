// Scripts on demand. Lua is larger than all of the worker: a game without scripts does not load it. Await this before the match begins;
// from then on everything is synchronous.

import type { ScriptLimits, ScriptSources } from '../script/game-scripts.ts'
import type { Game } from '../sim/game.ts'
import type { ScriptSet } from '../sim/sim-scripts.ts'
import { Simulation } from '../sim/simulation.ts'

export type { ScriptLimits, ScriptSource, ScriptSources } from '../script/game-scripts.ts'

/**
 * Loads Lua, and checks the scripts: throws a sentence for what can be none. Texts that do not compile are among the `mistakes`; a match
 * tells of them, and is played without them.
 */
export async function loadScripts(game: Game, sources: ScriptSources, limits: ScriptLimits = {}): Promise<ScriptSet> {
  const [{ GameScripts }, { loadLua }] = await Promise.all([
    import('../script/game-scripts.ts'),
    import('../script/lua-wasm.ts'),
  ])
  const scripts = new GameScripts(await loadLua(), game, sources, limits)
  // Opened once: whoever asked for them hears what cannot be, and not the first match. What has not run has no traceback.
  const { news } = new Simulation(game, { seed: 0, scripts }).scripts!
  scripts.mistakes = news.filter(one => one.level === 'error' && one.traceback === '')
  return scripts
}

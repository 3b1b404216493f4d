// The worker's entry and its only composition root: it builds session, timeline, sim, loop and transport of
// each match, and lets pages control them.

import * as Comlink from 'comlink'
import { realClock } from '../loop/clock.ts'
import type { ScriptLimits, ScriptSources } from '../loop/load-scripts.ts'
import type { Game } from '../sim/game.ts'
import type { ScriptSet } from '../sim/sim-scripts.ts'
import { sourceIdOf } from './source-id.ts'
import { WorkerMatch } from './worker-match.ts'
import type { WorkerApi } from './port-messages.ts'

export interface ServeOptions {
  /** Stands for the rules' code in the handshake; two bundles of one source should give the same. Default: the functions' text. */
  sourceId?: string
  /** Scripts in Lua, by name, in the order in which they run: `{ 'bot.lua': { text, each: ['Body', 'Bot'] } }`. */
  scripts?: ScriptSources
  /** What scripts may use up. */
  scriptLimits?: ScriptLimits
}

export interface Served {
  /**
   * Replaces the rules while matches run, for hot reloading:
   * `import.meta.hot?.accept('./arena.ts', m => served.replace(m.arena))`. With the same schema a match goes on where it was, from a
   * tick that the host names; with another one its round starts anew. `scripts` replaces their texts, too; without it they stay.
   */
  replace(game: Game, options?: ServeOptions): void
}

/** Runs a game in this worker. Call it once, at the top level. */
export function serve(initial: Game, options: ServeOptions = {}): Served {
  let game = initial
  let sourceId = options.sourceId ?? sourceIdOf(initial)
  let { scripts, scriptLimits } = options
  const loadedScripts = async (): Promise<ScriptSet | null> =>
    scripts === undefined ? null : (await import('../loop/load-scripts.ts')).loadScripts(game, scripts, scriptLimits)
  let nextId = 1
  const matches = new Map<number, WorkerMatch>()
  const find = (id: number): WorkerMatch | undefined => matches.get(id)

  const api: WorkerApi = {
    hello: () => game.schema.name,
    async open(open, port) {
      const id = nextId++
      const rules = { game, sourceId }
      const match = new WorkerMatch({
        ...{ ...rules, scripts: await loadedScripts(), open, port },
        clock: realClock,
        onEnd: () => matches.delete(id),
      })
      matches.set(id, match)
      await match.start()
      return id
    },
    setReady: (id, ready) => find(id)?.setReady(ready),
    setConditions: async (id, conditions) => find(id)?.setConditions(conditions),
    setScript: (id, name, text) => find(id)?.setScript(name, text),
    script: (id, name) => find(id)?.script(name) ?? '',
    branches: async (id, port) => {
      const match = find(id)
      if (match === undefined) throw new Error('the match is over, and its branches with it')
      await match.branches(port)
    },
    pause: (id, paused) => find(id)?.pause(paused),
    leave: id => find(id)?.leave(),
  }
  Comlink.expose(api)

  let replaced = 0
  return {
    replace(next, nextOptions = {}) {
      const nextId = nextOptions.sourceId ?? sourceIdOf(next)
      // A helper that the rules import may have changed while their own text has not.
      // Scripts have a hash of their own.
      sourceId = nextId === sourceId && next !== game ? `${nextId}+${++replaced}` : nextId
      game = next
      scripts = nextOptions.scripts ?? scripts
      scriptLimits = nextOptions.scriptLimits ?? scriptLimits
      void loadedScripts().then(set => {
        // Only the newest of them counts.
        if (game === next) for (const match of matches.values()) match.replace(game, sourceId, set)
      }, console.error)
    },
  }
}

// What goes wrong in a script: an error ends the handler it happened in, a stop ends the script, a fault of Lua's ends the match.

/** An error that nobody in the script caught. The handler ended there; what it had done stays, and the script goes on. */
export interface ScriptError {
  readonly script: string
  /** 0: no line is known. */
  readonly line: number
  readonly tick: number
  /** Without the place. */
  readonly message: string
  readonly traceback: string
}

export type StopReason = 'instructions' | 'memory' | 'stack'

const REASONS: Readonly<Record<StopReason, string>> = {
  instructions: 'it ran longer than a tick allows',
  memory: 'it holds more memory than scripts may',
  stack: 'it calls too deep',
}

/**
 * A script used up a budget. It happens at the same place on every machine. The Lua image and the world are half way: load the tick's start,
 * call `stop(script)`, and run the tick again.
 */
export class ScriptStop extends Error implements ScriptError {
  readonly script: string
  readonly line: number
  readonly tick: number
  readonly reason: StopReason
  readonly traceback: string

  constructor(script: string, tick: number, reason: StopReason, traceback: string) {
    const { line } = placeOf('', traceback, script)
    super(`${script}${line > 0 ? `:${line}` : ''} is stopped at tick ${tick}: ${REASONS[reason]}`)
    this.name = 'ScriptStop'
    this.script = script
    this.line = line
    this.tick = tick
    this.reason = reason
    this.traceback = traceback
    // No place in anybody's rules.
    this.stack = `${this.name}: ${this.message}`
  }
}

/**
 * Lua itself failed, in a memory that it has not made: nobody's script is to blame, and no tick can be run any more. What came from another
 * machine may be like that, whatever its hash says.
 */
export class LuaFault extends Error {
  constructor(what: string, isForeign: boolean, cause: unknown) {
    // Lua's own words may hold what lies about in such a memory.
    const words = what.replace(/[^\x20-\x7e]+/g, '?').slice(0, 200)
    super(`the memory of the scripts${isForeign ? ', which came from another machine,' : ''} is damaged: ${words}`, {
      cause,
    })
    this.name = 'LuaFault'
    // No place in anybody's rules.
    this.stack = `${this.name}: ${this.message}`
  }
}

/** Reads what Lua's message handler made: `bot.lua:3: no target`, then the traceback. */
export function scriptError(text: string, script: string, tick: number): ScriptError {
  const at = text.indexOf('\nstack traceback:')
  const head = at < 0 ? text : text.slice(0, at)
  const traceback = at < 0 ? '' : text.slice(at + 1)
  return { ...placeOf(head, traceback, script), tick, traceback }
}

/** A script's name has no colon. */
function placeOf(head: string, traceback: string, script: string): { script: string; line: number; message: string } {
  const named = /^([^:\n]+):(\d+): ([\s\S]*)$/.exec(head)
  if (named !== null && named[1] !== OURS) return { script: named[1], line: Number(named[2]), message: named[3] }
  const message = named === null ? head : named[3]
  for (const row of traceback.split('\n')) {
    const found = /^\t([^:\n]+):(\d+): in /.exec(row)
    if (found !== null && found[1] !== OURS) return { script: found[1], line: Number(found[2]), message }
  }
  return { script, line: 0, message }
}

/** The chunk name of our own part. */
export const OURS = 'echo'

// All that an engine must do as every other does, in one report that is compared with Node's: rollbacks, numbers, hostile scripts.

import { HOSTILE, hostileWorld } from './hostile.lua.ts'
import { NUMBERS_SCRIPT } from './numbers.lua.ts'
import { digest, joinRun, rollbackRun } from './rollback-run.ts'
import { scripted, type Saved } from './scripted.ts'

export interface EngineOptions {
  ticks: number
  /** The state of another engine's run, in which this one joins late. */
  late?: Saved
}

export interface EngineReport {
  digests: string[]
  rollbacks: number
  differences: string[]
  /** The last digests as who joined the other engine's run. */
  joined: string[]
  late: Saved
  numbers: string[]
  /** How each hostile script ended, and what it left. */
  hostile: string[]
}

export function engineRun({ ticks, late }: EngineOptions): EngineReport {
  const run = rollbackRun(ticks)
  const { digests, rollbacks, differences } = run
  return {
    digests,
    rollbacks,
    differences,
    joined: joinRun(late ?? run.late, ticks),
    late: run.late,
    numbers: numbers(),
    hostile: hostile(),
  }
}

function numbers(): string[] {
  const s = scripted(NUMBERS_SCRIPT, { fuelPerTick: 100_000_000 })
  for (let i = 0; i < 20; i++) s.tick()
  return [...s.errors.map(error => error.message), ...s.logs, digest(s)]
}

function hostile(): string[] {
  return HOSTILE.map(one => {
    const s = hostileWorld(one)
    for (let i = 0; i < 4; i++) s.tick()
    const errors = s.errors.map(({ script, line, message }) => `${script}:${line}: ${message}`)
    return [one.name, ...errors, ...s.logs, digest(s)].join('\n')
  })
}

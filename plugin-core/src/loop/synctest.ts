// Finds rules that do not give the same state twice. Every tick is computed, taken back with those before it, and computed again; now
// and then also behind another match of the same rules, and by rules that were never set up. The first field that differs is named.

import { sizedBytes } from '../bytes/sized-bytes.ts'
import type { TickControl } from '../input/tick-control.ts'
import { diffSnapshots, type FieldDifference } from '../sim/diff.ts'
import type { Game } from '../sim/game.ts'
import type { ScriptDifference, ScriptSet } from '../sim/sim-scripts.ts'
import { guard } from '../sim/guard.ts'
import { Simulation, type SimEvent } from '../sim/simulation.ts'
import { SnapshotRing } from '../timeline/snapshot-ring.ts'

export interface SynctestOptions {
  ticks: number
  /** The game's scripts, by `loadScripts`. */
  scripts?: ScriptSet
  seed?: number
  /** Players from the first tick on. Default: 2, or all where the game has fewer. */
  players?: number
  /** Ticks that are taken back each time. Default 8. */
  rollback?: number
  /** Inputs of a slot at a tick. Default: seeded, held for some ticks. */
  inputs?: (tick: number, slot: number, into: Uint8Array) => void
  /** Events of scenes at a tick, for the rules' `on`. Default: none. */
  events?: (tick: number) => readonly SimEvent[]
  /**
   * The same game from its module loaded anew: it gets the states of the first one and never sees the first tick, as the machine of
   * somebody who comes late. Finds what `setup` left in a variable. In vitest: `vi.resetModules()`, and import the game again.
   */
  late?: Game
}

export interface SynctestReport {
  ticks: number
  /** Ticks that were computed again. */
  recomputed: number
  /** The first tick whose second computation differs, and what differs; null: none. */
  failure: SynctestFailure | null
}

/**
 * How the second computation came about: the ticks were only taken back (`rollback`), another match of the same rules had run in between
 * (`other match`), or rules that were never set up went on from the state (`late`).
 */
export type SynctestCause = 'rollback' | 'other match' | 'late'

export interface SynctestFailure {
  tick: number
  cause: SynctestCause
  /** Where the states differ: the first computation's value against the second's. */
  differences: FieldDifference[]
  /** What the rules raised, where that differs: the first time and the second, as JSON; else null. */
  raised: readonly [string, string] | null
  /** The memory of scripts differs, and this one was the first to leave it so; empty: none of them did it. Null: the memory is the same. */
  script: string | null
  /** What in that memory differs, by its names in the scripts; null: it is the same. */
  memory: Promise<readonly ScriptDifference[]> | null
}

/** Runs a game alone. Rounds restart where the rules end them; players come and go by the seed. */
export function synctest(game: Game, options: SynctestOptions): SynctestReport {
  const { ticks, seed = 1, rollback = 8 } = options
  const { maxPlayers, input } = game.schema
  const players = Math.min(options.players ?? 2, maxPlayers)
  const scripts = options.scripts ?? null
  const sim = new Simulation(answering(game), { seed, scripts })
  const other = new Simulation(game, { seed, scripts })
  const late = options.late === undefined ? null : new Simulation(options.late, { seed, scripts })
  const ring = new SnapshotRing(rollback + 2, sim.sizeBytes)
  const random = xorshift(seed)
  const rows: Uint8Array[] = []
  const controls: (TickControl | null)[] = []
  const events: (readonly SimEvent[])[] = []
  const raised: string[] = []
  const present = new Set(Array.from({ length: players }, (_, slot) => slot))
  const held = Array.from({ length: maxPlayers }, () => ({ left: 0, bytes: new Uint8Array(input.sizeBytes) }))
  let round = 0
  let recomputed = 0

  const rowOf = (tick: number): Uint8Array => {
    const row = new Uint8Array(maxPlayers * input.sizeBytes)
    for (const slot of present) {
      const into = row.subarray(slot * input.sizeBytes, (slot + 1) * input.sizeBytes)
      if (options.inputs !== undefined) {
        options.inputs(tick, slot, into)
        continue
      }
      const h = held[slot]
      if (h.left-- <= 0) {
        h.left = 3 + random(16)
        for (let i = 0; i < h.bytes.length; i++) h.bytes[i] = random(256)
        // Bits of buttons that there are: no player can press others.
        const spare = input.buttons.length & 7
        if (spare !== 0) h.bytes[input.buttons.length >> 3] &= (1 << spare) - 1
      }
      into.set(h.bytes)
    }
    return row
  }
  const controlOf = (tick: number): TickControl | null => {
    if (tick === 1 || sim.roundEndTick > 0) {
      const restart = { round: ++round, carry: sim.carry.slice() }
      return { restart, joins: [...present].sort((a, b) => a - b), leaves: [], swap: null }
    }
    if (options.inputs !== undefined || random(200) > 0) return null
    const slot = random(players)
    const leaves = present.delete(slot) ? [slot] : []
    if (leaves.length === 0) present.add(slot)
    return { restart: null, joins: leaves.length === 0 ? [slot] : [], leaves, swap: null }
  }
  const compute = (by: Simulation, tick: number): void => {
    guard.enter()
    try {
      by.advance(tick, rows[tick], controls[tick], events[tick])
    } finally {
      guard.leave()
    }
  }

  /** Another match begins: what rules keep beside their world is that one's now. */
  const beginOther = (tick: number): void => {
    other.reset(seed + tick)
    const restart = { round: 1, carry: new Uint8Array(0) }
    const joins = Array.from({ length: players }, (_, slot) => slot)
    guard.enter()
    try {
      other.advance(1, rows[tick], { restart, joins, leaves: [], swap: null }, [])
    } finally {
      guard.leave()
    }
  }

  /** Runs a tick twice more, and listens to the scripts: the first one after which the memory is not the same. */
  const culprit = (tick: number): string => {
    const runs = [0, 1].map(() => {
      const run: string[] = []
      sim.load(ring.view(tick - 1), ring.image(tick - 1))
      sim.scripts!.trace = (script, hash) => void run.push(`${script} ${hash}`)
      compute(sim, tick)
      sim.scripts!.trace = null
      return run
    })
    const at = runs[0].findIndex((line, i) => line !== runs[1][i])
    return at < 0 ? '' : runs[0][at].slice(0, runs[0][at].lastIndexOf(' '))
  }

  sim.save(ring.claim(0), ring.image(0))
  const again = new Uint8Array(sim.sizeBytes)
  const image = sizedBytes()
  /** Goes back to before tick `from`, and computes up to `to` once more. */
  const compare = (by: Simulation, from: number, to: number, cause: SynctestCause): SynctestFailure | null => {
    by.load(ring.view(from - 1), ring.image(from - 1))
    for (let tick = from; tick <= to; tick++) {
      compute(by, tick)
      recomputed++
      by.save(again, image)
      const once = ring.view(tick)
      if (by.checksum(again, image) !== by.checksum(once, ring.image(tick))) {
        const inScripts = by.scripts !== null && by.scripts.hash(image) !== by.scripts.hash(ring.image(tick))
        return {
          tick,
          cause,
          differences: diffSnapshots(by.layout, once, again),
          raised: null,
          memory: inScripts ? by.scripts!.differences(ring.image(tick), image) : null,
          script: inScripts ? culprit(tick) : null,
        }
      }
      const now = told(by)
      if (now !== raised[tick])
        return { tick, cause, differences: [], raised: [raised[tick], now], script: null, memory: null }
    }
    return null
  }

  for (let tick = 1; tick <= ticks; tick++) {
    controls[tick] = controlOf(tick)
    rows[tick] = rowOf(tick)
    events[tick] = options.events?.(tick) ?? []
    compute(sim, tick)
    raised[tick] = told(sim)
    sim.save(ring.claim(tick), ring.image(tick))
    const from = Math.max(1, tick - rollback + 1)
    let failure = compare(sim, from, tick, 'rollback')
    if (failure === null && tick % OTHER_MATCH_TICKS === 0) {
      beginOther(tick)
      failure = compare(sim, from, tick, 'other match')
    }
    if (failure === null && late !== null && from > 1) failure = compare(late, from, tick, 'late')
    if (failure !== null) return { ticks: tick, recomputed, failure }
  }
  return { ticks, recomputed, failure: null }
}

/** Ticks between two beginnings of another match. */
const OTHER_MATCH_TICKS = 16

// What comes after an `await` happens between ticks, where no rollback reaches it. That a rule is async can be seen, unless a compiler
// made a plain function of it, or it hands on the promise of what it called.
function answering(game: Game): Game {
  const awaited = <A extends unknown[]>(name: string, rule: (...args: A) => void) => {
    return (...args: A): void => {
      const answer: unknown = rule(...args)
      if (typeof (answer as PromiseLike<unknown> | null | undefined)?.then === 'function')
        throw new Error(
          `${name} answered with a promise: rules run from their first line to their last within the tick`,
        )
    }
  }
  return {
    ...game,
    setup: awaited('setup', game.setup),
    join: awaited('join', game.join),
    leave: awaited('leave', game.leave),
    step: awaited('step', game.step),
    on: Object.fromEntries(Object.entries(game.on).map(([kind, rule]) => [kind, awaited(`on.${kind}`, rule)])),
  }
}

function told({ raised }: Simulation): string {
  return raised.length === 0 ? '' : JSON.stringify([...raised])
}

function xorshift(seed: number): (below: number) => number {
  let s = (seed * 2654435761 + 1) | 0 || 1
  return below => {
    s ^= s << 13
    s ^= s >>> 17
    s ^= s << 5
    return (s >>> 0) % below
  }
}

// Ticks with random rollbacks and mispredictions, against a straight run and somebody who joined late; in Node and in browsers.

import type { ScriptData } from '../../src/script/script-host.ts'
import { seeded } from '../seeded.ts'
import { ROLLBACK_SCRIPT } from './rollback.lua.ts'
import { scripted, type Saved, type Scripted } from './scripted.ts'

const WINDOW = 16
/** Who joins late plays so many ticks. */
const LATE_TICKS = 100

export interface RollbackRun {
  /** `image world`, hashes, by tick; of the straight run. */
  digests: string[]
  rollbacks: number
  /** Where another run had another digest. */
  differences: string[]
  errors: number
  emitted: number
  /** Of the straight run, `LATE_TICKS` before its end. */
  late: Saved
}

export function rollbackRun(ticks: number): RollbackRun {
  const random = seeded(11)
  const straight = scripted(ROLLBACK_SCRIPT)
  const rolled = scripted(ROLLBACK_SCRIPT)
  const digests: string[] = []
  let late: Saved | null = null
  for (let tick = 1; tick <= ticks; tick++) {
    straight.tick({ events: eventsOf(tick, 0) })
    digests[tick] = digest(straight)
    if (tick === ticks - LATE_TICKS) late = straight.save()
  }

  const differences: string[] = []
  const compare = (one: Scripted, tick: number, what: string): void => {
    if (digest(one) !== digests[tick]) differences.push(`tick ${tick} ${what}`)
  }
  const ring: Saved[] = [rolled.save()]
  let rollbacks = 0
  for (let tick = 1; tick <= ticks; tick++) {
    rolled.tick({ events: eventsOf(tick, 0) })
    compare(rolled, tick, 'played')
    ring[tick % WINDOW] = rolled.save()
    if (tick <= WINDOW || random.next() >= 0.25) continue
    rollbacks++
    // Some wrong ticks, then back, and the right ones again.
    for (let wrong = 1; wrong <= random.below(5); wrong++)
      rolled.tick({ events: eventsOf(tick + wrong, 1 + random.below(1000)) })
    const to = tick - 1 - random.below(WINDOW - 4)
    rolled.load(ring[to % WINDOW])
    for (let again = to + 1; again <= tick; again++) {
      rolled.tick({ events: eventsOf(again, 0) })
      ring[again % WINDOW] = rolled.save()
      compare(rolled, again, `again after tick ${tick}`)
    }
  }
  joinRun(late!, ticks).forEach((one, tick) => {
    if (one !== digests[tick]) differences.push(`tick ${tick} of who came late`)
  })
  return {
    digests,
    rollbacks,
    differences,
    errors: straight.errors.length,
    emitted: straight.emitted.length,
    late: late!,
  }
}

/** The last ticks of such a run, from another machine's state on. */
export function joinRun(late: Saved, ticks: number): string[] {
  const joiner = scripted(ROLLBACK_SCRIPT)
  // It has a past of its own, which must not show.
  for (let i = 0; i < 5; i++) joiner.tick()
  joiner.load(late)
  const digests: string[] = []
  for (let tick = ticks - LATE_TICKS + 1; tick <= ticks; tick++) {
    joiner.tick({ events: eventsOf(tick, 0) })
    digests[tick] = digest(joiner)
  }
  return digests
}

export function digest({ vm, simulation }: Scripted): string {
  const world = new Uint8Array(simulation.sizeBytes)
  simulation.save(world)
  return `${vm.hash().toString(16)} ${simulation.checksum(world).toString(16)}`
}

function eventsOf(tick: number, wrong: number): { slot: number; kind: string; payload: ScriptData }[] {
  if ((tick + wrong) % 3 !== 0) return []
  const payload = { dx: ((tick * 37 + wrong) % 21) - 10, why: 'because '.repeat(wrong % 9) }
  return [{ slot: tick % 4, kind: 'move', payload }]
}

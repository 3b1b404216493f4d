// Takes a real image of scripts that hold a bit of everything, damages it at random, hands it to a machine and runs ticks over it. From its
// seed each of them comes again.

import { sizedBytes } from '../../src/bytes/sized-bytes.ts'
import type { TickControl } from '../../src/input/tick-control.ts'
import { LuaFault, ScriptStop } from '../../src/script/script-error.ts'
import { RulesError } from '../../src/sim/rules-error.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import { arenaScripts, scriptedArena } from '../matches/scripted-arena.ts'
import { seeded, type Seeded } from '../seeded.ts'

export interface DamageReport {
  refused: number
  ended: number
  ran: number
  /** What was said, and how often. */
  readonly sentences: Map<string, number>
  /** Everything that must not be, with what brings it back. */
  readonly problems: string[]
}

const TICKS = 40
const ROW = new Uint8Array(scriptedArena.schema.input.sizeBytes * scriptedArena.schema.maxPlayers)
const START: TickControl = { restart: { round: 1, carry: new Uint8Array(0) }, joins: [0, 1], leaves: [], swap: null }
/** Most that a machine's Lua ever has. */
const MOST_BYTES = 1 << 24

/** `only`: that one alone. */
export async function damageImages(options: { seed: number; count: number; only?: number }): Promise<DamageReport> {
  const { seed, count, only = -1 } = options
  const scripts = await arenaScripts()
  const simulation = new Simulation(scriptedArena, { seed: 3, scripts })
  for (let tick = 1; tick <= 90; tick++) advance(simulation, tick)
  const [world, image] = [new Uint8Array(simulation.sizeBytes), sizedBytes()]
  simulation.save(world, image)
  const whole = image.bytes.slice(0, image.sizeBytes)
  const report: DamageReport = { refused: 0, ended: 0, ran: 0, sentences: new Map(), problems: [] }
  for (let i = 0; i < count; i++) {
    if (only >= 0 && i !== only) continue
    const damaged = damage(whole, seeded(seed * 1_000_003 + i))
    const problem = hand(simulation, world, damaged, report)
    if (problem !== null)
      report.problems.push(`damageImages({ seed: ${seed}, count: ${count}, only: ${i} }): ${problem}`)
    // The machine itself is none the worse: it goes on from what it had.
    simulation.load(world, image)
  }
  const again = sizedBytes()
  advance(simulation, 91)
  simulation.save(world, again)
  if (simulation.scripts!.hash(again) === simulation.scripts!.hash(image))
    report.problems.push('nothing ran at the end')
  return report
}

/** What a machine does that is handed a state; answers what it must not do. */
function hand(simulation: Simulation, world: Uint8Array, damaged: Uint8Array, report: DamageReport): string | null {
  const scripts = simulation.scripts!
  const say = (sentence: string): void => {
    report.sentences.set(sentence, (report.sentences.get(sentence) ?? 0) + 1)
  }
  const image = scripts.image(damaged)
  if (image === null) {
    report.refused++
    say('no image')
    return null
  }
  scripts.hash(image)
  try {
    simulation.load(world, image)
  } catch (error) {
    report.refused++
    if (!(error instanceof LuaFault)) return `loading it threw ${String(error)}`
    say(error.message)
    return null
  }
  try {
    for (let n = 0; n < TICKS; n++) {
      advance(simulation, simulation.tick + 1)
      const { news } = scripts
      if (news.length > 1000) return `${news.length} lines in one tick`
      for (const { what, text } of news.splice(0)) if (what === 'stopped') say(text.split('\n')[0])
      if (scripts.maxBytes !== MOST_BYTES) return `its memory grew to ${scripts.maxBytes} bytes`
      if (simulation.raised.length > 100_000) return `${simulation.raised.length} events in one tick`
    }
    report.ran++
    return null
  } catch (error) {
    report.ended++
    if (!(error instanceof RulesError)) return `running it threw ${String(error)}`
    const { cause } = error
    say(error.message)
    // The rules may find their world wanting: scripts have written into it.
    const isNamed =
      cause instanceof LuaFault ||
      cause instanceof ScriptStop ||
      (cause instanceof Error && cause.constructor === Error)
    return isNamed ? null : `running it ended by ${String(cause)}`
  } finally {
    scripts.news.length = 0
  }
}

function advance(simulation: Simulation, tick: number): void {
  const event = { slot: 0, kind: 'say', payload: { n: 2 } }
  simulation.advance(tick, ROW, tick === 1 ? START : null, tick % 7 === 0 ? [event] : [])
  simulation.scripts!.settle(tick)
}

/** Some words, bytes or stretches are other ones: anything, something that is there elsewhere, or a little more or less. */
function damage(image: Uint8Array, random: Seeded): Uint8Array {
  const bytes = image.slice()
  const words = new Uint32Array(bytes.buffer, 0, bytes.length >> 2)
  const anywhere = (): number => random.below(words.length)
  const times = 1 + random.below(random.chance(0.5) ? 3 : 60)
  for (let n = 0; n < times; n++) {
    const at = anywhere()
    switch (random.below(7)) {
      case 0:
        bytes[at * 4 + random.below(4)] = random.below(256)
        break
      case 1:
        words[at] = random.below(2 ** 32)
        break
      case 2:
        words[at] = words[anywhere()]
        break
      case 3:
        words[at] += random.below(64) - 32
        break
      case 4:
        words.fill(0, at, at + random.below(64))
        break
      case 5:
        words.copyWithin(at, anywhere(), anywhere())
        break
      default:
        // Of what is there, pointers break most.
        for (let i = at; i < words.length; i++)
          if (words[i] > 65536 && words[i] < bytes.length) {
            words[i] = random.chance(0.5) ? words[anywhere()] : random.below(bytes.length)
            break
          }
    }
  }
  return bytes
}

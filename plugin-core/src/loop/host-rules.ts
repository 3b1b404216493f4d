// The rules beside an authoritative host: what the match is, whatever a player's machine says. It computes closed ticks alone, so
// nothing here is ever predicted or rolled back.

import { sizedBytes } from '../bytes/sized-bytes.ts'
import { decodeEvent } from '../event/event-codec.ts'
import { SignatureBook } from '../event/signature.ts'
import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import type { Referee, RefereeOf } from '../session/star/referee.ts'
import type { Snapshot } from '../session/transfer/snapshot-offer.ts'
import { needsSignatures } from '../sim/event-rights.ts'
import type { Game } from '../sim/game.ts'
import { guard } from '../sim/guard.ts'
import type { ScriptNews, ScriptSet } from '../sim/sim-scripts.ts'
import { Simulation, type SimEvent } from '../sim/simulation.ts'
import { CHECKSUM_TICKS } from '../wire/limits.ts'
import { EnvelopeLine } from './envelope-line.ts'
import { gameTerms } from './game-terms.ts'
import { HandOff, type Compression } from './hand-off.ts'

export interface HostRulesOptions {
  game: Game
  /** The same that the players' machines have: it tells two versions of the rules apart. */
  sourceId: string
  /** Its scripts, by `loadScripts`: the same that the players' machines have. */
  scripts?: ScriptSet | null
  /** Confirmed ticks between two checksums, as the players have it. */
  checksumTicks?: number
  /** Packs states for those who come. Without it they travel as they are. */
  compression?: Compression | null
  /** The rules threw. From then on this host goes on as if it had none. */
  fault?: (error: unknown) => void
  /** What the scripts tell; the list is reused. */
  scriptNews?: (news: readonly ScriptNews[]) => void
}

/** Checksums that are kept: as many ticks as a slow line takes to answer, at one a tick. */
const KEPT = 256

/** For `new StarHost({ referee: hostRules({ game, sourceId }) })`: the rules of every match that one of these games is played in. */
export function hostRules(...games: readonly HostRulesOptions[]): RefereeOf {
  return (terms, seed) => {
    const options = games.find(each => each.game.schema.name === terms.game)
    if (options === undefined) return null
    const own = gameTerms(options.game, options.sourceId, terms.predictionWindow, true, options.scripts)
    if (own.rulesHash !== terms.rulesHash || own.schemaHash !== terms.schemaHash)
      return `the host runs version ${own.version} of "${own.game}" itself, and its code or schema differs; build and reload both`
    return new HostRules(options, seed)
  }
}

export class HostRules implements Referee {
  readonly simulation: Simulation
  readonly #options: HostRulesOptions
  readonly #checksumTicks: number
  readonly #ticks = new Float64Array(KEPT).fill(-1)
  readonly #sums = new Uint32Array(KEPT)
  /** The state as it was closed: what `validate` writes is undone by it. */
  readonly #closed: Uint8Array
  readonly #closedImage = sizedBytes()
  readonly #scratch: Uint8Array
  readonly #scratchImage = sizedBytes()
  readonly #row: Uint8Array
  /** Null: events travel as they are. */
  readonly #events: EnvelopeLine | null
  #asked = false
  #broken = false
  readonly #handOff: HandOff
  #handing = false

  constructor(options: HostRulesOptions, seed: number) {
    const { game } = options
    this.#options = options
    this.#checksumTicks = options.checksumTicks ?? CHECKSUM_TICKS
    this.simulation = new Simulation(game, { seed, scripts: options.scripts ?? null })
    this.#events = game.rights === null ? null : envelopeLine(this.simulation)
    this.#closed = new Uint8Array(this.simulation.sizeBytes)
    this.#scratch = new Uint8Array(this.simulation.sizeBytes)
    this.#row = new Uint8Array(game.schema.maxPlayers * game.schema.input.sizeBytes)
    this.#handOff = new HandOff(options.compression ?? null)
    this.simulation.save(this.#closed, this.#closedImage)
  }

  closed(tick: number, row: Uint8Array, control: TickControl | null, events: readonly SlotEvent[] | null): void {
    if (this.#broken) return
    const { simulation } = this
    if (this.#asked) simulation.load(this.#closed, this.#closedImage)
    this.#asked = false
    guard.enter()
    try {
      const heard = this.#events?.open(tick, control, events) ?? (events === null ? NO_EVENTS : decodeAll(events))
      simulation.advance(tick, row, control, heard)
      this.#events?.settle(tick)
    } catch (error) {
      this.#fault(error)
      return
    } finally {
      guard.leave()
    }
    simulation.scripts?.settle(tick)
    const news = simulation.scripts?.news
    if (news !== undefined && news.length > 0) {
      this.#options.scriptNews?.(news)
      news.length = 0
    }
    if (simulation.game.validate !== null) simulation.save(this.#closed, this.#closedImage)
    if (tick % this.#checksumTicks !== 0) return
    simulation.save(this.#scratch, this.#scratchImage)
    this.#ticks[(tick / this.#checksumTicks) % KEPT] = tick
    this.#sums[(tick / this.#checksumTicks) % KEPT] = simulation.checksum(this.#scratch, this.#scratchImage)
  }

  allows(slot: number, input: Uint8Array): boolean {
    const { game, facade } = this.simulation
    if (this.#broken || game.validate === null) return true
    this.#asked = true
    this.#row.fill(0)
    this.#row.set(input, slot * input.length)
    guard.enter()
    try {
      facade.begin(this.#row)
      return game.validate(facade, slot, facade.input(slot))
    } catch (error) {
      this.#fault(error)
      return true
    } finally {
      guard.leave()
    }
  }

  predict(last: Uint8Array, ticksAhead: number, into: Uint8Array): boolean {
    const { predict } = this.simulation.game
    if (this.#broken || predict === null) return false
    try {
      predict(last, ticksAhead, into)
    } catch (error) {
      this.#fault(error)
      return false
    }
    return true
  }

  checksum(tick: number): number | null {
    const place = (tick / this.#checksumTicks) % KEPT
    return !this.#broken && this.#ticks[place] === tick ? this.#sums[place] : null
  }

  roundEnd(): { tick: number; carry: Uint8Array } | null {
    const { simulation } = this
    if (this.#broken || simulation.roundEndTick === 0) return null
    return { tick: simulation.roundEndTick, carry: simulation.carry.slice() }
  }

  state(): Snapshot | null {
    const { simulation } = this
    if (this.#broken || simulation.tick === 0) return null
    if (!this.#handing) {
      this.#handing = true
      simulation.save(this.#scratch, this.#scratchImage)
      const checksum = simulation.checksum(this.#scratch, this.#scratchImage)
      const whole = simulation.scripts?.whole(this.#scratch, this.#scratchImage) ?? this.#scratch
      this.#handOff.take(simulation.tick, simulation.roundOf(this.#scratch), checksum, whole)
    }
    const snapshot = this.#handOff.call()
    if (snapshot !== null) this.#handing = false
    return snapshot
  }

  #fault(error: unknown): void {
    this.#broken = true
    this.#options.fault?.(error)
  }
}

function envelopeLine(simulation: Simulation): EnvelopeLine {
  const signatures = needsSignatures(simulation.game) ? new SignatureBook() : null
  return new EnvelopeLine({ simulation, hosted: true, signatures })
}

const NO_EVENTS: readonly SimEvent[] = []

function decodeAll(events: readonly SlotEvent[]): SimEvent[] {
  const out: SimEvent[] = []
  for (const { slot, bytes } of events) {
    const event = decodeEvent(bytes)
    if (event !== null) out.push({ slot, kind: event.kind, payload: event.payload })
  }
  return out
}

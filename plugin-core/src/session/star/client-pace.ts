// Keeps a player's inputs in time where the host waits for nobody: from what the host says of them, by running further ahead of it,
// and where the prediction window allows no more of that, by sampling further ahead (the input delay). Late is corrected at once;
// a delay that is no longer needed is given back slowly.

import { LIMITS } from '../../wire/limits.ts'
import { NO_MARGIN } from '../../wire/messages.ts'
import type { FactList } from '../fact-list.ts'
import { SentEvents } from './sent-events.ts'

/** Ticks by which inputs are to be there before they are needed, at worst: below the least more is done, above the most less. */
const LEAST_TICKS = 1
const AIM_TICKS = 2
const MOST_TICKS = 3
/** Ticks at the end of the prediction window that are left to the line's ups and downs: who comes to its end stands still. */
const SPARE_TICKS = 2
/** Words of the host that tell of the time before a change, and are not listened to. */
const SETTLING = 2
/** Good words in a row before the delay goes down. */
const GOOD = 4

export class ClientPace {
  /** And its events, which may be late, and not lost. */
  readonly sent: SentEvents
  /** The input delay that is wanted now. */
  delay: number
  readonly #base: number
  readonly #most: number
  /** The furthest ahead of the closed ticks that this machine is to run. */
  readonly #roof: number
  #worstLead = -Infinity
  #settling = 0
  #good = 0

  /** `told`: see SentEvents. */
  constructor(inputDelay: number, predictionWindow: number, told: (message: string) => void = () => {}) {
    this.sent = new SentEvents(told)
    this.#base = inputDelay
    this.delay = inputDelay
    this.#roof = Math.max(1, predictionWindow - SPARE_TICKS)
    this.#most = Math.max(inputDelay, LIMITS.inputBufferTicks - predictionWindow - 2)
  }

  /** Once a call: how many ticks this machine has simulated beyond the closed ones that it knows. */
  runs(lead: number): void {
    if (lead > this.#worstLead) this.#worstLead = lead
  }

  /** TIMING: the host has every event up to `heard`; `nextTick` is simulated next. Says what changes. */
  timing(sixteenths: number, heard: number, nextTick: number, facts: FactList): void {
    this.sent.there(heard)
    const before = this.delay
    const ticks = this.hears(sixteenths)
    if (ticks !== 0) facts.push({ kind: 'pace', ticks })
    if (this.delay !== before) facts.push({ kind: 'delay', tick: nextTick, delay: this.delay })
  }

  /** The host's word, in sixteenths of a tick. Answers how many ticks further ahead to run; `delay` may have changed, too. */
  hears(sixteenths: number): number {
    const lead = this.#worstLead
    this.#worstLead = -Infinity
    if (sixteenths === NO_MARGIN || lead === -Infinity) return 0
    if (this.#settling > 0) {
      this.#settling--
      return 0
    }
    const margin = sixteenths / 16
    const before = this.delay
    const ahead = this.#change(margin, lead)
    if (ahead !== 0 || this.delay !== before) this.#settling = SETTLING
    return ahead
  }

  #change(margin: number, lead: number): number {
    const room = this.#roof - lead
    if (margin < LEAST_TICKS) return this.#more(Math.ceil(AIM_TICKS - margin), room)
    const spare = margin > MOST_TICKS ? Math.max(1, Math.floor((margin - AIM_TICKS) / 2)) : 0
    // Too near the window's end: what the inputs have to spare is given up, else the delay stands in for it.
    if (room < 0) return spare > 0 ? -Math.min(-room, spare) : this.#more(0, room)
    if (this.delay === this.#base) return spare === 0 ? 0 : -spare
    if (++this.#good < GOOD) return 0
    this.#good = 0
    this.delay -= Math.min(spare, this.delay - this.#base)
    const traded = Math.min(room, this.delay - this.#base)
    this.delay -= traded
    return traded
  }

  // As far as the window lets it by running ahead, the rest by the delay.
  #more(need: number, room: number): number {
    this.#good = 0
    const raise = Math.max(0, Math.min(need - room, this.#most - this.delay))
    this.delay += raise
    return Math.min(need - raise, Math.max(room, -raise))
  }
}

// What goes wrong over time: too many faults, silence, ticks that stand still because a side's input is missing.

import { FAULTS_PER_WINDOW, FAULT_WINDOW_TICKS, RETRY_TICKS } from '../../wire/limits.ts'
import type { SessionFaults } from '../session.ts'

const NOBODY: readonly number[] = []
const SLOTS: readonly (readonly number[])[] = [[0], [1]]

export class DuelWatch {
  /** Who is waited for, once that takes long enough to be told. One of few lists: another one is another answer. */
  waiting: readonly number[] = NOBODY
  #judgedFaults = 0
  #silentCalls = 0
  #missingCalls = 0
  #closedTick = 0

  /** The other side said something. */
  heard(): void {
    this.#silentCalls = 0
  }

  /** Once a call: whether more went wrong lately than is put up with. */
  isFlooded(faults: Readonly<SessionFaults>, calls: number): boolean {
    if (calls % FAULT_WINDOW_TICKS !== 0) return false
    const all = faults.malformed + faults.wrongSession + faults.unexpected
    const recent = all - this.#judgedFaults
    this.#judgedFaults = all
    return recent > FAULTS_PER_WINDOW
  }

  /** Once a call: how many there have been without a word of the other side. */
  silence(): number {
    return ++this.#silentCalls
  }

  /** Once a call: how many there have been for which no tick was closed and this slot was waited for; -1: none is. */
  missing(closedTick: number, slot: number): number {
    const isStuck = closedTick === this.#closedTick && slot >= 0
    this.#closedTick = closedTick
    this.#missingCalls = isStuck ? this.#missingCalls + 1 : 0
    this.waiting = this.#missingCalls < RETRY_TICKS ? NOBODY : SLOTS[slot]
    return this.#missingCalls
  }
}

// One of the two ways of a duel's line: whether it is there, whether it works in both directions, and for how long it has been
// silent. Time is counted in beats of the line's own, so that a machine which slept takes nobody for silent.

import { HOST, type Transport } from './transport.ts'

/** Nothing heard for so many beats: the path is taken for dead. A beat is a tenth of a second. */
const SILENT_BEATS = 5
/** Nothing heard for so many: doubtful, so packets take the other path, too. Twelve packets of a running match in a row. */
const DOUBT_BEATS = 2
/** A direct path on which nobody was heard for so many has a stranger at its other end, or nobody. */
const UNKNOWN_BEATS = 50

export type PathName = 'relayed' | 'direct'

export class DuelPath {
  readonly name: PathName
  readonly transport: Transport
  /** The transport carries messages, to whomever. */
  up = false
  /** The transport has ended. */
  gone = false
  /** It is the other side's line that speaks here. */
  known = false
  /** The other side has said that it hears us here. */
  heard = false
  /** Whole beats since the other side was heard. */
  silentBeats = 0
  /** Beats in a row at whose end the path worked in both directions. */
  aliveBeats = 0
  /** Beats that it must have worked before it is trusted (again). */
  trustBeats = 0
  #heardInBeat = false
  #sentInBeat = false

  constructor(name: PathName, transport: Transport) {
    this.name = name
    this.transport = transport
  }

  /** Whether the other side is heard here: said in every probe. A relay tells of an end by itself, and may be quiet until then. */
  get hears(): boolean {
    return this.known && (this.name === 'relayed' || this.silentBeats < SILENT_BEATS)
  }

  /** Works in both directions, as far as one can know. */
  get alive(): boolean {
    return this.up && this.heard && this.hears
  }

  get doubtful(): boolean {
    return this.silentBeats >= DOUBT_BEATS
  }

  /** Nobody said who they are. */
  get idle(): boolean {
    return !this.known && this.silentBeats >= UNKNOWN_BEATS
  }

  /** The other side was heard in the last beat, or is at the other end of the relay for all that is known. */
  get reaches(): boolean {
    return this.up && this.known && (this.name === 'relayed' || this.silentBeats === 0)
  }

  /** Something of the other side came. */
  hear(): void {
    this.#heardInBeat = true
    this.silentBeats = 0
  }

  /** Whether there is something to say before the next beat: packets that flow say by themselves that the path is alive. */
  get owesProbe(): boolean {
    return !this.#sentInBeat
  }

  /** A tenth of a second has passed. */
  beat(): void {
    if (this.#heardInBeat) this.#heardInBeat = false
    else this.silentBeats++
    this.aliveBeats = this.alive ? this.aliveBeats + 1 : 0
  }

  /** After what is due has been said. */
  endBeat(): void {
    this.#sentInBeat = false
  }

  send(bytes: Uint8Array): void {
    if (!this.up) return
    this.#sentInBeat = true
    this.transport.send(HOST, bytes)
  }

  end(): void {
    this.gone = true
    this.up = false
    this.heard = false
  }
}

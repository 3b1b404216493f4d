// Two sides of a duel without sims, and a line between them that a test bends as it likes: packets take `delay` calls, and
// `drop` says which of them never arrive.

import type { Fact } from '../../src/session/fact.ts'
import { DuelSession, type DuelSessionOptions } from '../../src/session/duel/duel-session.ts'
import type { Terms } from '../../src/wire/messages.ts'
import { decodeRbn1, type Rbn1Datagram } from '../../src/wire/rbn1.ts'
import { TERMS } from './terms.ts'

export const terms: Terms = { ...TERMS, maxPlayers: 2, inputBytes: 2 }

export type SideOptions = Partial<Omit<DuelSessionOptions, 'terms'>> & { terms?: Partial<Terms> }

/** A side without a sim: it gives an input a call, as far ahead as its window allows. */
export class Side {
  readonly session: DuelSession
  readonly facts: Fact[] = []
  /** Everything it sent. */
  readonly sent: Uint8Array[] = []
  readonly name: string
  input = 0
  sampled = 0
  head = 0
  readonly window: number
  delay: number
  readonly size: number
  paused = false
  silent = false
  /** Adds to the clock of its stamps. */
  clock = 0
  constructor(name: string, nonce: number, options: SideOptions = {}) {
    this.name = name
    this.delay = options.inputDelay ?? 2
    this.window = options.terms?.predictionWindow ?? terms.predictionWindow
    this.size = options.terms?.inputBytes ?? terms.inputBytes
    this.session = new DuelSession({
      name,
      profile: '',
      nonce: { hi: 0, lo: nonce },
      inputDelay: this.delay,
      ...options,
      terms: { ...terms, ...options.terms },
    })
    this.session.setReady(true)
  }
  take(): void {
    for (const fact of this.session.takeFacts()) {
      this.facts.push(fact.kind === 'tick' ? { ...fact, row: fact.row.slice() } : fact)
      if (fact.kind === 'delay') this.delay = fact.delay
    }
  }
  /** As the loop does it: facts, sampling, facts again, tick. */
  call(): void {
    this.take()
    const { session } = this
    this.clock++
    if (session.state === 'running' && !this.paused) {
      // As the loop: when a tick is first wanted, whether it may run or not.
      const wanted = Math.min(this.head + 1, session.closedTick + this.window + 1)
      while (this.sampled < wanted + this.delay) session.setLocalInput(++this.sampled, this.bytes(this.sampled))
      this.take()
      this.head = Math.max(this.head, Math.min(wanted, session.closedTick + this.window))
    }
    session.tick(this.head, this.clock * 16)
  }
  bytes(tick: number): Uint8Array {
    const bytes = new Uint8Array(this.size).fill(this.input)
    bytes[this.size - 1] = tick
    return bytes
  }
  kinds<K extends Fact['kind']>(kind: K): Extract<Fact, { kind: K }>[] {
    return this.facts.filter(f => f.kind === kind) as Extract<Fact, { kind: K }>[]
  }
  get rows(): string[] {
    return this.kinds('tick').map(f => `${f.tick}: ${[...f.row].join()} ${JSON.stringify(f.control)} ${eventsOf(f)}`)
  }
  get end(): Extract<Fact, { kind: 'end' }> | undefined {
    return this.kinds('end')[0]
  }
  get datagrams(): Rbn1Datagram[] {
    return this.sent.filter(b => b[0] === 0x52).map(b => decodeRbn1(b, b[4] as 1 | 2)!)
  }
}

function eventsOf(fact: Extract<Fact, { kind: 'tick' }>): string {
  return (fact.events ?? []).map(e => `${e.slot}:${[...e.bytes].join()}`).join(' ')
}

export interface Flight {
  readonly from: Side
  readonly bytes: Uint8Array
  readonly call: number
}

export class Pair {
  readonly sides: readonly [Side, Side]
  /** Calls that a packet takes. */
  delay = 0
  drop: ((flight: Flight) => boolean) | null = null
  /** Packets of one call arrive in this order. */
  shuffle: ((flights: Flight[]) => Flight[]) | null = null
  calls = 0
  #flights: Flight[] = []
  constructor(a: Side, b: Side) {
    this.sides = [a, b]
  }
  open(): this {
    for (const side of this.sides) side.session.connected()
    this.send()
    return this
  }
  run(calls: number): this {
    for (let i = 0; i < calls; i++) {
      this.calls++
      for (const side of this.sides) if (!side.silent) side.call()
      this.send()
      this.deliver()
    }
    return this
  }
  /** Until this holds; at most `most` calls. */
  runUntil(done: () => boolean, most = 2000): this {
    for (let i = 0; i < most && !done(); i++) this.run(1)
    return this
  }
  send(): void {
    for (const from of this.sides)
      for (const { bytes } of from.session.takePackets()) {
        if (from.silent) continue
        const flight = { from, bytes: bytes.slice(), call: this.calls }
        from.sent.push(flight.bytes)
        if (!this.drop?.(flight)) this.#flights.push(flight)
      }
  }
  deliver(): void {
    for (;;) {
      const due = this.#flights.filter(f => f.call + this.delay <= this.calls)
      if (due.length === 0) return
      this.#flights = this.#flights.filter(f => f.call + this.delay > this.calls)
      for (const { from, bytes } of this.shuffle?.(due) ?? due) {
        const to = this.sides[0] === from ? this.sides[1] : this.sides[0]
        if (to.silent) continue
        to.session.receive(bytes)
        to.take()
      }
      this.send()
    }
  }
}

/** Ann has the lower nonce: slot 0. */
export function duel(a: SideOptions = {}, b: SideOptions = {}): { pair: Pair; ann: Side; bob: Side } {
  const ann = new Side('Ann', 1, a)
  const bob = new Side('Bob', 2, b)
  return { pair: new Pair(ann, bob), ann, bob }
}

/** Ticks that both have closed are the same in every byte. Answers how many those are. */
export function agreed(a: Side, b: Side): number {
  const [x, y] = [a.rows, b.rows]
  const count = Math.min(x.length, y.length)
  for (let i = 0; i < count; i++)
    if (x[i] !== y[i]) throw new Error(`${a.name} closed ${x[i]}, ${b.name} closed ${y[i]}`)
  return count
}

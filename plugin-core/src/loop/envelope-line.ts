// Envelopes in a match: this player's are made here, everyone's are judged here. What judging depends on lies in the world,
// so a rollback takes it back, a late joiner has it with the state, and a machine that judges otherwise is found by its
// checksum. Faults are counted and told once, when their tick is settled.

import { gateOver, type GateParts } from '../event/event-memory.ts'
import type { Data } from '../event/data.ts'
import { EnvelopeMaker } from '../event/envelope-maker.ts'
import { isForRules, type Admitted } from '../event/envelope-gate.ts'
import { encodeEnvelope, openPayload } from '../event/envelope-codec.ts'
import type { EventEnvelope, PrngSpan } from '../event/envelope.ts'
import { EventFaults, refusal, type EventFault, type Refusal } from '../event/event-fault.ts'
import { INBOX, type NetworkingPort } from '../event/networking-port.ts'
import type { SignatureBook } from '../event/signature.ts'
import type { SlotEvent, TickControl } from '../input/tick-control.ts'
import type { Simulation, SimEvent } from '../sim/simulation.ts'
import type { EventLine } from './event-line.ts'

export interface EnvelopeLineOptions {
  readonly simulation: Simulation
  /** A host closes the ticks; false in a duel. */
  readonly hosted: boolean
  /** Name of the match, for tokens of its key. Default: the game's. */
  readonly match?: string
  /** Loaded where the game's events are signed, or its match has a key: `loadSignatures`. */
  readonly signatures?: SignatureBook | null
  /** This player's secret key, 32 bytes, where events are signed. */
  readonly secretKey?: Uint8Array | null
  /** Hears of each fault once; `count` is how many of its code there were, this one included. */
  readonly told?: ((fault: EventFault, count: number) => void) | null
}

/** What a tick's newest run found out, until nothing runs it again. */
interface TickNews {
  readonly tick: number
  readonly refused: readonly EventFault[]
  readonly admitted: readonly Admitted[]
  readonly repeated: number
}

const NO_EVENTS: readonly SimEvent[] = []

export class EnvelopeLine implements EventLine {
  readonly faults: EventFaults
  readonly #options: EnvelopeLineOptions
  #parts: GateParts
  #maker: EnvelopeMaker
  /** The rules that the gate is of: others may take their place while they run. */
  #rights: Simulation['game']['rights']
  /** Ticks ascending. */
  readonly #news: TickNews[] = []
  #settledTick = 0
  /** The tick at which each slot's player came in, as far as ticks were computed. */
  readonly #cameAt: Uint32Array
  #inbox: EventEnvelope[] | null = null
  readonly #beside = new WeakMap<Simulation, EnvelopeLine>()

  constructor(options: EnvelopeLineOptions) {
    this.#options = options
    const { told } = options
    this.faults = new EventFaults(told == null ? null : fault => told(fault, this.faults.counts[fault.code]))
    this.#rights = options.simulation.game.rights
    this.#cameAt = new Uint32Array(options.simulation.game.schema.maxPlayers)
    this.#parts = this.#build()
    this.#maker = this.#makerOf(this.#parts)
  }

  get faultCount(): number {
    return this.faults.total
  }

  encode(slot: number, kind: string, payload: unknown, tick: number, causeIds?: readonly Uint8Array[]): Uint8Array {
    const draws = this.#draws(kind, payload)
    const extras = { ...(draws && { prngSpan: draws }), ...(causeIds && { causeIds }) }
    const sent = this.#send(this.#maker.make(slot, kind, (payload ?? null) as Data, tick, extras))
    if (sent instanceof Uint8Array) return sent
    throw new Error(`emit('${kind}') is not sent: ${sent.reason} (${sent.code})`)
  }

  open(tick: number, control: TickControl | null, events: readonly SlotEvent[] | null): readonly SimEvent[] {
    if (control === null && events === null) {
      if (this.#news.length > 0) this.#forget(tick)
      return NO_EVENTS
    }
    if (this.#options.simulation.game.rights !== this.#rights) this.#rebuild()
    const { gate } = this.#parts
    const { facade } = this.#options.simulation
    if (control !== null) {
      gate.seat(tick, control, slot => facade.present(slot))
      for (const slot of control.joins) this.#cameAt[slot] = tick
    }
    this.#forget(tick)
    if (events === null) return NO_EVENTS
    const admitted = gate.admit(tick, events)
    if (tick > this.#settledTick)
      this.#news.push({ tick, refused: gate.refused.slice(), admitted, repeated: gate.repeated })
    const heard: SimEvent[] = []
    for (const one of admitted)
      if (isForRules(one))
        heard.push({ slot: one.event.slot, kind: one.envelope.kind, payload: openPayload(one.event.bytes) })
    return heard
  }

  openBeside(
    simulation: Simulation,
    tick: number,
    control: TickControl | null,
    events: readonly SlotEvent[] | null,
  ): readonly SimEvent[] {
    let line = this.#beside.get(simulation)
    if (line === undefined) {
      line = new EnvelopeLine({ ...this.#options, simulation, told: null, secretKey: null })
      // Nothing that it finds out is news.
      line.settle(Infinity)
      this.#beside.set(simulation, line)
    }
    return line.open(tick, control, events)
  }

  settle(upTo: number): void {
    if (upTo <= this.#settledTick) return
    this.#settledTick = upTo
    while (this.#news.length > 0 && this.#news[0].tick <= upTo) {
      const { refused, admitted, repeated } = this.#news.shift()!
      for (const fault of refused) this.faults.add(fault)
      this.faults.repeated += repeated
      if (this.#inbox !== null) for (const { envelope } of admitted) this.#receive(this.#inbox, envelope)
    }
  }

  rebase(tick: number): void {
    this.#news.length = 0
    // What was told of ticks that are run once more is not told again.
    this.#settledTick = tick === 0 ? 0 : Math.max(this.#settledTick, tick)
  }

  /** What this player has been granted at a tick, of what the game declares. Who only watches has what everyone has. */
  may(slot: number, capability: string, tick: number): boolean {
    if (slot < 0) return this.#rights!.everyone.includes(capability)
    return this.#parts.capabilities.has(slot, capability, tick)
  }

  /** Whether the others know the key of who has this slot. */
  knowsKeyOf(slot: number): boolean {
    return this.#parts.grants?.peer(slot) != null
  }

  /** For tools and tests. What is delivered from now on waits for `receive`. */
  port(session: {
    readonly slot: number
    readonly closedTick: number
    emit(bytes: Uint8Array): boolean
  }): NetworkingPort {
    this.#inbox ??= []
    return {
      mode: this.#options.hosted ? 'client-server' : 'p2p',
      send: evt => {
        if (evt.slot !== session.slot)
          return this.#refuse(
            refusal('ERR_ENVELOPE_TAMPERED', `it says slot ${evt.slot}, this is slot ${session.slot}`),
            evt,
          )
        const sent = this.#send(evt)
        if (!(sent instanceof Uint8Array)) return false
        return session.emit(sent) || this.#refuse(refusal('ERR_QUEUE_OVERFLOW', 'too many events wait'), evt)
      },
      receive: () => {
        const received = this.#inbox!
        this.#inbox = []
        return received
      },
      syncClock: () => session.closedTick,
    }
  }

  #receive(inbox: EventEnvelope[], envelope: EventEnvelope): void {
    if (inbox.length === INBOX) {
      const { slot, chronos, kind } = inbox.shift()!
      this.faults.add({
        ...{ code: 'ERR_QUEUE_OVERFLOW', slot, tick: chronos, kind },
        reason: `${INBOX} envelopes wait for receive`,
      })
    }
    inbox.push(envelope)
  }

  // Checked with what is known now: the tick that delivers it decides. Of who is not in yet nothing is known, nor of who came in at a
  // tick that is predicted: what a ticket grants comes with the tick itself.
  #send(envelope: EventEnvelope): Uint8Array | Refusal {
    const { gate, capabilities } = this.#parts
    const { slot } = envelope
    if (!this.#options.simulation.facade.present(slot) || this.#cameAt[slot] > this.#settledTick)
      return encodeEnvelope(envelope, capabilities)
    const sent = gate.send(envelope)
    if (sent.ok) return sent.bytes
    this.#refuse(sent, envelope)
    return sent
  }

  #refuse({ code, reason }: Refusal, { slot, chronos, kind }: EventEnvelope): false {
    this.faults.add({ code, slot, tick: chronos, kind, reason })
    return false
  }

  #draws(kind: string, payload: unknown): PrngSpan | null {
    const { game, seed } = this.#options.simulation
    const { draws } = game.rights!
    if (!Object.hasOwn(draws, kind)) return null
    return { seed, count: draws[kind](payload) }
  }

  #forget(tick: number): void {
    while (this.#news.length > 0 && this.#news[this.#news.length - 1].tick >= tick) this.#news.pop()
  }

  #build(): GateParts {
    const { simulation, hosted, match, signatures = null } = this.#options
    return gateOver({
      words: simulation.rights,
      slots: simulation.game.schema.maxPlayers,
      rights: simulation.game.rights!,
      hosted,
      match: match ?? simulation.game.schema.name,
      signatures,
      redraw: ({ kind, payload }) => {
        try {
          return this.#draws(kind, payload)
        } catch {
          // A payload that the rules would never make: no number of draws is the right one.
          return { seed: 0, count: -1 }
        }
      },
    })
  }

  #rebuild(): void {
    this.#rights = this.#options.simulation.game.rights
    this.#parts = this.#build()
    this.#maker = this.#makerOf(this.#parts)
  }

  #makerOf({ capabilities }: GateParts): EnvelopeMaker {
    const { signatures = null, secretKey = null } = this.#options
    const sign = signatures === null || secretKey === null ? null : signatures.signer(secretKey)
    return new EnvelopeMaker({ capabilities, sign })
  }
}

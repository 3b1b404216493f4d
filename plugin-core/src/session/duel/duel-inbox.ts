// A duel's ear for packets: takes them apart, checks whose they are, and calls what each message means. Datagrams are not its
// concern.

import { ByteReader } from '../../bytes/byte-reader.ts'
import { TYPE, ack, bye, refused, type Terms } from '../../wire/messages.ts'
import { CHANNEL, CODE, PacketReader, type MessageSlice } from '../../wire/packet.ts'
import { decode, type Codec } from '../../wire/schema.ts'
import type { SessionFaults } from '../session.ts'
import type { ControlLine } from './control-line.ts'
import { DUEL_TYPE, change, duelEvents, duelHeartbeat, duelHello, duelReady, duelWelcome } from './duel-messages.ts'
import type { Change, DuelHello, DuelReady } from './duel-messages.ts'
import type { Handshake } from './handshake.ts'

/** Handlers that answer a boolean: false is a fault. */
export interface DuelHandlers {
  /** The other side has heard this side's HELLO. Called until `isAgreed`. */
  agree(): void
  /** Something of this session came. */
  heard(): void
  hello(value: DuelHello): void
  refused(code: number, reason: string): void
  otherVersion(): void
  heartbeat(stamp: number, echo: number): void
  bye(code: number, reason: string, tick: number): void
  ready(value: DuelReady): void
  rules(terms: Terms): void
  change(value: Change): boolean
  events(tick: number, events: readonly Uint8Array[]): boolean
}

export class DuelInbox {
  isAgreed = false
  isOver = false
  readonly #control: ControlLine
  readonly #handshake: Handshake
  readonly #faults: SessionFaults
  readonly #on: DuelHandlers
  readonly #packet = new PacketReader()
  readonly #reader = new ByteReader()

  constructor(control: ControlLine, handshake: Handshake, faults: SessionFaults, handlers: DuelHandlers) {
    this.#control = control
    this.#handshake = handshake
    this.#faults = faults
    this.#on = handlers
  }

  /** One packet. Malformed ones are counted and dropped whole. */
  receive(bytes: Uint8Array): void {
    const packet = this.#packet
    const code = packet.read(bytes)
    if (code === CODE.versionMismatch && !this.isAgreed) {
      this.#on.otherVersion()
      return
    }
    if (code !== CODE.ok) {
      this.#faults.malformed++
      return
    }
    const { form, sessionHi, sessionLo } = packet.header
    const isHello = form === 'full' && sessionHi === 0 && sessionLo === 0
    if (!isHello) {
      if (!this.#isOurs()) {
        this.#faults.wrongSession++
        return
      }
      // Whoever speaks of this session has heard this side's HELLO.
      if (!this.isAgreed) this.#on.agree()
      this.#on.heard()
    }
    for (let i = 0; i < packet.messageCount && !this.isOver; i++) {
      const m = packet.messages[i]
      if (isHello) this.#onHandshake(bytes, m)
      else if (m.channel === CHANNEL.control) this.#count(this.#control.receive(m, bytes))
      else this.#onUnordered(bytes, m)
    }
    for (let m = this.#control.next(); m !== null && !this.isOver; m = this.#control.next())
      this.#onOrdered(m.type, m.bytes)
  }

  #isOurs(): boolean {
    const { form, epoch, sessionHi, sessionLo } = this.#packet.header
    if (form === 'short') return this.isAgreed && epoch === this.#control.epoch
    const id = this.#handshake.agreement?.sessionId
    return id !== undefined && id.hi === sessionHi && id.lo === sessionLo
  }

  #onHandshake(bytes: Uint8Array, m: MessageSlice): void {
    switch (m.type) {
      case TYPE.hello:
        this.#read(duelHello, bytes, m.start, m.end, v => this.#on.hello(v))
        break
      case TYPE.welcome:
        this.#read(duelWelcome, bytes, m.start, m.end, v => {
          if (this.#handshake.confirms(v) && !this.isAgreed) this.#on.agree()
        })
        break
      case TYPE.refused:
        this.#read(refused, bytes, m.start, m.end, v => {
          if (!this.isAgreed) this.#on.refused(v.code, v.reason)
        })
        break
      default:
        this.#count(false)
    }
  }

  #onUnordered(bytes: Uint8Array, m: MessageSlice): void {
    switch (m.type) {
      case TYPE.ack:
        this.#read(ack, bytes, m.start, m.end, v =>
          this.#count(v.channel === CHANNEL.control && this.#control.acknowledged(v.next, v.mask)),
        )
        break
      case TYPE.heartbeat:
        this.#read(duelHeartbeat, bytes, m.start, m.end, v => this.#on.heartbeat(v.stamp, v.echo))
        break
      case TYPE.bye:
        this.#read(bye, bytes, m.start, m.end, v => this.#on.bye(v.code, v.reason, v.tick))
        break
      default:
        this.#count(false)
    }
  }

  #onOrdered(type: number, bytes: Uint8Array): void {
    const { length } = bytes
    switch (type) {
      case TYPE.ready:
        this.#read(duelReady, bytes, 0, length, v => this.#on.ready(v))
        break
      case TYPE.hello:
        this.#read(duelHello, bytes, 0, length, v => this.#on.rules(v.terms))
        break
      case DUEL_TYPE.change:
        this.#read(change, bytes, 0, length, v => this.#count(this.#on.change(v)))
        break
      case DUEL_TYPE.event:
        this.#read(duelEvents, bytes, 0, length, v => this.#count(this.#on.events(v.tick, v.events)))
        break
      default:
        this.#count(false)
    }
  }

  #count(isFine: boolean): void {
    if (!isFine) this.#faults.unexpected++
  }

  #read<T>(codec: Codec<T>, bytes: Uint8Array, start: number, end: number, use: (value: T) => void): void {
    const value = decode(codec, this.#reader, bytes, start, end)
    if (value === null) this.#faults.malformed++
    else use(value)
  }
}

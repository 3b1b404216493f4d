// A player's line to its host: puts packets together in either form, and takes those apart that are of its match. What a message
// means, and when to say one, is the client's business.

import { ByteReader } from '../../bytes/byte-reader.ts'
import {
  CHANNEL,
  CODE,
  PacketQueue,
  PacketReader,
  ROLE,
  ZERO64,
  type Code,
  type MessageSlice,
  type U64,
} from '../../wire/packet.ts'
import { decode, type Codec } from '../../wire/schema.ts'
import type { Welcome } from '../../wire/messages.ts'
import type { SessionFaults } from '../session.ts'

const HOST = 0

export class HostLine {
  /** Until WELCOME has said which session this is, packets of any are taken, and those to the host name none. */
  isAgreed = false
  /** Zero before the first WELCOME. */
  session: U64 = ZERO64
  epoch = 0
  /** The host speaks minor version 0: the full form alone. */
  #fullForm = false
  /** Newest simulated tick: stands in the header of every packet. */
  headTick = 0
  seq = 0
  readonly faults: SessionFaults = { malformed: 0, wrongSession: 0, unexpected: 0 }
  readonly packets = new PacketQueue()
  readonly incoming = new PacketReader()
  readonly #reader = new ByteReader()

  /** WELCOME: another host may run another session. */
  agree({ sessionId, epoch }: Welcome): void {
    this.isAgreed = true
    this.session = sessionId
    this.epoch = epoch
    this.#fullForm = this.incoming.header.minor === 0
  }

  /** One packet of the host; anything but OK is counted, and of no use. */
  read(bytes: Uint8Array): Code {
    const code = this.incoming.read(bytes)
    if (code === CODE.versionMismatch) return code
    const { form, epoch, sessionHi, sessionLo } = this.incoming.header
    const { hi, lo } = this.session
    if (code !== CODE.ok) this.faults.malformed++
    else if (form === 'short' ? epoch === this.epoch : !this.isAgreed || (sessionHi === hi && sessionLo === lo))
      return code
    else this.faults.wrongSession++
    return CODE.protocol
  }

  /** What a message says; null: nothing, and that is counted. */
  take<T>(codec: Codec<T>, bytes: Uint8Array, m: MessageSlice): T | null {
    const value = decode(codec, this.#reader, bytes, m.start, m.end)
    if (value === null) this.faults.malformed++
    return value
  }

  /** A packet of one message in the full form, which needs no agreement. */
  full<T>(type: number, codec: Codec<T>, value: T): void {
    if (!this.packets.beginFull(HOST, this.isAgreed ? this.session : ZERO64, ROLE.client, this.headTick)) return
    this.add(type, codec, value, CHANNEL.control)
    this.packets.end()
  }

  /** A packet of one message in the form that is spoken once both run. */
  short<T>(type: number, codec: Codec<T>, value: T): void {
    if (!this.begin()) return
    this.add(type, codec, value)
    this.packets.end()
  }

  /** A packet of any number of messages, until the queue's `end`. False: there is no room for it. */
  begin(): boolean {
    return this.#fullForm
      ? this.packets.beginFull(HOST, this.session, ROLE.client, this.headTick)
      : this.packets.beginShort(HOST, this.headTick, this.epoch)
  }

  add<T>(type: number, codec: Codec<T>, value: T, channel: number = CHANNEL.unreliable): void {
    codec.write(this.packets.beginMessage(), value)
    this.endMessage(type, channel)
  }

  endMessage(type: number, channel: number): void {
    this.packets.endMessage(type, channel, this.seq++)
  }
}

// The control channel of a duel: messages of the star, in order and none lost, over the line that loses the datagrams; and
// those of which only the newest counts (HELLO, HEARTBEAT, ACK, BYE), as they come.

import { ByteWriter } from '../../bytes/byte-writer.ts'
import type { ReusedList } from '../../bytes/reused-list.ts'
import { ReliableOrdered } from '../../channel/reliable-ordered.ts'
import { LIMITS } from '../../wire/limits.ts'
import { TYPE, ack } from '../../wire/messages.ts'
import { CHANNEL, PacketQueue, ROLE, ZERO64, type MessageSlice, type Packet, type U64 } from '../../wire/packet.ts'
import type { Codec } from '../../wire/schema.ts'
import { duelHeartbeat } from './duel-messages.ts'

const OTHER = 0
/** An event holds back its tick, and a round its inputs: better sent twice than too late. The channel waits longer each time. */
const RESEND_TICKS = 2

export class ControlLine {
  /** Stands in every header but those of HELLO. */
  session: U64 = ZERO64
  epoch = 0
  headTick = 0
  readonly #packets = new PacketQueue()
  readonly #channel = new ReliableOrdered({
    window: LIMITS.resendWindow,
    messageBytes: LIMITS.payloadBytes,
    resendTicks: RESEND_TICKS,
  })
  readonly #scratch = new Uint8Array(LIMITS.payloadBytes)
  readonly #writer = new ByteWriter()
  /** What the channel's window had no room for. Inputs stall with it, so it stays short. */
  readonly #held: { type: number; bytes: Uint8Array }[] = []
  #writing = false
  #seq = 0

  /** Arrives once, and in order. It leaves with the next flush. */
  send<T>(type: number, codec: Codec<T>, value: T): void {
    const w = this.#writer
    w.reset(this.#scratch)
    codec.write(w, value)
    if (w.failed) throw new RangeError(`message ${type} is larger than ${LIMITS.payloadBytes} bytes`)
    if (this.#held.length > 0 || !this.#channel.enqueue(type, this.#scratch, w.position))
      this.#held.push({ type, bytes: this.#scratch.slice(0, w.position) })
  }

  /** A packet of messages that are not repeated: `add` each, then `end`. */
  begin(session: U64): void {
    this.end()
    this.#writing = this.#packets.beginFull(OTHER, session, ROLE.none, this.headTick)
  }

  add<T>(type: number, codec: Codec<T>, value: T): void {
    if (!this.#writing) return
    codec.write(this.#packets.beginMessage(), value)
    this.#packets.endMessage(type, CHANNEL.unreliable, this.#seq++)
  }

  end(): void {
    if (this.#writing) this.#packets.end()
    this.#writing = false
  }

  heartbeat(stamp: number, echo: number): void {
    if (!this.#packets.beginShort(OTHER, this.headTick, this.epoch)) return
    duelHeartbeat.write(this.#packets.beginMessage(), { stamp, echo })
    this.#packets.endMessage(TYPE.heartbeat, CHANNEL.unreliable, this.#seq++)
    this.#packets.end()
  }

  /** Writes what is due: new messages, those that wait too long for their acknowledgement, and ours. */
  flush(calls: number): void {
    const channel = this.#channel
    const held = this.#held
    while (held.length > 0 && channel.enqueue(held[0].type, held[0].bytes)) held.shift()
    if (channel.inFlight > 0) channel.flush(calls, this.#put)
    if (channel.ackDue) {
      const { next, maskLo, maskHi } = channel.ack
      if (!this.#writing) this.begin(this.session)
      this.add(TYPE.ack, ack, { channel: CHANNEL.control, next, mask: { hi: maskHi, lo: maskLo } })
      channel.markAckSent()
    }
    this.end()
  }

  /** One message of the reliable channel. False: it makes no sense. */
  receive(m: MessageSlice, bytes: Uint8Array): boolean {
    return this.#channel.receive(m.seq, m.type, bytes, m.start, m.end) !== 'outside'
  }

  /** The next one in order, or null; valid until the next call. */
  next(): { readonly type: number; readonly bytes: Uint8Array } | null {
    return this.#channel.take()
  }

  /** False: it acknowledges what was never sent. */
  acknowledged(next: number, mask: U64): boolean {
    return this.#channel.receiveAck(next, mask.lo, mask.hi)
  }

  /** Valid until the next call. */
  takePackets(): ReusedList<Packet> {
    return this.#packets.take()
  }

  readonly #put = (seq: number, type: number, bytes: Uint8Array): void => {
    for (let i = 0; i < 2; i++) {
      if (!this.#writing) this.begin(this.session)
      if (!this.#writing) return
      this.#packets.beginMessage().bytes(bytes)
      if (this.#packets.endMessage(type, CHANNEL.control, seq)) return
      this.end()
    }
  }
}

// Messages that all arrive, once and in order, over a line that may lose, repeat and reorder them (`specs/domn.md`,
// Channels). Pure: the line and the ticks are the caller's, and so is what it does when the window is full. Both windows
// have their memory from the start.

import { MessagePlaces } from './message-places.ts'
import { sequenceSteps } from './sequence.ts'

export interface ReliableOrderedOptions {
  /** Messages that may be unacknowledged, and as many that may wait for a gap to be filled. A power of two, at most 64. */
  readonly window: number
  /** Most bytes of one message. */
  readonly messageBytes: number
  /** Ticks after which a message without an acknowledgement goes out again; each further time that much later. */
  readonly resendTicks: number
  /** Sequence of the first message in either direction, 0 unless both sides say otherwise. */
  readonly firstSeq?: number
  /** The line loses, repeats and reorders nothing: each message goes out once. */
  readonly lineIsReliable?: boolean
}

/** What to tell the other side: every seq below `next` has arrived, and of the 64 from `next` on those in the mask. */
export interface ChannelAck {
  readonly next: number
  readonly maskLo: number
  readonly maskHi: number
}

/** A message as it is taken: valid until the next one. */
export interface TakenMessage {
  readonly type: number
  readonly bytes: Uint8Array
}

/** Bits of an acknowledgement's mask. */
const MASK_BITS = 64
/** A message that stays unacknowledged is sent less and less often, down to once in so many resend times. */
const MOST_RESEND_WAITS = 4

export class ReliableOrdered {
  readonly #window: number
  readonly #resendTicks: number
  readonly #lineIsReliable: boolean

  // Messages are counted from 0, and only on the line is that a sequence: what wraps around is in `#seqOf` and `#countOf`.
  readonly #firstSeq: number

  // To send: [oldest, unsent) is with the other side or on its way, [unsent, end) waits for the next flush.
  readonly #out: MessagePlaces
  #oldest = 0
  #unsent = 0
  #end = 0
  readonly #isAcked: Uint8Array
  readonly #sendings: Uint8Array
  readonly #sentAt: Float64Array

  // Received: [head, arrived) is in order and waits to be taken, beyond it lies what came before its turn.
  readonly #in: MessagePlaces
  #head = 0
  #arrived = 0
  readonly #isHere: Uint8Array
  #ackDue = false
  readonly #ack: { -readonly [K in keyof ChannelAck]: ChannelAck[K] } = { next: 0, maskLo: 0, maskHi: 0 }
  readonly #taken: { -readonly [K in keyof TakenMessage]: TakenMessage[K] } = { type: 0, bytes: new Uint8Array(0) }

  constructor(options: ReliableOrderedOptions) {
    const { window, messageBytes, resendTicks, firstSeq = 0, lineIsReliable = false } = options
    // A place is a message's low bits.
    if (window < 1 || window > MASK_BITS || (window & (window - 1)) !== 0)
      throw new RangeError(`a window of ${window} messages: it must be a power of two, at most ${MASK_BITS}`)
    if (messageBytes < 1 || messageBytes > 0xffff)
      throw new RangeError(`messages of at most ${messageBytes} bytes: it must be 1 to 65535`)
    if (resendTicks < 1)
      throw new RangeError(`a message is sent again after ${resendTicks} ticks: it must be at least 1`)
    this.#window = window
    this.#resendTicks = resendTicks
    this.#lineIsReliable = lineIsReliable
    this.#out = new MessagePlaces(window, messageBytes)
    this.#in = new MessagePlaces(window, messageBytes)
    this.#isAcked = new Uint8Array(window)
    this.#sendings = new Uint8Array(window)
    this.#sentAt = new Float64Array(window)
    this.#isHere = new Uint8Array(window)
    this.#firstSeq = firstSeq >>> 0
  }

  /** Messages that the other side has not acknowledged, sent or not. */
  get inFlight(): number {
    return this.#end - this.#oldest
  }

  /** Takes a copy of `bytes[0..length)`. False: the window is full, and the caller keeps it (BUFFER_OVERFLOW). */
  enqueue(type: number, bytes: Uint8Array, length: number = bytes.length): boolean {
    if (length > this.#out.messageBytes)
      throw new RangeError(`a message of ${length} bytes: this channel takes at most ${this.#out.messageBytes}`)
    if (this.inFlight === this.#window) return false
    const place = this.#placeOf(this.#end)
    this.#out.put(place, type, bytes, 0, length)
    this.#isAcked[place] = 0
    this.#sendings[place] = 0
    this.#end++
    return true
  }

  /**
   * Calls `send` for each message that is due: the new ones, and those that have waited too long for their acknowledgement.
   * Ticks only grow; the bytes are valid during the call.
   */
  flush(tick: number, send: (seq: number, type: number, bytes: Uint8Array) => void): void {
    for (let n = this.#lineIsReliable ? this.#unsent : this.#oldest; n < this.#end; n++) {
      const place = this.#placeOf(n)
      if (this.#isAcked[place] === 1) continue
      const sendings = this.#sendings[place]
      if (sendings > 0 && tick - this.#sentAt[place] < this.#resendTicks * sendings) continue
      if (sendings < MOST_RESEND_WAITS) this.#sendings[place]++
      this.#sentAt[place] = tick
      send(this.#seqOf(n), this.#out.type(place), this.#out.read(place))
    }
    this.#unsent = this.#end
  }

  /**
   * Takes a copy of `bytes[start..end)`. `repeated`: it is here, or was: dropped, and acknowledged again. `outside`: it is
   * beyond the window, or larger than any message: dropped, so that the other side has to send it again.
   */
  receive(seq: number, type: number, bytes: Uint8Array, start: number, end: number): 'taken' | 'repeated' | 'outside' {
    const n = this.#countOf(seq, this.#head)
    const place = this.#placeOf(n)
    const limit = this.#head + this.#window
    if (n < this.#head || (n < limit && this.#isHere[place] === 1)) {
      this.#ackDue = true
      return 'repeated'
    }
    if (n >= limit || end - start > this.#in.messageBytes) return 'outside'
    this.#in.put(place, type, bytes, start, end)
    this.#isHere[place] = 1
    this.#ackDue = true
    while (this.#arrived < limit && this.#isHere[this.#placeOf(this.#arrived)] === 1) this.#arrived++
    return 'taken'
  }

  /**
   * The next message in order, or null; valid until the next call. Take them all after each packet: what is not taken keeps
   * its place in the window.
   */
  take(): TakenMessage | null {
    if (this.#head === this.#arrived) return null
    const place = this.#placeOf(this.#head)
    this.#taken.type = this.#in.type(place)
    this.#taken.bytes = this.#in.read(place)
    this.#isHere[place] = 0
    this.#head++
    return this.#taken
  }

  /** Something arrived since `markAckSent`. */
  get ackDue(): boolean {
    return this.#ackDue
  }

  /** Valid until the next call. */
  get ack(): ChannelAck {
    const ack = this.#ack
    const beyond = this.#head + this.#window - this.#arrived
    ack.next = this.#seqOf(this.#arrived)
    ack.maskLo = 0
    ack.maskHi = 0
    for (let i = 0; i < beyond; i++) {
      if (this.#isHere[this.#placeOf(this.#arrived + i)] === 0) continue
      if (i < 32) ack.maskLo = (ack.maskLo | (1 << i)) >>> 0
      else ack.maskHi = (ack.maskHi | (1 << (i - 32))) >>> 0
    }
    return ack
  }

  markAckSent(): void {
    this.#ackDue = false
  }

  /** Of the other side. An older one than the last is no fault. False: it acknowledges what was never sent; nothing changes then. */
  receiveAck(next: number, maskLo: number, maskHi: number): boolean {
    const from = this.#countOf(next, this.#oldest)
    // -1: no bit is set, and the newest one that it names is that before `next`.
    const highest = maskHi === 0 ? 31 - Math.clz32(maskLo) : 63 - Math.clz32(maskHi)
    if (from + highest >= this.#unsent) return false
    for (let n = this.#oldest; n < from; n++) this.#isAcked[this.#placeOf(n)] = 1
    for (let i = Math.max(0, this.#oldest - from); i <= highest; i++)
      if ((((i < 32 ? maskLo : maskHi) >>> (i & 31)) & 1) === 1) this.#isAcked[this.#placeOf(from + i)] = 1
    while (this.#oldest < this.#unsent && this.#isAcked[this.#placeOf(this.#oldest)] === 1) this.#oldest++
    return true
  }

  #seqOf(n: number): number {
    return (this.#firstSeq + n) >>> 0
  }

  /** Which message a sequence stands for: the one nearest to `near`. */
  #countOf(seq: number, near: number): number {
    return near + sequenceSteps(this.#seqOf(near), seq)
  }

  #placeOf(n: number): number {
    return n & (this.#window - 1)
  }
}

// The next datagram on its way out. Only the newest one counts: what an older one said, it says too.

import type { Packet } from '../../wire/packet.ts'
import { RBN1_MAX_BYTES, Rbn1Datagram, writeRbn1 } from '../../wire/rbn1.ts'
import { SYNC_DATAGRAMS, type LineMeter } from './line-meter.ts'
import type { OwnInputs } from './own-inputs.ts'

const OTHER = 0
/** A checksum goes out in so many datagrams: losing all of them only skips one comparison. */
const CHECKSUM_REPEATS = 2

export class DatagramWriter {
  version: 1 | 2 = 2
  readonly #datagram = new Rbn1Datagram()
  readonly #buffer = new Uint8Array(RBN1_MAX_BYTES)
  readonly #view = new DataView(this.#buffer.buffer)
  /** By length: a subarray for each datagram would be an allocation a tick. */
  readonly #views: Uint8Array[] = []
  readonly #packet: Packet = { peer: OTHER, bytes: this.#buffer }
  #count = 0
  #checksumsLeft = 0
  #isWritten = false

  constructor(inputBytes: number) {
    this.#datagram.inputSize = inputBytes
  }

  /** Of a confirmed tick, for the next datagrams. */
  setChecksum(tick: number, checksum: number): void {
    this.#datagram.checksumFrame = tick
    this.#datagram.checksum = checksum
    this.#checksumsLeft = CHECKSUM_REPEATS
  }

  /** Of inputs up to `upTo`; nothing where there are none yet. */
  write(own: OwnInputs, upTo: number, received: number, headTick: number, meter: LineMeter): void {
    const d = this.#datagram
    if (!own.fill(d, upTo)) return
    d.version = this.version
    d.ackFrame = received
    d.hasChecksum = this.#checksumsLeft > 0
    if (d.hasChecksum) this.#checksumsLeft--
    const sync = this.version === 2 && this.#count++ % SYNC_DATAGRAMS === 0
    d.hasTimeSync = sync
    d.hasLossStats = sync
    if (sync) {
      d.sentFrame = headTick
      d.advantage = Math.max(-32768, Math.min(32767, Math.round(meter.advantage)))
      d.received = meter.received
      d.lost = meter.lost
    }
    const size = writeRbn1(d, this.#view)
    this.#packet.bytes = this.#views[size] ??= this.#buffer.subarray(0, size)
    this.#isWritten = true
  }

  /** The newest one since the last time, or null. */
  take(): Packet | null {
    if (!this.#isWritten) return null
    this.#isWritten = false
    return this.#packet
  }
}

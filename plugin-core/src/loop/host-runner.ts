// Runs a host: carries its packets and calls it once a tick. The host itself knows neither transport nor time.

import type { StarHost } from '../session/star/star-host.ts'
import type { Clock } from '../transport/clock.ts'
import type { HostTransport } from '../transport/transport.ts'
import { Pacer } from './pacer.ts'

export interface HostRunnerOptions {
  host: StarHost
  transport: HostTransport
  clock: Clock
}

export class HostRunner {
  readonly host: StarHost
  /** The last peer has gone. */
  onEmpty: (() => void) | null = null
  readonly #transport: HostTransport
  readonly #pacer: Pacer
  #stopPacer: (() => void) | null = null

  constructor(options: HostRunnerOptions) {
    this.host = options.host
    this.#transport = options.transport
    this.#pacer = new Pacer(options.clock, this.host.tickRate, () => {
      // The room's game may have come since the last call.
      this.#pacer.tickRate = this.host.tickRate
      this.host.tick()
      this.#carry()
    })
  }

  start(): void {
    if (this.#stopPacer !== null) throw new Error('this host runs already')
    this.#transport.open({
      joined: peer => {
        this.host.joined(peer)
        this.#carry()
      },
      left: peer => {
        this.host.left(peer)
        this.#carry()
        if (this.host.peerCount === 0) this.onEmpty?.()
      },
      message: (peer, bytes) => {
        this.host.receive(peer, bytes)
        this.#carry()
      },
    })
    this.#stopPacer = this.#pacer.start()
  }

  /** Says goodbye to everyone and stops. */
  stop(reason: string): void {
    if (this.#stopPacer === null) return
    this.host.end(reason)
    this.#carry()
    this.abandon()
  }

  /** Stops without a word, so that everyone looks for another host. */
  abandon(): void {
    this.#stopPacer?.()
    this.#stopPacer = null
    this.#transport.close()
  }

  #carry(): void {
    const packets = this.host.takePackets()
    for (let i = 0; i < packets.length; i++) this.#transport.send(packets.at(i).peer, packets.at(i).bytes)
    for (const peer of this.host.takeDepartures()) this.#transport.disconnect(peer, 'the host let this peer go')
  }
}

// A room without loops: clients that only give inputs, a host, and a line between them that loses what a test says.

import type { Fact } from '../../src/session/fact.ts'
import type { StarClientOptions } from '../../src/session/star/client-options.ts'
import { StarClient } from '../../src/session/star/star-client.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import type { Terms } from '../../src/wire/messages.ts'
import { TERMS } from './terms.ts'

export const terms: Terms = TERMS

/** A client without a sim: as soon as it plays it gives an input a call, as far ahead as the window allows. */
export class Player {
  readonly client: StarClient
  readonly facts: Fact[] = []
  readonly peer: number
  input = 0
  sampled = 0
  silent = false
  constructor(bus: Bus, peer: number, name: string, own: Partial<Terms> = {}, more: Partial<StarClientOptions> = {}) {
    this.peer = peer
    this.client = new StarClient({ terms: { ...terms, ...own }, name, profile: '', ...more })
    bus.players.set(peer, this)
    bus.host.joined(peer)
    this.client.setReady(true)
    this.client.connected()
  }
  take(): void {
    for (const fact of this.client.takeFacts()) {
      this.facts.push(fact.kind === 'tick' ? { ...fact, row: fact.row.slice() } : fact)
      if (fact.kind === 'start' && this.sampled === 0) this.sampled = fact.tick - 1
    }
  }
  call(): void {
    this.take()
    if (this.client.state === 'running' && this.sampled < this.client.closedTick + 10)
      this.client.setLocalInput(++this.sampled, new Uint8Array([this.input]))
    this.client.tick(this.client.closedTick, 1)
  }
  kinds<K extends Fact['kind']>(kind: K): Extract<Fact, { kind: K }>[] {
    return this.facts.filter(f => f.kind === kind) as Extract<Fact, { kind: K }>[]
  }
  get end(): Extract<Fact, { kind: 'end' }> | undefined {
    return this.kinds('end')[0]
  }
}

export class Bus {
  readonly host: StarHost
  readonly players = new Map<number, Player>()
  lose: ((calls: number, toHost: boolean, bytes: Uint8Array) => boolean) | null = null
  calls = 0
  constructor(host = new StarHost({ room: 'r', sessionId: { hi: 1, lo: 2 }, epoch: 3, seed: 4 })) {
    this.host = host
  }
  run(calls: number): void {
    for (let i = 0; i < calls; i++) {
      this.calls++
      for (const p of this.players.values()) if (!p.silent) p.call()
      this.carry()
      this.host.tick()
      this.carry()
    }
  }
  carry(): void {
    for (let more = true; more;) {
      more = false
      for (const p of this.players.values()) {
        if (p.silent) continue
        for (const { bytes } of [...p.client.takePackets()].map(q => ({ bytes: q.bytes.slice() }))) {
          more = true
          if (!this.lose?.(this.calls, true, bytes)) this.host.receive(p.peer, bytes)
        }
      }
      for (const { peer, bytes } of [...this.host.takePackets()].map(q => ({ peer: q.peer, bytes: q.bytes.slice() }))) {
        more = true
        const p = this.players.get(peer)
        if (p === undefined || p.silent || this.lose?.(this.calls, false, bytes)) continue
        p.client.receive(bytes)
        p.take()
      }
      for (const peer of this.host.takeDepartures()) {
        this.players.delete(peer)
        this.host.left(peer)
      }
    }
  }
}

export function two(): { bus: Bus; a: Player; b: Player } {
  const bus = new Bus()
  const a = new Player(bus, 1, 'Ann')
  const b = new Player(bus, 2, 'Bob')
  return { bus, a, b }
}

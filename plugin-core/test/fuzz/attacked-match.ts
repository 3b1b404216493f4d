// A match of three in which every packet may come a second time, mutated. The third player's line is the attacker's:
// all that arrives from it counts against it alone.

import { StarClient } from '../../src/session/star/star-client.ts'
import { StarHost } from '../../src/session/star/star-host.ts'
import type { Terms } from '../../src/wire/messages.ts'
import { seeded, type Seeded } from '../seeded.ts'
import { TERMS as TEST } from '../session/terms.ts'

export interface FuzzReport {
  packets: number
  refused: { malformed: number; wrongSession: number; unexpected: number }
  problems: string[]
}

// Spliced packets may well be a real HELLO and READY: then the attacker plays, says nothing, and is dropped after this.
const TERMS: Terms = { ...TEST, game: 'fuzz', inputBytes: 3, dropAfterTicks: 60 }
/** The attacker's own number at the host. */
const ATTACKER = 3

/** Plays `calls` calls; the same seed sends the same garbage. */
export function attackedMatch(options: { seed: number; calls: number }): FuzzReport {
  const random = seeded(options.seed)
  const host = new StarHost({ room: 'fuzz', sessionId: { hi: 7, lo: 9 }, epoch: 5, seed: 1 })
  const seen: Uint8Array[] = []
  const players = [1, 2].map(peer => {
    const client = new StarClient({ terms: TERMS, name: `p${peer}`, profile: '' })
    host.joined(peer)
    client.setReady(true)
    client.connected()
    return { peer, client, sampled: 0, closed: 0, rows: [] as string[] }
  })
  host.joined(ATTACKER)
  const victim = new StarClient({ terms: TERMS, name: 'victim', profile: '' })
  victim.connected()
  let packets = 0
  const input = new Uint8Array(3)
  for (let call = 0; call < options.calls; call++) {
    for (const p of players) {
      if (p.client.state === 'running' && p.sampled < p.client.closedTick + 10) {
        input[random.below(3)] = random.below(256)
        p.client.setLocalInput(++p.sampled, input)
      }
      p.client.tick(p.client.closedTick, call)
      for (const { bytes } of p.client.takePackets()) {
        keep(seen, bytes, random)
        host.receive(p.peer, bytes)
      }
    }
    for (let i = 0; i < 4 && seen.length > 0; i++) {
      packets += 2
      const bad = mutate(seen, random)
      host.receive(ATTACKER, bad)
      // The same garbage from the host's side: at a player that counts for nobody.
      victim.receive(bad)
      victim.takeFacts()
    }
    host.tick()
    for (const { peer, bytes } of host.takePackets()) {
      keep(seen, bytes, random)
      const p = players.find(each => each.peer === peer)
      if (p === undefined) continue
      p.client.receive(bytes)
      for (const fact of p.client.takeFacts()) {
        if (fact.kind === 'tick') p.rows[fact.tick] = String(fact.row)
        if (fact.kind === 'start') p.sampled = fact.tick - 1
      }
    }
    for (const peer of host.takeDepartures())
      if (peer === ATTACKER) {
        host.left(peer)
        host.joined(peer)
      }
    victim.tick(0, call)
    victim.takePackets()
  }
  const problems: string[] = []
  const [a, b] = players
  if (a.client.closedTick < options.calls * 0.5)
    problems.push(`the others stalled: ${a.client.closedTick} ticks in ${options.calls} calls`)
  for (let tick = 1; tick <= Math.min(a.client.closedTick, b.client.closedTick); tick++)
    if (a.rows[tick] !== undefined && b.rows[tick] !== undefined && a.rows[tick] !== b.rows[tick])
      problems.push(`tick ${tick} differs`)
  const { malformed, wrongSession, unexpected } = victim.faults
  const attacker = host.peers().find(p => p.peer === ATTACKER)
  return {
    packets,
    refused: { malformed: malformed + (attacker?.faults ?? 0) + host.stats.faults, wrongSession, unexpected },
    problems,
  }
}

function keep(seen: Uint8Array[], bytes: Uint8Array, random: Seeded): void {
  if (seen.length < 64) seen.push(bytes.slice())
  else if (random.chance(0.2)) seen[random.below(64)] = bytes.slice()
}

function mutate(seen: readonly Uint8Array[], random: Seeded): Uint8Array {
  let bytes = seen[random.below(seen.length)].slice()
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(Math.max(1, bytes.length))
    switch (random.below(7)) {
      case 0:
        if (bytes.length > 0) bytes[at] ^= 1 << random.below(8)
        break
      case 1:
        if (bytes.length > 0) bytes[at] = [0, 1, 127, 128, 255][random.below(5)]
        break
      case 2:
        bytes = bytes.slice(0, at)
        break
      case 3: {
        // Grown, also beyond what a packet may have.
        const more = new Uint8Array(bytes.length + random.below(random.chance(0.1) ? 3000 : 40))
        more.set(bytes)
        bytes = more
        break
      }
      case 4: {
        const other = seen[random.below(seen.length)]
        const joined = new Uint8Array(at + Math.max(0, other.length - at))
        joined.set(bytes.subarray(0, at))
        joined.set(other.subarray(at), at)
        bytes = joined
        break
      }
      case 5:
        for (let i = at; i < Math.min(bytes.length, at + 4); i++) bytes[i] = random.below(256)
        break
      case 6:
        bytes.copyWithin(at, random.below(Math.max(1, bytes.length)))
        break
    }
  }
  return bytes
}

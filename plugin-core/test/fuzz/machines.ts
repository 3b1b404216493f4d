// The state machines under attack: a host with a peer that lies, a client whose host does, a side of a duel. Each is brought to
// a stage by what was really said in a recorded match, and hears garbage from there on while that match goes on.

import type { ReusedList } from '../../src/bytes/reused-list.ts'
import type { Session } from '../../src/session/session.ts'
import type { StarHost } from '../../src/session/star/star-host.ts'
import { FULL_HEADER_BYTES, SHORT_HEADER_BYTES, type Packet } from '../../src/wire/packet.ts'
import { seeded, type Seeded } from '../seeded.ts'
import { Player } from './player.ts'
import {
  CALLS,
  STAR_PEERS,
  duelSession,
  recordDuel,
  recordStar,
  recordTakeOver,
  starClient,
  type Recorded,
  type Recording,
} from './recording.ts'
import { TERMS } from './terms.ts'
import type { Input, Machine, Target } from './target.ts'

/** Calls at which garbage begins: before anything was said, in the handshake, and ever later. */
const STAGES = [0, 1, 2, 4, 20, 20, 60, 105, 125, 140, 250]
/** Garbage between two calls: little enough to be borne with, or a flood. */
const FEEDS_A_CALL = [1, 1, 2, 4, 8]
/** Of each kind of packet so many are worth mutating. */
const SEEDS_OF_A_KIND = 4

export function machines(): Target[] {
  const star = recordStar()
  const duel = recordDuel()
  return [
    new HostTarget('star host', star),
    new HostTarget('star host, taking over', recordTakeOver()),
    ...STAR_PEERS.filter(p => p.peer !== 2).map(({ peer, at, spectator }) => {
      const heard = star.down.filter(packet => packet.peer === peer)
      const make = (): Session => starClient(peer, spectator)
      return new ClientTarget(
        spectator ? 'star spectator' : at > 0 ? 'star client, late' : 'star client',
        heard,
        at,
        make,
      )
    }),
    ...[1, 2].map(side => {
      const heard = duel.filter(packet => packet.peer === side)
      return new ClientTarget(`duel, side ${side}`, heard, 0, () => duelSession(side))
    }),
  ]
}

/** Of every kind of packet a few, from all over the match. */
function seedsOf(packets: readonly Recorded[]): Uint8Array[] {
  const kinds = new Map<string, Uint8Array[]>()
  for (const { what, bytes } of packets) {
    if (what !== 'packet') continue
    const kind =
      bytes[0] === 0x53 ? `short ${bytes[7]} ${bytes.length >> 5}` : `${bytes[0]} ${bytes[44]} ${bytes.length >> 5}`
    const known = kinds.get(kind) ?? []
    kinds.set(kind, known)
    known.push(bytes)
  }
  return [...kinds.values()].flatMap(all => {
    const step = Math.max(1, Math.floor(all.length / SEEDS_OF_A_KIND))
    return all.filter((_, i) => i % step === 0).slice(0, SEEDS_OF_A_KIND)
  })
}

function headerOf(bytes: Uint8Array): number {
  // "S": the short form. "R": a datagram, of which magic, version and flags make the rest what it is.
  if (bytes[0] === 0x53) return SHORT_HEADER_BYTES
  return bytes[0] === 0x52 ? 6 : FULL_HEADER_BYTES
}

/** By call. */
function timeline(packets: readonly Recorded[]): Recorded[][] {
  const calls: Recorded[][] = Array.from({ length: CALLS + 1 }, () => [])
  for (const packet of packets) calls[packet.call].push(packet)
  return calls
}

class HostTarget implements Target {
  readonly name: string
  readonly seeds: readonly Uint8Array[]
  readonly values: number[]
  readonly headerOf = headerOf
  readonly machine: Machine & { ended: boolean; digest: number }
  readonly #calls: Recorded[][]
  readonly #makeHost: () => StarHost
  #host: StarHost
  #call = 0
  #attacker = 0
  /** The room closes at this call. */
  #endsAt = -1
  /** The attacker says what it said in the recording, too. */
  #alsoHonest = false
  #feedsACall = 1
  #feeds = 0

  constructor(name: string, { up, makeHost }: Recording) {
    this.name = name
    this.#makeHost = makeHost
    this.#host = makeHost()
    this.seeds = seedsOf(up)
    this.#calls = timeline(up)
    this.values = [0, 0, 0, 1, 2, 7, 9, 64, TERMS.rulesHash, TERMS.schemaHash, 1]
    this.machine = { restart: seed => this.#restart(seed), ended: false, digest: 0 }
  }

  feed({ view }: Input): unknown {
    this.#host.receive(this.#attacker, view)
    this.#send()
    if (++this.#feeds % this.#feedsACall === 0) this.#oneCall(this.#alsoHonest)
    return null
  }

  #restart(seed: number): void {
    const random = seeded(seed)
    this.#host = this.#makeHost()
    this.machine.ended = false
    this.machine.digest = 0
    this.#call = 0
    this.#feeds = 0
    this.#attacker = 1 + random.below(5)
    this.#alsoHonest = random.chance(0.6)
    this.#feedsACall = FEEDS_A_CALL[random.below(FEEDS_A_CALL.length)]
    const stage = STAGES[random.below(STAGES.length)]
    this.#endsAt = random.chance(0.1) ? stage + random.below(60) : -1
    while (this.#call < stage) this.#oneCall(true)
    // Nobody of the recording: a stranger.
    if (this.#attacker === 5 || !this.#host.peers().some(p => p.peer === this.#attacker))
      this.#host.joined(this.#attacker)
  }

  #oneCall(alsoAttacker: boolean): void {
    const host = this.#host
    const call = this.#call++
    if (call >= CALLS) {
      this.machine.ended = true
      return
    }
    for (const { peer, what, bytes } of this.#calls[call]) {
      if (peer === this.#attacker && !alsoAttacker) continue
      if (what === 'packet') host.receive(peer, bytes)
      else if (what === 'joined') host.joined(peer)
      else host.left(peer)
    }
    host.tick()
    if (call === this.#endsAt) host.end('the room closes')
    this.#send()
    this.values[0] = host.closedTick
    this.values[1] = host.closedTick + 1
    this.values[2] = call
  }

  #send(): void {
    this.machine.digest = digestOf(this.#host.takePackets(), this.machine.digest)
    const gone = this.#host.takeDepartures()
    for (let i = 0; i < gone.length; i++) {
      const peer = gone[i]
      this.#host.left(peer)
      // Shown the door, it comes again.
      if (peer === this.#attacker) this.#host.joined(peer)
    }
  }
}

class ClientTarget implements Target {
  readonly name: string
  readonly seeds: readonly Uint8Array[]
  readonly values: number[]
  readonly headerOf = headerOf
  readonly machine: Machine & { ended: boolean; digest: number }
  readonly #calls: Recorded[][]
  readonly #joinedAt: number
  readonly #make: () => Session
  #player: Player
  #random: Seeded = seeded(0)
  #acts = false
  #call = 0
  #alsoHonest = false
  #feedsACall = 1
  #feeds = 0

  constructor(name: string, heard: readonly Recorded[], joinedAt: number, make: () => Session) {
    this.name = name
    this.seeds = seedsOf(heard)
    this.#calls = timeline(heard)
    this.#joinedAt = joinedAt
    this.#make = make
    this.#player = new Player(make(), TERMS.inputBytes)
    this.values = [0, 0, 0, 0, 1, 2, 5, 7, 9, 64, TERMS.rulesHash, TERMS.schemaHash, 3000]
    this.machine = { restart: seed => this.#restart(seed), ended: false, digest: 0 }
  }

  feed({ view }: Input): unknown {
    this.#player.session.receive(view)
    this.#player.takeFacts()
    if (++this.#feeds % this.#feedsACall === 0) this.#oneCall(this.#alsoHonest)
    if (this.#player.ended) this.machine.ended = true
    return null
  }

  #restart(seed: number): void {
    const random = seeded(seed)
    const session = this.#make()
    this.#random = random
    this.#acts = false
    this.#player = new Player(session, TERMS.inputBytes)
    this.machine.ended = false
    this.machine.digest = 0
    this.#call = this.#joinedAt
    this.#feeds = 0
    this.#alsoHonest = random.chance(0.6)
    this.#feedsACall = FEEDS_A_CALL[random.below(FEEDS_A_CALL.length)]
    session.setReady(true)
    session.connected()
    const stage = this.#joinedAt + STAGES[random.below(STAGES.length)]
    while (this.#call < Math.min(stage, CALLS - 1)) this.#oneCall(true)
    this.#acts = random.chance(0.5)
  }

  #oneCall(honest: boolean): void {
    const player = this.#player
    const { session } = player
    const call = this.#call++
    if (call >= CALLS) {
      this.machine.ended = true
      return
    }
    if (this.#acts && this.#random.chance(0.05)) player.act(this.#random)
    player.call()
    this.machine.digest = digestOf(session.takePackets(), this.machine.digest)
    if (honest)
      for (const { bytes } of this.#calls[call]) {
        session.receive(bytes)
        player.takeFacts()
      }
    this.values[0] = session.closedTick
    this.values[1] = session.closedTick + 1
    this.values[2] = session.round + 1
    this.values[3] = call
  }
}

function digestOf(packets: ReusedList<Packet>, before: number): number {
  let digest = before
  for (let i = 0; i < packets.length; i++) {
    const { bytes } = packets.at(i)
    for (let at = 0; at < bytes.length; at++) digest = Math.imul(digest ^ bytes[at], 0x01000193)
  }
  return digest >>> 0
}

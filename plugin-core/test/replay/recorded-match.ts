// A whole match that every machine records, with what the network brought to each; and a loop that plays a recording.

import { Loop } from '../../src/loop/loop.ts'
import { deflate } from '../../src/loop/deflate.ts'
import { NoLine } from '../../src/replay/no-line.ts'
import { Recorder, type RecorderOptions } from '../../src/replay/recorder.ts'
import { ReplayBuffer, type ReplayBufferOptions } from '../../src/replay/replay-buffer.ts'
import type { Replay } from '../../src/replay/replay-file.ts'
import { ReplaySession } from '../../src/replay/replay-session.ts'
import type { Fact } from '../../src/session/fact.ts'
import type { StarClientOptions } from '../../src/session/star/client-options.ts'
import type { Game } from '../../src/sim/game.ts'
import type { ScriptSet } from '../../src/sim/sim-scripts.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { TYPE } from '../../src/wire/messages.ts'
import { CODE, PacketReader } from '../../src/wire/packet.ts'
import { arena } from '../matches/arena.ts'
import { WholeMatch, type Machine, type MatchPlan } from '../matches/match.ts'

export interface Recorded {
  readonly machine: Machine
  readonly recorder: Recorder
  readonly buffer: ReplayBuffer
  /** Payloads of every TICK that came to this machine, in order. */
  readonly ticks: Uint8Array[]
  /** Tick and packed bytes of the states that came, chunk after chunk. */
  readonly stateChunks: Uint8Array[]
}

export type RecordingOptions = Omit<RecorderOptions, 'sourceId' | 'write'> & ReplayBufferOptions

/** Plays and records a match to its end. */
export function recordMatch(plan: MatchPlan, options: RecordingOptions = {}): { match: WholeMatch; all: Recorded[] } {
  const recorded = beginMatch(plan, options)
  recorded.match.run()
  for (const { recorder } of recorded.all) recorder.flush()
  return recorded
}

/** A match that is recorded, for who runs it himself. */
export function beginMatch(plan: MatchPlan, options: RecordingOptions = {}): { match: WholeMatch; all: Recorded[] } {
  const all: Recorded[] = []
  // The match adds its first machines while it is made.
  class RecordedMatch extends WholeMatch {
    override add(name: string, more: Pick<StarClientOptions, 'spectate' | 'ticket'> = {}): Machine {
      const buffer = new ReplayBuffer(options)
      const recorder = new Recorder({ sourceId: 'test', write: buffer.write, ...options })
      const { network } = this
      const client = network.client.bind(network)
      const ticks: Uint8Array[] = []
      const stateChunks: Uint8Array[] = []
      network.client = () => Object.assign(tapped(client(), ticks, stateChunks), { peer: 0 })
      const machine = super.add(name, Object.assign({ record: recorder }, more))
      network.client = client
      const set = machine.checksums.set.bind(machine.checksums)
      machine.checksums.set = (tick, sum) => {
        recorder.keepState(tick, sum, machine.loop)
        return set(tick, sum)
      }
      all.push({ machine, recorder, buffer, ticks, stateChunks })
      return machine
    }
  }
  return { match: new RecordedMatch(plan), all }
}

function tapped(line: Transport, ticks: Uint8Array[], stateChunks: Uint8Array[]): Transport {
  const reader = new PacketReader()
  return {
    open: events =>
      line.open({
        ...events,
        message: (peer, bytes) => {
          if (reader.read(bytes) === CODE.ok)
            for (const m of reader.messages.slice(0, reader.messageCount)) {
              if (m.type === TYPE.tick) ticks.push(bytes.slice(m.start, m.end))
              if (m.type === TYPE.snapshotChunk) stateChunks.push(bytes.slice(m.start, m.end))
            }
          events.message(peer, bytes)
        },
      }),
    send: (peer, bytes) => line.send(peer, bytes),
    close: () => line.close(),
  }
}

/** A loop that plays a recording; one `call` is a tick's time. */
export class Player {
  readonly clock = new VirtualClock()
  readonly session: ReplaySession
  readonly loop: Loop
  readonly checksums = new Map<number, number>()
  readonly facts: Fact[] = []
  readonly said: string[] = []
  end: Extract<Fact, { kind: 'end' }> | null = null
  #calls = 0

  constructor(
    replay: Replay,
    game: Game = arena,
    sourceId = 'test',
    checksumTicks = 1,
    scripts: ScriptSet | null = null,
  ) {
    this.loop = new Loop({
      game,
      scripts,
      sourceId,
      transport: new NoLine(),
      clock: this.clock,
      session: terms => new ReplaySession({ replay, terms }),
      compression: deflate,
      inputDelay: 0,
      predictionWindow: 0,
      checksumTicks,
      hooks: {
        fact: fact => {
          // Facts are reused.
          this.facts.push(structuredClone(fact))
          if (fact.kind === 'end') this.end = structuredClone(fact)
        },
        raised: news => {
          for (const e of news) if (e.change === 'shown') this.said.push(`${e.tick} ${e.kind}`)
        },
        fault: error => {
          throw error
        },
        swapped: () => {},
        checksum: (tick, sum) => this.checksums.set(tick, sum),
      },
    })
    this.session = this.loop.session as ReplaySession
    this.loop.open()
  }

  get headTick(): number {
    return this.loop.timeline.headTick
  }

  call(times = 1): void {
    for (let i = 0; i < times; i++) {
      this.clock.advance(1000 / 60)
      this.loop.call(++this.#calls * (1000 / 60))
    }
  }

  /** Until the recording ends, or so many calls; answers the calls that it took. */
  toEnd(most = 100_000): number {
    const from = this.#calls
    while (this.end === null && this.#calls - from < most) this.call()
    return this.#calls - from
  }

  /** Goes to a tick; answers the calls until it is there. */
  seek(tick: number, most = 10_000): number {
    this.end = null
    this.session.seek(tick)
    const from = this.#calls
    do this.call()
    while (this.session.state === 'syncing' && this.#calls - from < most)
    return this.#calls - from
  }
}

/** Ticks at which two tellings of a match differ. */
export function differing(live: ReadonlyMap<number, number>, played: ReadonlyMap<number, number>): number[] {
  return [...played].filter(([tick, sum]) => live.has(tick) && live.get(tick) !== sum).map(([tick]) => tick)
}

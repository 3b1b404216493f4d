// A file may be anything: it is refused by a sentence, or read as far as it is right.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import { deflate } from '../../src/loop/deflate.ts'
import { gameTerms } from '../../src/loop/game-terms.ts'
import { ChunkWriter } from '../../src/replay/chunk-writer.ts'
import { Recorder } from '../../src/replay/recorder.ts'
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts'
import { readReplay, type Replay } from '../../src/replay/replay-file.ts'
import { RECORD, ReplayError } from '../../src/replay/replay-format.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import { PACKING, snapshotHeader, type Terms } from '../../src/wire/messages.ts'
import { RowRing, writeTick } from '../../src/wire/tick-message.ts'
import { arena } from '../matches/arena.ts'
import { seeded } from '../seeded.ts'
import { Player, recordMatch } from './recorded-match.ts'

const PLAN = {
  seed: 3,
  peers: 2,
  ticks: 500,
  mode: 'rollback',
  conditions: { delayMs: 40, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 },
} as const

/** The sentence with which a file is refused, or what it holds. */
function opened(bytes: Uint8Array): Replay | string {
  try {
    return readReplay(bytes, { compression: deflate })
  } catch (error) {
    if (error instanceof ReplayError) return error.message
    throw error
  }
}

describe('a file', () => {
  const { all } = recordMatch({ ...PLAN, comers: [{ tick: 200 }] })
  const file = all[0].buffer.bytes()
  const whole = readReplay(file)
  const late = all[2].buffer.bytes()

  it('that is none is refused, with what and where', () => {
    expect(opened(new Uint8Array(0))).toBe('this is no recording: it does not begin with "LSRP"')
    expect(opened(new TextEncoder().encode('{"replay": [1, 2, 3]}'))).toMatch(/no recording/)
    const newer = file.slice()
    newer[4] = 2
    expect(opened(newer)).toBe('the recording is of version 2, and this Lockstride reads version 1')
    const spoilt = file.slice()
    spoilt[20] ^= 1
    expect(opened(spoilt)).toMatch(/head is spoilt/)
    expect(() => readReplay(file.subarray(0, 30))).toThrow(ReplayError)
    expect(opened(file.subarray(0, 30))).toBe('the recording is cut in its head: 30 bytes are there')
    // All of a head, and no tick.
    const head = 7 + (file[5] | (file[6] << 8)) + 4
    expect(opened(file.subarray(0, head))).toBe('the recording holds nothing to play')
    expect(opened(file.subarray(0, head + 40))).toMatch(
      new RegExp(`^the recording holds nothing to play: at byte ${head} the file is cut: \\d+ of \\d+ bytes are there`),
    )
  })

  it('that is cut anywhere is refused, or plays up to there and ends with a sentence', () => {
    const random = seeded(5)
    let played = 0
    for (let i = 0; i < 300; i++) {
      const size = random.below(file.length)
      const replay = opened(file.slice(0, size))
      if (typeof replay === 'string') continue
      expect(replay.lastTick).toBeLessThan(whole.lastTick)
      if (replay.fault === null) continue
      expect(replay.fault).toMatch(/^at byte \d+ the file is cut: .*; it is read up to tick \d+$/)
      if (played++ > 8) continue
      const player = new Player(replay)
      player.toEnd()
      expect(player.headTick).toBe(replay.lastTick)
      expect(player.end?.reason).toBe(`the recording ends: ${replay.fault}`)
      expect(player.session.difference).toBe(null)
    }
    expect(played).toBeGreaterThan(8)
  })

  it.each([
    ['as the bytes came', file],
    ["a late one's", late],
    ['packed', recordMatch(PLAN, { compression: deflate }).all[0].buffer.bytes()],
  ])('%s: no byte of it can change unseen', (_, good) => {
    const random = seeded(6)
    const lastTick = (opened(good) as Replay).lastTick
    for (let i = 0; i < 600; i++) {
      const bytes = good.slice()
      const at = random.below(bytes.length)
      bytes[at] ^= 1 << random.below(8)
      const replay = opened(bytes)
      if (typeof replay === 'string') continue
      expect(replay.fault, `byte ${at}`).toMatch(/^at byte \d+ .*; it is read up to tick \d+$/)
      expect(replay.lastTick).toBeLessThan(lastTick)
    }
  })

  it('that is packed says so to who cannot unpack it', () => {
    const { all } = recordMatch(PLAN, { compression: deflate })
    expect(() => readReplay(all[0].buffer.bytes())).toThrow('the file is packed, and nothing to unpack it was given')
  })
})

// Right by its checksums, and wrong all the same: somebody made it.
describe('a made file', () => {
  const terms: Terms = { ...gameTerms(arena, 'test', 8), maxPlayers: 2, inputBytes: 3 }
  const make = (write: (chunks: ChunkWriter) => void): string | null => {
    const buffer = new ReplayBuffer()
    new Recorder({ sourceId: '', write: buffer.write }).match(terms, 1, 0)
    const chunks = new ChunkWriter(buffer.write, null)
    write(chunks)
    chunks.flush(1)
    const replay = opened(buffer.bytes())
    return typeof replay === 'string' ? replay : replay.fault
  }
  const u32 = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer)
  const tick = (first: number, count: number, round = 1): Uint8Array => {
    const ring = new RowRing(64, 2, 3)
    for (let i = 0; i < count; i++)
      ring.claim(
        first + i,
        i === 0 && round > 0
          ? { restart: { round, carry: new Uint8Array(0) }, joins: [0], leaves: [], swap: null }
          : null,
        null,
      )
    const bytes = new Uint8Array(1400)
    const w = new ByteWriter()
    w.reset(bytes)
    writeTick(w, ring, first, count, 1400)
    return bytes.slice(0, w.position)
  }
  const state = (chunks: ChunkWriter, at: number, sizeBytes = 4): void =>
    chunks.large(
      RECORD.state,
      snapshotHeader,
      { tick: at, round: 1, stateBytes: 4, checksum: 0, packing: PACKING.none, sizeBytes, chunks: 1 },
      new Uint8Array(4),
      at,
    )

  it('that is right is taken', () => {
    expect(
      make(chunks => {
        chunks.record(RECORD.begin, u32(1))
        chunks.record(RECORD.tick, tick(1, 5))
        chunks.record(RECORD.tick, tick(4, 5, 0))
      }),
    ).toBe(null)
  })

  it('may tell ticks twice: what adds nothing is left out', () => {
    const buffer = new ReplayBuffer()
    const recorder = new Recorder({ sourceId: '', write: buffer.write })
    recorder.match(terms, 1, 0)
    const told = [tick(1, 5), tick(4, 5, 0), tick(2, 4, 0), tick(9, 2, 0)]
    for (const bytes of told) recorder.tick(bytes[0], bytes[0] + bytes[4] - 1, bytes, 0, bytes.length)
    recorder.flush()
    expect(readReplay(buffer.bytes()).payloads()).toEqual([told[0], told[1], told[3]])
  })

  it('is trimmed at a state, with the ticks behind it that were recorded before it', () => {
    const buffer = new ReplayBuffer({ keepTicks: 10 })
    const recorder = new Recorder({ sourceId: '', write: buffer.write, flushTicks: 5 })
    recorder.match(terms, 1, 0)
    const row = new Uint8Array(6)
    const restart = { restart: { round: 1, carry: new Uint8Array(0) }, joins: [0], leaves: [], swap: null }
    for (let at = 1; at <= 40; at++) {
      recorder.closed(at, row.fill(at), at === 1 ? restart : null, null)
      // Simulated three ticks later than it was closed.
      if (at % 10 === 3 && at > 10)
        recorder.state(
          { tick: at - 3, round: 1, stateBytes: 4, checksum: 0, packing: PACKING.none, sizeBytes: 4, chunks: 1 },
          new Uint8Array(4),
        )
    }
    recorder.flush()
    const replay = readReplay(buffer.bytes())
    expect(replay.fault).toBe(null)
    expect(replay.states.map(each => each.header.tick)).toEqual([30])
    const m = replay.newMessage()
    for (let at = 31; at <= 40; at++) {
      expect(replay.load(at, m), `tick ${at}`).toBe(true)
      expect(m.row(at - m.firstTick)[0]).toBe(at)
    }
    expect(replay.load(20, m)).toBe(false)
  })

  it('of a slot that the game does not have is refused', () => {
    const buffer = new ReplayBuffer()
    new Recorder({ sourceId: '', write: buffer.write }).match(terms, 1, 2)
    expect(opened(buffer.bytes())).toBe("the recording's head is malformed")
  })

  it('is refused for what cannot be', () => {
    const begun = (chunks: ChunkWriter): void => {
      chunks.record(RECORD.begin, u32(1))
      chunks.record(RECORD.tick, tick(1, 5))
    }
    expect(make(chunks => chunks.record(9, u32(1)))).toMatch(/a record is of kind 9, which this version does not know/)
    expect(make(chunks => chunks.record(RECORD.tick, tick(1, 5)))).toMatch(/before anything to go on from/)
    expect(make(chunks => chunks.record(RECORD.begin, u32(0)))).toMatch(/the BEGIN is malformed/)
    expect(make(chunks => chunks.record(RECORD.begin, new Uint8Array(5)))).toMatch(/the BEGIN is malformed/)
    const noRound = make(chunks => {
      chunks.record(RECORD.begin, u32(3))
      chunks.record(RECORD.tick, tick(1, 5))
    })
    expect(noRound).toMatch(/the match begins with tick 3, and no round begins there/)
    const gap = make(chunks => {
      begun(chunks)
      chunks.record(RECORD.tick, tick(7, 5))
    })
    expect(gap).toMatch(/tick 7 follows tick 5: what lies between is missing; it is read up to tick 5/)
    const malformed = make(chunks => {
      begun(chunks)
      chunks.record(RECORD.tick, tick(6, 5).subarray(0, 8))
    })
    expect(malformed).toMatch(/a TICK is malformed/)
    expect(make(chunks => state(chunks, 0))).toMatch(/a state is of tick 0/)
    expect(make(chunks => state(chunks, 5, 9))).toMatch(/a state is malformed/)
    expect(make(chunks => chunks.record(RECORD.hash, u32(1)))).toMatch(/a HASH is malformed/)
    expect(make(chunks => chunks.record(RECORD.end, new Uint8Array([99, 0, 0, 0, 0, 0])))).toMatch(
      /the END is malformed/,
    )
  })
})

describe('PROTOCOL.md', () => {
  const text = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')
  const [, block] = /^```recording\n([^`]+)```$/m.exec(text) ?? ['', '']
  const hex = block
    .trim()
    .split('\n')
    .map(line => line.split(' ').at(-1))
    .join('')

  it('has the bytes of a small recording, and they read back', () => {
    const buffer = new ReplayBuffer()
    const recorder = new Recorder({ sourceId: 'v1', write: buffer.write })
    const terms: Terms = {
      limits: LIMITS,
      game: 'sumo',
      version: 3,
      rulesHash: 0x11223344,
      schemaHash: 0x55667788,
      tickRate: 60,
      maxPlayers: 8,
      minPlayers: 1,
      inputBytes: 3,
      predictionWindow: 8,
      dropAfterTicks: 120,
      mode: 0,
    }
    recorder.match(terms, 0xcafef00d, 1)
    const row = Uint8Array.of(2, 0, 0, 1, 0, 0, ...new Uint8Array(18))
    const restart = { round: 2, carry: Uint8Array.of(3, 1) }
    recorder.closed(41, row, { restart, joins: [0, 1], leaves: [], swap: null }, null)
    recorder.closed(42, row, null, null)
    recorder.flush()
    recorder.checksum(42, 0xdeadbeef)
    recorder.state(
      { tick: 42, round: 2, stateBytes: 4, checksum: 0xdeadbeef, packing: PACKING.none, sizeBytes: 4, chunks: 1 },
      Uint8Array.of(1, 2, 3, 4),
    )
    recorder.end('left', 'bye', 42)
    expect(Buffer.from(buffer.bytes()).toString('hex')).toBe(hex)
    const replay = readReplay(Uint8Array.from(Buffer.from(hex, 'hex')))
    expect(replay.head.terms).toEqual(terms)
    expect([replay.head.seed, replay.head.slot, replay.beginTick, replay.lastTick]).toEqual([0xcafef00d, 1, 41, 42])
    expect(replay.checksums.get(42)).toBe(0xdeadbeef)
    expect(replay.states[0].bytes).toEqual(Uint8Array.of(1, 2, 3, 4))
    expect(replay.end).toEqual({ code: 'left', reason: 'bye', tick: 42 })
  })
})

// Events that are too large for their tick stand in a recording as they came: before the TICK that names them.

import { expect, test } from 'vitest'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import type { SlotEvent } from '../../src/input/tick-control.ts'
import { gameTerms } from '../../src/loop/game-terms.ts'
import { Recorder, type RecorderOptions } from '../../src/replay/recorder.ts'
import { ReplayBuffer, type ReplayBufferOptions } from '../../src/replay/replay-buffer.ts'
import { readReplay, type Replay } from '../../src/replay/replay-file.ts'
import { PACKING } from '../../src/wire/messages.ts'
import { RowRing, writeTick } from '../../src/wire/tick-message.ts'
import { arena } from '../matches/arena.ts'

const terms = gameTerms(arena, 'test', 8)
const BEGIN = { restart: { round: 1, carry: new Uint8Array(0) }, joins: [0], leaves: [], swap: null }

function begin(options: Partial<RecorderOptions> & ReplayBufferOptions = {}): {
  recorder: Recorder
  buffer: ReplayBuffer
} {
  const buffer = new ReplayBuffer(options)
  const recorder = new Recorder({ sourceId: 'test', write: buffer.write, ...options })
  recorder.match(terms, 1, 0)
  return { recorder, buffer }
}

/** A TICK of ticks from `first` on, the first of which may begin the match. */
function tick(first: number, ...events: (readonly SlotEvent[] | null)[]): Uint8Array {
  const rows = new RowRing(16, terms.maxPlayers, terms.inputBytes)
  events.forEach((each, i) => rows.claim(first + i, first + i === 1 ? BEGIN : null, each).fill(0))
  const w = new ByteWriter()
  const bytes = new Uint8Array(8192)
  w.reset(bytes)
  expect(writeTick(w, rows, first, events.length, bytes.length)).toBe(events.length)
  return bytes.slice(0, w.position)
}

function eventsAt(replay: Replay, at: number): readonly SlotEvent[] | null {
  const m = replay.newMessage()
  expect(replay.load(at, m)).toBe(true)
  return m.events(at - m.firstTick)
}

const large = (slot: number, n: number): SlotEvent => ({ slot, bytes: new Uint8Array(1300).fill(n) })

test('a tick counts from where its events are: of a TICK that came before them, and of one behind them', () => {
  const { recorder, buffer } = begin()
  const [two, three] = [large(0, 2), large(1, 3)]
  const both = tick(1, null, [two], [three])
  // The event of tick 2 had come, that of tick 3 had not.
  recorder.events(2, [two])
  recorder.tick(1, 2, both, 0, both.length)
  recorder.flush()
  const cut = readReplay(buffer.bytes())
  expect(cut.fault).toBe(null)
  expect(cut.lastTick).toBe(2)
  expect(eventsAt(cut, 2)).toEqual([two])
  recorder.events(3, [three])
  const again = tick(3, [three], null)
  recorder.tick(3, 4, again, 0, again.length)
  recorder.flush()
  const whole = readReplay(buffer.bytes())
  expect(whole.lastTick).toBe(4)
  expect([2, 3, 4].map(at => eventsAt(whole, at))).toEqual([[two], [three], null])
})

test('what is trimmed keeps the events of ticks that it keeps, wherever a chunk ends', () => {
  const { recorder, buffer } = begin({ keepTicks: 1, flushTicks: 1000 })
  const first = tick(1, null)
  recorder.tick(1, 1, first, 0, first.length)
  // More than a chunk holds: one ends between the first of them and the TICK.
  const many = Array.from({ length: 60 }, (_, i) => large(i, i))
  recorder.events(2, many)
  const second = tick(2, many)
  recorder.tick(2, 2, second, 0, second.length)
  const state = { tick: 1, round: 1, stateBytes: 4, checksum: 0, packing: PACKING.none, sizeBytes: 4, chunks: 1 }
  recorder.state(state, new Uint8Array(4))
  const replay = readReplay(buffer.bytes())
  expect(replay.fault).toBe(null)
  expect(replay.beginTick).toBe(0)
  expect(replay.lastTick).toBe(2)
  expect(eventsAt(replay, 2)).toEqual(many)
})

test('a TICK that names an event which is not there ends what is read', () => {
  const { recorder, buffer } = begin()
  recorder.events(1, [large(0, 2)])
  const one = tick(1, [large(0, 2)])
  recorder.tick(1, 1, one, 0, one.length)
  recorder.flush()
  expect(readReplay(buffer.bytes()).lastTick).toBe(1)
  const spoilt = begin()
  spoilt.recorder.tick(1, 1, one, 0, one.length)
  spoilt.recorder.flush()
  expect(() => readReplay(spoilt.buffer.bytes())).toThrow(/holds nothing to play/)
})

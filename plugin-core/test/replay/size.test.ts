// What ten minutes of eight players weigh: printed, and held to what a page can keep.

import { expect, test } from 'vitest'
import { deflate } from '../../src/loop/deflate.ts'
import { ByteWriter } from '../../src/bytes/byte-writer.ts'
import { gameTerms } from '../../src/loop/game-terms.ts'
import { Recorder } from '../../src/replay/recorder.ts'
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts'
import { readReplay } from '../../src/replay/replay-file.ts'
import { RowRing, writeTick } from '../../src/wire/tick-message.ts'
import { arena } from '../matches/arena.ts'
import { seeded } from '../seeded.ts'

const TICKS = 10 * 60 * 60

test('ten minutes of eight players', () => {
  const terms = { ...gameTerms(arena, 'test', 8), maxPlayers: 8 }
  const size = terms.inputBytes
  const buffers = [new ReplayBuffer(), new ReplayBuffer(), new ReplayBuffer(), new ReplayBuffer()]
  const kinds = [
    {},
    { compression: deflate },
    { compression: deflate, flushTicks: 1200 },
    // Written by the machine itself, as in a duel.
    { compression: deflate, flushTicks: 1200 },
  ]
  const recorders = buffers.map(({ write }, at) => new Recorder({ sourceId: '', write, ...kinds[at] }))
  for (const recorder of recorders) recorder.match(terms, 1, 0)
  // As a host writes them: each packet has what the receiver has not acknowledged, three ticks here, of which one is new.
  const ring = new RowRing(16, 8, size)
  const random = seeded(2)
  const row = new Uint8Array(8 * size)
  const bytes = new Uint8Array(1400)
  const w = new ByteWriter()
  let wire = 0
  for (let tick = 1; tick <= TICKS; tick++) {
    // Somebody presses or lets go about four times a second, and aims a little more often.
    for (let slot = 0; slot < 8; slot++) {
      if (random.chance(4 / 60)) row[slot * size] ^= 1 << random.below(5)
      if (random.chance(8 / 60)) row[slot * size + size - 1] += random.below(9) - 4
    }
    const restart = { round: 1, carry: new Uint8Array(0) }
    const control = { restart, joins: [0, 1, 2, 3, 4, 5, 6, 7], leaves: [], swap: null }
    ring.claim(tick, tick === 1 ? control : null, null).set(row)
    w.reset(bytes)
    const first = Math.max(1, tick - 2)
    writeTick(w, ring, first, tick - first + 1, 1400)
    wire += w.position
    for (const recorder of recorders) {
      if (recorder === recorders[3]) recorder.closed(tick, row, tick === 1 ? control : null, null)
      else recorder.tick(tick, tick, bytes, 0, w.position)
      if (tick % 30 === 0) recorder.checksum(tick, random.below(2 ** 32))
    }
  }
  for (const recorder of recorders) recorder.end('left', '', TICKS)
  const [plain, packed, patient, own] = buffers.map(buffer => buffer.sizeBytes)
  const mb = (value: number): string => `${(value / 1e6).toFixed(2)} MB`
  console.log(
    `10 minutes of 8 players: rows ${mb(TICKS * 8 * size)}, TICK payloads ${mb(wire)}, recording ${mb(plain)}, packed ${mb(packed)}, ` +
      `packed 20 s at a time ${mb(patient)}, of own rows ${mb(own)}`,
  )
  // Framing: two bytes a record, thirteen a second, checksums.
  expect(plain - wire).toBeLessThan(0.1 * wire)
  expect(packed).toBeLessThan(0.4 * plain)
  expect(patient).toBeLessThan(packed)
  for (const buffer of buffers) {
    const replay = readReplay(buffer.bytes(), { compression: deflate })
    expect([replay.fault, replay.lastTick]).toEqual([null, TICKS])
  }
})

// A duel has no TICK on its wire: each side writes down the ticks that it closed, and both tell the same match.

import { expect, test } from 'vitest'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import { RecordedSession } from '../../src/replay/recorded-session.ts'
import { Recorder } from '../../src/replay/recorder.ts'
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts'
import { readReplay, type Replay } from '../../src/replay/replay-file.ts'
import { DuelSession } from '../../src/session/duel/duel-session.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import { MemoryPair } from '../../src/transport/memory-pair.ts'
import { quietHooks } from '../loop/quiet-hooks.ts'
import { arena, sayingOf } from '../matches/arena.ts'
import { seeded } from '../seeded.ts'
import { Player, differing } from './recorded-match.ts'

test('both sides of a duel record it, and both recordings play as it was', () => {
  const clock = new VirtualClock()
  const conditions = { delayMs: 50, jitterMs: 20, loss: 0.05, duplicate: 0.02, reorder: 0.02 }
  const pair = new MemoryPair({ clock, seed: 4, conditions })
  const game = { ...arena, schema: { ...arena.schema, minPlayers: 2 } }
  const sides = [pair.a, pair.b].map((transport, side) => {
    const random = seeded(40 + side)
    const buffer = new ReplayBuffer()
    const recorder = new Recorder({ sourceId: 'test', write: buffer.write, stateTicks: 300 })
    const checksums = new Map<number, number>()
    const loop: Loop = new Loop({
      game,
      sourceId: 'test',
      transport,
      clock,
      session: terms => {
        const nonce = { hi: random.below(2 ** 32), lo: random.below(2 ** 32) }
        const duel = new DuelSession({ terms, name: `p${side}`, profile: '', nonce, inputDelay: 2 })
        return new RecordedSession(duel, recorder, terms)
      },
      inputDelay: 2,
      predictionWindow: 8,
      checksumTicks: 1,
      hooks: quietHooks({
        checksum: (tick, sum) => {
          checksums.set(tick, sum)
          recorder.keepState(tick, sum, loop)
        },
      }),
    })
    const input = new Uint8Array(game.schema.input.sizeBytes)
    const pacer = new Pacer(clock, 60, dueMs => {
      if (random.chance(0.1)) for (let i = 0; i < input.length; i++) input[i] = random.below(256)
      loop.setInput(input)
      if (loop.running && random.chance(0.05)) loop.emit('say', sayingOf(random))
      loop.call(dueMs)
    })
    loop.session.setReady(true)
    loop.open()
    pacer.start()
    return { loop, buffer, recorder, checksums }
  })
  expect(clock.runUntil(() => sides.every(side => side.loop.timeline.confirmedTick > 1000), 60_000)).toBe(true)
  sides[0].loop.leave()
  clock.advance(500)
  const rows = sides.map(({ loop, buffer, recorder, checksums }) => {
    expect(loop.timeline.rollbacks).toBeGreaterThan(10)
    expect(recorder.over).not.toBe(null)
    const replay = readReplay(buffer.bytes())
    expect(replay.fault).toBe(null)
    expect(replay.beginTick).toBe(1)
    expect(replay.states.length).toBeGreaterThan(2)
    const player = new Player(replay)
    player.toEnd()
    expect(player.end?.reason).toBe(replay.end!.reason)
    expect(player.headTick).toBe(replay.lastTick)
    expect(player.session.difference).toBe(null)
    expect(player.checksums.size).toBeGreaterThan(1000)
    expect(differing(checksums, player.checksums)).toEqual([])
    player.session.paused = true
    player.seek(700)
    expect(player.headTick).toBe(700)
    expect(player.checksums.get(700)).toBe(checksums.get(700))
    return rowsOf(replay)
  })
  // The same ticks, closed by each for itself.
  const common = Math.min(...rows.map(each => each.length))
  expect(common).toBeGreaterThan(1000)
  expect(rows[0].slice(0, common)).toEqual(rows[1].slice(0, common))
})

function rowsOf(replay: Replay): string[] {
  const m = replay.newMessage()
  const rows: string[] = []
  for (let tick = replay.beginTick; replay.load(tick, m); tick++) {
    const at = tick - m.firstTick
    rows.push(`${tick} ${m.row(at).join()} ${JSON.stringify([m.control(at), m.events(at)])}`)
  }
  return rows
}

// A machine that was away, or got another one's state, has recorded a match with a hole in it: playing goes over it.

import { expect, test } from 'vitest'
import { readReplay } from '../../src/replay/replay-file.ts'
import { arena } from '../matches/arena.ts'
import { Player, beginMatch, differing } from './recorded-match.ts'

const CONDITIONS = { delayMs: 40, jitterMs: 15, loss: 0.05, duplicate: 0.01, reorder: 0.05 }
const PLAN = { seed: 7, peers: 3, ticks: 0, mode: 'rollback', conditions: CONDITIONS, comeBack: true } as const

test('who comes back after a moment has recorded every tick; who was away for long, what it was given', () => {
  const { match, all } = beginMatch(PLAN)
  const { clock } = match
  const confirmed = (at: number): number => all[at].machine.loop.timeline.confirmedTick
  clock.runUntil(() => all.every(r => r.machine.loop.timeline.confirmedTick > 200), 60_000)
  const [, ann, bob] = all
  ann.machine.loop.reopen(match.network.client())
  match.network.cut(3)
  clock.advance(5000)
  const leftAt = confirmed(2)
  // Longer than a host keeps closed ticks.
  clock.runUntil(() => confirmed(0) > leftAt + 1300, 60_000)
  bob.machine.loop.reopen(match.network.client())
  clock.runUntil(() => bob.machine.enteredAt > 0, 20_000)
  clock.advance(3000)
  expect(match.problems()).toEqual([])
  for (const { recorder, buffer, machine } of all) {
    recorder.flush()
    const replay = readReplay(buffer.bytes())
    expect(replay.fault).toBe(null)
    expect(replay.states.length).toBe(machine === bob.machine ? 1 : 0)
    const player = new Player(replay)
    player.toEnd()
    expect(player.headTick).toBe(replay.lastTick)
    expect(player.session.difference).toBe(null)
    expect(differing(machine.checksums, player.checksums)).toEqual([])
    if (machine !== bob.machine) continue
    const { tick } = replay.states[0].header
    expect(tick).toBeGreaterThan(leftAt + 1000)
    expect(player.checksums.has(leftAt)).toBe(true)
    expect(player.checksums.has(leftAt + 500)).toBe(false)
    // Into the hole: the next thing that is known.
    player.session.paused = true
    player.seek(leftAt + 500)
    expect(player.headTick).toBe(tick)
    player.seek(leftAt - 10)
    expect(player.headTick).toBe(leftAt - 10)
  }
})

test('another host is the same match: the recording goes on', () => {
  const { match, all } = beginMatch(PLAN)
  match.clock.runUntil(() => all.every(r => r.machine.loop.timeline.confirmedTick > 200), 60_000)
  match.migrate(all[0].machine)
  match.clock.advance(4000)
  for (const { recorder, buffer, machine } of all) {
    recorder.flush()
    const player = new Player(readReplay(buffer.bytes()))
    player.toEnd()
    expect(player.headTick).toBeGreaterThan(350)
    expect(player.session.difference).toBe(null)
    expect(differing(machine.checksums, player.checksums)).toEqual([])
  }
})

test('a machine whose state was replaced by that of the others: the truth is played, and its own word is found wrong', () => {
  const { offset } = arena.schema.layout.columns.find(c => c.component === 'Player' && c.field === 'score')!
  const corrupt = { peer: 1, tick: 300, at: offset + 4, ticks: 40 }
  const { match, all } = beginMatch({ ...PLAN, comeBack: false, corrupt })
  match.clock.runUntil(() => all.every(r => r.machine.loop.timeline.confirmedTick > 650), 60_000)
  const [good, astray] = all
  astray.recorder.flush()
  const replay = readReplay(astray.buffer.bytes())
  expect(replay.states.length).toBeGreaterThan(0)
  const player = new Player(replay)
  player.toEnd()
  expect(player.end?.code).toBe('desync')
  expect(player.session.difference!.tick).toBeGreaterThanOrEqual(300)
  // One may look on from there all the same.
  player.seek(600)
  expect(player.headTick).toBe(600)
  expect(player.end).toBe(null)
  expect(differing(good.machine.checksums, player.checksums)).toEqual([])
})

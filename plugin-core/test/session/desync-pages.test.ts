// One machine's rules add 1 to one field at tick 500, and what a page sees of it.

import { afterEach, expect, test, vi } from 'vitest'
import { DesyncError } from '../../src/index.ts'
import { defineGame, u32 } from '../../src/sim.ts'
import { Room } from './page-room.ts'

const PLANTED_TICK = 500

// The text of both is the same, so the room lets both in.
const counter = (adds: number) =>
  defineGame({
    name: 'counter',
    version: 1,
    maxPlayers: 3,
    maxEntities: 1,
    input: { buttons: ['go'] },
    components: { Count: { n: u32 } },
    setup: sim => void sim.spawn('Count'),
    step(sim) {
      sim.components.Count.n[0] += sim.tick === PLANTED_TICK ? 1 + adds : 1
    },
  })

afterEach(() => vi.unstubAllGlobals())

async function play(room: Room, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 200) await room.advance(200)
}

test('a match of two ends on both pages with a DesyncError that names the tick', async () => {
  const room = new Room(1, counter(0))
  const pages = [await room.open('ann'), await room.open('bob', 'rollback', counter(1))]
  const told: string[] = []
  const errors: DesyncError[] = []
  for (const page of pages) {
    page.on('desync', error => errors.push(error))
    page.on('end', end => told.push(`${end.code} ${end.tick}`))
  }
  await play(room, 7600)
  expect(pages.map(page => page.stats.confirmedTick > PLANTED_TICK - 120)).toEqual([true, true])
  expect(errors).toEqual([])
  await play(room, 2600)
  // Checksums are compared every 30 ticks: the first one after the field was changed.
  expect(errors.map(error => [error instanceof DesyncError, error.name, error.tick])).toEqual([
    [true, 'DesyncError', 510],
    [true, 'DesyncError', 510],
  ])
  for (const { message } of errors)
    expect(message).toMatch(/desync at tick 510: the states of players \d and \d differ/)
  expect(told).toEqual(['desync 510', 'desync 510'])
  for (const page of pages) expect([page.state, page.ended?.code]).toEqual(['ended', 'desync'])
})

test('of three the one that went astray is healed, and no page sees an error', async () => {
  const room = new Room(2, counter(0))
  const games = [counter(0), counter(1), counter(0)]
  const pages = []
  const errors: DesyncError[] = []
  for (const [i, game] of games.entries()) {
    const page = await room.open(`p${i}`, 'rollback', game)
    page.on('desync', error => errors.push(error))
    pages.push(page)
  }
  await play(room, 11_000)
  expect(errors).toEqual([])
  expect(room.host.stats).toMatchObject({ desyncs: 1 })
  expect(pages.map(page => [page.state, page.stats.confirmedTick > PLANTED_TICK + 60])).toEqual([
    ['running', true],
    ['running', true],
    ['running', true],
  ])
  expect(new Set(pages.map(page => page.view.Count.n[0] - page.view.tick)).size).toBe(1)
  for (const page of pages) await Promise.all([page.leave(), room.advance(50)])
})

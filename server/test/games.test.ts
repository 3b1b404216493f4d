// Rules on the server: an authoritative match over real sockets, whose players press what the game forbids.

import { expect, test } from 'vitest'
import { createRelay } from '../src/index.ts'
import type { Game } from '../../plugin-core/src/sim/game.ts'
import { arena } from '../../plugin-core/test/matches/arena.ts'
import { arenaScripts, scriptedArena } from '../../plugin-core/test/matches/scripted-arena.ts'
import { play } from './player.ts'

const game: Game = {
  ...(arena as Game),
  schema: { ...arena.schema, minPlayers: 2 },
  validate: (_sim, _slot, input) => !(input.held('left') && input.held('right')),
}

test('a relay that has the game runs its rules beside the match, and refuses other rules', async () => {
  const errors: unknown[] = []
  const relay = createRelay({
    port: 0,
    host: '127.0.0.1',
    origins: ['*'],
    games: [{ game, sourceId: 'test' }],
    onError: error => errors.push(error),
  })
  const url = `ws://127.0.0.1:${await relay.listening}`
  const players = [1, 2].map(() => play(url, 'r', { game, authoritative: true }))
  const stranger = play(url, 'other', {
    game: { ...game, schema: { ...game.schema, version: 2 } },
    authoritative: true,
  })
  try {
    await expect
      .poll(() => Math.min(...players.map(p => p.loop.timeline.confirmedTick)), { timeout: 20_000 })
      .toBeGreaterThan(200)
    await expect.poll(() => players.every(p => p.loop.stats.vetoedInputs > 0), { timeout: 10_000 }).toBe(true)
    const [a, b] = players
    const common = [...a.checksums.keys()].filter(tick => b.checksums.has(tick))
    expect(common.length).toBeGreaterThan(3)
    for (const tick of common) expect(b.checksums.get(tick), `tick ${tick}`).toBe(a.checksums.get(tick))
    expect(players.map(p => p.end)).toEqual([null, null])
    expect(stranger.end).toMatchObject({ code: 'version' })
    expect(errors).toEqual([])
  } finally {
    for (const p of [...players, stranger]) p.stop()
    await relay.close()
  }
})

test('scripts run beside the relay’s rules, and a player with others is refused', async () => {
  const scripted: Game = { ...scriptedArena, schema: { ...scriptedArena.schema, minPlayers: 2 }, validate: () => true }
  const [scripts, others] = [await arenaScripts(), await arenaScripts({ 'other.lua': 'x = 1' })]
  const errors: unknown[] = []
  const relay = createRelay({
    ...{ port: 0, host: '127.0.0.1', origins: ['*'] },
    games: [{ game: scripted, sourceId: 'test', scripts }],
    onError: error => errors.push(error),
  })
  const url = `ws://127.0.0.1:${await relay.listening}`
  const options = { game: scripted, authoritative: true }
  const players = [1, 2].map(() => play(url, 'r', { ...options, scripts }))
  const stranger = play(url, 'other', { ...options, scripts: others })
  try {
    await expect
      .poll(() => Math.min(...players.map(p => p.loop.timeline.confirmedTick)), { timeout: 20_000 })
      .toBeGreaterThan(150)
    const [a, b] = players
    const common = [...a.checksums.keys()].filter(tick => b.checksums.has(tick))
    expect(common.length).toBeGreaterThan(2)
    for (const tick of common) expect(b.checksums.get(tick), `tick ${tick}`).toBe(a.checksums.get(tick))
    // The host compares each player's checksums with its own.
    expect(players.map(p => p.end)).toEqual([null, null])
    expect(stranger.end).toMatchObject({ code: 'version' })
    expect(errors).toEqual([])
  } finally {
    for (const p of [...players, stranger]) p.stop()
    await relay.close()
  }
})

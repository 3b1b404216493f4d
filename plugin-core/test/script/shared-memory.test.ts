// Scripts share their memory: who is stopped when there is no more of it.

import { expect, test } from 'vitest'
import type { Script } from '../../src/script/script-host.ts'
import { WholeMatch } from '../matches/match.ts'
import { SOURCES, arenaScripts, scriptedArena } from '../matches/scripted-arena.ts'
import { scripted, type Scripted } from './scripted.ts'

const LIMITS = { memoryBytes: 1 << 20, fuelPerTick: 5_000_000 }

/** Stays just below a level, so that it is never the one who asks for too much. */
const hoarder = (kilobytes: number): string => `
  local t = {}
  function on_tick() while collectgarbage('count') < ${kilobytes} do t[#t + 1] = ('x'):rep(1000) .. #t end end`
/** Needs a hundred kilobytes, for a moment. */
const GOOD = `ticks = 0 function on_tick() local s = {} for i = 1, 100 do s[i] = ('y'):rep(1000) .. i end ticks = ticks + 1 end`

function play(scripts: readonly Script[]): Scripted {
  const s = scripted(scripts, LIMITS)
  for (let i = 0; i < 10; i++) s.tick()
  return s
}

test('a text that a player may replace cannot fill what the game’s own scripts need', () => {
  const s = play([
    { name: 'player.lua', text: hoarder(1000), editable: true },
    { name: 'game.lua', text: GOOD },
  ])
  expect(s.errors).toMatchObject([{ script: 'player.lua', reason: 'memory', tick: 1 }])
  expect(s.vm.isStopped('game.lua')).toBe(false)
  // Nor by staying below its own part.
  const modest = play([
    { name: 'player.lua', text: hoarder(760), editable: true },
    { name: 'game.lua', text: GOOD },
  ])
  expect(modest.errors).toEqual([])
  expect(modest.vm.usedBytes).toBeGreaterThan(760 << 10)
})

test('among scripts of one kind it is the one that asks for what is not there', () => {
  for (const editable of [false, true]) {
    const s = play([
      { name: 'hoarder.lua', text: hoarder(1000), editable },
      { name: 'good.lua', text: GOOD, editable },
    ])
    expect(s.errors).toMatchObject([{ script: 'good.lua', reason: 'memory' }])
  }
})

test('where memory is nearly full, garbage goes at the same ticks everywhere, through rollbacks and for who comes late', async () => {
  const scripts = await arenaScripts(
    {
      ...SOURCES,
      'hoarder.lua': hoarder(430),
      'good.lua': `ticks = 0 function on_tick() local s = {} for i = 1, 30 do s[i] = ('y'):rep(1000) .. i end ticks = ticks + 1 end`,
    },
    { memoryBytes: 1 << 19 },
  )
  const conditions = { delayMs: 40, jitterMs: 15, loss: 0.05, duplicate: 0.01, reorder: 0.05 }
  const plan = { seed: 5, peers: 2, ticks: 200, mode: 'rollback' as const, conditions, comers: [{ tick: 90 }] }
  const match = new WholeMatch({ ...plan, game: scriptedArena, scripts })
  match.run()
  expect(match.report().problems).toEqual([])
  expect(match.machines.flatMap(m => m.scriptNews.map(one => one.text))).toEqual([])
})

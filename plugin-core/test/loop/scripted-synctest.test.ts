import { expect, test } from 'vitest'
import { describeScriptDifference } from '../../src/loop/describe-states.ts'
import { loadScripts } from '../../src/loop/load-scripts.ts'
import { synctest } from '../../src/loop/synctest.ts'
import type { Game } from '../../src/sim/game.ts'
import { arenaScripts, scriptedArena } from '../matches/scripted-arena.ts'

test('rules and scripts give the same state twice, through rounds, joins and leaves', async () => {
  const events = (tick: number) =>
    tick % 40 === 0
      ? [
          { slot: 0, kind: 'ping', payload: { tick } },
          { slot: 1, kind: 'say', payload: { n: 3 } },
        ]
      : []
  const report = synctest(scriptedArena, { ticks: 600, seed: 4, players: 3, scripts: await arenaScripts(), events })
  expect(report.failure).toBeNull()
  expect(report.recomputed).toBeGreaterThan(4000)
})

test('a script whose memory alone is another one the second time is named', async () => {
  let outside = 0
  const game: Game = { ...scriptedArena, methods: { ...scriptedArena.methods, leak: () => ++outside } }
  const scripts = await loadScripts(game, {
    'calm.lua': `function on_tick() n = (n or 0) + 1 end`,
    'leaky.lua': { each: ['Bot'], text: `function on_tick(evt) if evt.tick == 20 then kept = self:leak() end end` },
    'after.lua': `function on_tick() m = (m or 0) + 1 end`,
  })
  const { failure } = synctest(game, { ticks: 60, scripts })
  expect(failure).toMatchObject({ tick: 20, differences: [], raised: null, script: 'leaky.lua' })
  const [found, ...others] = await failure!.memory!
  expect(describeScriptDifference(found)).toMatch(/^leaky\.lua: kept: \d+ against \d+$/)
  expect(others).toEqual([])
})

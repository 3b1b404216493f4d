// Texts for scripts that the players of a duel send each other while they play, over lines that lose packets.

import { expect, test } from 'vitest'
import type { NetworkConditions } from '../../src/transport/conditions.ts'
import { WholeDuel, type DuelPlan } from '../matches/duel-match.ts'
import { SOURCES, arenaScripts, scriptedArena } from '../matches/scripted-arena.ts'

const bot = SOURCES['bot.lua'] as { text: string; each: string[] }
const player = SOURCES['player.lua'] as { text: string; each: string[]; slot: string }
const scripts = await arenaScripts({
  'bot.lua': { ...bot, editable: true },
  'player.lua': { ...player, editable: true },
})
const LOSSY: NetworkConditions = { delayMs: 50, jitterMs: 25, loss: 0.2, duplicate: 0.05, reorder: 0.1 }

const planOf = (seed: number, conditions = LOSSY): DuelPlan => ({
  ...{ seed, ticks: 640, conditions, drift: [1.003, 0.998], inputDelay: 2, predictionWindow: 8 },
  ...{ rbn1: [2, 2], lateMs: 0, delays: [], game: scriptedArena, scripts },
})

function begin(duel: WholeDuel): WholeDuel {
  duel.clock.runUntil(() => duel.machines.every(m => m.loop.timeline.confirmedTick > 60), 60_000)
  return duel
}

/** As the worker sends them: two a tick. Each of them is by the player of that side. */
function send(duel: WholeDuel, texts: readonly { side: 0 | 1; name: string; text: string }[]): void {
  const queues = texts.map(({ side, name, text }) => ({ side, parts: [...scripts.edit(name, text)] }))
  while (queues.some(({ parts }) => parts.length > 0)) {
    for (const { side, parts } of queues)
      for (const part of parts.splice(0, 2)) duel.machines[side].loop.emit('script:edit', part)
    duel.clock.advance(17)
  }
  duel.clock.advance(2500)
}

const textsOf = (duel: WholeDuel, name: string): string[] =>
  duel.machines.map(m => m.loop.simulation.scripts!.textOf(name))

/** What each bot has heard last, on both machines. */
function bots(duel: WholeDuel): number[][] {
  return duel.machines.map(({ loop }) => {
    const { facade } = loop.simulation
    const { Bot } = facade.components as unknown as { Bot: { heard: Uint16Array } }
    return [...(facade.query('Bot') as Iterable<number>)].map(e => Bot.heard[e])
  })
}

const marked = (heard: number): string => bot.text.replace('on_tick()', `on_tick() self.bot.heard = ${heard}`)

test.each([1, 2, 3])('each player’s text runs on both machines from one tick on (seed %i)', seed => {
  const duel = begin(new WholeDuel(planOf(seed)))
  send(duel, [
    { side: 0, name: 'bot.lua', text: marked(777) },
    { side: 1, name: 'player.lua', text: `${player.text}\n-- ${'long '.repeat(2000)}` },
  ])
  for (const heard of bots(duel)) expect(heard).toEqual(Array.from({ length: 6 }, () => 777))
  const [first, second] = textsOf(duel, 'player.lua')
  expect(first).toContain('long long')
  expect(second).toBe(first)
  duel.run()
  // Into the next round, which begins with these texts.
  const { problems, rounds } = duel.report()
  expect(problems).toEqual([])
  expect(rounds).toBe(2)
  for (const text of textsOf(duel, 'bot.lua')) expect(text).toBe(marked(777))
})

test('both change the same script at once: the later one runs, on both', () => {
  const duel = begin(new WholeDuel(planOf(4)))
  send(duel, [
    { side: 0, name: 'bot.lua', text: marked(111) },
    { side: 1, name: 'bot.lua', text: marked(222) },
  ])
  const [first, second] = textsOf(duel, 'bot.lua')
  expect([marked(111), marked(222)]).toContain(first)
  expect(second).toBe(first)
  // Again, the other way round.
  send(duel, [{ side: 1, name: 'bot.lua', text: marked(333) }])
  send(duel, [{ side: 0, name: 'bot.lua', text: marked(444) }])
  for (const text of textsOf(duel, 'bot.lua')) expect(text).toBe(marked(444))
  duel.run()
  expect(duel.report().problems).toEqual([])
})

test('what does not compile, what does not end, and a line that is gone for a second change nothing', () => {
  const duel = begin(new WholeDuel(planOf(5, { ...LOSSY, loss: 0.05 })))
  send(duel, [
    { side: 0, name: 'bot.lua', text: 'function on_tick( end' },
    { side: 1, name: 'bot.lua', text: 'while true do end' },
  ])
  for (const text of textsOf(duel, 'bot.lua')) expect(text).toBe(bot.text)
  // Half of the parts are on their way when the line breaks.
  const parts = scripts.edit('bot.lua', marked(555))
  parts.forEach((part, i) => {
    duel.machines[0].loop.emit('script:edit', part)
    if (i === 2) duel.pair.cut()
    if (i < 6) duel.clock.advance(17)
  })
  duel.clock.advance(900)
  duel.pair.heal()
  duel.clock.advance(3000)
  for (const text of textsOf(duel, 'bot.lua')) expect(text).toBe(marked(555))
  duel.run()
  expect(duel.report().problems).toEqual([])
})

test('a text that both developers’ pages save runs on both from one tick on, and so does the next', async () => {
  const duel = begin(new WholeDuel(planOf(6)))
  for (const heard of [66, 67]) {
    const saved = await arenaScripts({
      'bot.lua': { ...bot, text: marked(heard), editable: true },
      'player.lua': { ...player, editable: true },
    })
    for (const { loop } of duel.machines) {
      loop.replaceGame(loop.simulation.game, 'test', saved)
      duel.clock.advance(400)
    }
    duel.clock.advance(2000)
    for (const line of bots(duel)) expect(line).toEqual(Array.from({ length: 6 }, () => heard))
  }
  duel.run()
  expect(duel.report().problems).toEqual([])
})

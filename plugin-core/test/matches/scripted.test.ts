import { expect, test } from 'vitest'
import { WholeMatch, type Machine, type MatchPlan } from './match.ts'
import { SOURCES, arenaScripts, scriptedArena } from './scripted-arena.ts'

const BAD_LINE = { delayMs: 45, jitterMs: 25, loss: 0.08, duplicate: 0.03, reorder: 0.05 }
const scripts = await arenaScripts()

function planOf(seed: number, more: Partial<MatchPlan> = {}): MatchPlan {
  return {
    seed,
    peers: 2 + (seed % 3),
    ticks: 560,
    mode: 'rollback',
    conditions: BAD_LINE,
    game: scriptedArena,
    scripts,
    ...more,
  }
}

test.each([1, 2, 3])('a match with scripts agrees in every confirmed tick, world and image (seed %i)', seed => {
  const match = new WholeMatch(planOf(seed))
  match.run()
  const report = match.report()
  expect(report.problems).toEqual([])
  expect(report.rollbacks).toBeGreaterThan(20)
  expect(match.machines.flatMap(m => m.scriptNews)).toEqual([])
})

test.each([4, 5])('who comes late and who watches goes on with the image of the others (seed %i)', seed => {
  const match = new WholeMatch(planOf(seed, { comers: [{ tick: 150 }, { tick: 250, watch: { delayTicks: 20 } }] }))
  match.run()
  const report = match.report()
  expect(report.problems).toEqual([])
  expect(match.machines).toHaveLength(planOf(seed).peers + 2)
})

/** Runs until every machine has simulated this tick, and what is on its way has landed. */
function runTo(match: WholeMatch, tick: number): void {
  const isThere = (): boolean => match.machines.every(m => m.end !== null || m.loop.timeline.headTick >= tick)
  expect(match.clock.runUntil(isThere, 60_000)).toBe(true)
  match.clock.advance(500)
}

const told = (match: WholeMatch, what: string): string[][] =>
  match.machines.map(m =>
    m.scriptNews.filter(one => one.what === what).map(one => `${one.script} ${one.tick} ${one.message}`),
  )

function heardByBots({ loop }: Machine): number[] {
  const { facade } = loop.simulation
  const { Bot } = facade.components as unknown as { Bot: { heard: Uint16Array } }
  return [...facade.query('Bot')].map(e => Bot.heard[e])
}

test('a script that runs away is stopped at one tick everywhere, and the match goes on without it', async () => {
  const runaway = `
    local n = 0
    function on_shout(evt)
      self.bot.mood = 1000000
      if evt.payload.n > 200 then while true do n = n + 1 end end
    end`
  const scripts = await arenaScripts(
    { ...SOURCES, 'runaway.lua': { text: runaway, each: ['Bot'] } },
    { fuelPerTick: 100_000 },
  )
  const match = new WholeMatch(planOf(6, { scripts, peers: 4, ticks: 480, comers: [{ tick: 400 }] }))
  match.run()
  expect(match.report().problems).toEqual([])
  const stops = told(match, 'stopped')
  expect(stops[0][0]).toMatch(/^runaway.lua \d+ runaway.lua:5 is stopped at tick/)
  // The next round begins with it, and may end it again; who comes in between finds it stopped.
  for (const lines of stops.slice(0, 4)) expect(lines[0]).toBe(stops[0][0])
  expect(stops[4]).not.toContain(stops[0][0])
  const [line] = match.machines[0].scriptNews
  expect(line.text).toContain('stack traceback')
})

test('other texts run from one tick on everywhere, and rollbacks across it find each its own', async () => {
  const match = new WholeMatch(planOf(7, { peers: 3, ticks: 600, comers: [{ tick: 520 }] }))
  runTo(match, 200)
  const bot = SOURCES['bot.lua'] as { text: string; each: string[] }
  const faster = {
    ...SOURCES,
    'bot.lua': { ...bot, text: bot.text.replace('on_tick()', 'on_tick() self.bot.heard = 777') },
  }
  const rollbacksBefore = match.machines[0].loop.timeline.rollbacks
  // Nobody has them at the same moment as another.
  for (const m of match.machines) {
    m.loop.replaceGame(m.loop.simulation.game, 'test', await arenaScripts(faster))
    match.clock.advance(130)
  }
  runTo(match, 400)
  const replaced = told(match, 'replaced')
  expect(replaced[0]).toHaveLength(1)
  for (const line of replaced) expect(line).toEqual(replaced[0])
  expect(match.machines[0].loop.timeline.rollbacks).toBeGreaterThan(rollbacksBefore)
  for (const m of match.machines) expect(heardByBots(m)).toEqual(Array.from({ length: 6 }, () => 777))
  // Who comes now has those from the start; the round that follows begins with them on every machine.
  match.scripts = await arenaScripts(faster)
  match.run()
  expect(match.report().problems).toEqual([])
  expect(match.report().rounds).toBe(2)
})

test.each([2, 3])('who begins with a later round plays by the texts that came before (%i players)', async peers => {
  const bot = SOURCES['bot.lua'] as { text: string; each: string[] }
  const scripts = await arenaScripts({ ...SOURCES, 'bot.lua': { ...bot, editable: true } })
  const match = new WholeMatch(planOf(9, { scripts, peers, ticks: 800, waitForRound: true, comers: [{ tick: 200 }] }))
  runTo(match, 100)
  for (const part of scripts.edit('bot.lua', bot.text.replace('on_tick()', 'on_tick() self.bot.heard = 888'))) {
    match.machines[1].loop.emit('script:edit', part)
    match.clock.advance(17)
  }
  match.run()
  expect(match.report().problems).toEqual([])
  expect(match.report().rounds).toBe(2)
  expect(match.machines).toHaveLength(peers + 1)
  for (const m of match.machines) expect(heardByBots(m)).toEqual(Array.from({ length: 6 }, () => 888))
})

test('a text by a player comes in parts and runs at one tick everywhere, also for who comes in between', async () => {
  const bot = SOURCES['bot.lua'] as { text: string; each: string[] }
  const editable = { ...SOURCES, 'bot.lua': { ...bot, editable: true } }
  const scripts = await arenaScripts(editable)
  const match = new WholeMatch(planOf(8, { scripts, peers: 3, ticks: 640, comers: [{ tick: 260 }] }))
  const send = (text: string): void => {
    for (const part of scripts.edit('bot.lua', text)) {
      match.machines[1].loop.emit('script:edit', part)
      match.clock.advance(17)
    }
  }
  runTo(match, 200)
  send(bot.text.replace('on_tick()', 'on_tick() self.bot.heard = 888'))
  match.clock.advance(600)
  const [first] = told(match, 'replaced')
  expect(first).toHaveLength(1)
  for (const line of told(match, 'replaced')) expect(line).toEqual(first)
  for (const m of match.machines) expect(heardByBots(m)).toEqual(Array.from({ length: 6 }, () => 888))
  const slot = match.machines[1].loop.session.slot
  expect(match.machines[0].scriptNews.find(one => one.what === 'replaced')?.slot).toBe(slot)

  // What does not compile changes nothing, and everyone knows the line.
  send(`\n\nfunction on_tick( self.body.x = 1 end`)
  match.clock.advance(600)
  const refused = match.machines.map(m => m.scriptNews.find(one => one.what === 'refused'))
  for (const one of refused) expect(one).toMatchObject({ script: 'bot.lua', line: 3, slot })
  // A text that never ends is of no use, either.
  send(`while true do end`)
  match.clock.advance(600)
  for (const m of match.machines)
    expect(m.scriptNews.filter(one => one.what === 'refused').map(one => one.slot)).toEqual([slot, slot])
  match.run()
  expect(match.report().problems).toEqual([])
  expect(match.report().rounds).toBe(2)
  expect(told(match, 'stopped').flat()).toEqual([])
})

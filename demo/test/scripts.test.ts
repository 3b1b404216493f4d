// Sumo's scripts: what the stew does, what the rules make of whatever a script writes, and that all machines agree about it.

import { describe, expect, it } from 'vitest'
import { loadScripts } from '../../plugin-core/src/loop/load-scripts.ts'
import type { Game } from '../../plugin-core/src/sim/game.ts'
import { SCRIPT_EDIT } from '../../plugin-core/src/sim/sim-scripts.ts'
import { WholeMatch, type MatchPlan } from '../../plugin-core/test/matches/match.ts'
import { sumoScripts } from '../src/sumo-scripts.ts'
import { BOT_SLOT, DISC_STATE, PHASE } from '../src/sumo-terms.ts'
import { sumo } from '../src/sumo.ts'
import { Bout, COUNTDOWN } from './bout.ts'

type Scripts = Awaited<ReturnType<typeof loadScripts>>

const scripts = await loadScripts(sumo, sumoScripts)
const powerUp = sumoScripts['power-up.lua']
const PLENTY = powerUp.text.replace('local FIRST = 3', 'local FIRST = 1').replace('{ 4, 8 }', '{ 2, 3 }')

/** Sumo with other texts. */
function withTexts(texts: Partial<Record<keyof typeof sumoScripts, string>>): Promise<Scripts> {
  const sources = Object.entries(sumoScripts).map(([name, source]) => [
    name,
    { ...source, text: texts[name as keyof typeof sumoScripts] ?? source.text },
  ])
  return loadScripts(sumo, Object.fromEntries(sources) as typeof sumoScripts)
}

describe('the stew', () => {
  /** Two who keep still, until there is a bowl. */
  function served(seed: number): { bout: Bout; bowl: number; x: number; y: number } {
    const bout = new Bout(scripts, [0, 1], seed)
    bout.run(COUNTDOWN + 1)
    bout.until('stewServed', 400)
    const [bowl] = bout.world.entities('Stew')
    return { bout, bowl, x: bout.world.get('Body', 'x', bowl), y: bout.world.get('Body', 'y', bowl) }
  }

  it('stands on the platform, away from everybody, and only in play', () => {
    const places = new Set<string>()
    for (let seed = 1; seed <= 10; seed++) {
      const { bout, x, y } = served(seed)
      expect(bout.phase).toBe(PHASE.play)
      expect(Math.hypot(x, y)).toBeLessThan(bout.world.get('Arena', 'radius', bout.world.entities('Arena')[0]))
      for (const slot of [0, 1]) {
        const [discX, discY] = ['x', 'y'].map(field => bout.world.get('Body', field, bout.disc(slot)))
        expect(Math.hypot(discX - x, discY - y)).toBeGreaterThan(2)
      }
      places.add(`${x} ${y}`)
    }
    expect(places.size).toBe(10)
  })

  it('makes heavy who touches it, for some seconds', () => {
    const { bout, x, y } = served(3)
    bout.put(1, x + 1, y)
    bout.step()
    expect(bout.raised.at(-1)).toMatchObject({ kind: 'stewEaten', payload: { slot: 1 } })
    expect(bout.world.entities('Stew')).toEqual([])
    const boost = (): number => bout.world.get('Disc', 'boost', bout.disc(1))
    expect(bout.world.get('Disc', 'weight', bout.disc(1))).toBeGreaterThan(1.5)
    const ticks = boost()
    expect(ticks).toBeGreaterThan(240)
    bout.run(100)
    expect(boost()).toBe(ticks - 100)
  })

  it('goes away when nobody wants it, or nothing is left beneath it', () => {
    const { bout, bowl } = served(5)
    bout.world.set('Stew', 'ticks', bowl, 3)
    const gone = (): number => bout.raised.filter(event => event.kind === 'stewGone').length
    bout.run(2)
    expect(gone()).toBe(0)
    bout.run(1)
    expect(gone()).toBe(1)
    expect(bout.world.entities('Stew')).not.toContain(bowl)
    const other = served(6)
    other.bout.world.set('Body', 'x', other.bowl, 30)
    other.bout.run(1)
    expect(other.bout.raised.at(-1)?.kind).toBe('stewGone')
  })

  it('lets the heavy one throw the others, and hardly be thrown', () => {
    const thrown = (weight: number): [still: number, runner: number] => {
      const bout = new Bout(scripts, [0, 1])
      bout.run(COUNTDOWN + 1)
      bout.put(0, -2, 0)
      bout.put(1, 0, 0)
      bout.world.set('Disc', 'weight', bout.disc(0), weight)
      bout.world.set('Disc', 'boost', bout.disc(0), 600)
      bout.wishes.set(0, { right: true, dash: true })
      bout.until('hit', 100)
      return [1, 0].map(slot => bout.world.get('Body', 'vx', bout.disc(slot))) as [number, number]
    }
    const [equalStill, equalRunner] = thrown(1)
    const [heavyStill, heavyRunner] = thrown(2.4)
    expect(heavyStill).toBeGreaterThan(equalStill * 1.2)
    expect(heavyRunner).toBeGreaterThan(equalRunner + 0.05)
    // What weighs nothing, or is no number, is as heavy as everybody.
    for (const weight of [0, -3, NaN]) expect(thrown(weight)).toEqual([equalStill, equalRunner])
    expect(thrown(1e9)).toEqual(thrown(8))
  })

  it('is fetched by the bot when it is nearer than the player', () => {
    const bout = new Bout(scripts, [0], 2)
    bout.run(COUNTDOWN + 1)
    while (bout.world.entities('Stew').length === 0) {
      bout.put(0, 0, -6)
      bout.put(BOT_SLOT, 0, 3)
      bout.step()
    }
    const [bowl] = bout.world.entities('Stew')
    bout.world.set('Body', 'x', bowl, 2.5)
    bout.world.set('Body', 'y', bowl, 4)
    expect(bout.until('stewEaten', 200)).toMatchObject({ slot: BOT_SLOT })
  })
})

describe('whatever a script writes', () => {
  const wild = async (lua: string): Promise<Bout> => {
    const bout = new Bout(await withTexts({ 'power-up.lua': lua }), [0, 1, 2], 4)
    bout.tolerant = true
    bout.wishes.set(0, { right: true, dash: true })
    return bout
  }

  it.each([
    ['bodies that are nowhere', 'for e in echo.query("Body", "Disc") do e.Body.x = 0/0 e.Body.vy = 1/0 end'],
    ['endless turns', 'for e in echo.query("Body", "Disc") do e.Body.angle = 1/0 end'],
    ['slots that nobody has', 'for e in echo.query("Disc") do e.Disc.slot = 99 end'],
    ['a platform of no size', 'for e in echo.query("Arena") do e.Arena.radius = 0/0 e.Arena.phase = 77 end'],
    ['more than there is room for', 'for _ = 1, 99 do echo.spawn("Body", "Disc", "Bot") end'],
    ['nobody', 'for e in echo.query("Disc") do e:destroy() end'],
  ])('%s: the rules go on', async (_what, lua) => {
    const bout = await wild(`function on_tick(evt) if evt.tick > 200 then ${lua} end end`)
    bout.run(700)
    expect(bout.tick).toBe(700)
  })

  it('a body that is nowhere takes nobody along', async () => {
    const bout = await wild(
      'function on_tick(evt) if evt.tick ~= 200 then return end for e in echo.query("Body", "Disc") do e.Body.x = 0/0 return end end',
    )
    bout.run(199)
    for (const slot of [0, 1, 2]) bout.put(slot, 0, slot)
    bout.run(2)
    const places = bout.world.entities('Disc').map(e => bout.world.get('Body', 'x', e))
    expect(places.filter(Number.isFinite)).toHaveLength(2)
  })

  it('without a platform the round is over, and the next one has its own', async () => {
    const bout = await wild(
      'function on_tick(evt) if evt.tick == 200 then for e in echo.query("Arena") do e:destroy() end end end',
    )
    bout.run(210)
    expect(bout.round).toBe(2)
    expect(bout.world.entities('Arena')).toHaveLength(1)
  })

  it('a script that never ends is stopped, and the round is played without it', async () => {
    const bout = await wild('function on_tick(evt) while evt.tick > 200 do end end')
    bout.run(201)
    expect(bout.news.map(({ what, script, line }) => [what, script, line])).toEqual([['stopped', 'power-up.lua', 1]])
    bout.until('roundOver')
  })
})

describe('on several machines', () => {
  const LINE = { delayMs: 45, jitterMs: 25, loss: 0.06, duplicate: 0.02, reorder: 0.04 }

  /** Sumo with a bot among the players, so that both scripts are at work. */
  const crowded = {
    ...sumo,
    rights: null,
    setup(sim: Parameters<typeof sumo.setup>[0], carry: Uint8Array) {
      sumo.setup(sim, carry)
      const e = sim.spawn('Body', 'Disc', 'Bot')
      sim.components.Disc.slot[e] = BOT_SLOT
      sim.components.Disc.state[e] = DISC_STATE.standing
    },
  } as unknown as Game

  function planOf(seed: number, more: Partial<MatchPlan>): MatchPlan {
    return { seed, peers: 2, ticks: 800, mode: 'rollback', conditions: LINE, game: crowded, talk: 0, ...more }
  }

  it.each([1, 2])('the same checksums of world and scripts through every rollback (seed %i)', async seed => {
    const match = new WholeMatch(planOf(seed, { scripts: await withTexts({ 'power-up.lua': PLENTY }) }))
    match.run()
    const report = match.report()
    expect(report.problems).toEqual([])
    expect(report.rollbacks).toBeGreaterThan(20)
    expect(match.machines.flatMap(machine => machine.scriptNews)).toEqual([])
  })

  it('a text that is applied while playing runs everywhere from one tick on, and is told to who comes later', async () => {
    const match = new WholeMatch(planOf(3, { scripts, ticks: 500, comers: [{ tick: 290 }] }))
    const isAt = (tick: number) => (): boolean => match.machines.every(({ loop }) => loop.timeline.headTick >= tick)
    expect(match.clock.runUntil(isAt(COUNTDOWN + 30), 30_000)).toBe(true)
    const lazy = 'function on_tick() self.Bot.aimX, self.Bot.aimY, self.Bot.dash = 0, 0, false end'
    for (const part of scripts.edit('bot.lua', lazy)) match.machines[1].loop.emit(SCRIPT_EDIT, part)
    match.run()
    expect(match.report().problems).toEqual([])
    const [first, ...others] = match.machines.map(({ scriptNews }) =>
      scriptNews.map(({ what, script, tick }) => `${what} ${script} ${tick}`),
    )
    expect(first).toHaveLength(1)
    expect(first[0]).toMatch(/^replaced bot.lua \d+$/)
    expect(others[0]).toEqual(first)
    for (const { loop } of match.machines) expect(loop.simulation.scripts!.textOf('bot.lua')).toBe(lazy)
    for (const { loop } of match.machines) expect(loop.simulation.scripts!.textOf('power-up.lua')).toBe(powerUp.text)
  })
})

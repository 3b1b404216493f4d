// The rules of Sumo, played by the simulation alone: rounds end, scores stay, nobody leaves the world.

import { describe, expect, it, vi } from 'vitest'
import { loadScripts } from '../../plugin-core/src/loop/load-scripts.ts'
import { synctest } from '../../plugin-core/src/loop/synctest.ts'
import { BOT_SLOT, CHAT_LENGTH, DISC_STATE, DRAW, PHASE, TICKS } from '../src/sumo-terms.ts'
import { sumoScripts } from '../src/sumo-scripts.ts'
import { sumo } from '../src/sumo.ts'
import { Bout, COUNTDOWN } from './bout.ts'

const scripts = await loadScripts(sumo, sumoScripts)

describe('a round of sumo', () => {
  it('counts down from three, then nobody is held any more', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.wishes.set(0, { right: true })
    bout.run(COUNTDOWN)
    expect(bout.raised.map(({ tick, kind }) => [tick, kind])).toEqual([
      [1, 'countdown'],
      [1 + TICKS.count, 'countdown'],
      [1 + 2 * TICKS.count, 'countdown'],
    ])
    const before = bout.world.get('Body', 'x', bout.disc(0))
    bout.run(2)
    expect(bout.raised.at(-1)?.kind).toBe('go')
    expect(bout.phase).toBe(PHASE.play)
    expect(bout.world.get('Body', 'x', bout.disc(0))).toBeGreaterThan(before)
  })

  it('ends by itself when nobody moves, because the platform shrinks away', () => {
    const bout = new Bout(scripts, [0, 1])
    expect(bout.until('roundOver')).toEqual({ winner: DRAW })
    expect(bout.tick).toBeLessThan(70 * 60)
  })

  it('is won by the one who stays, whose point is there in the next round', () => {
    const bout = new Bout(scripts, [2, 5])
    bout.run(COUNTDOWN + 1)
    bout.put(2, 40, 0)
    expect(bout.until('fall', 5)).toMatchObject({ slot: 2 })
    expect(bout.raised.at(-1)).toMatchObject({ kind: 'roundOver', payload: { winner: 5 } })
    bout.run(TICKS.result + 5)
    expect(bout.round).toBe(2)
    expect(bout.phase).toBe(PHASE.countdown)
    expect([bout.score(2), bout.score(5)]).toEqual([0, 1])
  })

  it('gives who waited in the lobby a place and no points, and forgets who left', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.run(COUNTDOWN + 1)
    bout.put(0, 40, 0)
    bout.until('roundOver', 5)
    bout.slots.push(7)
    bout.slots.splice(0, 1)
    bout.run(TICKS.result + 5)
    expect([bout.score(1), bout.score(7)]).toEqual([1, 0])
    expect(bout.disc(0)).toBe(-1)
  })

  it('takes in who comes while it is played, on what is left of the platform; who comes after it is decided waits', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.run(COUNTDOWN + TICKS.calm + 300)
    bout.join(4)
    bout.step()
    const state = (slot: number): number => bout.world.get('Disc', 'state', bout.disc(slot))
    expect(state(4)).toBe(DISC_STATE.standing)
    const [x, y] = ['x', 'y'].map(field => bout.world.get('Body', field, bout.disc(4)))
    expect(Math.hypot(x, y)).toBeLessThan(bout.world.get('Arena', 'radius', bout.world.entities('Arena')[0]))
    for (const slot of [0, 1]) bout.put(slot, 40, 0)
    expect(bout.until('roundOver', 5)).toEqual({ winner: 4 })
    bout.join(2)
    bout.step()
    expect(state(2)).toBe(DISC_STATE.out)
  })

  it('goes to the other when a player leaves in the middle of it', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.run(COUNTDOWN + 30)
    bout.leave(0)
    expect(bout.until('roundOver', 2)).toEqual({ winner: 1 })
    expect(bout.raised.map(event => event.kind)).toContain('gone')
    expect(bout.disc(0)).toBe(-1)
  })

  it('keeps eight players who push at random inside the world for a thousand ticks and more', () => {
    const bout = new Bout(scripts, [0, 1, 2, 3, 4, 5, 6, 7], 9)
    let seed = 5
    const random = (n: number): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n
    for (let i = 0; i < 2400; i++) {
      for (const slot of bout.slots) {
        if (random(9) > 0) continue
        bout.wishes.set(slot, { moveX: random(256) - 128, moveY: random(256) - 128, dash: random(2) === 0 })
      }
      bout.step()
      for (const e of bout.world.entities('Body')) {
        const distance = Math.hypot(bout.world.get('Body', 'x', e), bout.world.get('Body', 'y', e))
        expect(distance).toBeLessThan(40)
      }
    }
    expect(bout.raised.some(event => event.kind === 'hit')).toBe(true)
    expect(bout.raised.some(event => event.kind === 'roundOver')).toBe(true)
  })
})

describe('discs', () => {
  it('push each other apart, and a dash hits harder than a walk', () => {
    const powerOf = (dash: boolean): number => {
      const bout = new Bout(scripts, [0, 1])
      bout.run(COUNTDOWN + 1)
      bout.put(0, -3, 0)
      bout.put(1, 0, 0)
      bout.wishes.set(0, { right: true, dash })
      const { power } = bout.until('hit', 200)
      bout.run(1)
      const gap = bout.world.get('Body', 'x', bout.disc(1)) - bout.world.get('Body', 'x', bout.disc(0))
      expect(gap).toBeGreaterThanOrEqual(1.8)
      return power
    }
    expect(powerOf(true)).toBeGreaterThan(2 * powerOf(false))
  })

  it('that stand inside each other are moved apart at once', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.run(COUNTDOWN + 1)
    bout.put(0, 1, 1)
    bout.put(1, 1, 1)
    bout.run(1)
    const [a, b] = [bout.disc(0), bout.disc(1)]
    const dx = bout.world.get('Body', 'x', b) - bout.world.get('Body', 'x', a)
    expect(dx).toBeCloseTo(1.8)
  })

  it('never move so fast that they would pass through each other', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.run(COUNTDOWN + 1)
    bout.put(0, -5, 0)
    bout.put(1, 5, 0)
    bout.world.set('Body', 'vx', bout.disc(0), 40)
    bout.run(1)
    expect(bout.world.get('Body', 'x', bout.disc(0))).toBeLessThan(-5 + 0.9)
  })

  it('dash once, then wait for the cooldown', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.run(COUNTDOWN + 1)
    for (let i = 0; i < TICKS.cooldown + 10; i++) {
      bout.wishes.set(0, { dash: i % 2 === 0 })
      bout.put(0, 0, -4)
      bout.step()
    }
    const dashes = bout.raised.filter(event => event.kind === 'dash').map(event => event.tick)
    expect(dashes).toHaveLength(2)
    expect(dashes[1] - dashes[0]).toBeGreaterThanOrEqual(TICKS.cooldown)
  })

  it('fall for a moment, then are out', () => {
    const bout = new Bout(scripts, [0, 1, 2])
    bout.run(COUNTDOWN + 1)
    bout.put(1, 40, 0)
    bout.until('fall', 2)
    bout.run(TICKS.fall - 1)
    expect(bout.world.get('Disc', 'state', bout.disc(1))).toBe(DISC_STATE.falling)
    bout.run(1)
    expect(bout.world.get('Disc', 'state', bout.disc(1))).toBe(DISC_STATE.out)
    expect(bout.phase).toBe(PHASE.play)
  })

  it('turn the short way round', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.run(COUNTDOWN + 1)
    const e = bout.disc(0)
    bout.world.set('Body', 'angle', e, 3.1)
    bout.wishes.set(0, { moveX: -127, moveY: -8 })
    bout.run(3)
    expect(Math.abs(bout.world.get('Body', 'angle', e))).toBeGreaterThan(3)
  })
})

describe('the bot', () => {
  it('takes the second seat of a lonely player, and gives it back to a person', () => {
    const bout = new Bout(scripts, [0])
    bout.run(1)
    expect(bout.world.entities('Bot')).toHaveLength(1)
    expect(bout.disc(BOT_SLOT)).not.toBe(-1)
    bout.run(COUNTDOWN)
    bout.put(0, 40, 0)
    bout.until('roundOver', 5)
    bout.slots.push(3)
    bout.run(TICKS.result + 5)
    expect(bout.round).toBe(2)
    expect(bout.world.entities('Bot')).toHaveLength(0)
    expect(bout.disc(3)).not.toBe(-1)
  })

  it('keeps its score while it stays', () => {
    const bout = new Bout(scripts, [0])
    bout.run(COUNTDOWN + 1)
    bout.put(0, 40, 0)
    expect(bout.until('roundOver', 5)).toEqual({ winner: BOT_SLOT })
    bout.run(TICKS.result + 5)
    expect(bout.score(BOT_SLOT)).toBe(1)
  })

  it('thinks slower while it leads, so that its rival comes back', () => {
    const longestWait = (lead: number): number => {
      const bout = new Bout(scripts, [0])
      bout.run(1)
      const bot = bout.disc(BOT_SLOT)
      bout.world.set('Disc', 'score', bot, lead)
      let longest = 0
      for (let i = 0; i < 100; i++) {
        bout.step()
        longest = Math.max(longest, bout.world.get('Bot', 'wait', bot))
      }
      return longest
    }
    expect(longestWait(3)).toBeGreaterThan(longestWait(0))
    expect(longestWait(300)).toBeLessThan(60)
  })

  it('brakes at the edge, also when somebody stands there', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const bout = new Bout(scripts, [0], seed)
      bout.run(COUNTDOWN + 1)
      bout.put(BOT_SLOT, 5.5, -2.5)
      for (let i = 0; i < 150; i++) {
        bout.put(0, 7.2, 3)
        bout.step()
      }
      expect(bout.world.get('Disc', 'state', bout.disc(BOT_SLOT)), `seed ${seed}`).toBe(DISC_STATE.standing)
    }
  })

  it('throws a player who only stands there', () => {
    let wins = 0
    for (let seed = 1; seed <= 12; seed++) {
      const bout = new Bout(scripts, [0], seed)
      const { winner } = bout.until('roundOver')
      if (winner === BOT_SLOT) wins++
    }
    expect(wins).toBeGreaterThanOrEqual(10)
  })
})

describe('emotes', () => {
  it('are raised for the player who sent them, and nonsense from strangers is not', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.run(1)
    bout.emit({ slot: 1, kind: 'emote', payload: { emote: 2 } })
    for (const payload of [null, {}, 7, 'x', { emote: 'x' }, { emote: -1 }, { emote: 99 }, { emote: NaN }, []])
      bout.emit({ slot: 0, kind: 'emote', payload })
    bout.run(1)
    const emotes = bout.raised.filter(event => event.kind === 'emote')
    expect(emotes.map(event => event.payload)).toEqual([{ e: bout.disc(1), slot: 1, emote: 2 }])
  })
})

describe('chat', () => {
  it('is raised as one line of text, cut to its length; anything else is not', () => {
    const bout = new Bout(scripts, [0, 1])
    bout.run(1)
    const long = '🍜'.repeat(CHAT_LENGTH + 5)
    for (const text of [' hello\n<b>you</b>\u0007 ', long, '', ' \u0000 ', 7, null, ['x']])
      bout.emit({ slot: 1, kind: 'chat', payload: { text } })
    for (const payload of [null, 7, 'x', {}]) bout.emit({ slot: 0, kind: 'chat', payload })
    bout.run(1)
    expect(bout.raised.filter(event => event.kind === 'chat').map(event => event.payload)).toEqual([
      { slot: 1, text: 'hello <b>you</b>' },
      { slot: 1, text: '🍜'.repeat(CHAT_LENGTH) },
    ])
  })
})

it('gives the same states when every tick is run again, also with the bot in the ring', () => {
  expect(synctest(sumo, { scripts, ticks: 1500, seed: 5, players: 1 }).failure).toBeNull()
})

it('gives the same states when every tick is run again, for ten thousand ticks', () => {
  const report = synctest(sumo, { scripts, ticks: 10_000, seed: 3, players: 3 })
  expect(report.failure).toBeNull()
  expect(report.ticks).toBe(10_000)
})

it('goes on from the same state in the worker of who comes late, whose rules were never set up', async () => {
  vi.resetModules()
  const late = (await import('../src/sumo.ts')).sumo
  expect(late).not.toBe(sumo)
  expect(synctest(sumo, { scripts, ticks: 600, seed: 2, players: 2, late }).failure).toBeNull()
})

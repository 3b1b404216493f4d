// Two pages of one browser, one in Phaser and one in Babylon, play over the real relay with a bad line.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { Player, compare } from './player.ts'
import { withChromium } from './with-chromium.ts'

/** The length of play that is asked for: not a wait for something. */
const PLAY_MS = 30_000
const SCREENSHOTS = join(import.meta.dirname, 'screenshots')

test(
  'thirty seconds of play: the same states in both engines, without a pause',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport: { width: 480, height: 360 } })
    // 50 ms each way between page and relay: a round trip of 100 ms, and 2 % of all messages are lost.
    const both = { room: 'play', autoready: 1, players: 2, conditions: '50,0,0.02' }
    const ann = await Player.open(context, inject('site'), {
      ...both,
      name: 'Ann',
      view: 'phaser',
      renderer: 'canvas',
      script: 1,
    })
    const bob = await Player.open(context, inject('site'), { ...both, name: 'Bob', view: 'babylon', script: 2 })
    for (const player of [ann, bob]) await player.until('playing', ({ match }) => match.stats.confirmedTick > 60)
    const before = [await ann.stats(), await bob.stats()]
    for (const player of [ann, bob]) await player.note()
    await new Promise(resolve => setTimeout(resolve, PLAY_MS))
    const after = [await ann.stats(), await bob.stats()]
    mkdirSync(SCREENSHOTS, { recursive: true })
    for (const [player, file] of [
      [ann, 'phaser.png'],
      [bob, 'babylon.png'],
    ] as const) {
      await player.page.bringToFront()
      await player.page.screenshot({ path: join(SCREENSHOTS, file) })
    }
    const notes = [await ann.noted(), await bob.noted()]
    const { shared, different } = compare(notes[0], notes[1])
    console.log(`checksums compared: ${shared}`)
    expect(different).toEqual([])
    expect(shared).toBeGreaterThan(40)
    after.forEach((stats, i) => {
      console.log(
        `${['phaser', 'babylon'][i]}: ${stats.confirmedTick - before[i].confirmedTick} confirmed ticks, ${stats.rollbacks} rollbacks, ping ${stats.pingMs.toFixed(0)} ms, longest gap ${notes[i].longestGapMs} ms`,
      )
      expect(stats.confirmedTick - before[i].confirmedTick).toBeGreaterThanOrEqual(1700)
      expect(stats.rollbacks).toBeGreaterThanOrEqual(20)
      expect(stats.pingMs).toBeGreaterThan(95)
      expect(notes[i].longestGapMs).toBeLessThan(250)
    })
    for (const player of [ann, bob]) {
      expect(player.errors).toEqual([])
      // The discs stand where the worker says: drawn between the two newest states, so at most a tick's way off.
      const off = await player.ask(({ match, scene }) => {
        const { Disc, Body } = match.view as unknown as Record<string, Record<string, ArrayLike<number>>>
        const view = match.view as unknown as {
          query(...names: string[]): Iterable<number>
          previous: Record<string, Record<string, ArrayLike<number>>>
        }
        return scene.discs().map(disc => {
          for (const e of view.query('Disc', 'Body')) {
            if (Disc.slot[e] !== disc.slot) continue
            const before = view.previous.Body
            const near = (a: number, b: number, value: number): number =>
              Math.max(0, Math.min(a, b) - value, value - Math.max(a, b))
            return Math.max(near(before.x[e], Body.x[e], disc.x), near(before.y[e], Body.y[e], disc.y))
          }
          return Infinity
        })
      })
      expect(off.length).toBeGreaterThan(0)
      for (const distance of off) expect(distance).toBeLessThan(12)
    }
    await context.close()
  }),
)

// Two pages of one browser, one in Phaser and one in Babylon, play over the real relay with a bad line.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { coloursOf } from './picture.ts'
import { Player, compare, type Shown } from './player.ts'
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
      const picture = await player.page.screenshot({ path: join(SCREENSHOTS, file) })
      const colours = await coloursOf(player.page, picture)
      console.log(`${file}: ${colours} colours`)
      expect(colours).toBeGreaterThan(1000)
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
      expect(await player.starts()).toEqual(expect.arrayContaining([1]))
      expect(player.errors).toEqual([])
      // The discs stand where the worker says: drawn between the two newest states, as of the same frame, but for what
      // is left of a misprediction's correction.
      await player.page.bringToFront()
      const frames = await player.ask(offInFrames)
      const median = frames.toSorted((a, b) => a - b)[10]
      console.log(`${await player.ask(({ scene }) => scene?.kind)}: discs are off by ${median.toFixed(3)} units`)
      expect(median).toBeLessThan(0.2)
    }
    await context.close()
  }),
)

/** In each of some frames with both discs, right after it was drawn: how far the farthest disc stands from where the worker has it. */
function offInFrames({ match, scene }: Shown): Promise<number[]> {
  type Columns = Record<string, Record<string, ArrayLike<number>>>
  const view = match.view as unknown as Columns & { previous: Columns; query(...names: string[]): Iterable<number> }
  const outside = (value: number, a: number, b: number): number =>
    Math.max(0, Math.min(a, b) - value, value - Math.max(a, b))
  const off = ({ slot, x, y }: { slot: number; x: number; y: number }): number => {
    for (const e of view.query('Disc', 'Body')) {
      if (view.Disc.slot[e] !== slot) continue
      const [now, before] = [view.Body, view.previous.Body]
      return Math.max(outside(x, before.x[e], now.x[e]), outside(y, before.y[e], now.y[e]))
    }
    return Infinity
  }
  return new Promise(resolve => {
    const frames: number[] = []
    const look = (): void => {
      const discs = scene!.discs()
      // One that fell is not drawn until the next round.
      if (discs.length === 2) frames.push(Math.max(...discs.map(off)))
      if (frames.length < 21) requestAnimationFrame(look)
      else resolve(frames)
    }
    requestAnimationFrame(look)
  })
}

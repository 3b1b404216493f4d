// The adapters with each engine that they promise to serve: Phaser 4 and 3.90, Babylon in one package or in another.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveBuilt, type Served } from './built.ts'
import { coloursOf } from './picture.ts'
import { withChromium } from './with-chromium.ts'

let fixture: Served
beforeAll(async () => {
  fixture = await serveBuilt('yard')
})
afterAll(() => fixture?.close())

/** What `window.shown` and the match beside it say, at one moment. */
interface Moment {
  frames: number
  drawn: { e: number; x: number; y: number }[]
  newest: number[]
  previous: number[]
  y: number
}

for (const engine of ['phaser', 'phaser3', 'babylonjs', '@babylonjs/core']) {
  test(
    `a match is drawn and steered by ${engine}`,
    withChromium(async browser => {
      const page = await browser.newPage({ viewport: { width: 320, height: 240 } })
      const errors: string[] = []
      page.on('pageerror', error => errors.push(error.message))
      await page.goto(fixture.url)
      await page.waitForFunction('window.yard !== undefined', null, { timeout: 60_000 })
      await page.evaluate(`(async () => {
        const show = await yard.engine('${engine}')
        const { match } = await yard.join({ room: '${engine}', name: 'Ann' })
        window.match = match
        window.shown = await show(match, document.getElementById('stage'))
      })()`)
      // The bound object stands between the two newest states, in the frame after them.
      await page.waitForFunction('window.shown.dots().length === 1 && window.shown.frames() > 10')
      await page.keyboard.down('ArrowDown')
      await page.waitForFunction('window.match.view.Body.y[0] > 80', null, { timeout: 20_000 })
      await page.keyboard.up('ArrowDown')
      await page.waitForFunction('window.match.view.Body.y[0] === window.match.view.previous.Body.y[0]')
      await page.waitForTimeout(500)
      const moment = await page.evaluate<Moment>(`new Promise(done => {
        const { view } = window.match
        requestAnimationFrame(() => requestAnimationFrame(() => done({
          frames: window.shown.frames(),
          drawn: window.shown.dots(),
          newest: [view.Body.x[0], view.Body.y[0]],
          previous: [view.previous.Body.x[0], view.previous.Body.y[0]],
        })))
      })`)
      expect(moment.drawn).toHaveLength(1)
      const [{ x, y }] = moment.drawn
      // A frame drawn by software may be a few ticks old.
      const behind = (((moment.newest[0] - x) % 300) + 300) % 300
      expect(Math.min(behind, 300 - behind)).toBeLessThan(15)
      expect(y).toBeCloseTo(moment.newest[1], 1)
      expect(await coloursOf(page, await page.screenshot())).toBeGreaterThan(8)
      await page.evaluate('window.shown.close()')
      expect(await page.evaluate('window.match.state')).toBe('running')
      expect(errors).toEqual([])
    }),
  )
}

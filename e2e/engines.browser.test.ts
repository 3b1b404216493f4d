// The adapters with each engine that they promise to serve: Phaser 4 and 3.90, Babylon in one package or in another.

import type { Page } from 'playwright-core'
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

/** Until the rules have this from the player's hand. */
async function handIs(page: Page, aimX: number, aimY: number, fire: number): Promise<void> {
  const hand = '[Hand.aimX[0], Hand.aimY[0], Hand.fire[0]].join()'
  const wanted = `${aimX},${aimY},${fire}`
  await page
    .waitForFunction(`(({ Hand }) => ${hand} === '${wanted}')(window.match.view)`, null, { timeout: 5000 })
    .catch(async (cause: unknown) => {
      const is = await page.evaluate(`(({ Hand }) => ${hand})(window.match.view)`)
      throw new Error(`the hand should be ${wanted}, and is ${String(is)}`, { cause })
    })
}

/** One is connected in the midst of the match, as a browser tells of it, and taken away again. */
async function steerByGamepad(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    window.pad = {
      id: 'a pad', index: 0, connected: true, mapping: 'standard', timestamp: 0, vibrationActuator: null,
      axes: [0.1, 0, 0, 0], buttons: Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 })),
    }
    window.pads = [null, null, null, null]
    // Each time anew, as in Chromium: what was read before does not change.
    navigator.getGamepads = () => pads.map(pad => pad && { ...pad, timestamp: performance.now() })
    window.plug = (type, list) => {
      pads = list
      window.dispatchEvent(Object.assign(new Event(type), { gamepad: pad }))
    }
    plug('gamepadconnected', [pad, null])
    pad.buttons[0].pressed = true
  })()`)
  // A stick that does not quite rest is none of the rules' business.
  await handIs(page, 0, 0, 1)
  await page.evaluate('pad.axes = [0.66, -1, 0, 0]; pad.buttons[0].pressed = false')
  await handIs(page, 76, -127, 0)
  const y = await page.evaluate<number>('window.match.view.Body.y[0]')
  await page.evaluate('pad.axes = [0, 0, 0, 1]')
  await page.waitForFunction(`window.match.view.Body.y[0] > ${y + 5}`, null, { timeout: 5000 })
  await page.evaluate(`pad.axes = [1, 0, 0, 0]; pad.buttons[0].pressed = true`)
  await handIs(page, 127, 0, 1)
  await page.evaluate(`plug('gamepaddisconnected', [null, null])`)
  await handIs(page, 0, 0, 0)
}

async function steerByPointer(page: Page): Promise<void> {
  const box = (await page.locator('canvas').boundingBox())!
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  await page.mouse.move(x + 50, y)
  await handIs(page, 64, 0, 0)
  await page.mouse.move(x, y - 200)
  await page.mouse.move(x, y - 80)
  await page.mouse.down()
  await handIs(page, 0, -102, 1)
  // Let go of elsewhere.
  await page.mouse.move(1, 1)
  await page.mouse.up()
  await page.mouse.move(x, y)
  await handIs(page, 0, 0, 0)
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
      // At rest, and drawn there.
      await page.waitForFunction(`(({ Body, previous }) =>
        Body.y[0] === previous.Body.y[0] && Math.abs(window.shown.dots()[0].y - Body.y[0]) < 0.04
      )(window.match.view)`)
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
      await steerByGamepad(page)
      await steerByPointer(page)
      expect(await coloursOf(page, await page.screenshot())).toBeGreaterThan(8)
      await page.evaluate('window.shown.close()')
      expect(await page.evaluate('window.match.state')).toBe('running')
      expect(errors).toEqual([])
    }),
  )
}

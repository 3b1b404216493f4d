// Rules that are edited while they run: the same schema goes on where it was, another one starts anew, and what threw
// comes back once it is mended. In two tabs of which one hosts, and on three machines at a relay, which has no rules to swap.

import type { Browser, Page } from 'playwright-core'
import { createRelay } from '@lockstride/server'
import { expect, test } from 'vitest'
import { startFixture } from './fixture.ts'
import { withChromium } from './with-chromium.ts'

/** Pages of one room. */
type Room = readonly Page[]

const steps = (page: Page): Promise<number> => page.evaluate<number>('window.lockstride.match.view.Counter.steps[0]')
const said = (
  page: Page,
  type: string,
): Promise<{ tick: number; restarted: boolean; message: string; line: number; file: string }[]> =>
  page.evaluate(`window.said.filter(s => s.type === '${type}').map(s => s.event)`)

/** In a browser of its own each, or all in one: its tabs. */
async function join(browser: Browser, url: string, options: readonly object[], tabs?: 'tabs'): Promise<Room> {
  const shared = tabs === undefined ? null : await browser.newContext()
  const pages = await Promise.all(
    options.map(async more => {
      const page = await (shared ?? (await browser.newContext())).newPage()
      await page.goto(url)
      await page.waitForFunction('window.join !== undefined')
      const joining = JSON.stringify({ room: 'reload', ready: false, ...more })
      expect(await page.evaluate(`window.join('game', ${joining})`)).toBe('joined')
      return page
    }),
  )
  // All are here before any is ready: they start together.
  for (const page of pages) await page.evaluate('window.lockstride.match.setReady(true)')
  return pages
}

test(
  'tabs, and machines at a relay, swap rules of the same schema at one tick, start anew with another one, and survive rules that throw',
  withChromium(async browser => {
    const fixture = await startFixture('app')
    const relay = createRelay({ port: 0, host: '127.0.0.1', origins: ['*'] })
    try {
      fixture.edit('rules.ts', text => text.replace('maxPlayers: 2', 'maxPlayers: 3'))
      const atRelay = { relay: `ws://127.0.0.1:${await relay.listening}` }
      // Its inputs come late, some never.
      const far = { ...atRelay, conditions: { delayMs: 60, jitterMs: 20, loss: 0.05 } }
      const rooms = await Promise.all([
        join(browser, fixture.url, [{}, {}], 'tabs'),
        join(browser, fixture.url, [atRelay, atRelay, far]),
      ])
      const until = (expression: string): Promise<unknown[]> =>
        Promise.all(
          rooms.flat().map(page =>
            page.waitForFunction(expression, null, { timeout: 20_000 }).catch(async (cause: unknown) => {
              const state = await page.evaluate(
                `JSON.stringify([window.lockstride.match.state, window.lockstride.match.stats.tick, window.said])`,
              )
              throw new Error(`not within 20 s: ${expression}; ${String(state)}`, { cause })
            }),
          ),
        )
      await until(`window.lockstride.match.stats.confirmedTick > 60 && window.lockstride.match.players.length > 1`)

      fixture.edit('rules.ts', text => text.replace('+= 1', '+= 1000'))
      await until(`window.said.some(s => s.type === 'rules')`)
      await until('window.lockstride.match.view.Counter.steps[0] > 10000')
      for (const pages of rooms) {
        const swaps = await Promise.all(pages.map(page => said(page, 'rules')))
        const [{ tick }] = swaps[0]
        expect(swaps).toMatchObject(pages.map(() => [{ restarted: false, tick }]))
        // It went on where it was: the ticks of the old rules count, too.
        for (const page of pages) expect((await steps(page)) % 1000).toBe(tick - 1)
      }

      fixture.edit('rules.ts', text => text.replace('steps: u32', 'steps: u32, more: u32').replace('+= 1000', '+= 1'))
      await until(`window.said.filter(s => s.type === 'rules').length > 1`)
      for (const page of rooms.flat())
        expect((await said(page, 'rules'))[1]).toMatchObject({
          restarted: true,
          message: expect.stringMatching(/another schema/),
        })
      await until(`window.lockstride.match.state === 'running' && window.lockstride.match.view.Counter.steps[0] > 30`)
      for (const page of rooms.flat()) expect(await steps(page)).toBeLessThan(5000)

      fixture.edit('rules.ts', text =>
        text.replace('const { Counter }', `if (sim.tick > 5) throw new Error('planted')\n    const { Counter }`),
      )
      await until(`window.said.some(s => s.type === 'error')`)
      for (const page of rooms.flat()) {
        const [fault] = await said(page, 'error')
        expect(fault).toMatchObject({
          message: expect.stringMatching(/planted/),
          file: expect.stringMatching(/rules\.ts/),
        })
        expect(fault.tick).toBeGreaterThan(5)
        expect(fault.line).toBeGreaterThan(10)
      }
      fixture.edit('rules.ts', text => text.replace(`if (sim.tick > 5) throw new Error('planted')\n`, ''))
      await until(
        `window.lockstride.match.state === 'running' && window.lockstride.match.stats.tick > 30 && window.lockstride.match.view.Counter.steps[0] > 20`,
      )
      // All of a room are together again: nobody plays on alone.
      for (const pages of rooms)
        await Promise.all(
          pages.map(page => page.waitForFunction(`window.lockstride.match.players.length === ${pages.length}`)),
        )
    } finally {
      await relay.close()
      await fixture.close()
    }
  }),
)

// Rules that are edited while they run: the same schema goes on where it was, another one starts anew, and what threw
// comes back once it is mended.

import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { startFixture } from './fixture.ts'
import { withChromium } from './with-chromium.ts'

const steps = (page: Page): Promise<number> => page.evaluate<number>('window.lockstride.match.view.Counter.steps[0]')
const said = (
  page: Page,
  type: string,
): Promise<{ tick: number; restarted: boolean; message: string; line: number; file: string }[]> =>
  page.evaluate(`window.said.filter(s => s.type === '${type}').map(s => s.event)`)

test(
  'two tabs swap rules of the same schema at one tick, start anew with another one, and survive rules that throw',
  withChromium(async browser => {
    const fixture = await startFixture('app')
    try {
      const context = await browser.newContext()
      const pages: Page[] = []
      for (let i = 0; i < 2; i++) {
        const page = await context.newPage()
        await page.goto(fixture.url)
        await page.waitForFunction('window.join !== undefined')
        // Both are here before either is ready: they start together.
        expect(await page.evaluate(`window.join('game', { room: 'reload', ready: false })`)).toBe('joined')
        pages.push(page)
      }
      for (const page of pages) await page.evaluate('window.lockstride.match.setReady(true)')
      const until = (expression: string): Promise<unknown[]> =>
        Promise.all(
          pages.map(page =>
            page.waitForFunction(expression, null, { timeout: 20_000 }).catch(async (cause: unknown) => {
              const state = await page.evaluate(
                `JSON.stringify([window.lockstride.match.state, window.lockstride.match.stats.tick, window.said])`,
              )
              throw new Error(`not within 20 s: ${expression}; ${String(state)}`, { cause })
            }),
          ),
        )
      await until('window.lockstride.match.stats.confirmedTick > 60')

      fixture.edit('rules.ts', text => text.replace('+= 1', '+= 1000'))
      await until(`window.said.some(s => s.type === 'rules')`)
      const swaps = await Promise.all(pages.map(page => said(page, 'rules')))
      expect(swaps[0]).toMatchObject([{ restarted: false }])
      expect(swaps[1][0].tick).toBe(swaps[0][0].tick)
      await until('window.lockstride.match.view.Counter.steps[0] > 10000')
      // It went on where it was: the ticks of the old rules count, too.
      expect((await steps(pages[0])) % 1000).toBe(swaps[0][0].tick - 1)

      fixture.edit('rules.ts', text => text.replace('steps: u32', 'steps: u32, more: u32').replace('+= 1000', '+= 1'))
      await until(`window.said.filter(s => s.type === 'rules').length > 1`)
      expect((await said(pages[0], 'rules'))[1]).toMatchObject({
        restarted: true,
        message: expect.stringMatching(/another schema/),
      })
      await until(`window.lockstride.match.state === 'running' && window.lockstride.match.view.Counter.steps[0] > 30`)
      expect(await steps(pages[0])).toBeLessThan(5000)

      fixture.edit('rules.ts', text =>
        text.replace('const { Counter }', `if (sim.tick > 5) throw new Error('planted')\n    const { Counter }`),
      )
      await until(`window.said.some(s => s.type === 'error')`)
      const [fault] = await said(pages[0], 'error')
      expect(fault).toMatchObject({
        message: expect.stringMatching(/planted/),
        file: expect.stringMatching(/rules\.ts/),
      })
      expect(fault.tick).toBeGreaterThan(5)
      expect(fault.line).toBeGreaterThan(10)
      fixture.edit('rules.ts', text => text.replace(`if (sim.tick > 5) throw new Error('planted')\n`, ''))
      await until(
        `window.lockstride.match.state === 'running' && window.lockstride.match.stats.tick > 30 && window.lockstride.match.view.Counter.steps[0] > 20`,
      )
    } finally {
      await fixture.close()
    }
  }),
)

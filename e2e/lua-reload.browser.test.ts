// Scripts that change while they run: saved by their author, or sent by a player; what is wrong in them is told where it is looked for.

import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { startFixture } from './fixture.ts'
import { withChromium } from './with-chromium.ts'

interface News {
  what: string
  script: string
  line: number
  tick: number
  message: string
  slot: number
}

const news = (page: Page): Promise<News[]> =>
  page.evaluate(`window.said.filter(s => s.type === 'script').map(s => s.event)`)

test(
  'two tabs run Lua, swap its text at one tick, take a text from a player, and name the line of an error',
  withChromium(async browser => {
    const fixture = await startFixture('scripts')
    try {
      const context = await browser.newContext()
      const pages: Page[] = []
      const consoles: string[][] = []
      const open = async (): Promise<void> => {
        const page = await context.newPage()
        const lines: string[] = []
        consoles.push(lines)
        page.on('console', message => lines.push(message.text()))
        await page.goto(fixture.url)
        await page.waitForFunction('window.join !== undefined')
        expect(await page.evaluate(`window.join('lua-reload')`)).toBe('joined')
        pages.push(page)
      }
      await open()
      await open()
      for (const page of pages) await page.evaluate('window.match.setReady(true)')
      const until = (expression: string): Promise<unknown[]> =>
        Promise.all(
          pages.map(page =>
            page.waitForFunction(expression, null, { timeout: 20_000 }).catch(async (cause: unknown) => {
              const state = await page.evaluate(
                `JSON.stringify([window.match.state, window.match.stats.tick, window.said])`,
              )
              throw new Error(`not within 20 s: ${expression}; ${String(state)}`, { cause })
            }),
          ),
        )
      const steps = 'window.match.view.Counter.steps[0]'
      await until(`window.match.stats.confirmedTick > 60 && ${steps} > 30`)
      for (const lines of consoles) expect(lines).toContain('[counter.lua] started')

      // Its author saves the file.
      fixture.edit('counter.lua', text => text.replace('local step = 1', 'local step = 1000'))
      await until(`window.said.some(s => s.type === 'rules')`)
      await until(`${steps} > 10000`)
      const swaps = await Promise.all(pages.map(news))
      const [swap] = swaps[0].filter(one => one.what === 'replaced')
      expect(swaps[1].filter(one => one.what === 'replaced')).toEqual([swap])
      // It went on where it was.
      expect((await pages[0].evaluate<number>(steps)) % 1000).toBe(swap.tick - 1)

      // Who comes now has the new text from the start, and is in the match.
      await open()
      await pages[2].evaluate('window.match.setReady(true)')
      await until(`window.match.state === 'running' && ${steps} > 10000`)

      // Half written, it is told at once, and what runs goes on.
      fixture.edit('counter.lua', text => `${text}\nfunction`)
      await until(`window.said.some(s => s.type === 'script' && s.event.what === 'error')`)
      const [half] = (await news(pages[0])).filter(one => one.what === 'error')
      expect(half).toMatchObject({
        script: 'counter.lua',
        line: 11,
        message: expect.stringMatching(/expected/) as unknown,
      })
      const then = await pages[0].evaluate<number>(steps)
      await until(`${steps} > ${then + 5000}`)

      // A player sends a text; the other one's machine runs it, too.
      await pages[0].evaluate(`window.match.setScript('counter.lua', 'function on_tick() self.counter.steps = 7 end')`)
      await until(`${steps} === 7`)
      const slot = await pages[0].evaluate<number>('window.match.slot')
      const sent = (await news(pages[1])).filter(one => one.what === 'replaced')
      expect(sent).toMatchObject([{ slot: -1 }, { script: 'counter.lua', slot }])

      // One that does not compile changes nothing, and both know the line.
      await pages[1].evaluate(`window.match.setScript('counter.lua', 'local a = 1\\n\\nlocal = 2')`)
      await until(`window.said.some(s => s.type === 'script' && s.event.what === 'refused')`)
      expect((await news(pages[0])).find(one => one.what === 'refused')).toMatchObject({
        line: 3,
        script: 'counter.lua',
      })
      expect(await pages[1].evaluate(`window.match.setScript('other.lua', '').catch(String)`)).toMatch(
        /there is no script other\.lua; there are counter\.lua/,
      )

      // An error names its line, in the console and on the page.
      await pages[0].evaluate(
        `window.match.setScript('counter.lua', 'function on_tick()\\n  local target\\n  target.x = 1\\nend')`,
      )
      await until(`window.said.filter(s => s.type === 'script' && s.event.what === 'error').length > 1`)
      for (const [i, page] of pages.entries()) {
        const told = consoles[i].filter(line => line.startsWith('counter.lua:3: ') && line.includes('stack traceback'))
        // By the worker and by the page.
        expect(told).toHaveLength(2)
        expect(await page.locator('[data-lockstride=overlay]').textContent()).toContain('counter.lua:3 · tick')
        // Once, and not at every tick.
        expect((await news(page)).filter(one => one.what === 'error')).toHaveLength(2)
      }
      expect(await pages[0].evaluate('window.match.state')).toBe('running')
    } finally {
      await fixture.close()
    }
  }),
)

// Two tabs of a real browser: who may say what, and what becomes of an event that a prediction made up, in both engines.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveBuilt, type Served } from './built.ts'
import { withChromium } from './with-chromium.ts'

/** What the fixture's page offers. */
interface EchoPage {
  match: { slot: number; stats: { confirmedTick: number; faults: number }; emit(kind: string, payload: null): void }
  faults: string[]
  said: number[]
  settled: { shown: number; confirmed: number; cancelled: number }
  join(name: string): Promise<void>
  phaser(): Promise<number[][]>
  babylon(): Promise<number[][]>
}

declare global {
  interface Window {
    echo: EchoPage
    /** How loud each sound was; -1: it was ended. */
    loudness: number[][]
  }
}

let fixture: Served
beforeAll(async () => {
  fixture = await serveBuilt('echo')
})
afterAll(() => fixture?.close())

async function twoTabs(browser: Browser): Promise<[Page, Page, string[]]> {
  const context = await browser.newContext({ viewport: { width: 320, height: 240 } })
  const errors: string[] = []
  const open = async (name: string): Promise<Page> => {
    const page = await context.newPage()
    page.on('pageerror', error => errors.push(error.message))
    page.on('console', message => message.type() === 'error' && errors.push(message.text()))
    await page.goto(fixture.url)
    await page.waitForFunction('window.echo !== undefined', null, { timeout: 60_000 })
    // A gesture: sounds may play.
    await page.mouse.click(5, 5)
    await page.evaluate(player => window.echo.join(player), name)
    return page
  }
  const pages = [await open('Ann'), await open('Bob')] as const
  for (const page of pages)
    await page.waitForFunction(() => window.echo.match.stats.confirmedTick > 60, null, { timeout: 30_000 })
  return [...pages, errors]
}

test(
  'an event without its right is refused with a sentence, and heard of; one with it is heard by both',
  withChromium(async browser => {
    const [ann, bob, errors] = await twoTabs(browser)
    const slot = await ann.evaluate(() => window.echo.match.slot)
    await ann.evaluate(() => {
      window.echo.match.emit('say', null)
      window.echo.match.emit('shout', null)
    })
    for (const page of [ann, bob]) await page.waitForFunction(() => window.echo.said.length > 0)
    for (const page of [ann, bob]) expect(await page.evaluate(() => window.echo.said)).toEqual([slot])
    await ann.waitForFunction(() => window.echo.faults.length > 0)
    expect(await ann.evaluate(() => window.echo.faults)).toEqual([`ERR_CAPABILITY_DENIED ${slot} shout 1`])
    await ann.waitForFunction(() => window.echo.match.stats.faults === 1)
    // Nothing left the page, so there is nothing that anybody else could have refused.
    expect(await bob.evaluate(() => window.echo.faults)).toEqual([])
    expect(errors).toEqual([
      expect.stringMatching(
        /^emit\('shout'\) is not sent: slot \d has no 'chat:shout' at tick \d+ \(ERR_CAPABILITY_DENIED\)$/,
      ),
    ])
  }),
)

for (const engine of ['phaser', 'babylon'] as const)
  test(
    `${engine}: what a rollback takes away is cancelled, and its sound fades`,
    withChromium(async browser => {
      const [ann, bob, errors] = await twoTabs(browser)
      // Behind another page it would draw one frame a second.
      await ann.bringToFront()
      await ann.evaluate(async name => {
        window.loudness = await window.echo[name]()
      }, engine)
      // Sounds that were ended, one of them over some frames at least: a busy machine draws few.
      await ann.waitForFunction(
        () => {
          const ended = window.loudness.filter(heard => heard.at(-1) === -1)
          return ended.length >= 2 && ended.some(heard => heard.filter(loud => loud > 0 && loud < 1).length >= 3)
        },
        null,
        { timeout: 60_000 },
      )
      const loudness = await ann.evaluate(() => window.loudness)
      for (const heard of loudness.filter(each => each.at(-1) === -1)) {
        expect(heard[0]).toBe(1)
        expect(heard).toEqual(heard.toSorted((x, y) => y - x))
      }
      const settled = await ann.evaluate(() => ({ ...window.echo.settled }))
      expect(settled.cancelled).toBeGreaterThanOrEqual(2)
      expect(settled.shown).toBeLessThanOrEqual(settled.confirmed + settled.cancelled + 1)
      await bob.close()
      expect(errors).toEqual([])
    }),
  )

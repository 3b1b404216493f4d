// Wrong use gets a sentence that helps, in the browser where it happens.

import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFixture, type Fixture } from './fixture.ts'
import { withChromium } from './with-chromium.ts'

let fixture: Fixture
beforeAll(async () => {
  fixture = await startFixture('app')
})
afterAll(() => fixture?.close())

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  await page.waitForFunction('window.join !== undefined')
  return page
}

function join(page: Page, worker: string | null, options: object = {}): Promise<string> {
  return page.evaluate<string>(`window.join(${JSON.stringify(worker)}, ${JSON.stringify(options)})`)
}

test(
  'a missing, dead or silent worker, a relay that is not there, a full room and other rules are told in a sentence',
  withChromium(async browser => {
    const context = await browser.newContext()
    const page = await open(context, fixture.url)
    expect(await join(page, null)).toMatch(/connect\(\) needs the game's worker: worker: new Worker\(new URL/)
    expect(await join(page, 'missing')).toMatch(
      /The game's worker failed to load\. Open its file's address in the browser/,
    )
    expect(await join(page, 'throws')).toMatch(
      /failed to load: .*these rules cannot be loaded \(http.*throws\.worker\.ts.*:\d+\)$/,
    )
    expect(await join(page, 'game', { transport: '/relay' })).toBe(
      "transport: webSocket('/relay'), broadcast() or webRtc({ relay: '/relay' })",
    )
    // Meanwhile, on a page of its own: it takes ten seconds.
    const silent = open(context, fixture.url).then(waiting => join(waiting, 'silent'))
    expect(await join(page, 'game', { mode: 'lagstep' })).toMatch(/'rollback', 'lockstep' and 'authoritative' are/)
    expect(await join(page, 'game', { inputDelay: 99 })).toMatch(/inputDelay: a whole number from 0 to 15, not 99/)
    expect(await join(page, 'game', { relay: 'ws://127.0.0.1:9/relay' })).toMatch(
      /No relay answers at ws:\/\/127\.0\.0\.1:9/,
    )
    expect(await join(page, 'game', { room: 'full' })).toBe('joined')
    const second = await open(context, fixture.url)
    expect(await join(second, 'other', { room: 'full' })).toMatch(/plays by other rules: .*reload both/)
    expect(await join(second, 'game', { room: 'full' })).toBe('joined')
    const third = await open(context, fixture.url)
    expect(await join(third, 'game', { room: 'full' })).toMatch(/is full: 2 of 2 players/)
    expect(await silent).toMatch(/did not answer for 10 s: does it call serve\(game\) at its top level\?/)
  }),
)

test(
  'Math.random in the rules ends the match with its replacement, file, line and tick, and shows them on the page',
  withChromium(async browser => {
    const page = await open(await browser.newContext(), fixture.url)
    const printed: string[] = []
    page.on('console', message => message.type() === 'error' && printed.push(message.text()))
    expect(await join(page, 'random', { overlay: true })).toBe('joined')
    await page.waitForFunction(`window.said.some(s => s.type === 'end')`, null, { timeout: 15_000 })
    const said =
      await page.evaluate<{ type: string; event: { message: string; tick: number; file: string; line: number } }[]>(
        'window.said',
      )
    const { event } = said.find(s => s.type === 'error')!
    expect(event).toMatchObject({
      tick: 20,
      file: expect.stringMatching(/random\.worker\.ts/),
      message: expect.stringMatching(/Math\.random .* sim\.random\(\)/),
    })
    expect(event.line).toBeGreaterThan(3)
    await page.getByText('sim.random()').first().waitFor({ timeout: 5000 })
    // With its stack, which a browser's tools lead back to the source.
    expect(printed).toHaveLength(1)
    expect(printed[0]).toMatch(
      /^RulesError: the rules threw at tick 20 [^]*Math\.random[^]*\n +at .*random\.worker\.ts/,
    )
  }),
)

test(
  'an input that the game does not have is told in the console while developing',
  withChromium(async browser => {
    const page = await open(await browser.newContext(), fixture.url)
    const printed: string[] = []
    page.on('console', message => message.type() === 'error' && printed.push(message.text()))
    expect(await join(page, 'game', { overlay: true })).toBe('joined')
    await expect
      .poll(async () => {
        await page.evaluate('window.lockstride.match.setInput({ og: true })')
        return printed
      })
      .toEqual(['setInput: the game has no input "og"; it declares go'])
  }),
)

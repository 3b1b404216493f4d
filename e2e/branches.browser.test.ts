// A what-if in a real worker, asked for by its page: beside a match that is shown, and that goes on as if nobody had asked.

import type { Match } from '@lockstride/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveBuilt, type Served } from './built.ts'
import { withChromium } from './with-chromium.ts'

let fixture: Served
beforeAll(async () => {
  fixture = await serveBuilt('app')
})
afterAll(() => fixture?.close())

test(
  'a page asks what if, reads the answer, and its match goes on',
  withChromium(async browser => {
    const page = await browser.newPage({ viewport: { width: 320, height: 240 } })
    const errors: string[] = []
    page.on('pageerror', error => errors.push(error.message))
    await page.goto(fixture.url)
    await page.waitForFunction('window.join !== undefined', null, { timeout: 60_000 })
    expect(await page.evaluate("window.join('game', { room: 'branches' })")).toBe('joined')
    const answer = await page.evaluate(async () => {
      const { match } = (window as unknown as { lockstride: { match: Match } }).lockstride
      const reach = async (tick: number): Promise<void> => {
        while (match.stats.confirmedTick < tick) await new Promise(done => setTimeout(done, 50))
      }
      await reach(120)
      const branches = await match.branches()
      const { certainTick } = await branches.list()
      const whatIf = await branches.fork({ tick: certainTick, inputs: [{ slot: 0, values: { go: true } }] })
      const plain = await branches.fork({ tick: certainTick })
      const before = match.stats.tick
      await reach(certainTick + 70)
      await whatIf.advance(60)
      await plain.advance(60)
      const looks = [await whatIf.look(), await plain.look()]
      const steps = looks.map(look => Number(look.Counter.steps[look.first('Counter')]))
      const found = {
        branch: whatIf.branch,
        plain: plain.branch,
        ticks: whatIf.tick - certainTick,
        steps: steps[0] - steps[1],
        differences: (await whatIf.difference())!.map(({ region, a, b }) => `${region} ${a} ${b}`),
        same: await plain.difference(),
        refused: await branches.fork({ tick: 1e6 }).catch((error: unknown) => String(error)),
        went: match.stats.tick - before,
        state: match.state,
      }
      await branches.stop()
      await reach(certainTick + 120)
      await match.leave()
      const after = await match.branches().catch((error: unknown) => String(error))
      return { ...found, after }
    })
    expect(answer).toMatchObject({ plain: 'main', ticks: 60, steps: 0, same: [], state: 'running' })
    expect(answer.branch).toMatch(/^[0-9a-f]{64}$/)
    // What its player held; and with another name come other random numbers.
    expect(answer.differences).toContain('inputs 0 1')
    expect(answer.refused).toMatch(/tick 1000000 is not certain/)
    expect(answer.after).toMatch(/the match is over, and its branches with it/)
    expect(answer.went).toBeGreaterThan(50)
    expect(errors).toEqual([])
  }),
)

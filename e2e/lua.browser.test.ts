// Scripts in a worker of Chromium and of Firefox, from a production build: rollbacks, a late joiner with Node's image, numbers and
// hostile scripts, each with the hashes that Node has.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineRun, type EngineReport } from '../plugin-core/test/script/engine-run.ts'
import { chromiumPath } from '../packaging/chromium.ts'
import { serveBuilt, type Served } from './built.ts'
import { openBrowsers, type BrowserName } from './duel-browsers.ts'
import { firefoxPath } from './netns.ts'

/** All of them with LOCKSTRIDE_LONG=1; a sample otherwise. */
const TICKS = process.env.LOCKSTRIDE_LONG === undefined ? 1_000 : 10_000

let app: Served
let node: EngineReport
beforeAll(async () => {
  app = await serveBuilt('lua')
  node = engineRun({ ticks: TICKS })
}, 300_000)
afterAll(() => app?.close())

for (const name of ['chromium', 'firefox'] as const)
  test(`scripts do in ${name} what they do in Node, for ${TICKS} ticks`, { timeout: 600_000 }, async ({ skip }) => {
    const firefox = name === 'firefox' ? firefoxPath(skip) : undefined
    if (name === 'chromium') chromiumPath(skip)
    const report = await runIn(name, firefox)
    expect(report.differences).toEqual([])
    expect(report.rollbacks).toBe(node.rollbacks)
    expect(report.numbers).toEqual(node.numbers)
    expect(report.hostile).toEqual(node.hostile)
    expect(report.digests.slice(1)).toEqual(node.digests.slice(1))
    // It came late into Node's run, and went on as Node did.
    expect(report.joined.slice(-100)).toEqual(node.digests.slice(-100))
  })

async function runIn(name: BrowserName, firefox: string | undefined): Promise<EngineReport> {
  const browsers = await openBrowsers([name], firefox)
  try {
    const [page] = browsers.pages
    await page.goto(app.url)
    const [world, image] = [node.late.world, node.late.image].map(bytes => Buffer.from(bytes).toString('base64'))
    const report = await page.evaluate<EngineReport>(`runScripts(${JSON.stringify({ ticks: TICKS, world, image })})`)
    expect(browsers.errors).toEqual([])
    return report
  } finally {
    await browsers.close()
  }
}

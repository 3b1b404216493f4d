// What starts and stops leaves nothing behind: scenes of both engines, and matches, on the page and in its worker.

import type { BrowserContext, CDPSession, Page, WebWorker } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveBuilt, type Served } from './built.ts'
import { withRealTabs } from './with-real-tabs.ts'

const SCENES = 20
const MATCHES = 10
/** Of either, before the first look: code is compiled, caches and pools reach their size. */
const WARM_UP = { scenes: 20, matches: 8 }
/** Less than if what comes and goes were kept. Babylon alone keeps 4 KB of each scene that it disposed. */
const NOISE_KB = { phaser: 100, '@babylonjs/core': 250, matches: 250 } as const

let fixture: Served
beforeAll(async () => {
  fixture = await serveBuilt('yard')
})
afterAll(() => fixture?.close())

interface Size {
  listeners: number
  nodes: number
  heapKb: number
}

async function open(tabs: BrowserContext): Promise<{ page: Page; size: () => Promise<Size> }> {
  const page = await tabs.newPage()
  await page.goto(fixture.url)
  await page.waitForFunction('window.yard !== undefined', { timeout: 60_000 })
  const client = await page.createCDPSession()
  await client.send('Performance.enable')
  const size = async (): Promise<Size> => {
    await collectGarbage(client)
    const { metrics } = await client.send('Performance.getMetrics')
    const metric = (name: string): number => metrics.find(m => m.name === name)!.value
    return {
      listeners: metric('JSEventListeners'),
      nodes: metric('Nodes'),
      heapKb: Math.round(metric('JSHeapUsedSize') / 1024),
    }
  }
  return { page, size }
}

/** Weak references and what waits for a turn of its own need more than one. */
async function collectGarbage(client: CDPSession): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await client.send('HeapProfiler.collectGarbage')
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

/** Worlds and snapshots are array buffers, beside the heap. */
async function workerSize(worker: WebWorker): Promise<{ heapKb: number; buffersKb: number }> {
  await collectGarbage(worker.client)
  const usage = (await worker.client.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize: number }
  return { heapKb: Math.round(usage.usedSize / 1024), buffersKb: Math.round(usage.backingStorageSize / 1024) }
}

function expectNoMore(what: keyof typeof NOISE_KB, before: Size, after: Size): void {
  console.log(`${what}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`)
  expect(after.listeners).toBeLessThanOrEqual(before.listeners)
  expect(after.nodes).toBeLessThanOrEqual(before.nodes)
  expect(after.heapKb - before.heapKb).toBeLessThan(NOISE_KB[what])
}

for (const engine of ['phaser', '@babylonjs/core'] as const) {
  test(
    `${SCENES} scenes of ${engine} come and go in one match, and nothing of them stays`,
    withRealTabs(async tabs => {
      const { page, size } = await open(tabs)
      await page.evaluate(`(async () => {
        const show = await yard.engine('${engine}')
        window.joined = await yard.join({ room: '${engine}' })
        window.shown = await show(joined.match, document.getElementById('stage'))
        window.rounds = async count => {
          for (let i = 0; i < count; i++) {
            const from = shown.frames()
            while (shown.frames() < from + 3 || shown.dots().length === 0) await new Promise(requestAnimationFrame)
            await shown.restart(joined.match)
          }
        }
      })()`)
      await page.evaluate(`rounds(${WARM_UP.scenes})`)
      const before = await size()
      await page.evaluate(`rounds(${SCENES})`)
      expectNoMore(engine, before, await size())
      // Nor does an ended scene hear of the rules any more.
      const [beats, heard] = (await page.evaluate(`new Promise(done => {
        const from = shown.beats()
        let beats = 0
        const stop = joined.match.handle('beat', () => {
          if (++beats < 4) return
          stop()
          setTimeout(() => done([beats, shown.beats() - from]))
        })
      })`)) as [number, number]
      expect(heard).toBe(beats)
      // The match did not notice.
      expect(await page.evaluate('joined.heard')).toMatchObject({ start: 1 })
      expect(await page.evaluate('joined.match.state')).toBe('running')
    }),
  )
}

test(
  `${MATCHES} matches come and go, and nothing of them stays on the page or in its worker`,
  withRealTabs(async tabs => {
    const { page, size } = await open(tabs)
    await page.evaluate(`window.rounds = async count => {
      for (let i = 0; i < count; i++) {
        const { match } = await yard.join({ room: 'again' })
        while (match.stats.confirmedTick < 20) await new Promise(done => setTimeout(done, 20))
        await match.leave()
      }
    }`)
    const [worker] = page.workers()
    await page.evaluate(`rounds(${WARM_UP.matches})`)
    const before = { page: await size(), worker: await workerSize(worker) }
    await page.evaluate(`rounds(${MATCHES})`)
    const after = { page: await size(), worker: await workerSize(worker) }
    expectNoMore('matches', before.page, after.page)
    console.log(`worker: ${JSON.stringify(before.worker)} → ${JSON.stringify(after.worker)}`)
    expect(after.worker.heapKb - before.worker.heapKb).toBeLessThan(NOISE_KB.matches)
    expect(after.worker.buffersKb).toBeLessThanOrEqual(before.worker.buffersKb + 1)
  }),
)

test(
  'several matches are played at once on one page, each for itself',
  withRealTabs(async tabs => {
    const { page } = await open(tabs)
    await page.evaluate(`(async () => {
      window.all = await Promise.all([
        yard.join({ room: 'one', name: 'first', ready: false }),
        yard.join({ room: 'two', name: 'second' }),
      ])
      // Its opponent sits in the same worker.
      all.push(await yard.join({ room: 'one', name: 'third' }))
      all[0].match.setReady(true)
      window.ticking = async () => {
        const from = all.map(({ match }) => match.stats.confirmedTick)
        const end = performance.now() + 5000
        while (performance.now() < end && all.some(({ match }, i) => match.ended === null && match.stats.confirmedTick < from[i] + 60))
          await new Promise(done => setTimeout(done, 20))
        return all.map(({ match }, i) => match.stats.confirmedTick >= from[i] + 60)
      }
    })()`)
    await page.waitForFunction(`all.every(({ match }) => match.state === 'running')`)
    expect(await page.evaluate('all.map(({ match }) => match.players.map(({ name }) => name).join())')).toEqual([
      'first,third',
      'second',
      'first,third',
    ])
    await page.evaluate('all[1].match.leave()')
    expect(await page.evaluate('ticking()')).toEqual([true, false, true])
    await page.evaluate(`all[0].match.setInput({ down: true })`)
    await page.waitForFunction('all[0].match.view.Body.y[0] > 100')
    expect(await page.evaluate('all.map(({ heard }) => heard.end ?? 0)')).toEqual([0, 1, 0])
  }),
)

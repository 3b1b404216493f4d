// A page that is cross-origin isolated shares memory with its worker: states cross without a message, and everything that
// a page sees of a match is as it is without.

import type { BrowserContext, Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveBuilt, type Served } from './built.ts'
import { startFixture } from './fixture.ts'
import { withRealTabs } from './with-real-tabs.ts'

let isolated: Served
let plain: Served
beforeAll(async () => {
  isolated = await serveBuilt('yard', { isolated: true })
  plain = await serveBuilt('yard')
})
afterAll(() => Promise.all([isolated?.close(), plain?.close()]))

/** Messages between page and worker by type, and frames that somebody asked for. */
interface Probe {
  toPage: Record<string, number>
  toWorker: Record<string, number>
  frameRequests: number
}

/** Listens to every channel that the page makes, beside whoever owns it. */
const PROBE = `
  window.probe = { toPage: {}, toWorker: {}, frameRequests: 0 }
  const count = (where, type) => (where[type] = (where[type] ?? 0) + 1)
  const Plain = window.MessageChannel
  window.MessageChannel = function () {
    const channel = new Plain()
    const { port1 } = channel
    port1.addEventListener('message', ({ data }) => count(probe.toPage, data.type))
    const post = port1.postMessage
    port1.postMessage = (message, transfer) => {
      count(probe.toWorker, message.type)
      post.call(port1, message, transfer)
    }
    return channel
  }
  const request = window.requestAnimationFrame
  window.requestAnimationFrame = run => {
    probe.frameRequests++
    return request(run)
  }
`

async function open(tabs: BrowserContext, url: string): Promise<{ page: Page; errors: unknown[] }> {
  const page = await tabs.newPage()
  const errors: unknown[] = []
  page.on('pageerror', error => errors.push(error))
  await page.evaluateOnNewDocument(PROBE)
  await page.goto(url)
  await page.waitForFunction('window.yard !== undefined', { timeout: 60_000 })
  return { page, errors }
}

/** What a page saw of a match in its frames, for `ticks` of them. */
interface Watched {
  probe: Probe
  ticks: number
  /** States that a frame found, and those that `onUpdate` told of. */
  seen: number
  told: number
  /** Frames in which something did not fit together. */
  odd: string[]
  moved: number
}

function watch(page: Page, ticks: number): Promise<Watched> {
  return page.evaluate(`new Promise(done => {
    const { match } = joined
    const { view } = match
    const { x } = view.Body
    const from = { tick: view.tick, x: x[0] }
    for (const where of [probe.toPage, probe.toWorker]) for (const type in where) delete where[type]
    let seen = 0, told = 0, last = view.tick
    const odd = []
    const stop = view.onUpdate(() => told++)
    const frame = () => {
      if (view.tick < last) odd.push('back from ' + last + ' to ' + view.tick)
      if (view.tick !== last) seen++
      last = view.tick
      if (match.stats.tick !== view.tick || view.previous.tick !== view.tick - 1) odd.push('ticks differ: ' + match.stats.tick + ' ' + view.tick)
      if (view.Body.x !== x) odd.push('other columns')
      const step = (x[0] - view.previous.Body.x[0] + 300) % 300
      if (step !== 1) odd.push('moved by ' + step)
      const age = performance.timeOrigin + performance.now() - view.tickTimeMs
      if (!(age > -5 && age < 500)) odd.push('due ' + age + ' ms ago')
      if (view.tick - from.tick < ${ticks}) return requestAnimationFrame(frame)
      stop()
      done({ probe: structuredClone(probe), ticks: view.tick - from.tick, seen, told, odd, moved: (x[0] - from.x + 3000) % 300 })
    }
    requestAnimationFrame(frame)
  })`) as Promise<Watched>
}

const TICKS = 180

for (const { how, url, options, shares } of [
  { how: 'by shared memory where the page is isolated', url: () => isolated.url, options: {}, shares: true },
  { how: 'by transfers where it is not', url: () => plain.url, options: {}, shares: false },
  {
    how: 'by transfers where the application wants that',
    url: () => isolated.url,
    options: { sharedMemory: false },
    shares: false,
  },
])
  test(
    `states cross ${how}`,
    withRealTabs(async tabs => {
      const { page, errors } = await open(tabs, url())
      expect(await page.evaluate('crossOriginIsolated')).toBe(url() === isolated.url)
      await page.evaluate(`(async () => {
          window.joined = await yard.join({ room: 'one', ...${JSON.stringify(options)} })
        })()`)
      await page.waitForFunction('joined.match.stats.confirmedTick > 30')
      expect((await page.evaluate('probe.toPage.shared ?? 0')) as number).toBe(shares ? 1 : 0)
      const { probe, ticks, seen, told, odd, moved } = await watch(page, TICKS)
      console.log(`${ticks} ticks, ${seen} seen: to the page ${JSON.stringify(probe.toPage)}`)
      expect(odd).toEqual([])
      expect(moved).toBe(ticks % 300)
      expect(seen).toBeGreaterThan(TICKS / 4)
      expect(told).toBeGreaterThanOrEqual(seen)
      if (shares) {
        expect(probe.toPage).not.toHaveProperty('state')
        expect(probe.toWorker).toEqual({})
        // What happens now and then is told, as the dots' beat each 20 ticks.
        expect(Object.values(probe.toPage).reduce((sum, n) => sum + n, 0)).toBeLessThan(ticks / 4)
      } else {
        expect(probe.toPage.state).toBeGreaterThan(ticks * 0.7)
        expect(probe.toWorker.buffer).toBeGreaterThan(ticks * 0.7)
      }
      expect(errors).toEqual([])
    }),
  )

for (const engine of ['phaser', '@babylonjs/core'])
  test(
    `an isolated page draws and steers a match in ${engine}`,
    withRealTabs(async tabs => {
      const { page, errors } = await open(tabs, isolated.url)
      await page.evaluate(`(async () => {
        const show = await yard.engine('${engine}')
        window.joined = await yard.join({ room: 'drawn' })
        window.shown = await show(joined.match, document.getElementById('stage'))
      })()`)
      await page.waitForFunction('shown.dots().length === 1 && shown.frames() > 10')
      await page.keyboard.down('ArrowDown')
      await page.waitForFunction('joined.match.view.Body.y[0] > 80', { timeout: 20_000 })
      await page.keyboard.up('ArrowDown')
      await page.waitForFunction('joined.match.view.Body.y[0] === joined.match.view.previous.Body.y[0]')
      // Drawn between the two newest states as of the scene's frame; the view may be newer by what came while it drew.
      const behind = (await page.evaluate(`new Promise(done => {
        const behind = []
        const look = () => {
          const off = (joined.match.view.Body.x[0] - shown.dots()[0].x + 300) % 300
          behind.push(Math.min(off, 300 - off))
          if (behind.length < 21) requestAnimationFrame(look)
          else done(behind.sort((a, b) => a - b))
        }
        requestAnimationFrame(look)
      })`)) as number[]
      console.log(`${engine}: ${behind[10].toFixed(2)} ticks behind the newest state`)
      expect(behind[10]).toBeLessThan(2.5)
      expect(await page.evaluate('probe.toPage.state ?? 0')).toBe(0)
      await page.evaluate('shown.close()')
      expect(errors).toEqual([])
    }),
  )

test(
  'an isolated page follows rules that change their schema, or throw, into other memory',
  withRealTabs(async tabs => {
    const app = await startFixture('app', { isolated: true })
    try {
      const page = await tabs.newPage()
      await page.evaluateOnNewDocument(PROBE)
      await page.goto(app.url)
      await page.waitForFunction('window.join !== undefined')
      expect(await page.evaluate(`join('game', { room: 'edited' })`)).toBe('joined')
      const until = (what: string): Promise<unknown> => page.waitForFunction(what, { timeout: 20_000 })
      await until('lockstride.match.view.Counter.steps[0] > 30')
      app.edit('rules.ts', text => text.replace('steps: u32', 'before: u32, steps: u32'))
      await until(`said.some(({ type }) => type === 'rules')`)
      await until(`lockstride.match.state === 'running' && lockstride.match.view.schemaEpoch === 1`)
      await until('lockstride.match.view.Counter.steps[0] > 30 && lockstride.match.view.Counter.before[0] === 0')

      app.edit('rules.ts', text => text.replace('const {', `if (sim.tick > 5) throw new Error('planted')\n    const {`))
      await until('lockstride.match.ended !== null')
      const requests = await page.evaluate('probe.frameRequests')
      await new Promise(resolve => setTimeout(resolve, 200))
      expect(await page.evaluate('probe.frameRequests')).toBe(requests)
      app.edit('rules.ts', text => text.replace(`if (sim.tick > 5) throw new Error('planted')\n`, ''))
      await until('lockstride.match.ended === null && lockstride.match.stats.tick > 30')
      await until('lockstride.match.view.Counter.steps[0] === lockstride.match.view.tick')
      expect(await page.evaluate('probe.toPage.state ?? 0')).toBe(0)
    } finally {
      await app.close()
    }
  }),
)

test(
  'an isolated page that is hidden is asked to look a few times a second, and is up to date',
  withRealTabs(async tabs => {
    const { page } = await open(tabs, isolated.url)
    await page.evaluate(`(async () => {
      window.joined = await yard.join({ room: 'hidden' })
    })()`)
    await page.waitForFunction('joined.match.stats.confirmedTick > 30')
    const front = await tabs.newPage()
    await front.bringToFront()
    await new Promise(resolve => setTimeout(resolve, 500))
    const look = (): Promise<[number, number, string, number]> =>
      page.evaluate(
        `[joined.match.stats.tick, probe.toPage.look ?? 0, document.visibilityState, performance.now()]`,
      ) as Promise<[number, number, string, number]>
    const before = await look()
    await new Promise(resolve => setTimeout(resolve, 3000))
    const after = await look()
    expect([before[2], after[2]]).toEqual(['hidden', 'hidden'])
    const seconds = (after[3] - before[3]) / 1000
    console.log(`hidden: ${after[0] - before[0]} ticks, asked ${after[1] - before[1]} times in ${seconds.toFixed(1)} s`)
    expect(after[0] - before[0]).toBeGreaterThan(seconds * 60 - 40)
    // Anything else that is told makes it look, too.
    expect(after[1] - before[1]).toBeGreaterThanOrEqual(2)
    expect(after[1] - before[1]).toBeLessThan(seconds * 6)
  }),
)

test(
  'matches of one isolated page have memory of their own; what is left asks for no frame, and is let go',
  withRealTabs(async tabs => {
    const { page } = await open(tabs, isolated.url)
    await page.evaluate(`(async () => {
      window.joined = await yard.join({ room: 'one' })
      window.other = await yard.join({ room: 'two' })
    })()`)
    await page.waitForFunction(`other.match.state === 'running'`)
    await page.evaluate('other.match.setInput({ down: true })')
    await page.waitForFunction('other.match.view.Body.y[0] > 100')
    expect(await page.evaluate('[joined.match.view.Body.y[0], probe.toPage.shared]')).toEqual([50, 2])
    await page.evaluate('other.match.leave()')
    const { odd } = await watch(page, 60)
    expect(odd).toEqual([])
    await page.evaluate('joined.match.leave()')
    const requests = (): Promise<number> => page.evaluate('probe.frameRequests') as Promise<number>
    const before = await requests()
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(await requests()).toBe(before)

    // The memory of a match that nobody holds is collected.
    await page.evaluate(`(async () => {
      delete window.joined
      delete window.other
      window.memories = []
      const Plain = window.MessageChannel
      window.MessageChannel = function () {
        const channel = new Plain()
        channel.port1.addEventListener('message', ({ data }) => data.memory && memories.push(new WeakRef(data.memory)))
        return channel
      }
      for (let i = 0; i < 4; i++) {
        const { match } = await yard.join({ room: 'again' })
        while (match.stats.confirmedTick < 20) await new Promise(done => setTimeout(done, 20))
        await match.leave()
      }
    })()`)
    const client = await page.createCDPSession()
    for (let i = 0; i < 5; i++) {
      await client.send('HeapProfiler.collectGarbage')
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    const kept = (await page.evaluate('memories.map(memory => memory.deref() !== undefined)')) as boolean[]
    expect(kept).toHaveLength(4)
    // The last one may still be in some frame of the stack.
    expect(kept.slice(0, 3)).toEqual([false, false, false])
  }),
)

// Tabs that are out of sight, and machines that stop dead in the middle of a match.

import type { BrowserContext, Page } from 'puppeteer-core'
import { expect, inject, test } from 'vitest'
import { withRealTabs } from './with-real-tabs.ts'

const MEASURED_MS = 8000

interface Glance {
  visibility: string
  atMs: number
  confirmedTick: number
  stalledTicks: number
  players: string[]
}

async function open(tabs: BrowserContext, room: string, name: string, script: number): Promise<Page> {
  const page = await tabs.newPage()
  const query = { room, name, script: String(script), autoready: '1', players: '2', view: 'phaser', renderer: 'canvas' }
  await page.goto(`${inject('site')}/?${new URLSearchParams(query)}`)
  return page
}

/** Not in animation frames: a hidden page has none. */
async function until(page: Page, what: string, condition: string, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs
  while (Date.now() < end) {
    if (
      await page.evaluate(`(() => { const { match } = window.lockstride ?? {}; return !!match && (${condition}) })()`)
    )
      return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`not ${what} within ${timeoutMs} ms: ${String(await page.evaluate('document.body.innerText'))}`)
}

function glance(page: Page): Promise<Glance> {
  return page.evaluate(`(() => {
    const { stats, players } = window.lockstride.match
    const { confirmedTick, stalledTicks } = stats
    return {
      visibility: document.visibilityState, atMs: performance.now(),
      confirmedTick, stalledTicks, players: players.map(player => player.name),
    }
  })()`) as Promise<Glance>
}

test(
  'a hidden tab keeps ticking at 60 Hz and stalls nobody; once its socket closes it has left',
  withRealTabs(async tabs => {
    const hidden = await open(tabs, 'hidden', 'Ann', 1)
    const front = await open(tabs, 'hidden', 'Bob', 2)
    for (const page of [hidden, front]) await until(page, 'playing', 'match.stats.confirmedTick > 120')
    await front.bringToFront()
    // Its own timers do as timers of hidden pages do, or this proves nothing.
    await hidden.evaluate('window.beats = 0; setInterval(() => window.beats++, 50); 0')
    const before = [await glance(hidden), await glance(front)]
    await new Promise(resolve => setTimeout(resolve, MEASURED_MS))
    const after = [await glance(hidden), await glance(front)]
    expect(after.map(page => page.visibility)).toEqual(['hidden', 'visible'])
    expect(await hidden.evaluate('window.beats')).toBeLessThan((MEASURED_MS / 50) * 0.5)
    for (let i = 0; i < 2; i++) {
      const ticks = after[i].confirmedTick - before[i].confirmedTick
      const hz = (ticks * 1000) / (after[i].atMs - before[i].atMs)
      const stalled = after[i].stalledTicks - before[i].stalledTicks
      console.log(`${after[i].visibility}: ${hz.toFixed(1)} Hz, ${stalled} stalled of ${ticks} ticks`)
      expect(hz).toBeGreaterThan(57)
      expect(hz).toBeLessThan(63)
      expect(stalled).toBeLessThan(ticks * 0.02)
    }
    // Without a goodbye: the worker ends where it stands.
    const [worker] = hidden.workers()
    await worker.evaluate('self.close()')
    const closed = await glance(front)
    await until(front, 'alone', 'match.players.length === 1', 1000)
    await until(front, 'playing on', `match.stats.confirmedTick > ${closed.confirmedTick + 60}`, 2500)
  }),
)

test(
  'a machine that stops dead is waited for by name, and leaves after the game’s 120 ticks',
  withRealTabs(async tabs => {
    const ann = await open(tabs, 'dead', 'Ann', 1)
    const bob = await open(tabs, 'dead', 'Bob', 2)
    for (const page of [ann, bob]) await until(page, 'playing', 'match.stats.confirmedTick > 60')
    await ann.bringToFront()
    await ann.evaluate(`(() => {
      const { match } = window.lockstride
      window.told = []
      match.on('stall', ({ names }) => window.told.push({ atMs: performance.now(), waitsFor: names.join() }))
      match.on('peer', ({ slot, joined }) => window.told.push({ atMs: performance.now(), left: slot }))
    })()`)
    const slot = await bob.evaluate('window.lockstride.match.slot')
    // A breakpoint: its socket stays open, nothing is read, nothing is sent.
    const [worker] = bob.workers()
    await worker.client.send('Debugger.enable')
    await worker.client.send('Debugger.pause')
    const frozenAtMs = (await glance(ann)).atMs
    await until(ann, 'alone', 'match.players.length === 1')
    await until(ann, 'going on', `window.told.at(-1).waitsFor === '' || window.told.at(-1).left !== undefined`)
    const told = (await ann.evaluate('window.told')) as { atMs: number; waitsFor?: string; left?: number }[]
    expect(told.map(({ waitsFor }) => waitsFor)).toContain('Bob')
    const left = told.find(event => event.left !== undefined)!
    console.log(`gone after ${((left.atMs - frozenAtMs) / 1000).toFixed(2)} s`)
    expect(left).toMatchObject({ left: slot })
    // The last inputs were on their way, and count from their tick.
    expect(left.atMs - frozenAtMs).toBeGreaterThan(1700)
    expect(left.atMs - frozenAtMs).toBeLessThan(3000)
    const { confirmedTick } = await glance(ann)
    await until(ann, 'playing on', `match.stats.confirmedTick > ${confirmedTick + 60}`)
  }),
)

// The run of a duel, in a network of its own: serves the page and its relay, opens two browsers, plays, cuts the direct path
// without a word, mends it, and ends. It prints what it saw as one line of JSON; duel.browser.test.ts asks for it and judges it.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { createRelay, type RelayHealth } from '@lockstride/server'
import { openBrowsers, type BrowserName, type DuelPage } from './duel-browsers.ts'
import { startNostr } from './nostr-server.ts'

export interface ScenarioConfig {
  /** The built apps. */
  dist: string
  browsers: [BrowserName, BrowserName]
  firefox?: string
  playMs: number
  /** As in a browser that cannot move a data channel. */
  bridged?: boolean
  /** Without a relay: found by a server of Nostr's. */
  nostr?: boolean
  /** No direct path is to be had. */
  blocked?: boolean
  /** Cuts the direct path, plays on for so long, and mends it. */
  cutMs?: number
  /** How the first page goes. Default: it leaves, and both play once more. */
  goes?: 'leaves' | 'closes'
}

/** What one page says at one moment. */
export interface Glance {
  path: string | null
  paths: string[]
  confirmedTick: number
  atMs: number
  longestPauseMs: number
  rollbacks: number
  pingMs: number
  bytesSent: number
  given: string[]
}

export interface ScenarioResult {
  begun: Glance[]
  played: Glance[]
  cut: Glance[] | null
  mended: Glance[] | null
  /** Ticks of which both know the checksum, and those of them that differ. */
  shared: number
  different: string[]
  /** What a third page is told that wants to play. */
  third: string
  /** Of the second page, after the first has gone; and how long that took. */
  end: string
  endMs: number
  /** The path of another match of the same pages, in the end. */
  again: (string | null)[] | null
  /** Connections that are not closed after the matches, by page. */
  openConnections: number[]
  health: RelayHealth
  errors: string[]
}

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' }
const GLANCE = `(() => {
  const { match, paths, longestPauseMs, given } = window.duel
  const { confirmedTick, rollbacks, pingMs, bytesSent } = match.stats
  return { path: match.path, paths, confirmedTick, atMs: performance.now(), longestPauseMs, rollbacks, pingMs, bytesSent, given }
})()`

const config = JSON.parse(process.argv[2]) as ScenarioConfig
const site = await serve(config.dist)
const browsers = await openBrowsers(config.browsers, config.firefox)
try {
  console.log(JSON.stringify(await run(config)))
} finally {
  await browsers.close()
  await site.close()
}

async function run({
  bridged,
  nostr,
  blocked,
  playMs,
  cutMs,
  goes = 'leaves',
}: ScenarioConfig): Promise<ScenarioResult> {
  const { pages } = browsers
  for (const page of pages) {
    await load(page)
    if (bridged) await page.evaluate('window.duel.withoutTransfer()')
  }
  const rendezvous = nostr ? await startNostr() : null
  const transport = {
    ...{ kind: 'webrtc', direct: true, iceServers: [] },
    ...(rendezvous === null
      ? { relay: '/relay', strategy: 'relay', strategyUrls: null }
      : { relay: null, strategy: 'nostr', strategyUrls: [rendezvous.url] }),
  }
  const join = `void window.duel.join(${JSON.stringify({ room: 'duel', transport })}).catch(error => (window.duel.ended = String(error)))`
  if (blocked) cutDirect()
  const play = async (): Promise<void> => {
    for (const page of pages) await page.evaluate(join)
    for (const page of pages)
      await until(
        page,
        'playing',
        `window.duel.match?.path === '${blocked ? 'relayed' : 'direct'}' && window.duel.match.stats.confirmedTick > 60`,
      )
  }
  await play()
  const begun = await look(true)
  const stranger = await browsers.another()
  await load(stranger)
  await stranger.evaluate(join)
  await until(stranger, 'turned away', `window.duel.ended !== ''`)
  const third = await stranger.evaluate<string>('window.duel.ended')
  await until(stranger, 'without connections', 'window.duel.openConnections === 0', 15_000)
  await stranger.close()
  await pause(playMs)
  const played = await look()
  const { cut, mended } = cutMs === undefined ? { cut: null, mended: null } : await cutAndMend(cutMs)
  const noted = await all(pages, page => page.evaluate<Record<string, number>>('window.duel.checksums'))
  const common = Object.keys(noted[0]).filter(tick => tick in noted[1])
  const goneAtMs = Date.now()
  if (goes === 'closes') await pages.shift()!.close()
  else await pages[0].evaluate('window.duel.match.leave()')
  const last = pages.at(-1)!
  await until(last, 'told of the end', `window.duel.ended !== ''`)
  const endMs = Date.now() - goneAtMs
  const end = await last.evaluate<string>('window.duel.ended')
  let again: (string | null)[] | null = null
  if (goes === 'leaves') {
    await play()
    again = (await look()).map(({ path }) => path)
    for (const page of pages) await page.evaluate('window.duel.match.leave()')
  }
  for (const page of pages) await until(page, 'without connections', 'window.duel.openConnections === 0', 5000)
  const result = {
    begun,
    played,
    cut,
    mended,
    shared: common.length,
    different: common.filter(tick => noted[0][tick] !== noted[1][tick]),
    third,
    end,
    endMs,
    again,
    openConnections: await all(pages, page => page.evaluate<number>('window.duel.openConnections')),
    health: site.health(),
    errors: browsers.errors,
  }
  await rendezvous?.close()
  return result
}

async function load(page: DuelPage): Promise<void> {
  await page.goto(`${site.url}duel/`)
  await until(page, 'loaded', 'window.duel !== undefined')
}

async function cutAndMend(cutMs: number): Promise<{ cut: Glance[]; mended: Glance[] }> {
  const { pages } = browsers
  await look(true)
  cutDirect()
  for (const page of pages) await until(page, 'back on the relay', `window.duel.match.path === 'relayed'`, 3000)
  await pause(cutMs)
  const cut = await look()
  mendDirect()
  for (const page of pages) await until(page, 'direct again', `window.duel.match.path === 'direct'`, 20_000)
  for (const [i, page] of pages.entries())
    await until(page, 'playing on', `window.duel.match.stats.confirmedTick > ${cut[i].confirmedTick + 60}`)
  return { cut, mended: await look() }
}

function look(anew = false): Promise<Glance[]> {
  return all(browsers.pages, async page => {
    const glance = await page.evaluate<Glance>(GLANCE)
    if (anew) await page.evaluate('window.duel.measure()')
    return glance
  })
}

async function until(page: DuelPage, what: string, condition: string, timeoutMs = 30_000): Promise<void> {
  const end = Date.now() + timeoutMs
  while (Date.now() < end) {
    if (await page.evaluate<boolean>(`!!(${condition})`)) return
    await pause(50)
  }
  const seen = await page.evaluate<string>(
    `JSON.stringify([window.duel.ended, window.duel.paths, window.duel.given, window.duel.match?.state, window.duel.match?.stats])`,
  )
  throw new Error(
    `not ${what} within ${timeoutMs} ms: ${seen}; ${JSON.stringify(site.health())}; ${browsers.errors.join('; ')}`,
  )
}

// Packets vanish, and nobody is told. The relay is TCP.
function cutDirect(): void {
  nft('add table inet cut')
  nft('add chain inet cut arriving { type filter hook input priority 0; }')
  nft('add rule inet cut arriving meta l4proto udp drop')
}

function mendDirect(): void {
  nft('delete table inet cut')
}

function nft(command: string): void {
  execFileSync('nft', [command])
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

function all<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  return Promise.all(items.map(run))
}

async function serve(dist: string): Promise<{ url: string; health: () => RelayHealth; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    if (relay.handle(request, response)) return
    const path = request.url!.endsWith('/') ? `${request.url}index.html` : request.url!
    try {
      const body = readFileSync(join(dist, path))
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  const relay = createRelay({ server, path: '/relay' })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    health: () => relay.health(),
    async close() {
      await relay.close()
      await new Promise(done => server.close(done))
    },
  }
}

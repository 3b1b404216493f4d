// What is published works where nothing of this workspace is: types, bundles, and a match in a real browser.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'
import { CoinsApp } from './coins-app.ts'
import { packAll, run, type Tarball } from './tarballs.ts'

const CONFIRMED_TICKS = 300

/** What the test reads of the page's match. */
interface CoinsMatch {
  state: string
  ended: { reason: string } | null
  stats: Omit<Sample, 'state' | 'ended' | 'moved'>
  view: {
    query(...components: string[]): Iterable<number>
    Body: Record<'x' | 'y', Float64Array>
    Player: { slot: Uint8Array }
  }
}

interface Sample {
  state: string
  confirmedTick: number
  rollbacks: number
  checksum: number
  checksumTick: number
  faults: number
  /** Why the match is over; empty while it goes on. */
  ended: string
  /** Players who are not where they started. */
  moved: number
}

describe('the packed packages', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'lockstride-packed-'))
  const app = new CoinsApp(join(scratch, 'coins'))
  let tarballs: Tarball[] = []
  let address = ''

  beforeAll(() => {
    tarballs = packAll(scratch)
  })

  afterAll(async () => {
    await app.close()
    rmSync(scratch, { recursive: true, force: true })
  })

  it('carry their code, types, sources and licenses, and no tests', () => {
    for (const { name, files } of tarballs) {
      expect(files, name).toEqual(
        expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts']),
      )
      expect(
        files.filter(file => !/^(dist|src|generated)\/|^(LICENSE|NOTICE|README\.md|package\.json)$/.test(file)),
        name,
      ).toEqual([])
    }
    expect(tarballs[0].files).toContain('generated/lua-wasm.js')
  })

  it('pass publint, and attw for modules', () => {
    for (const { path } of tarballs) {
      run('node_modules/.bin/publint', ['run', path, '--strict'])
      run('node_modules/.bin/attw', [path, '--profile', 'esm-only', '--no-emoji', '--no-color'])
    }
  })

  it('install into an empty app, where the guide compiles and builds', () => {
    app.install(tarballs)
    app.typeCheck()
    app.build()
    const assets = readdirSync(join(app.folder, 'dist/assets'))
    expect(assets.some(file => /^coins\.worker-.*\.js$/.test(file))).toBe(true)
  })

  it('load where there is no page: nothing runs then, and nothing global is left', () => {
    const doors = tarballs.flatMap(({ name }) => {
      const manifest = readFileSync(join(app.folder, 'node_modules', name, 'package.json'), 'utf8')
      const { exports } = JSON.parse(manifest) as { exports: Record<string, unknown> }
      return Object.keys(exports).map(door => name + door.slice(1))
    })
    expect(doors.length).toBeGreaterThan(10)
    const code = `
      const known = new Set(Object.getOwnPropertyNames(globalThis))
      for (const door of ${JSON.stringify(doors)}) await import(door)
      console.log(Object.getOwnPropertyNames(globalThis).filter(name => !known.has(name)).join())`
    // A timer or a socket would keep the process.
    const options = { cwd: app.folder, encoding: 'utf8', timeout: 60_000 } as const
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', code], options).trim()).toBe('')
  })

  it('bring no more maths than a game imports', async () => {
    const sizes: Record<string, number> = {}
    for (const names of ['', 'sin', 'sin, pow'])
      sizes[names] = await bundledBytes(
        app.folder,
        `import { ${names} } from '@lockstride/core/sim'\nconsole.log(${names})`,
      )
    expect(sizes['']).toBeLessThan(100)
    expect(sizes.sin).toBeLessThan(5_000)
    expect(sizes['sin, pow']).toBeGreaterThan(sizes.sin + 1_000)
  })

  it('leave the page light: nothing of rules, session or loop', async () => {
    const code = "import { connect, webSocket } from '@lockstride/core'\nconsole.log(connect, webSocket)"
    expect(await bundledBytes(app.folder, code)).toBeLessThan(12_000)
  })

  it('play between tabs of one browser, Phaser against Babylon', async ({ skip }) => {
    const browser = await launchChromium(skip)
    address ||= await app.preview()
    try {
      await play(await browser.newContext(), [`${address}/?room=tabs`, `${address}/?room=tabs&view=babylon`])
    } finally {
      await browser.close()
    }
  })

  it('play over the installed relay', async ({ skip }) => {
    const browser = await launchChromium(skip)
    address ||= await app.preview()
    const relay = encodeURIComponent(await app.relay(address))
    try {
      const page = `${address}/?room=relay&relay=${relay}`
      await play(await browser.newContext(), [page, `${page}&view=babylon`])
    } finally {
      await browser.close()
    }
  })
})

/** Minified and gzipped, from what is installed in the folder. */
async function bundledBytes(folder: string, code: string): Promise<number> {
  const entry = join(folder, 'src/entry-of-test.ts')
  writeFileSync(entry, code)
  try {
    const bundle = await rolldown({ input: entry, platform: 'browser', logLevel: 'warn' })
    const { output } = await bundle.generate({ minify: true })
    await bundle.close()
    return gzipSync(output[0].code).length
  } finally {
    rmSync(entry)
  }
}

/** Two pages steer against each other until both have confirmed enough; then every checksum that both know is equal. */
async function play(context: { newPage(): Promise<Page> }, addresses: readonly string[]): Promise<void> {
  const faults: string[] = []
  const pages: Page[] = []
  for (const url of addresses) {
    const page = await context.newPage()
    page.on('pageerror', error => faults.push(String(error)))
    page.on('console', message => {
      // Browsers ask for an icon that the guide's page does not have.
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) faults.push(message.text())
    })
    await page.goto(url)
    pages.push(page)
  }
  const checksums = pages.map(() => new Map<number, number>())
  const keys = ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp']
  let samples: Sample[] = []
  let moved = 0
  let shared: number[] = []
  for (let step = 0; step < 240; step++) {
    await Promise.all(
      pages.map(async (page, i) => {
        await page.keyboard.up(keys[(step + i + 3) % 4])
        await page.keyboard.down(keys[(step + i) % 4])
      }),
    )
    samples = await Promise.all(pages.map(sample))
    samples.forEach(
      ({ checksumTick, checksum }, i) => void (checksumTick > 0 && checksums[i].set(checksumTick, checksum)),
    )
    moved = Math.max(moved, ...samples.map(s => s.moved))
    // A busy machine is looked at less often: until both were seen at the same ticks.
    shared = [...checksums[0].keys()].filter(tick => checksums[1].has(tick))
    const enough = shared.length >= 3 && samples.every(s => s.confirmedTick >= CONFIRMED_TICKS)
    if (enough || samples.some(s => s.ended !== '')) break
    await new Promise(resolve => setTimeout(resolve, 150))
  }
  expect(faults).toEqual([])
  for (const s of samples) expect(s).toMatchObject({ ended: '', state: 'running', faults: 0 })
  expect(Math.min(...samples.map(s => s.confirmedTick))).toBeGreaterThanOrEqual(CONFIRMED_TICKS)
  expect(moved).toBe(2)
  expect(shared.length).toBeGreaterThanOrEqual(3)
  for (const tick of shared) expect(checksums[0].get(tick), `tick ${tick}`).toBe(checksums[1].get(tick))
}

function sample(page: Page): Promise<Sample> {
  return page.evaluate(() => {
    const { match } = window as unknown as { match?: CoinsMatch }
    const { confirmedTick = 0, rollbacks = 0, checksum = 0, checksumTick = 0, faults = 0 } = match?.stats ?? {}
    let moved = 0
    for (const e of match?.view.query('Body', 'Player') ?? []) {
      const { Body, Player } = match!.view
      if (Body.x[e] !== 80 + 160 * Player.slot[e] || Body.y[e] !== 240) moved++
    }
    return {
      ...{ confirmedTick, rollbacks, checksum, checksumTick, faults, moved },
      state: match?.state ?? 'none',
      ended: match?.ended?.reason ?? '',
    }
  })
}

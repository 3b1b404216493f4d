// Production builds of the small apps of fixtures/, for tests that do not edit them (fixture.ts serves one from its sources, which
// takes far longer to load). All are built as one, once in a run: what takes the time is the engines, which they share.

import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { build, defaultClientConditions } from 'vite'
import { inject } from 'vitest'

const ROOT = join(import.meta.dirname, 'fixtures')
const APPS = ['app', 'duel', 'echo', 'lua', 'yard'] as const
const BUILD_MS = 100_000
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

/** What makes a page cross-origin isolated. */
export const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

export interface Served {
  url: string
  close(): Promise<void>
}

/** The folder of the apps: each has one of its own in there. It ends with the run. */
export async function buildApps(): Promise<string> {
  const folder = join(inject('scratch'), 'apps')
  const unfinished = `${folder}-unfinished`
  try {
    mkdirSync(unfinished)
  } catch {
    // Another test file makes them, or has made them.
    await appears(folder)
    return folder
  }
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    base: './',
    resolve: { conditions: ['@lockstride/source', ...defaultClientConditions] },
    worker: { format: 'es' },
    build: {
      outDir: join(unfinished, 'apps'),
      reportCompressedSize: false,
      rolldownOptions: { input: APPS.map(name => join(ROOT, name, 'index.html')) },
    },
  })
  renameSync(join(unfinished, 'apps'), folder)
  return folder
}

async function appears(folder: string): Promise<void> {
  const end = Date.now() + BUILD_MS
  while (!existsSync(folder)) {
    if (Date.now() > end) throw new Error(`the apps of e2e/fixtures were not built within ${BUILD_MS / 1000} s`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

export async function serveBuilt(name: (typeof APPS)[number], { isolated = false } = {}): Promise<Served> {
  const folder = await buildApps()
  const server = createServer((request, response) => {
    const path = request.url!.endsWith('/') ? `${request.url}index.html` : request.url!
    try {
      const body = readFileSync(join(folder, path))
      const type = TYPES[extname(path)] ?? 'application/octet-stream'
      response.writeHead(200, { 'Content-Type': type, ...(isolated ? ISOLATED : {}) }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}/`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

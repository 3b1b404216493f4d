// The production build of the demo and its relay, as `npm start` would serve them: built once, for all browser tests.

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    site: string
    /** A folder that ends with the run. */
    scratch: string
  }
}

const ROOT = join(import.meta.dirname, '..')
const VITE = join(ROOT, 'node_modules/vite/bin/vite.js')
const START_MS = 60_000

export default async function setup(project: TestProject): Promise<() => void> {
  const scratch = mkdtempSync(join(tmpdir(), 'lockstride-e2e-'))
  const folder = join(scratch, 'demo')
  await run(['build', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'])
  const port = await freePort()
  const server = spawn(process.execPath, [VITE, 'preview', '--outDir', folder, '--strictPort'], {
    cwd: join(ROOT, 'demo'),
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 'inherit'],
    // A group of its own: whatever it starts ends with it.
    detached: true,
  })
  const site = `http://127.0.0.1:${port}`
  try {
    await answers(`${site}/health`, server)
  } catch (error) {
    stop(server)
    throw error
  }
  project.provide('site', site)
  project.provide('scratch', scratch)
  return () => {
    stop(server)
    rmSync(scratch, { recursive: true, force: true })
  }
}

function stop(server: ChildProcess): void {
  if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, 'SIGTERM')
}

function run(args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [VITE, ...args], {
      cwd: join(ROOT, 'demo'),
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    child.on('error', reject)
    child.on('close', code => (code === 0 ? resolve() : reject(new Error(`vite ${args[0]} ended with ${code}`))))
  })
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  const end = Date.now() + START_MS
  while (Date.now() < end) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`)
    const ok = await fetch(url).then(
      response => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error(`${url} did not answer for ${START_MS / 1000} s`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

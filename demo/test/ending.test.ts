// `npm start` ends as one expects: who plays hears why, the port is free, nothing stays behind.

import { spawn, type ChildProcess } from 'node:child_process'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { RawPeer } from '../../server/test/player.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
let child: ChildProcess | null = null
afterEach(() => {
  try {
    if (child?.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // All of them have ended, as they should.
  }
})

const bind = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(port, '127.0.0.1', () => {
      const bound = probe.address() as { port: number }
      probe.close(() => resolve(bound.port))
    })
  })

// A terminal tells the whole group; who ends a process by its id tells npm alone.
test.each([
  ['SIGINT', 'everyone'],
  ['SIGTERM', 'npm alone'],
] as const)('at %s, sent to %s', async (signal, whom) => {
  const port = await bind(0)
  child = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  child.stdout!.on('data', data => (output += data))
  child.stderr!.on('data', data => (output += data))
  const outputEnded = new Promise(resolve => child!.once('close', resolve))
  await expect.poll(() => output, { timeout: 60_000 }).toContain(`Sumo and its relay: http://localhost:${port}/`)

  const peer = new RawPeer(`ws://127.0.0.1:${port}/relay?room=x`)
  await peer.opened
  process.kill(whom === 'everyone' ? -child.pid! : child.pid!, signal)
  expect(await peer.closed).toBe('1001 the server stops')
  // Whoever holds the output still runs.
  await outputEnded
  expect(await bind(port)).toBe(port)
  if (whom === 'everyone') expect(output).not.toMatch(/npm error/)
})

// How the server ends: everyone who plays hears it first, and nothing stays behind. Left to itself Vite cuts every line when it stops,
// does not stop in order at Ctrl-C, and goes on for ever when npm is told to end: npm's shell does not pass that on.

import type { Relay } from '@lockstride/server'
import type { PreviewServer, ViteDevServer } from 'vite'

const LOOK_FOR_NPM_MS = 500

export function endWithGoodbye(server: ViteDevServer | PreviewServer, relay: Relay): void {
  const close = server.close.bind(server)
  server.close = async () => {
    await relay.close('the server stops')
    await close()
  }
  const end = (): void => {
    // Asked to end, and did: no error for npm to report.
    process.exitCode = 0
    void server.close().finally(() => process.exit())
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  const startedBy = process.ppid
  const byNpm = process.env.npm_lifecycle_event !== undefined
  const watch = setInterval(() => byNpm && process.ppid !== startedBy && end(), LOOK_FOR_NPM_MS)
  watch.unref()
  // A restart of the development server ends this one, not the process.
  server.httpServer?.once('close', () => {
    process.off('SIGINT', end)
    process.off('SIGTERM', end)
    clearInterval(watch)
    void relay.close('the server stops')
  })
}

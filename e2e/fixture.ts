// A small app of Vite's development server, in a folder of its own, so that a test may edit its rules while they run.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer, defaultClientConditions } from 'vite'
import { ISOLATED, type Served } from './built.ts'

const ROOT = join(import.meta.dirname, '..')
/** Inside of the tree, where packages resolve; not in node_modules, which Vite does not watch. Ignored by git. */
const CACHE = join(ROOT, '.cache')

export interface Fixture extends Served {
  /** Rewrites a file of the app, as an editor does. */
  edit(file: string, change: (text: string) => string): void
}

export async function startFixture(name: string, { isolated = false } = {}): Promise<Fixture> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'e2e-'))
  cpSync(join(ROOT, 'e2e/fixtures', name), folder, { recursive: true })
  const server = await createServer({
    root: folder,
    configFile: false,
    logLevel: 'error',
    cacheDir: join(folder, '.vite'),
    resolve: { conditions: ['@lockstride/source', ...defaultClientConditions] },
    worker: { format: 'es' },
    server: {
      host: '127.0.0.1',
      port: 0,
      headers: isolated ? ISOLATED : {},
      fs: { allow: [ROOT] },
      // Edits of anything else do not reload a page in the middle of its test.
      watch: { ignored: (path: string) => !path.startsWith(folder) },
    },
    optimizeDeps: {
      include: ['comlink', 'cborg'],
      entries: ['index.html', '*.ts'],
    },
  })
  await server.listen()
  const address = server.httpServer!.address()
  if (typeof address !== 'object' || address === null) throw new Error('the development server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    edit(file, change) {
      const path = join(folder, file)
      writeFileSync(path, change(readFileSync(path, 'utf8')))
    },
    async close() {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// One process serves the page and its relay: `npm start` for work, `npx vite preview` for the production build.

import type { Server } from 'node:http'
import { createServer, defaultClientConditions, defaultServerConditions, defineConfig } from 'vite'
import type { Plugin, PreviewServer, ViteDevServer } from 'vite'
import type * as Relay from '@lockstride/server'
import { endWithGoodbye } from './ending.ts'
import { moderation } from './moderation.ts'

const port = Number(process.env.PORT ?? 5173)
/** Our packages are used from their sources: no build step comes first. */
const SOURCE = '@lockstride/source'

/** `ISOLATED=1 npm start`: page and worker share memory. */
const headers: Record<string, string> =
  process.env.ISOLATED === '1'
    ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
    : {}

export default defineConfig({
  plugins: [relay()],
  // Relative addresses: the build also runs from a folder of a web server.
  base: './',
  resolve: { conditions: [SOURCE, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [SOURCE, ...defaultServerConditions] } },
  // `STUN=stun:stun.example.com npm start`: duels find a direct way also between networks.
  define: { 'import.meta.env.SUMO_STUN': JSON.stringify(process.env.STUN ?? '') },
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 1800 },
  server: { port, host: process.env.HOST ?? 'localhost', headers },
  preview: { port, host: process.env.HOST ?? 'localhost', headers },
  // What the scanner finds only after the page asked for it would reload the page: views are loaded late, the
  // worker apart.
  optimizeDeps: {
    include: ['@lockstride/core > comlink', '@lockstride/core > cborg', 'phaser'],
    entries: ['index.html', 'src/*.ts'],
  },
})

function relay(): Plugin {
  return {
    name: 'lockstride-relay',
    async configureServer(vite) {
      if (vite.httpServer) await attach(vite, vite, vite.httpServer as Server)
    },
    async configurePreviewServer(preview) {
      // The preview server runs no modules; a second one without a port does.
      const modules = await createServer({
        configFile: false,
        logLevel: 'error',
        appType: 'custom',
        server: { middlewareMode: true, hmr: false, ws: false, watch: null },
        optimizeDeps: { noDiscovery: true },
        ssr: { resolve: { conditions: [SOURCE, ...defaultServerConditions] } },
      })
      const { httpServer } = preview
      httpServer.on('close', () => void modules.close())
      await attach(modules, preview, httpServer as Server)
    },
  }
}

async function attach(modules: ViteDevServer, site: ViteDevServer | PreviewServer, server: Server): Promise<void> {
  const { createRelay } = (await modules.ssrLoadModule('@lockstride/server')) as typeof Relay
  const relay = createRelay({ server, path: '/relay' })
  const moderate = moderation(relay)
  site.middlewares.use((request, response, next) => {
    if (!relay.handle(request, response) && !moderate(request, response)) next()
  })
  server.once('listening', () => {
    const address = server.address()
    const bound = typeof address === 'object' && address ? address.port : port
    console.log(
      `\n  Sumo and its relay: http://localhost:${bound}/\n  Open it in two tabs: two players of one match.\n`,
    )
  })
  endWithGoodbye(site, relay)
}

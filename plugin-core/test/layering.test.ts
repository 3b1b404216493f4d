// Who may import whom. This file is the statement; the sources are read and held to it.

import { describe, expect, it } from 'vitest'
import { readSource, readSources, type SourceFile } from './imports.ts'

const CORE = 'plugin-core/src/'

/** Folders of the core, and the folders whose running code each may use beside its own. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  math: [],
  wire: ['bytes', 'math'],
  input: ['bytes', 'math'],
  transport: ['bytes'],
  webrtc: ['transport'],
  channel: ['bytes', 'wire'],
  event: ['bytes', 'wire'],
  sim: ['bytes', 'math', 'input', 'event'],
  script: ['bytes', 'math', 'input', 'sim', 'event'],
  timeline: ['bytes', 'input', 'event'],
  session: ['bytes', 'wire', 'channel', 'input', 'event'],
  loop: ['bytes', 'math', 'wire', 'input', 'transport', 'channel', 'event', 'sim', 'script', 'timeline', 'session'],
  replay: ['bytes', 'wire', 'event', 'transport', 'session'],
  lint: ['sim'],
}

/** Read by every layer: limits and relations between them are in one file. */
const LIMITS = `${CORE}wire/limits.ts`

/** Made by scripts/harden-lua.mjs, and imported by one file. */
const LUA = 'plugin-core/generated/lua-wasm.js'

/** What is on the page with a match. Rules, sessions and their like run in the worker. */
const NOT_ON_THE_PAGE = ['session', 'timeline', 'sim', 'script', 'loop', 'channel', 'event', 'replay']

/** Doors are there for others to come in by; who is inside takes the file itself. */
const DOORS = ['index', 'sim', 'worker', 'host', 'wire', 'testing', 'replay', 'branches', 'lint'].map(
  name => `${CORE}${name}.ts`,
)

/** Files that may touch a clock or a timer, and why. */
const CLOCKS: Readonly<Record<string, string>> = {
  [`${CORE}loop/clock.ts`]: 'the one clock; everything below the loop gets the time as an argument',
  [`${CORE}sim/guard.ts`]: 'takes clocks away from the rules',
  [`${CORE}worker/connect.ts`]: 'on the page: a worker that never answers',
  [`${CORE}worker/development.ts`]: 'on the page: a worker that hangs',
  [`${CORE}worker/scene-net.ts`]: "on the page: the frame's time",
  [`${CORE}worker/shared-feed.ts`]: 'on the page: each frame looks for the newest state',
}

/** Packages that a folder may use when it runs. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  [`${CORE}math/`]: /^@stdlib\//,
  [`${CORE}event/`]: /^(cborg|@noble\/(hashes|curves)\/\w+\.js)$/,
  [`${CORE}loop/deflate`]: /^fflate$/,
  [`${CORE}webrtc/`]: /^@trystero-p2p\/(core|nostr|mqtt|torrent)$/,
  [`${CORE}worker/`]: /^(comlink|@jridgewell\/[\w-]+)$/,
  // Engines as types alone: an adapter is there before its engine, and serves several versions of it.
  'plugin-phaser/src/': /^@lockstride\/core$/,
  'plugin-babylon/src/': /^@lockstride\/core$/,
  'server/src/': /^(@lockstride\/core\/(host|wire)|node:\w+|ws|commander)$/,
  'demo/src/script-editor.ts': /^(@codemirror\/[\w/-]+|@lezer\/highlight)$/,
  'demo/src/': /^(@lockstride\/(core|core\/(sim|worker|host)|phaser|babylon|server)|phaser|@babylonjs\/.*)$/,
}

describe('layers', () => {
  const core = readSources('plugin-core/src')
  const adapters = [...readSources('plugin-phaser/src'), ...readSources('plugin-babylon/src')]
  const server = readSources('server/src')
  const demo = readSources('demo/src')

  it('reads the sources', () => {
    expect(core.length).toBeGreaterThan(50)
    expect(adapters.length).toBeGreaterThan(5)
    expect(core.some(file => file.files.length > 5)).toBe(true)
  })

  it('data flows one way', () => {
    expect(core.flatMap(layerFaults)).toEqual([])
  })

  it('nothing that runs rules is on the page', () => {
    expect(pageFaults(core)).toEqual([])
  })

  it('no file needs itself, by whatever way round', () => {
    for (const sources of [core, adapters, server, demo]) expect(cycles(sources)).toEqual([])
  })

  it('packages are imported where they belong, and ours by their doors', () => {
    expect([...core, ...adapters, ...server, ...demo].flatMap(packageFaults)).toEqual([])
    expect([...adapters, ...server, ...demo, ...readSources('bench')].flatMap(doorFaults)).toEqual([])
  })

  it('one file reads a clock', () => {
    expect([...core, ...adapters, ...server].flatMap(clockFaults)).toEqual([])
  })

  it('every file has a noun for its name', () => {
    const nameless = /(^|\/)(utils?|helpers?|common|misc|shared|lib|stuff)(\/|\.ts$)/
    expect(
      [...core, ...adapters, ...server, ...demo].map(file => file.path).filter(path => nameless.test(path)),
    ).toEqual([])
  })
})

describe('the check of layers', () => {
  it('counts what runs, not types', () => {
    const file = readSource(
      `${CORE}session/a.ts`,
      "import type { A } from '../sim/a.ts'\nimport { type B } from '../sim/b.ts'\nimport { c } from '../bytes/c.ts'\n" +
        "export type { D } from '../sim/d.ts'\nexport * from './e.ts'\nvoid import('../worker/f.ts')\nexport const x: typeof import('../sim/g.ts') = c",
    )
    expect(file.files).toEqual([`${CORE}bytes/c.ts`, `${CORE}session/e.ts`, `${CORE}worker/f.ts`])
  })

  it('finds a session that computes', () => {
    expect(layerFaults(readSource(`${CORE}session/a.ts`, "import { w } from '../sim/world.ts'"))).toEqual([
      `${CORE}session/a.ts imports ${CORE}sim/world.ts: session may use bytes, wire, channel, input, event`,
    ])
    expect(layerFaults(readSource(`${CORE}sim/a.ts`, "import { L } from '../wire/limits.ts'"))).toEqual([])
    expect(layerFaults(readSource(`${CORE}loop/a.ts`, "import { f } from '../host.ts'"))).toHaveLength(1)
    expect(layerFaults(readSource(`${CORE}odds/a.ts`, ''))).toHaveLength(1)
  })

  it('finds rules that reach the page by a way round', () => {
    const files = [
      readSource(`${CORE}index.ts`, "export { a } from './worker/a.ts'"),
      readSource(`${CORE}worker/a.ts`, "import '../input/b.ts'"),
      readSource(`${CORE}input/b.ts`, "import '../sim/c.ts'"),
      readSource(`${CORE}sim/c.ts`, ''),
    ]
    expect(pageFaults(files)).toEqual([`${CORE}sim/c.ts: by ${CORE}index.ts > ${CORE}worker/a.ts > ${CORE}input/b.ts`])
  })

  it('finds a cycle', () => {
    const files = ['a', 'b', 'c'].map((name, i) => readSource(`x/${name}.ts`, `import './${'bca'[i]}.ts'`))
    expect(cycles(files)).toEqual(['x/a.ts > x/b.ts > x/c.ts > x/a.ts'])
  })

  it('finds clocks, and takes no name of a member for one', () => {
    const clocks = (code: string) => clockFaults(readSource(`${CORE}loop/a.ts`, code)).length
    expect(clocks('export const now = () => performance.now()')).toBe(1)
    expect(clocks('export const now = () => new Date()')).toBe(1)
    expect(clocks('setTimeout(run, 1)')).toBe(1)
    expect(clocks('export const a = { Date: 1 }; a.Date = 2; clock.setTimeout(1) // Date.now()')).toBe(0)
  })

  it('finds an engine, and a way past a door', () => {
    expect(packageFaults(readSource('plugin-phaser/src/a.ts', "import { Scene } from 'phaser'"))).toHaveLength(1)
    expect(packageFaults(readSource('plugin-phaser/src/a.ts', "import type { Scene } from 'phaser'"))).toHaveLength(0)
    expect(doorFaults(readSource('demo/src/a.ts', "import '../../plugin-core/src/sim/world.ts'"))).toHaveLength(1)
    expect(doorFaults(readSource('bench/a.ts', "import '@lockstride/core/src/sim/world.ts'"))).toHaveLength(1)
  })
})

function layerOf(path: string): string {
  return path.startsWith(CORE) ? (/^(\w+)\//.exec(path.slice(CORE.length))?.[1] ?? '') : ''
}

function layerFaults(file: SourceFile): string[] {
  const layer = layerOf(file.path)
  const may = LAYERS[layer]
  // Doors and the worker's files put the parts together.
  const free = layer === '' || layer === 'worker'
  if (may === undefined && !free) return [`${file.path}: no layer of that name; if it is a new one, name it here`]
  const allowed = (to: string): boolean =>
    to === LIMITS ||
    (to === LUA && file.path === `${CORE}script/lua-wasm.ts`) ||
    (!DOORS.includes(to) && (free || layerOf(to) === layer || may.includes(layerOf(to))))
  return file.files
    .filter(to => !allowed(to))
    .map(to => `${file.path} imports ${to}: ${free ? 'nobody may use a door' : `${layer} may use ${may.join(', ')}`}`)
}

function pageFaults(sources: readonly SourceFile[]): string[] {
  const byPath = new Map(sources.map(file => [file.path, file]))
  const ways = new Map<string, readonly string[]>()
  const reach = (path: string, way: readonly string[]): void => {
    if (ways.has(path)) return
    ways.set(path, way)
    for (const to of byPath.get(path)?.files ?? []) reach(to, [...way, path])
  }
  reach(`${CORE}index.ts`, [])
  return [...ways]
    .filter(([path]) => NOT_ON_THE_PAGE.includes(layerOf(path)))
    .map(([path, way]) => `${path}: by ${way.join(' > ')}`)
}

function cycles(sources: readonly SourceFile[]): string[] {
  const byPath = new Map(sources.map(file => [file.path, file]))
  const done = new Set<string>()
  const found: string[] = []
  const walk = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(' > '))
    else if (!done.has(path)) {
      for (const to of byPath.get(path)?.files ?? []) walk(to, [...way, path])
      done.add(path)
    }
  }
  for (const file of sources) walk(file.path, [])
  return found
}

function packageFaults(file: SourceFile): string[] {
  const may = Object.entries(PACKAGES).find(([folder]) => file.path.startsWith(folder))?.[1]
  return file.packages
    .filter(name => may === undefined || !may.test(name))
    .map(name => `${file.path} imports ${name}, which has no place there`)
}

/** Into the folder of another package, or into a package past its doors. */
function doorFaults(file: SourceFile): string[] {
  const own = file.path.split('/', 1)[0]
  const strays = file.files.filter(to => to.split('/', 1)[0] !== own)
  const deep = file.packages.filter(name =>
    /^@lockstride\/\w+\/(?!(sim|worker|host|wire|testing|replay|branches)$)/.test(name),
  )
  return [...strays, ...deep].map(to => `${file.path} imports ${to}, which is no door`)
}

function clockFaults(file: SourceFile): string[] {
  if (file.path in CLOCKS) return []
  return file.clocks.map(name => `${file.path} uses ${name}`)
}

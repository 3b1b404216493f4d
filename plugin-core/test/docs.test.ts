// What the documentation shows must compile, and its rules must pass their own test.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { synctest } from '../src/loop/synctest.ts'
import type { Game } from '../src/sim/game.ts'
import { WholeMatch } from './matches/match.ts'
import { blocksOf, documents, type DocBlock } from '../../scripts/doc-blocks.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const FOLDER = join(ROOT, '.cache/docs')

describe('the documentation', () => {
  const blocks = documents().flatMap(blocksOf)
  const code = blocks.filter(block => block.language === 'ts')
  const places = new Map<string, DocBlock>()

  beforeAll(() => {
    rmSync(FOLDER, { recursive: true, force: true })
    for (const block of code) {
      const path = freePlace(places, block)
      places.set(path, block)
      mkdirSync(dirname(join(FOLDER, path)), { recursive: true })
      writeFileSync(join(FOLDER, path), block.code)
    }
    for (const adapter of ADAPTERS) writeFileSync(join(FOLDER, adapter, 'arena.ts'), ADAPTED_GAME)
    writeFileSync(join(FOLDER, 'reader.ts'), READERS_OWN)
    writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(CONFIG))
  })

  it('shows code that compiles', () => {
    expect(code.length).toBeGreaterThan(12)
    expect(compile().map(fault => atDocument(fault, places))).toEqual([])
  })

  it('is checked: a wrong name in a sample is found, with its place', () => {
    const right = new Map<string, string>()
    const misspell = (path: string, name: string, wrong: string): void => {
      const text = readFileSync(join(FOLDER, path), 'utf8')
      expect(text).toContain(name)
      right.set(path, text)
      writeFileSync(join(FOLDER, path), text.replace(name, wrong))
    }
    misspell('arena.ts', "held('right')", "held('rihgt')")
    misspell('page.ts', 'right: true', 'rigth: true')
    misspell('plugin-phaser/README.ts', "query: ['Body'", "query: ['Bdoy'")
    misspell('plugin-babylon/README.ts', "net.on('hit'", "net.on('hti'")
    try {
      const faults = compile().map(fault => atDocument(fault, places))
      const told = (doc: string, name: string): boolean =>
        faults.some(fault => fault.startsWith(`${doc}:`) && /^\S+:\d+: /.test(fault) && fault.includes(name))
      expect(told('README.md', 'rihgt')).toBe(true)
      expect(told('README.md', 'rigth')).toBe(true)
      expect(told('plugin-phaser/README.md', 'Bdoy')).toBe(true)
      expect(told('plugin-babylon/README.md', 'hti')).toBe(true)
    } finally {
      for (const [path, text] of right) writeFileSync(join(FOLDER, path), text)
    }
  })

  it.each(['arena.ts', 'src/coins.ts', 'rules-4.ts'])('%s gives the same state twice', async path => {
    const exported = (await import(pathToFileURL(join(FOLDER, path)).href)) as Record<string, Game>
    const [game] = Object.values(exported)
    expect(synctest(game, { ticks: 300, seed: 7 }).failure).toBeNull()
  })

  it('shows a coach who says what might have been', async () => {
    const load = (path: string) => import(pathToFileURL(join(FOLDER, path)).href)
    const { arena } = (await load('arena.ts')) as Record<string, Game>
    const { coach } = (await load('coach.ts')) as {
      coach: (loop: unknown, ticks: number) => { branch: string; places: number[]; differences: string[] }
    }
    const conditions = { delayMs: 30, jitterMs: 5, loss: 0, duplicate: 0, reorder: 0 }
    const match = new WholeMatch({ seed: 1, peers: 2, ticks: 0, mode: 'rollback', conditions, game: arena, talk: 0 })
    match.clock.advance(4000)
    const { loop } = match.machines[0]
    const { branch, places, differences } = coach(loop, 10)
    expect(branch).toMatch(/^[0-9a-f]{64}$/)
    expect(places).toHaveLength(2)
    expect(differences.some(line => /^Body\.x of entity 0: \d+ against \d+$/.test(line))).toBe(true)
    expect(match.problems()).toEqual([])
  })

  it('links to what exists, and to headings that are there', () => {
    const others = ['CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'demo/README.md', 'plugin-core/PROTOCOL.md']
    const broken = [...documents(), ...others].flatMap(doc => {
      const links = [...readFileSync(join(ROOT, doc), 'utf8').matchAll(/\]\(([^)#\s]*)(?:#([^)]*))?\)/g)]
      return links
        .filter(([, path, heading]) => {
          if (/^\w+:/.test(path)) return false
          const file = path === '' ? join(ROOT, doc) : join(ROOT, dirname(doc), path)
          return !existsSync(file) || (heading !== undefined && !anchorsOf(file).has(heading))
        })
        .map(([link]) => `${doc}: ${link}`)
    })
    expect(broken).toEqual([])
  })

  it("names every door of the core's package", () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'plugin-core/package.json'), 'utf8')) as {
      exports: Record<string, unknown>
    }
    const readme = readFileSync(join(ROOT, 'plugin-core/README.md'), 'utf8')
    for (const door of Object.keys(exports)) expect(readme).toContain(`| \`@lockstride/core${door.slice(1)}\` |`)
  })
})

/** Their READMEs show the page of one game, whose rules are these, in a folder of its own. */
const ADAPTERS = ['plugin-phaser', 'plugin-babylon']
const ADAPTED_GAME = `
import { defineGame, f64, payload, u8, u16, type SimEvent } from '@lockstride/core/sim'

export const arena = defineGame({
  name: 'arena',
  version: 1,
  maxPlayers: 8,
  maxEntities: 64,
  input: { buttons: ['left', 'right', 'dash'] },
  components: { Body: { x: f64, y: f64, angle: f64 }, Player: { slot: u8, score: u16 } },
  events: { hit: payload<{ e: number }>() },
  step() {},
  on: { chat(_sim, _event: SimEvent<{ text: string }>) {} },
})
`
/** What samples take for granted. */
const READERS_OWN = `
import type { Scene } from '@babylonjs/core'

declare global {
  const scene: Scene
  function sparks(e: number): void
}
`

const CONFIG = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    module: 'ESNext',
    moduleResolution: 'Bundler',
    rewriteRelativeImportExtensions: false,
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    // A sample may name what its reader will use.
    noUnusedLocals: false,
    moduleDetection: 'force',
    types: ['vite/client', 'node'],
  },
  include: ['**/*.ts'],
}

/** Named blocks get their name; a second one of that name shows a later state of the file. */
function freePlace(taken: ReadonlyMap<string, DocBlock>, { doc, file }: DocBlock): string {
  const adapter = ADAPTERS.find(name => doc.startsWith(`${name}/`))
  if (adapter !== undefined) return `${adapter}/README.ts`
  const base = file ?? `${doc.replace(/^.*\/(?=\w+\.md)|\.md$/g, '').replace(/\W+/g, '-')}.ts`
  for (let i = 1; ; i++) {
    const path = file !== null && i === 1 ? base : base.replace(/\.ts$/, `-${i}.ts`)
    if (!taken.has(path)) return path
  }
}

/** Headings as links name them: in lower case, without punctuation. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text]) => text)
  return new Set(
    headings.map(text =>
      text
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** The compiler's complaints about samples, one line each. */
function compile(): string[] {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', FOLDER, '--pretty', 'false'], {
    cwd: FOLDER,
    encoding: 'utf8',
  })
  if (stderr !== '') throw new Error(stderr)
  // What is wrong in our own sources is for `npm run check` to say.
  return stdout.split('\n').filter(line => /^[\w./-]+\(\d+,\d+\): error/.test(line) && !line.startsWith('..'))
}

/** `src/coins.ts(3,5): error …` as `docs/getting-started.md:70: …`. */
function atDocument(fault: string, places: ReadonlyMap<string, DocBlock>): string {
  const [, path, line, text] = /^([^(]+)\((\d+),\d+\): error \w+: (.*)$/.exec(fault) ?? []
  const block = places.get(path ?? '')
  return block === undefined ? fault : `${block.doc}:${block.line + Number(line) - 1}: ${text}`
}

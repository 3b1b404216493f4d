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
    writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(CONFIG))
  })

  it('shows code that compiles', () => {
    expect(code.length).toBeGreaterThan(12)
    expect(compile().map(fault => atDocument(fault, places))).toEqual([])
  })

  it('is checked: a wrong name in a sample is found, with its place', () => {
    const path = join(FOLDER, 'arena.ts')
    const right = readFileSync(path, 'utf8')
    writeFileSync(path, right.replace("held('right')", "held('rihgt')"))
    try {
      const faults = compile().map(fault => atDocument(fault, places))
      expect(faults).toHaveLength(1)
      expect(faults[0]).toMatch(/^README\.md:\d+: .*rihgt/)
    } finally {
      writeFileSync(path, right)
    }
  })

  it.each(['arena.ts', 'src/coins.ts', 'rules-3.ts'])('%s gives the same state twice', async path => {
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

  it('links to what exists', () => {
    const broken = documents().flatMap(doc => {
      const links = [...readFileSync(join(ROOT, doc), 'utf8').matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(m => m[1])
      return links
        .filter(link => !/^\w+:/.test(link) && !existsSync(join(ROOT, dirname(doc), link)))
        .map(link => `${doc}: ${link}`)
    })
    expect(broken).toEqual([])
  })
})

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
  const base = file ?? `${doc.replace(/^.*\/(?=\w+\.md)|\.md$/g, '').replace(/\W+/g, '-')}.ts`
  for (let i = 1; ; i++) {
    const path = file !== null && i === 1 ? base : base.replace(/\.ts$/, `-${i}.ts`)
    if (!taken.has(path)) return path
  }
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

// Reads what source files need of others when they run, and which clocks they touch. Types are not counted: they are
// gone by then.

import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vite'

export interface SourceFile {
  /** From the repository's root, as are `files`. */
  readonly path: string
  /** Files that it imports. */
  readonly files: readonly string[]
  /** Packages that it imports, with the door: `@lockstride/core/sim`. */
  readonly packages: readonly string[]
  /** Global names of clocks and timers that it uses. */
  readonly clocks: readonly string[]
}

interface Node {
  type: string
  [key: string]: unknown
}

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const CLOCKS = new Set(['Date', 'performance', 'requestAnimationFrame', 'setImmediate', 'setInterval', 'setTimeout'])
/** Not ours: installed, built, or another project's. */
const FOREIGN = new Set(['node_modules', 'dist', 'bench/peers'])

/** All TypeScript and JavaScript files of a folder. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry => {
      const path = `${folder}/${entry.name}`
      if (FOREIGN.has(entry.name) || FOREIGN.has(path)) return []
      if (entry.isDirectory()) return readSources(path)
      return /\.(ts|mts|mjs|js)$/.test(path) ? [readSource(path, readFileSync(join(ROOT, path), 'utf8'))] : []
    })
}

export function readSource(path: string, code: string): SourceFile {
  const imports = new Set<string>()
  const clocks = new Set<string>()
  visit(parseAst(code, { lang: 'ts' }) as unknown as Node, imports, clocks)
  const isFile = (to: string): boolean => to.startsWith('.')
  return {
    path,
    files: [...imports].filter(isFile).map(to => posix.join(posix.dirname(path), to)),
    packages: [...imports].filter(to => !isFile(to)),
    clocks: [...clocks],
  }
}

function visit(node: Node, imports: Set<string>, clocks: Set<string>): void {
  // Types, and what is declared to be there.
  if (/^TS(?!AsExpression|NonNull|Satisfies|TypeAssertion|Instantiation)/.test(node.type)) return
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
      if (isTypeOnly(node)) return
      addSource(node, imports)
      break
    case 'ImportExpression':
      addSource(node, imports)
      break
    case 'Identifier':
      if (CLOCKS.has(node.name as string)) clocks.add(node.name as string)
      break
  }
  for (const [key, child] of Object.entries(node)) {
    // `limits.Date`, `{ Date: … }`: names of members, not the clock.
    if ((key === 'property' || key === 'key') && node.computed === false) continue
    if (Array.isArray(child)) {
      for (const item of child as unknown[]) if (isNode(item)) visit(item, imports, clocks)
    } else if (isNode(child)) visit(child, imports, clocks)
  }
}

function isTypeOnly(node: Node): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type') return true
  const specifiers = (node.specifiers ?? []) as Node[]
  return specifiers.length > 0 && specifiers.every(s => s.importKind === 'type' || s.exportKind === 'type')
}

function addSource(node: Node, imports: Set<string>): void {
  const source = node.source as { value?: unknown } | null | undefined
  if (typeof source?.value === 'string') imports.add(source.value)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

// Reads what source files need of others when they run, and which clocks they touch. Types are not counted: they are
// gone by then.

import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, normalize, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vite'

/** A file's needs. Its path, and those of what it imports, are from the repository's root; packages keep their name. */
export interface SourceFile {
  readonly path: string
  readonly imports: readonly string[]
  /** Global names of clocks and timers that it uses. */
  readonly clocks: readonly string[]
}

interface Node {
  type: string
  [key: string]: unknown
}

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')
const CLOCKS = new Set([
  'Date',
  'performance',
  'process',
  'queueMicrotask',
  'requestAnimationFrame',
  'setImmediate',
  'setInterval',
  'setTimeout',
])

/** All TypeScript and JavaScript files of a folder. */
export function readSources(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(ts|mts|mjs|js)$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(file => !/node_modules|dist/.test(relative(join(ROOT, folder), file)))
    .sort()
    .map(file => readSource(relative(ROOT, file).split(sep).join('/'), readFileSync(file, 'utf8')))
}

export function readSource(path: string, code: string): SourceFile {
  const imports = new Set<string>()
  const clocks = new Set<string>()
  visit(parseAst(code, { lang: 'ts' }) as unknown as Node, imports, clocks)
  return { path, imports: [...imports].map(to => resolved(path, to)), clocks: [...clocks] }
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

function resolved(from: string, to: string): string {
  return to.startsWith('.') ? normalize(join(dirname(from), to)).split(sep).join('/') : to
}

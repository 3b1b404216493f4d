// Where the code branches: the places whose reaching says how deep garbage came. Read from the sources themselves, because V8
// tells only of ranges that differ from those around them, and says nothing of what it never compiled.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'vite'

export interface SourceFile {
  /** From the sources' folder: `wire/packet.ts`. */
  readonly path: string
  readonly functions: readonly SourceFunction[]
  lineOf(offset: number): number
}

/** A function, and where the blocks begin that are its own: branches, loops, cases, right sides of `&&`. */
export interface SourceFunction {
  readonly start: number
  readonly end: number
  readonly blocks: number[]
}

interface Node {
  type: string
  start: number
  end: number
  [key: string]: unknown
}

export function readBlocks(root: string, folders: readonly string[]): SourceFile[] {
  return folders.flatMap(folder =>
    (readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }) as string[])
      .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter(path => path.endsWith('.ts'))
      .sort()
      .map(path => readFile(root, path)),
  )
}

function readFile(root: string, path: string): SourceFile {
  const code = readFileSync(join(root, path), 'utf8')
  const functions: SourceFunction[] = []
  const program = parseAst(code, { lang: 'ts' }) as unknown as Node
  visit(program, { start: 0, end: code.length, blocks: [] }, functions)
  return { path, functions, lineOf: offset => code.slice(0, offset).split('\n').length }
}

function visit(node: Node, owner: SourceFunction, functions: SourceFunction[]): void {
  if (/^TS(?!AsExpression|NonNull|Satisfies)/.test(node.type)) return
  let inside = owner
  if (/Function(Declaration|Expression)$/.test(node.type)) {
    inside = { start: node.start, end: node.end, blocks: [] }
    functions.push(inside)
  }
  for (const block of blocksOf(node))
    if (isNode(block) && !inside.blocks.includes(block.start)) inside.blocks.push(block.start)
  for (const child of Object.values(node)) {
    if (Array.isArray(child)) {
      for (const item of child as unknown[]) if (isNode(item)) visit(item, inside, functions)
    } else if (isNode(child)) visit(child, inside, functions)
  }
}

function blocksOf(node: Node): unknown[] {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return [firstOf(node.body)]
    case 'IfStatement':
    case 'ConditionalExpression':
      return [firstOf(node.consequent), firstOf(node.alternate)]
    case 'LogicalExpression':
      return [node.right]
    case 'ForStatement':
    case 'ForOfStatement':
    case 'ForInStatement':
    case 'WhileStatement':
      return [firstOf(node.body)]
    case 'SwitchCase':
      return [firstOf((node.consequent as unknown[])[0])]
    case 'CatchClause':
      return [firstOf(node.body)]
    default:
      return []
  }
}

// A block's braces belong to whatever is around them: its first statement counts.
function firstOf(node: unknown): unknown {
  return isNode(node) && node.type === 'BlockStatement' ? (node.body as unknown[])[0] : node
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

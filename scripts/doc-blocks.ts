// The code of the documentation as files: what a reader copies is type-checked, built and played by tests.

import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface DocBlock {
  /** The document, from the repository's root. */
  readonly doc: string
  /** Line of the document on which the code begins, from 1. */
  readonly line: number
  readonly language: string
  /** The path that its first line gives (`// src/coins.ts`), or null. */
  readonly file: string | null
  readonly code: string
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Documents whose code is tested. */
export function documents(): string[] {
  const guides = readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md'))
  const packages = ['plugin-core', 'plugin-phaser', 'plugin-babylon', 'server']
  return ['README.md', ...packages.map(name => `${name}/README.md`), ...guides.map(name => `docs/${name}`)]
}

export function blocksOf(doc: string): DocBlock[] {
  const lines = readFileSync(join(ROOT, doc), 'utf8').split('\n')
  const blocks: DocBlock[] = []
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(\w+)$/.exec(lines[at])?.[1]
    if (language === undefined) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`${doc}:${at + 1}: this code has no end`)
    const file = /^(?:\/\/|<!--) ([\w./-]+\.\w+)(?: -->)?$/.exec(lines[at + 1])?.[1] ?? null
    blocks.push({ doc, line: at + 2, language, file, code: `${lines.slice(at + 1, end).join('\n')}\n` })
    at = end
  }
  return blocks
}

// Every rule of the specifications has a test: none of those named in `spec-rules.ts` may go, or change its name, unseen.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { RULES } from './spec-rules.ts'

const sources = new Map<string, string>()

function sourceOf(file: string): string {
  const known = sources.get(file) ?? readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
  sources.set(file, known)
  return known
}

/** Whether a test of this title is there. */
function hasTest(file: string, title: string): boolean {
  const literal = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  // Behind the call's name, or behind the table of a `test.each` that takes lines.
  const call = String.raw`^(\s*(test|it)\b[^\n]*|\]\)|\s*\]\))\(\s*`
  return new RegExp(`${call}['"\`]${literal}['"\`],`, 'm').test(sourceOf(file))
}

describe.each(Object.entries(RULES))('%s', (_heading, rules) => {
  test.each(rules)('%s', (_rule, file, title) => {
    expect(hasTest(file, title), `${file}: '${title}'`).toBe(true)
  })
})

test('the search finds a test by its title alone', () => {
  expect(hasTest('wire/spec-rules.test.ts', 'the search finds a test by its title alone')).toBe(true)
  expect(hasTest('wire/spec-rules.test.ts', 'the search finds a test')).toBe(false)
  expect(hasTest('wire/rbn1.test.ts', 'at most 88 bytes')).toBe(false)
})

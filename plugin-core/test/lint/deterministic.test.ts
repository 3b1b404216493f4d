// The plugin in a real linter: what it says of each line that rules should not have, and nothing of those of this repository.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'lockstride-lint-'))
const config = join(scratch, '.oxlintrc.json')
writeFileSync(
  config,
  JSON.stringify({
    jsPlugins: [join(ROOT, 'plugin-core/src/lint.ts')],
    categories: { correctness: 'off' },
    rules: { 'lockstride/deterministic': 'error' },
  }),
)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** What is said, as `line: sentence`. */
function lint(...paths: string[]): string[] {
  const args = [join(ROOT, 'node_modules/oxlint/bin/oxlint'), '--config', config, '--format', 'json', ...paths]
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })
  expect(stderr).toBe('')
  const report = JSON.parse(stdout) as {
    number_of_files: number
    diagnostics: { filename: string; code: string; message: string; labels: { span: { line: number } }[] }[]
  }
  expect(report.number_of_files).toBe(paths.length)
  return report.diagnostics.map(({ code, message, labels }) => {
    expect(code).toBe('lockstride(deterministic)')
    return `${labels[0].span.line}: ${message}`
  })
}

/** Rules of which each line stands beside what is to be said of it; empty: nothing. */
const LINES: readonly (readonly [line: string, said: string])[] = [
  [`import { pow } from '@lockstride/core/sim'`, ''],
  [`let score = 0`, 'a variable of the module does not roll back'],
  [`export var best = 0`, 'a variable of the module does not roll back'],
  [`const scratch = [0]`, ''],
  [`const { sin, floor } = Math`, `Math.sin differs between machines: use sin from '@lockstride/core/sim'`],
  [`const { random: dice } = Math`, 'Math.random differs between machines: use sim.random() or sim.randomInt(n)'],
  [`const math = Math`, 'take from Math by name what is meant'],
  [`const Time = Date`, 'Date differs between machines: use sim.tick'],
  [`const later = setTimeout`, 'setTimeout differs between machines: use a component that counts ticks'],
  [`export async function step(sim) {`, 'rules run within their tick'],
  [`  let x = sim.tick ** 0.5`, `** differs between machines: use pow from '@lockstride/core/sim'`],
  [`  x **= 2`, '**= differs between machines'],
  [`  x += Math.cbrt(x)`, `Math.cbrt differs between machines: use exp, log and pow from '@lockstride/core/sim'`],
  [`  x += Math['cos'](x)`, `Math.cos differs between machines`],
  [`  x += Math.sqrt(x) + Math.floor(x) * Math.PI + pow(x, 3)`, ''],
  [`  x += Date.now()`, 'Date.now differs between machines: use sim.tick'],
  [`  x += new Date().getTime()`, 'Date differs between machines: use sim.tick'],
  [`  x += performance.now()`, 'performance.now differs between machines'],
  [`  x += Temporal.Now.instant().epochMilliseconds`, 'Temporal.Now differs between machines'],
  [`  x += crypto.getRandomValues(new Uint8Array(1))[0]`, 'crypto.getRandomValues differs between machines'],
  [`  queueMicrotask(() => x++)`, 'queueMicrotask differs between machines'],
  [`  globalThis.fetch('/')`, 'globalThis.fetch differs between machines: use events'],
  [`  new WeakRef(sim)`, 'WeakRef differs between machines: use columns'],
  [`  new Intl.NumberFormat()`, 'Intl.NumberFormat differs between machines: use String(n)'],
  [`  ;['b', 'a'].sort((a, b) => a.localeCompare(b))`, 'localeCompare differs between machines: use < and >'],
  [`  x.toLocaleString()`, 'toLocaleString differs between machines: use String(n)'],
  [`  x.constructor.valueOf()`, ''],
  [`  sim.on(async () => x)`, 'rules run within their tick'],
  [`  return [score, best, scratch, sin, floor, dice, math, Time, later]`, ''],
  [`}`, ''],
]

test('what differs between machines, or does not roll back, is found in the text, with its line and what to use instead', () => {
  const file = join(scratch, 'rules.js')
  writeFileSync(file, LINES.map(([line]) => line).join('\n'))
  const said = lint(file)
  LINES.forEach(([line, wanted], i) => {
    const here = said.filter(each => each.startsWith(`${i + 1}: `))
    expect(here.length, line).toBe(wanted === '' ? 0 : 1)
    if (wanted !== '') expect(here[0]).toContain(wanted)
  })
})

test('nothing is said of the rules of this repository', () => {
  const rules = [
    'demo/src/sumo.ts',
    'plugin-core/test/matches/arena.ts',
    'plugin-core/test/matches/yard.ts',
    'e2e/fixtures/app/rules.ts',
    'e2e/fixtures/duel/pong.ts',
    'e2e/fixtures/echo/echo.ts',
  ]
  expect(lint(...rules)).toEqual([])
})

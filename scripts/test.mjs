// `npm test`: all tests, one part after the other, as two cores run them best. The last line counts: `N passed, N failed`.
//
//   npm test -- --only unit                      one part: unit, browser or packaging (several: --only unit,browser)
//   npm test -- --only unit plugin-core/test/sim    what follows goes to vitest: files, -t 'a name', …

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './tools.mjs'

const PARTS = [
  { name: 'unit', title: 'in Node', config: 'vitest.config.ts' },
  { name: 'browser', title: 'in a real browser', config: 'e2e/vitest.config.ts' },
  { name: 'packaging', title: 'as others install it', config: 'packaging/vitest.config.ts' },
]
/** A part that takes longer hangs. */
const LIMIT_MS = 15 * 60_000

const { parts, forwarded } = parse(process.argv.slice(2))
const scratch = mkdtempSync(join(tmpdir(), 'lockstride-test-'))
const total = { passed: 0, failed: 0, skipped: [] }
try {
  for (const part of parts) {
    console.log(`\n== ${part.name}: ${part.title}`)
    const counts = await runPart(part)
    total.passed += counts.passed
    total.failed += counts.failed
    total.skipped.push(...counts.skipped)
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
for (const { name, reason } of total.skipped) console.log(`skipped: ${name}${reason ? `: ${reason}` : ''}`)
// Nothing at all is no success either.
if (total.passed === 0 && total.failed === 0) total.failed = 1
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0

function parse(args) {
  const at = args.indexOf('--only')
  if (at < 0) return { parts: PARTS.filter(part => existsSync(join(ROOT, part.config))), forwarded: args }
  const names = (args[at + 1] ?? '').split(',')
  const unknown = names.find(name => !PARTS.some(part => part.name === name))
  if (unknown !== undefined) {
    console.error(`--only ${unknown}: the parts are ${PARTS.map(part => part.name).join(', ')}`)
    process.exit(2)
  }
  return { parts: PARTS.filter(part => names.includes(part.name)), forwarded: args.toSpliced(at, 2) }
}

/** Resolves with its counts; a run that ends without them, or badly for another reason, fails as one. */
function runPart({ name, config }) {
  const file = join(scratch, `${name}.json`)
  const args = [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    `--config=${config}`,
    '--reporter=default',
    `--reporter=${join(ROOT, 'scripts/count-reporter.mjs')}`,
    ...(forwarded.length > 0 ? ['--passWithNoTests'] : []),
    ...forwarded,
  ]
  return new Promise(resolve => {
    const env = { ...process.env, LOCKSTRIDE_COUNTS: file }
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env })
    const timer = setTimeout(() => {
      console.error(`${name}: still running after ${LIMIT_MS / 60_000} minutes, ended`)
      child.kill()
    }, LIMIT_MS)
    child.on('error', error => console.error(error))
    child.on('close', code => {
      clearTimeout(timer)
      const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 0, skipped: [] }
      if (code !== 0 && counts.failed === 0) counts.failed = 1
      resolve(counts)
    })
  })
}

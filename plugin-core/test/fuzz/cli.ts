// npm run fuzz -- --seconds N [--seed S]: real packets of a running match, cut, flipped, repeated, spliced and grown, fed to
// both state machines. Nothing may throw, nobody may stall, and memory may not grow.

import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds)
if (!(seconds > 0)) {
  console.error('usage: npm run fuzz -- --seconds N [--seed S]')
  process.exit(2)
}
const end = performance.now() + seconds * 1000
let seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
let packets = 0
let rounds = 0
let failed = 0
const kinds = new Map<string, number>()
let heapMb = 0
do {
  try {
    const report = fuzz({ seed, calls: 1500 })
    packets += report.packets
    for (const [kind, count] of Object.entries(report.refused)) kinds.set(kind, (kinds.get(kind) ?? 0) + count)
    for (const problem of report.problems) {
      failed++
      console.log(`FAIL seed ${seed}: ${problem}\n     replay: npm run fuzz -- --seconds 1 --seed ${seed}`)
    }
  } catch (error) {
    failed++
    console.log(
      `FAIL seed ${seed}: ${error instanceof Error ? error.stack : String(error)}\n     replay: npm run fuzz -- --seconds 1 --seed ${seed}`,
    )
  }
  rounds++
  seed++
  heapMb = Math.max(heapMb, process.memoryUsage().heapUsed / 2 ** 20)
} while (performance.now() < end)
console.log(
  `${packets} mutated packets in ${rounds} matches; dropped: ${[...kinds].map(([k, n]) => `${n} ${k}`).join(', ')}; at most ${heapMb.toFixed(0)} MB of heap`,
)
console.log(`${rounds - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

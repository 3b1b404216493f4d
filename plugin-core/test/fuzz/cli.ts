// npm run fuzz -- [--seconds N] [--packets N] [--seed S] [--unreached]: garbage for every decoder and every state machine. One
// thread looks for inputs that reach new blocks, the other feeds mutants of what it finds, as fast as it can.
//
//   npm run fuzz -- --replay 'star host/123/4e4d…,53…'    a finding again: target, seed of its beginning, inputs

import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { attackedMatch } from './attacked-match.ts'
import { Fuzzer } from './fuzzer.ts'
import type { GuideMessage, GuideReport, GuideTask } from './guide.ts'
import { heldBytes } from './heap.ts'
import { kindOf, type Finding } from './life.ts'
import { replayLine, replayed } from './replay.ts'

/** Growth of what is held, from the first tenth of a run to its end, that is put up with: compiled code, and the corpus. */
const MOST_GROWTH_BYTES = 24 * 2 ** 20
/** Real matches under attack, in which nobody else may stall: one in so many seconds. */
const MATCH_EACH_MS = 4000

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    packets: { type: 'string' },
    seed: { type: 'string' },
    replay: { type: 'string' },
    unreached: { type: 'boolean', default: false },
  },
})
if (values.replay !== undefined) {
  const problem = replayed(values.replay)
  console.log(problem === null ? '1 passed, 0 failed' : `${problem}\n0 passed, 1 failed`)
  process.exit(problem === null ? 0 : 1)
}
const packets = Number(values.packets ?? Infinity)
const seconds = Number(values.seconds ?? (values.packets === undefined ? 30 : 3600))
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!(packets > 0 && seconds > 0 && seed >= 0)) {
  console.error('usage: npm run fuzz -- [--seconds N] [--packets N] [--seed S] [--unreached] | --replay LINE')
  process.exit(2)
}
console.log(`seed ${seed}`)

const started = performance.now()
const fuzzer = new Fuzzer(seed)
const findings = new Map<string, Finding | string>()
let passed = 0
let report: GuideReport | null = null
const guide = new Worker(new URL('./guide.ts', import.meta.url), {
  workerData: { seed: seed + 1, packets: Infinity, seconds } satisfies GuideTask,
})
const guided = new Promise<void>((resolve, reject) => {
  guide.on('error', reject)
  guide.on('exit', () => resolve())
})
guide.on('message', (message: GuideMessage) => {
  if (message.kind === 'input') fuzzer.works.find(w => w.target.name === message.target)?.corpus.add(message.bytes)
  else if (message.kind === 'finding') tell(message.finding)
  else report = message.report
})

let heldEarly = 0
let matchAtMs = started
const end = started + seconds * 1000
const share = (): number => Math.max((performance.now() - started) / (seconds * 1000), fuzzer.packets / packets)
while (performance.now() < end && fuzzer.packets < packets) {
  // Its messages come between two turns.
  await new Promise(setImmediate)
  if (heldEarly === 0 && share() > 0.1) heldEarly = heldBytes()
  const before = fuzzer.findings.length
  for (let i = 0; i < 20; i++) fuzzer.turn()
  for (const finding of fuzzer.findings.slice(before)) tell(finding)
  if (fuzzer.findings.length === before) passed++
  if (performance.now() >= matchAtMs) {
    matchAtMs += MATCH_EACH_MS
    match(seed + Math.round(matchAtMs))
  }
}
const lasted = (performance.now() - started) / 1000
const grown = heldEarly === 0 ? 0 : heldBytes() - heldEarly
if (grown > MOST_GROWTH_BYTES) {
  findings.set('growth', 'growth')
  console.log(`FAIL what is held grew by ${(grown / 2 ** 20).toFixed(1)} MB while ${fuzzer.packets} packets came`)
}
guide.postMessage('stop')
await guided
const { mutated, structured } = fuzzer
const { packets: guidedPackets, reached, total, unreached } = report!
if (values.unreached) console.log(unreached.join('\n'))
console.log(
  `${mutated + structured + guidedPackets} packets: ${mutated} mutated, ${structured} structured, ${guidedPackets} while ` +
    `blocks were counted; ${lasted.toFixed(0)} s, ${Math.round((mutated + structured) / lasted)} a second`,
)
console.log(
  `${reached} of ${total} blocks of bytes, wire, channel and session reached; ${fuzzer.corpusSize} inputs in the corpus; ` +
    `what is held grew by ${(grown / 2 ** 20).toFixed(1)} MB`,
)
console.log(`${passed} passed, ${findings.size} failed`)
process.exit(findings.size === 0 ? 0 : 1)

function tell(finding: Finding): void {
  const kind = `${finding.target}: ${kindOf(finding.problem)}`
  if (findings.has(kind)) return
  findings.set(kind, finding)
  console.log(`FAIL ${finding.target} ${finding.problem}\n     ${replayLine(finding)}`)
}

function match(matchSeed: number): void {
  const { problems } = attackedMatch({ seed: matchSeed, calls: 1500 })
  for (const problem of problems) {
    findings.set(problem, problem)
    console.log(`FAIL a match under attack, seed ${matchSeed}: ${problem}`)
  }
  passed++
}

// npm run matches -- --seeds N [--seed S] [--from S] [--duels | --what-ifs]: whole matches by seed, each with its figures; a failing one
// with the line that replays it.

import { parseArgs } from 'node:util'
import type { NetworkConditions } from '../../src/transport/conditions.ts'
import { duelPlanOf, playDuel } from './duel-match.ts'
import { planOf, playMatch } from './match.ts'
import { countOf, outcomeOf } from './outcome.ts'
import { playBeside, whatIfPlanOf } from './what-if-match.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    duels: { type: 'boolean', default: false },
    'what-ifs': { type: 'boolean', default: false },
  },
})
const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
if (!Number.isInteger(first) || !Number.isInteger(count) || count < 1) {
  console.error('usage: npm run matches -- [--duels | --what-ifs] --seeds N [--from S] | --seed S   (whole numbers)')
  process.exit(2)
}

const flag = values.duels ? '--duels' : values['what-ifs'] ? '--what-ifs' : ''
let passed = 0
let failed = 0
let longestStallMs = 0
for (let seed = first; seed < first + count; seed++) {
  const outcome = values.duels ? duel(seed) : values['what-ifs'] ? whatIfs(seed) : star(seed)
  if (outcome.problems.length === 0) passed++
  else failed++
  for (const line of outcomeOf(seed, flag, outcome)) console.log(line)
}
console.log(`longest stall of all: ${longestStallMs.toFixed(0)} ms`)
console.log(countOf(passed, failed))
process.exit(failed === 0 ? 0 : 1)

function star(seed: number): { line: string; problems: readonly string[] } {
  const plan = planOf(seed)
  const report = playMatch(plan)
  const { confirmedTicks, rollbacks, packetsLost, stalledTicks, rounds, problems } = report
  const { conditions: c, comers = [] } = plan
  longestStallMs = Math.max(longestStallMs, report.longestStallMs)
  const watchers = comers.filter(each => each.watch !== undefined).length
  const line =
    `${plan.mode}, ${plan.peers} peers, ${wayOf(c)} ± ${c.jitterMs.toFixed(0)}, ${lossOf(c)}` +
    `${plan.stop === undefined ? '' : ', one stops'}${comers.length === 0 ? '' : `, ${comers.length - watchers} come, ${watchers} watch`}: ` +
    `${confirmedTicks} confirmed ticks, ${rollbacks} rollbacks, ${packetsLost} packets lost, ${stalledTicks} stalls, ` +
    `stood still for ${report.longestStallMs.toFixed(0)} ms at most, ${rounds} rounds`
  return { line, problems }
}

function duel(seed: number): { line: string; problems: readonly string[] } {
  const plan = duelPlanOf(seed)
  const { conditions: c, drift } = plan
  const report = playDuel(plan)
  longestStallMs = Math.max(longestStallMs, report.longestStallMs)
  const line =
    `window ${plan.predictionWindow}, delay ${plan.inputDelay}, version ${Math.min(...plan.rbn1)}, ${wayOf(c)} ± ${c.jitterMs.toFixed(0)}, ` +
    `${lossOf(c)}, drift ${((drift[0] / drift[1] - 1) * 100).toFixed(1)} %: ` +
    `${report.confirmedTicks} confirmed ticks, ${report.rollbacks.join(' + ')} rollbacks, ${report.packetsLost} packets lost, ` +
    `stood still for ${report.longestStallMs.toFixed(0)} ms at most, ${report.events} events, ${report.rounds} rounds`
  return { line, problems: report.problems }
}

function whatIfs(seed: number): { line: string; problems: readonly string[] } {
  const plan = whatIfPlanOf(seed)
  const { forks, merges, ticks, compared, abandoned, problems } = playBeside(plan)
  const line =
    `${plan.mode}, ${plan.peers} peers: ${forks} forks, ${merges} merges, ${ticks} ticks beside the match, ${compared} of them compared ` +
    `with it, ${abandoned} predictions left`
  return { line, problems }
}

function wayOf({ delayMs, up }: NetworkConditions): string {
  return up?.delayMs === undefined ? `${delayMs} ms` : `${up.delayMs} there, ${delayMs} ms back`
}

function lossOf({ loss, burst = 0 }: NetworkConditions): string {
  return `${(loss * 100).toFixed(0)} % loss${burst > 1 ? ` in runs of ${burst}` : ''}`
}

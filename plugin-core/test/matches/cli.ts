// npm run matches -- --seeds N [--seed S] [--from S]: whole matches by seed, each with its figures; a failing one with
// the line that replays it.

import { parseArgs } from 'node:util'
import { planOf, playMatch } from './match.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
})
const first = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
if (!Number.isInteger(first) || !Number.isInteger(count) || count < 1) {
  console.error('usage: npm run matches -- --seeds N [--from S] | --seed S   (whole numbers)')
  process.exit(2)
}

let passed = 0
let failed = 0
for (let seed = first; seed < first + count; seed++) {
  const plan = planOf(seed)
  const report = playMatch(plan)
  const { confirmedTicks, rollbacks, packetsLost, stalledTicks, rounds, problems } = report
  const good = problems.length === 0
  if (good) passed++
  else failed++
  const { conditions: c } = plan
  console.log(
    `${good ? 'ok  ' : 'FAIL'} seed ${seed}: ${plan.mode}, ${plan.peers} peers, ${c.delayMs} ms ± ${c.jitterMs.toFixed(0)}, ${(c.loss * 100).toFixed(0)} % loss` +
      `${plan.stop === undefined ? '' : ', one stops'}${plan.comers === undefined ? '' : ', one comes late'}: ` +
      `${confirmedTicks} confirmed ticks, ${rollbacks} rollbacks, ${packetsLost} packets lost, ${stalledTicks} stalls, ${rounds} rounds`,
  )
  if (!good) {
    for (const problem of problems) console.log(`     ${problem}`)
    console.log(`     replay: npm run matches -- --seed ${seed}`)
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

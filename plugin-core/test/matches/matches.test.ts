import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { arena } from './arena.ts'
import { planOf, playMatch } from './match.ts'
import { outcomeOf } from './outcome.ts'

const seeds = [1, 2, 3, 7, 8, 9, 10, 11, 12, 21, 38, 72]

test.each(seeds)('a match of many machines agrees in every confirmed tick (seed %i)', seed => {
  const report = playMatch(planOf(seed))
  expect(report.problems, `npm run matches -- --seed ${seed}`).toEqual([])
  expect(report.confirmedTicks).toBeGreaterThanOrEqual(1800)
})

test.each(['lockstep', 'rollback'])(
  'those seeds cover 2, 3 and 8 machines in %s, a fifth of all packets lost beside jitter, copies and another order, and one who stops',
  mode => {
    const plans = seeds.map(planOf).filter(plan => plan.mode === mode)
    for (const peers of [2, 3, 8]) expect(plans.some(plan => plan.peers === peers && plan.ticks >= 1800)).toBe(true)
    const bad = plans.map(plan => plan.conditions).filter(({ loss }) => loss >= 0.2)
    expect(bad.some(c => c.jitterMs > 5 && (c.duplicate ?? 0) > 0.05 && (c.reorder ?? 0) > 0.05)).toBe(true)
    expect(plans.some(plan => plan.stop !== undefined)).toBe(true)
  },
)

const near = { delayMs: 5, jitterMs: 0, loss: 0 }

test('a rollback match in which nobody rolls back fails: it has proved nothing', () => {
  const report = playMatch({ seed: 1, peers: 2, ticks: 120, mode: 'rollback', conditions: near, inputDelay: 8 })
  expect([report.rollbacks, report.problems]).toEqual([0, ['no rollbacks']])
})

test('a machine whose confirmed state is not the others’ fails the match, with the tick and both sums', () => {
  const { offset } = arena.schema.layout.columns.find(c => c.component === 'Player' && c.field === 'score')!
  const corrupt = { peer: 1, tick: 60, at: offset, ticks: 20 }
  const { problems } = playMatch({ seed: 2, peers: 2, ticks: 120, mode: 'lockstep', conditions: near, corrupt })
  expect(problems[0]).toMatch(/^tick 6\d: p0 has \d+, p1 has \d+$/)
  expect(problems).toContainEqual(expect.stringMatching(/^p0 ended: desync/))
})

test('a seed is told in a line, and one that failed with what went wrong and how to replay it', () => {
  expect(outcomeOf(7, '', { line: 'rollback, 2 peers', problems: [] })).toEqual(['ok   seed 7: rollback, 2 peers'])
  expect(outcomeOf(7, '--duels', { line: 'window 8', problems: ['no rollbacks', 'two'] })).toEqual([
    'FAIL seed 7: window 8',
    '     no rollbacks',
    '     two',
    '     replay: npm run matches -- --duels --seed 7',
  ])
})

test('`npm run matches` tells of each seed, counts last, and says by its exit code whether all was well', () => {
  const args = ['--conditions=@lockstride/source', fileURLToPath(new URL('cli.ts', import.meta.url))]
  const run = (...more: string[]) => spawnSync(process.execPath, [...args, ...more], { encoding: 'utf8' })
  const { stdout, status } = run('--seeds', '2', '--from', '8')
  const lines = stdout.trim().split('\n')
  expect(lines).toEqual([
    expect.stringMatching(
      /^ok {3}seed 8: rollback, 2 peers, .*: \d{4} confirmed ticks, [1-9]\d+ rollbacks, [1-9]\d* packets lost, /,
    ),
    expect.stringMatching(/^ok {3}seed 9: /),
    expect.stringMatching(/^longest stall of all: \d+ ms$/),
    '2 passed, 0 failed',
  ])
  expect(status).toBe(0)
  expect(run('--seeds', 'many').status).toBe(2)
})

test('64 machines in one room agree for 600 ticks', () => {
  const conditions = { delayMs: 30, jitterMs: 10, loss: 0.02, duplicate: 0.01, reorder: 0.02 }
  const report = playMatch({ seed: 64, peers: 64, ticks: 600, mode: 'rollback', conditions })
  expect(report.problems).toEqual([])
  expect(report.confirmedTicks).toBeGreaterThanOrEqual(600)
})

test('the same seed plays the same match', () => {
  expect(playMatch({ ...planOf(3), ticks: 300 })).toEqual(playMatch({ ...planOf(3), ticks: 300 }))
})

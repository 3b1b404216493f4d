import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { attackedMatch } from './attacked-match.ts'
import { Fuzzer } from './fuzzer.ts'
import type { GuideMessage, GuideTask } from './guide.ts'
import { replayLine } from './replay.ts'

test.each([1, 2, 3, 4, 5])('mutated packets are counted and dropped, and stall nobody (seed %i)', seed => {
  const report = attackedMatch({ seed, calls: 1500 })
  expect(report.problems).toEqual([])
  expect(report.refused.malformed).toBeGreaterThan(1000)
  expect(report.packets).toBeGreaterThan(10_000)
})

test('no decoder and no state machine minds garbage: three hundred thousand packets (seed 1)', () => {
  const fuzzer = new Fuzzer(1)
  while (fuzzer.packets < 300_000) fuzzer.turn()
  expect(fuzzer.findings.map(finding => `${finding.problem}\n${replayLine(finding)}`)).toEqual([])
  expect(fuzzer.mutated).toBeGreaterThan(200_000)
  expect(fuzzer.structured).toBeGreaterThan(5000)
})

test('counted blocks lead it where mutants of real packets alone do not come', async () => {
  const messages: GuideMessage[] = []
  const workerData = { seed: 1, packets: 20_000, seconds: 60 } satisfies GuideTask
  const guide = new Worker(new URL('./guide.ts', import.meta.url), {
    workerData,
    execArgv: ['--conditions=@lockstride/source'],
  })
  guide.on('message', message => messages.push(message as GuideMessage))
  await new Promise((resolve, reject) => guide.on('error', reject).on('exit', resolve))
  const report = messages.flatMap(m => (m.kind === 'report' ? [m.report] : []))[0]
  expect(messages.filter(m => m.kind === 'finding')).toEqual([])
  expect(messages.filter(m => m.kind === 'input').length).toBeGreaterThan(30)
  expect(report.reached / report.total).toBeGreaterThan(0.75)
}, 60_000)

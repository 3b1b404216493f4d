// Looks for inputs that reach what none has reached, with V8 counting every block: slow, so in a worker of its own. What it
// finds goes to the others' corpus.

import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { Coverage } from './coverage.ts'
import type { Finding } from './life.ts'

export const COVERED_FOLDERS = ['bytes', 'wire', 'channel', 'session']

export interface GuideReport {
  readonly packets: number
  readonly reached: number
  readonly total: number
  readonly unreached: readonly string[]
}

export type GuideMessage =
  | { kind: 'input'; target: string; bytes: Uint8Array }
  | { kind: 'finding'; finding: Finding }
  | { kind: 'report'; report: GuideReport }

/** Stops at whichever comes first, or when it is sent anything. */
export interface GuideTask {
  readonly seed: number
  readonly packets: number
  readonly seconds: number
}

/** Inputs between two looks at the coverage: few where something new was found lately. */
const FEWEST = 8
const MOST = 512
/** Turns between two structured ones. */
const STRUCTURED_EACH = 6

async function run(task: GuideTask, tell: (message: GuideMessage) => void, stopped: () => boolean): Promise<void> {
  // Before anything of the product is compiled.
  const coverage = new Coverage(join(import.meta.dirname, '../../src'), COVERED_FOLDERS)
  const { Fuzzer } = await import('./fuzzer.ts')
  const fuzzer = new Fuzzer(task.seed)
  coverage.take()
  let told = 0
  let turns = 0
  const batches = fuzzer.works.map(() => FEWEST)
  const end = performance.now() + task.seconds * 1000
  while (fuzzer.packets < task.packets && performance.now() < end && !stopped()) {
    // That it is to stop is heard between two turns.
    await new Promise(setImmediate)
    const at = turns++ % fuzzer.works.length
    const work = fuzzer.works[at]
    if (Math.floor(turns / fuzzer.works.length) % STRUCTURED_EACH === STRUCTURED_EACH - 1) {
      fuzzer.structuredTurn(work)
      coverage.take()
    } else {
      const before = fuzzer.findings.length
      fuzzer.mutatedTurn(work, batches[at])
      const { life } = work
      const news = coverage.take()
      batches[at] = news > 0 ? FEWEST : Math.min(MOST, batches[at] * 2)
      // Once more, one at a time: which of them was it?
      if (news > 0 && fuzzer.findings.length === before) {
        const inputs = life.inputs()
        life.begin(life.seed)
        for (const index of coverage.culprits(inputs.length, i => life.feed(inputs[i], inputs[i].length))) {
          work.corpus.add(inputs[index])
          tell({ kind: 'input', target: work.target.name, bytes: inputs[index] })
        }
      }
    }
    for (; told < fuzzer.findings.length; told++) tell({ kind: 'finding', finding: fuzzer.findings[told] })
  }
  const report = {
    packets: fuzzer.packets,
    reached: coverage.reached,
    total: coverage.total,
    unreached: coverage.unreached(),
  }
  tell({ kind: 'report', report })
}

if (parentPort !== null) {
  const port = parentPort
  let stop = false
  port.once('message', () => (stop = true))
  await run(
    workerData as GuideTask,
    message => port.postMessage(message),
    () => stop,
  )
  port.close()
}

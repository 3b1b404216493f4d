// The other thread of hostile.test.ts: counts what runs while an envelope is judged, by V8's own coverage. Functions whose blocks are
// counted run slowly for ever, so they run here.

import { Session } from 'node:inspector'
import { parentPort } from 'node:worker_threads'
import { eventWords, gateOver } from '../../src/event/event-memory.ts'
import { RIGHT, WRONG, envelopeOf } from './hostile-shapes.ts'

export interface Counts {
  readonly shape: string
  readonly sizes: readonly number[]
  /** Blocks that ran, by size. */
  readonly blocks: readonly number[]
  readonly refused: string
}

const SIZES = [340, 680, 1360]
const RIGHTS = { requires: {}, everyone: [], declared: [], signed: false, matchKey: null }

interface Script {
  readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[]
}

const session = new Session()
session.connect()
post('Profiler.enable')
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

const plain = envelopeOf({ axis: { x: 0.25, y: -0.5 }, tick: 100, text: 'x'.repeat(154) })
const shapes = [['plain', () => plain] as const, ...Object.entries(RIGHT), ...Object.entries(WRONG)]
const counts = shapes.map(([shape, make]): Counts => {
  const envelopes = SIZES.map(make)
  const judged = envelopes.map(judge)
  return {
    shape,
    sizes: envelopes.map(bytes => bytes.length),
    blocks: judged.map(({ blocks }) => blocks),
    refused: judged.at(-1)!.refused,
  }
})
session.disconnect()
parentPort!.postMessage(counts)

/** All that a tick does with it the first time. */
function judge(bytes: Uint8Array): { blocks: number; refused: string } {
  const words = new Uint32Array(eventWords(4, RIGHTS))
  const { gate } = gateOver({ words, slots: 4, rights: RIGHTS, hosted: true, match: '', signatures: null })
  gate.seat(1, { restart: null, joins: [0, 1, 2, 3], leaves: [], swap: null }, () => false)
  blocksRun()
  gate.admit(100, [{ slot: 3, bytes }])
  return { blocks: blocksRun(), refused: gate.refused[0]?.reason ?? '' }
}

/** Since the last time. */
function blocksRun(): number {
  let sum = 0
  for (const { functions } of (post('Profiler.takePreciseCoverage') as { result: Script[] }).result)
    for (const { ranges } of functions) for (const { count } of ranges) sum += count
  return sum
}

function post(method: string, params?: object): unknown {
  let answer: unknown
  // The inspector of one's own thread answers at once.
  session.post(method, params, (error, value) => {
    if (error !== null) throw new Error(`${method}: ${error.message}`)
    answer = value
  })
  return answer
}

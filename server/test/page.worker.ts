// The other thread of connect.test.ts: a game's worker as a page makes it. What a browser gives a worker is lent to it here.

import { parentPort, workerData } from 'node:worker_threads'
import { queryObjects } from 'node:v8'
import { Branches } from '../../plugin-core/src/loop/branches.ts'
import { Loop } from '../../plugin-core/src/loop/loop.ts'
import { WhatIf } from '../../plugin-core/src/loop/what-if.ts'
import { SnapshotRing } from '../../plugin-core/src/timeline/snapshot-ring.ts'
import { serve } from '../../plugin-core/src/worker/serve.ts'
import type { RightsSpec } from '../../plugin-core/src/sim/event-rights.ts'
import { yardOf } from '../../plugin-core/test/matches/capabilities-match.ts'
import { COUNT } from './page.ts'

const port = parentPort!
Object.assign(globalThis, {
  addEventListener: port.addEventListener.bind(port),
  removeEventListener: port.removeEventListener.bind(port),
  postMessage: port.postMessage.bind(port),
})
port.start()
serve(yardOf(workerData as RightsSpec), { sourceId: 'test' })
port.postMessage('it serves')

// How many there are that a match takes memory for, once everything is collected that nobody needs.
port.on('message', message => {
  if (message !== COUNT) return
  const count = (type: new (...args: never[]) => unknown): number => queryObjects(type as never, { format: 'count' })
  port.postMessage({
    loops: count(Loop),
    states: count(SnapshotRing),
    branches: count(Branches),
    whatIfs: count(WhatIf),
  })
})

// The other thread of shared-states.test.ts: publishes as fast as it can, until it is stopped.

import { parentPort, workerData } from 'node:worker_threads'
import { SEQUENCE, SharedWriter, TICK } from '../../src/worker/shared-states.ts'

const { sizeBytes, stop } = workerData as { sizeBytes: number; stop: Int32Array }
const writer = new SharedWriter(sizeBytes)
parentPort!.postMessage(writer.memory)

let tick = 0
while (Atomics.load(stop, 0) === 0) {
  const { header, stats, before, now, again } = writer.place
  tick++
  header[SEQUENCE] = tick
  // What is written first and what is written last are far apart.
  words(before).fill(tick - 1)
  words(now).fill(tick)
  words(again).fill(~tick)
  stats.fill(tick)
  header[TICK] = tick
  writer.publish()
}
parentPort!.postMessage(tick)

function words(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
}

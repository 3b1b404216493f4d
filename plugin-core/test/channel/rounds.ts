// Run by allocation.test.ts in a process of its own, with --expose-gc: sends messages over each channel, and prints how many
// bytes of heap a round took. Run it by hand to see the numbers.

import { InputLockstep } from '../../src/channel/input-lockstep.ts'
import { ReliableOrdered } from '../../src/channel/reliable-ordered.ts'
import { Unreliable } from '../../src/channel/unreliable.ts'

const ROUNDS = 100_000
const RUNS = 5

/** Does so many rounds, each with other values. */
type Work = (rounds: number) => void

function reliable(firstSeq: number): Work {
  const options = { window: 64, messageBytes: 64, resendTicks: 6, firstSeq }
  const [a, b] = [new ReliableOrdered(options), new ReliableOrdered(options)]
  const message = new Uint8Array(64)
  let tick = 0
  let taken = 0
  // Every seventh message is lost at first, so that gaps, masks and resends have their part.
  const send = (seq: number, type: number, bytes: Uint8Array): void => {
    if (seq % 7 !== 0 || tick % 7 === 0) b.receive(seq, type, bytes, 0, bytes.length)
  }
  return rounds => {
    const before = taken
    for (let i = 0; i < rounds; i++) {
      message[0] = i
      a.enqueue(1, message, 1 + (i % 64))
      a.flush(tick++, send)
      for (let m = b.take(); m !== null; m = b.take()) taken++
      if (!b.ackDue) continue
      const ack = b.ack
      a.receiveAck(ack.next, ack.maskLo, ack.maskHi)
      b.markAckSent()
    }
    if (taken - before < rounds - 64) throw new Error(`only ${taken - before} of ${rounds} messages came through`)
  }
}

function unreliable(firstSeq: number): Work {
  const [a, b] = [new Unreliable(firstSeq), new Unreliable(firstSeq)]
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      const seq = a.takeSeq()
      if (!b.acceptLow(seq & 0xffff) || b.accept(seq)) throw new Error(`message ${seq} came not once`)
    }
  }
}

function inputs(): Work {
  const player = new InputLockstep(64, 4)
  player.start(1)
  const input = new Uint8Array(4)
  return rounds => {
    for (let i = 0; i < rounds; i++) {
      const tick = player.lastTick + 1
      input[0] = tick
      if (player.take(tick, input, null, tick + 32) !== 'taken') throw new Error(`tick ${tick} was not taken`)
      if (player.take(tick, input, null, tick + 32) !== 'repeated') throw new Error(`tick ${tick} was not a repeat`)
    }
  }
}

/** What a test of this kind must see. */
function wasteful(): Work {
  let last: Uint8Array | null = null
  const bytes = new Uint8Array(64)
  return rounds => {
    for (let i = 0; i < rounds; i++) last = bytes.subarray(0, 1 + (i % 64))
    if (last === null) throw new Error('nothing was done')
  }
}

/** The best of several runs: what a compiler or a timer takes meanwhile is not of the work. */
function bytesPerRound(work: Work): number {
  let least = Infinity
  work(ROUNDS)
  for (let run = 0; run < RUNS; run++) {
    globalThis.gc!()
    const before = process.memoryUsage().heapUsed
    work(ROUNDS)
    least = Math.min(least, process.memoryUsage().heapUsed - before)
  }
  return Math.max(0, least / ROUNDS)
}

const works: Record<string, Work> = {
  'reliable-ordered': reliable(0),
  'reliable-ordered, large sequences': reliable(0xfff00000),
  unreliable: unreliable(0),
  'unreliable, large sequences': unreliable(0xfff00000),
  'input-lockstep': inputs(),
  wasteful: wasteful(),
}
console.log(
  JSON.stringify(Object.fromEntries(Object.entries(works).map(([name, work]) => [name, bytesPerRound(work)]))),
)

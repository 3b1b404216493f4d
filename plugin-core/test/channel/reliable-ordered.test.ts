// Every rule of "reliable-ordered" in `specs/domn.md`, by name; then any schedule that a line can think of.

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReliableOrdered } from '../../src/channel/reliable-ordered.ts'
import { OPTIONS, acknowledge, flushed, numberOf, numbered, receive, takeAll, type Flying } from './reliable-line.ts'

const LAST = 0xffffffff

function ends(more: { firstSeq?: number; lineIsReliable?: boolean } = {}): [ReliableOrdered, ReliableOrdered] {
  return [new ReliableOrdered({ ...OPTIONS, ...more }), new ReliableOrdered({ ...OPTIONS, ...more })]
}

function enqueueAll(channel: ReliableOrdered, from: number, count: number): void {
  for (let n = from; n < from + count; n++) expect(channel.enqueue(9, numbered(n))).toBe(true)
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe('a fixed window of 64 messages to send', () => {
  test('a full send window refuses, and the message stays with the caller', () => {
    const [a, b] = ends()
    enqueueAll(a, 0, 64)
    expect(a.inFlight).toBe(64)
    expect(a.enqueue(9, numbered(64))).toBe(false)
    for (const m of flushed(a, 1)) receive(b, m)
    expect(a.enqueue(9, numbered(64))).toBe(false)
    expect(acknowledge(b, a)).toBe(true)
    expect(a.inFlight).toBe(0)
    expect(a.enqueue(9, numbered(64))).toBe(true)
    for (const m of flushed(a, 2)) receive(b, m)
    expect(takeAll(b)).toEqual(upTo(64))
  })

  test('the window slides only past what is acknowledged without a gap', () => {
    const [a, b] = ends()
    enqueueAll(a, 0, 64)
    const [first, ...rest] = flushed(a, 1)
    for (const m of rest) receive(b, m)
    acknowledge(b, a)
    expect(a.inFlight).toBe(64)
    expect(a.enqueue(9, numbered(64))).toBe(false)
    receive(b, first)
    acknowledge(b, a)
    expect(a.inFlight).toBe(0)
  })

  test('a message is a copy: its caller may write over the bytes at once', () => {
    const [a, b] = ends()
    const bytes = numbered(7)
    a.enqueue(9, bytes)
    bytes.fill(0xff)
    a.enqueue(8, new Uint8Array([1, 2, 3, 4, 5]), 2)
    const [first, second] = flushed(a, 1)
    expect(numberOf(first.bytes)).toBe(7)
    expect([second.type, [...second.bytes]]).toEqual([8, [1, 2]])
    receive(b, first)
    first.bytes.fill(0)
    expect(takeAll(b)).toEqual([7])
  })

  test('messages may be empty, and as large as agreed; a larger one is a mistake of ours', () => {
    const [a, b] = ends()
    a.enqueue(1, new Uint8Array(0))
    a.enqueue(2, new Uint8Array(32).fill(5))
    for (const m of flushed(a, 1)) receive(b, m)
    expect(b.take()).toEqual({ type: 1, bytes: new Uint8Array(0) })
    expect(b.take()).toEqual({ type: 2, bytes: new Uint8Array(32).fill(5) })
    expect(b.take()).toBe(null)
    expect(() => a.enqueue(1, new Uint8Array(33))).toThrow('a message of 33 bytes: this channel takes at most 32')
  })
})

describe('64 received out of order', () => {
  test('gaps are filled in order', () => {
    const [a, b] = ends()
    enqueueAll(a, 0, 64)
    const [first, ...rest] = flushed(a, 1)
    for (const m of rest.toReversed()) {
      expect(receive(b, m)).toBe('taken')
      expect(b.take()).toBe(null)
    }
    expect(receive(b, first)).toBe('taken')
    expect(takeAll(b)).toEqual(upTo(64))
  })

  test('what is beyond the receive window is dropped, and is not acknowledged', () => {
    const [, b] = ends()
    const at = (seq: number): Flying => ({ seq, type: 9, bytes: numbered(seq) })
    expect(receive(b, at(64))).toBe('outside')
    expect(receive(b, at(0x7fffffff))).toBe('outside')
    expect(b.ackDue).toBe(false)
    expect(receive(b, at(63))).toBe('taken')
    expect(b.ack).toEqual({ next: 0, maskLo: 0, maskHi: 0x80000000 })
    receive(b, at(0))
    expect(receive(b, at(64))).toBe('outside')
    expect(takeAll(b)).toEqual([0])
    expect(receive(b, at(64))).toBe('taken')
  })

  test('what is behind the receive window was delivered: it is dropped, and acknowledged again', () => {
    const [a, b] = ends()
    enqueueAll(a, 0, 3)
    const messages = flushed(a, 1)
    for (const m of messages) receive(b, m)
    expect(takeAll(b)).toEqual([0, 1, 2])
    b.markAckSent()
    for (const m of messages) expect(receive(b, m)).toBe('repeated')
    expect(b.take()).toBe(null)
    expect(b.ackDue).toBe(true)
    expect(receive(b, { seq: 0x80000004, type: 9, bytes: numbered(0) })).toBe('repeated')
  })

  test('a repeat of one that waits for a gap changes nothing', () => {
    const [, b] = ends()
    expect(receive(b, { seq: 1, type: 9, bytes: numbered(1) })).toBe('taken')
    expect(receive(b, { seq: 1, type: 4, bytes: numbered(77) })).toBe('repeated')
    receive(b, { seq: 0, type: 9, bytes: numbered(0) })
    expect(takeAll(b)).toEqual([0, 1])
  })

  test('a message larger than agreed is dropped', () => {
    const [, b] = ends()
    expect(b.receive(0, 9, new Uint8Array(40), 0, 33)).toBe('outside')
    expect(b.receive(0, 9, new Uint8Array(40), 8, 40)).toBe('taken')
  })

  test('what nobody takes keeps its place: the rest has to wait', () => {
    const [a, b] = ends()
    enqueueAll(a, 0, 64)
    for (const m of flushed(a, 1)) receive(b, m)
    acknowledge(b, a)
    enqueueAll(a, 64, 2)
    const late = flushed(a, 2)
    for (const m of late) expect(receive(b, m)).toBe('outside')
    expect(takeAll(b)).toEqual(upTo(64))
    for (const m of late) expect(receive(b, m)).toBe('taken')
    expect(takeAll(b)).toEqual([64, 65])
  })
})

describe('resends are timed in ticks', () => {
  const sentAt = (a: ReliableOrdered, upToTick: number): number[] => {
    const ticks: number[] = []
    for (let tick = 1; tick <= upToTick; tick++) if (flushed(a, tick).length > 0) ticks.push(tick)
    return ticks
  }

  test('a message goes out again after the resend time, each further time that much later, up to four times', () => {
    const [a] = ends()
    enqueueAll(a, 0, 1)
    expect(sentAt(a, 120)).toEqual([1, 7, 19, 37, 61, 85, 109])
  })

  test('an acknowledged one never goes out again, whether in order or by its bit', () => {
    const [a, b] = ends()
    enqueueAll(a, 0, 5)
    const messages = flushed(a, 1)
    for (const i of [0, 1, 3]) receive(b, messages[i])
    expect(b.ack).toEqual({ next: 2, maskLo: 0b10, maskHi: 0 })
    acknowledge(b, a)
    expect(flushed(a, 6)).toEqual([])
    expect(flushed(a, 7).map(m => m.seq)).toEqual([2, 4])
  })

  test('new messages do not wait for the old ones', () => {
    const [a] = ends()
    enqueueAll(a, 0, 1)
    expect(flushed(a, 1)).toHaveLength(1)
    enqueueAll(a, 1, 1)
    expect(flushed(a, 2).map(m => m.seq)).toEqual([1])
  })

  test('on a line that is itself reliable and ordered nothing is resent', () => {
    const [a, b] = ends({ lineIsReliable: true })
    enqueueAll(a, 0, 3)
    const messages = flushed(a, 1)
    expect(messages.map(m => m.seq)).toEqual([0, 1, 2])
    for (let tick = 2; tick < 1000; tick++) expect(flushed(a, tick)).toEqual([])
    enqueueAll(a, 3, 1)
    for (const m of [...messages, ...flushed(a, 1000)]) receive(b, m)
    expect(takeAll(b)).toEqual([0, 1, 2, 3])
    expect(acknowledge(b, a)).toBe(true)
    expect(a.inFlight).toBe(0)
  })
})

describe('acknowledged by sequence', () => {
  test('an ack is due from the first arrival until it is sent', () => {
    const [a, b] = ends()
    expect(b.ackDue).toBe(false)
    enqueueAll(a, 0, 1)
    for (const m of flushed(a, 1)) receive(b, m)
    expect(b.ackDue).toBe(true)
    acknowledge(b, a)
    expect(b.ackDue).toBe(false)
  })

  test('one ack makes up for all that were lost before it', () => {
    const [a, b] = ends()
    enqueueAll(a, 0, 64)
    for (const m of flushed(a, 1)) {
      receive(b, m)
      b.markAckSent()
    }
    acknowledge(b, a)
    expect(a.inFlight).toBe(0)
  })

  test('an older ack than the last is no fault, and what its bits say counts', () => {
    const [a, b] = ends()
    enqueueAll(a, 0, 6)
    const messages = flushed(a, 1)
    for (const i of [0, 2, 5]) receive(b, messages[i])
    const old = { ...b.ack }
    receive(b, messages[1])
    const { next } = b.ack
    expect(a.receiveAck(next, 0, 0)).toBe(true)
    expect(a.receiveAck(old.next, old.maskLo, old.maskHi)).toBe(true)
    expect(a.inFlight).toBe(3)
    expect(flushed(a, 7).map(m => m.seq)).toEqual([3, 4])
    expect(a.receiveAck(0, 0, 0)).toBe(true)
    expect(a.inFlight).toBe(3)
  })

  test('an ack of what was never sent is refused whole', () => {
    const [a] = ends()
    expect(a.receiveAck(1, 0, 0)).toBe(false)
    enqueueAll(a, 0, 2)
    expect(a.receiveAck(1, 0, 0)).toBe(false)
    flushed(a, 1)
    enqueueAll(a, 2, 1)
    expect(a.receiveAck(3, 0, 0)).toBe(false)
    expect(a.receiveAck(1, 0b10, 0)).toBe(false)
    expect(a.receiveAck(0, 0b100, 0)).toBe(false)
    expect(a.receiveAck(0, 0, 1)).toBe(false)
    expect(a.receiveAck(LAST, 0, 0x80000000)).toBe(false)
    expect(a.inFlight).toBe(3)
    expect(a.receiveAck(1, 0, 0)).toBe(true)
    expect(a.inFlight).toBe(2)
    expect(a.receiveAck(1, 0b1, 0)).toBe(true)
    expect(a.inFlight).toBe(1)
  })
})

describe('u32 wrap-around', () => {
  const first = 0xfffffff0

  test('from 0xFFFFFFF0 on, a thousand messages arrive in order', () => {
    const [a, b] = ends({ firstSeq: first })
    const taken: number[] = []
    for (let n = 0; n < 1000; n += 40) {
      enqueueAll(a, n, 40)
      const messages = flushed(a, n)
      expect(messages[0].seq).toBe((first + n) >>> 0)
      for (const m of messages.toReversed()) expect(receive(b, m)).toBe('taken')
      taken.push(...takeAll(b))
      expect(acknowledge(b, a)).toBe(true)
      expect(a.inFlight).toBe(0)
    }
    expect(taken).toEqual(upTo(1000))
  })

  test('windows, repeats and acks hold across it', () => {
    const [a, b] = ends({ firstSeq: first })
    enqueueAll(a, 0, 64)
    expect(a.enqueue(9, numbered(64))).toBe(false)
    const messages = flushed(a, 1)
    expect(messages.map(m => m.seq)).toEqual(upTo(64).map(n => (first + n) >>> 0))
    expect(receive(b, { ...messages[0], seq: (first + 64) >>> 0 })).toBe('outside')
    expect(receive(b, { ...messages[0], seq: first - 1 })).toBe('repeated')
    expect(receive(b, messages[20])).toBe('taken')
    expect(receive(b, messages[20])).toBe('repeated')
    expect(b.ack).toEqual({ next: first, maskLo: 1 << 20, maskHi: 0 })
    for (const m of messages.slice(0, 18)) receive(b, m)
    expect(b.ack).toEqual({ next: 2, maskLo: 0b100, maskHi: 0 })
    expect(a.receiveAck((first + 65) >>> 0, 0, 0)).toBe(false)
    expect(acknowledge(b, a)).toBe(true)
    expect(a.inFlight).toBe(46)
    expect(flushed(a, 7).map(m => m.seq)).toEqual([18, 19, ...upTo(64).slice(21)].map(n => (first + n) >>> 0))
  })
})

test('a window that cannot be is refused with its numbers', () => {
  for (const window of [0, 48, 128])
    expect(() => new ReliableOrdered({ ...OPTIONS, window })).toThrow(`a window of ${window} messages`)
  expect(() => new ReliableOrdered({ ...OPTIONS, resendTicks: 0 })).toThrow('at least 1')
  expect(() => new ReliableOrdered({ ...OPTIONS, messageBytes: 0 })).toThrow('1 to 65535')
})

// One step of a line: what becomes of a packet. `late` of them overtake it.
const fate = fc.record({
  lost: fc.nat(9).map(n => n < 3),
  copies: fc.integer({ min: 1, max: 3 }),
  late: fc.nat(12),
})

describe('any schedule of losses, repeats and overtaking delivers exactly what was sent, in order', () => {
  const schedule = fc.record({
    firstSeq: fc.oneof(fc.constant(0), fc.constant(0xfffffff0), fc.nat(LAST)),
    count: fc.integer({ min: 1, max: 200 }),
    perTick: fc.integer({ min: 1, max: 70 }),
    window: fc.constantFrom(1, 2, 16, 64),
    fates: fc.array(fate, { minLength: 1, maxLength: 60 }),
    ackFates: fc.array(fate, { minLength: 1, maxLength: 60 }),
  })

  test('and the sender hears of all of it', () => {
    fc.assert(
      fc.property(schedule, ({ firstSeq, count, perTick, window, fates, ackFates }) => {
        const options = { ...OPTIONS, window, firstSeq }
        const [a, b] = [new ReliableOrdered(options), new ReliableOrdered(options)]
        const line: { due: number; run(): void }[] = []
        let tick = 0
        // Every other round of fates loses nothing, so that a schedule of losses alone comes to an end too.
        const way = (list: typeof fates): ((run: () => void) => void) => {
          let at = 0
          return run => {
            const mayLose = Math.floor(at / list.length) % 2 === 0
            const { lost, copies, late } = list[at++ % list.length]
            if (lost && mayLose) return
            for (let i = 0; i < copies; i++) line.push({ due: tick + late * (i + 1), run })
          }
        }
        const [there, back] = [way(fates), way(ackFates)]
        const taken: number[] = []
        let sent = 0
        let faults = 0
        for (; tick < 100_000 && (taken.length < count || a.inFlight > 0); tick++) {
          for (let i = 0; i < perTick && sent < count; i++) if (a.enqueue(sent & 0xff, numbered(sent))) sent++
          for (const m of flushed(a, tick)) there(() => void (receive(b, m) === 'outside' && faults++))
          for (let i = 0; i < line.length; i++)
            if (line[i].due <= tick) {
              line.splice(i--, 1)[0].run()
              for (let m = b.take(); m !== null; m = b.take()) {
                if (m.type !== (taken.length & 0xff)) faults++
                taken.push(numberOf(m.bytes))
              }
            }
          if (b.ackDue) {
            const { next, maskLo, maskHi } = b.ack
            b.markAckSent()
            back(() => void (a.receiveAck(next, maskLo, maskHi) || faults++))
          }
        }
        expect(taken).toEqual(upTo(count))
        expect([a.inFlight, faults]).toEqual([0, 0])
      }),
      { numRuns: 100 },
    )
  })

  test('no bytes from a stranger make it throw, deliver twice or lose its place', () => {
    const word = fc.oneof(
      fc.nat(80),
      fc.nat(80).map(n => LAST - n),
      fc.nat(LAST),
    )
    const noise = fc.oneof(
      fc.record({ kind: fc.constant('message' as const), seq: word, size: fc.nat(40) }),
      fc.record({ kind: fc.constant('ack' as const), next: word, lo: fc.nat(LAST), hi: fc.nat(LAST) }),
      fc.record({ kind: fc.constant('enqueue' as const), n: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ kind: fc.constant('take' as const) }),
    )
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 80 }), steps => {
        const a = new ReliableOrdered(OPTIONS)
        const bytes = new Uint8Array(40)
        let taken = 0
        let seen = 0
        steps.forEach((step, tick) => {
          if (step.kind === 'message') a.receive(step.seq, 1, bytes, 0, step.size)
          if (step.kind === 'ack') a.receiveAck(step.next, step.lo, step.hi)
          if (step.kind === 'enqueue') for (let i = 0; i < step.n; i++) a.enqueue(1, bytes, 8)
          if (step.kind === 'take') while (a.take() !== null) taken++
          flushed(a, tick)
          expect(a.inFlight).toBeGreaterThanOrEqual(0)
          expect(a.inFlight).toBeLessThanOrEqual(64)
          expect(a.ack.next).toBeGreaterThanOrEqual(seen)
          expect(a.ack.next - taken).toBeLessThanOrEqual(64)
          seen = a.ack.next
        })
        while (a.take() !== null) taken++
        expect(taken).toBe(a.ack.next)
      }),
      { numRuns: 200 },
    )
  })
})

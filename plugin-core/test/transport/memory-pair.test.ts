import { expect, test } from 'vitest'
import { VirtualClock } from '../../src/transport/clock.ts'
import { MemoryPair } from '../../src/transport/memory-pair.ts'
import { HOST, type Transport } from '../../src/transport/transport.ts'

function opened(clock: VirtualClock, transport: Transport): string[] {
  const told: string[] = []
  transport.open({
    joined: peer => told.push(`${clock.now()} joined ${peer}`),
    message: (peer, bytes) => told.push(`${clock.now()} ${peer}: ${[...bytes].join()}`),
    left: (peer, reason) => told.push(`${clock.now()} left ${peer}: ${reason}`),
  })
  return told
}

function pair(): { clock: VirtualClock; line: MemoryPair } {
  const clock = new VirtualClock()
  const conditions = { delayMs: 10, jitterMs: 0, loss: 0, down: { delayMs: 30 } }
  return { clock, line: new MemoryPair({ clock, conditions }) }
}

test('each side joins when it has heard that the other one opened, and messages take their way', () => {
  const { clock, line } = pair()
  const a = opened(clock, line.a)
  clock.advance(100)
  expect(a).toEqual([])
  const b = opened(clock, line.b)
  expect(b).toEqual(['100 joined 0'])
  const bytes = new Uint8Array([1])
  line.b.send(HOST, bytes)
  bytes[0] = 9
  clock.advance(100)
  expect(a).toEqual(['130 joined 0', '130 0: 1'])
  line.a.send(HOST, new Uint8Array([2]))
  expect(b.length).toBe(1)
  clock.advance(100)
  expect(b.at(-1)).toBe('210 0: 2')
  expect(() => line.a.open({ joined() {}, message() {}, left() {} })).toThrow(/opened once/)
})

test('what is sent before the line is up goes nowhere', () => {
  const { clock, line } = pair()
  const a = opened(clock, line.a)
  line.a.send(HOST, new Uint8Array([1]))
  const b = opened(clock, line.b)
  line.b.send(HOST, new Uint8Array([1]))
  clock.advance(100)
  expect([a, b]).toEqual([['30 joined 0'], ['10 joined 0']])
})

test('a side that closes hears nothing more, and the other one hears of it once', () => {
  const { clock, line } = pair()
  const a = opened(clock, line.a)
  const b = opened(clock, line.b)
  clock.advance(100)
  line.b.send(HOST, new Uint8Array([1]))
  line.a.close()
  line.a.close()
  clock.advance(100)
  expect(a.length).toBe(1)
  expect(b.slice(1)).toEqual(['110 left 0: the other side closed its line'])
  line.b.send(HOST, new Uint8Array([1]))
  line.b.close()
  clock.advance(100)
  expect(b.length).toBe(2)
})

test('who opens after the other one has closed is told so', () => {
  const { clock, line } = pair()
  opened(clock, line.a)
  line.a.close()
  clock.advance(100)
  expect(opened(clock, line.b)).toEqual(['100 left 0: the other side closed its line'])
})

test('a cut line carries nothing, in the direction that is cut, and nobody is told', () => {
  const { clock, line } = pair()
  const a = opened(clock, line.a)
  const b = opened(clock, line.b)
  clock.advance(100)
  line.cut('up')
  line.a.send(HOST, new Uint8Array([1]))
  line.b.send(HOST, new Uint8Array([2]))
  clock.advance(100)
  expect([a.length, b.length]).toEqual([2, 1])
  line.heal()
  line.a.send(HOST, new Uint8Array([3]))
  clock.advance(100)
  expect(b.at(-1)).toBe('210 0: 3')
  expect(line.stats.lost).toBe(1)
})

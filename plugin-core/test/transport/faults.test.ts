import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/transport/clock.ts'
import { withFaults } from '../../src/transport/faults.ts'
import { HOST, type Transport, type TransportEvents } from '../../src/transport/transport.ts'
import { bytesOf, recorder } from './recorder.ts'

// A line under our hand: shows what is sent at once, and says what we tell it to say.
function wire() {
  const sent: string[] = []
  let closed = 0
  let events: TransportEvents | null = null
  const transport: Transport = {
    open: e => (events = e),
    send: (peer, bytes) => void sent.push(`${peer}: ${bytes.join(' ')}`),
    close: () => closed++,
  }
  return { transport, sent, events: () => events!, closed: () => closed }
}

function faulty(seed = 1) {
  const clock = new VirtualClock()
  const line = wire()
  const heard = recorder()
  const transport = withFaults(line.transport, { clock, seed })
  transport.open(heard)
  line.events().joined(HOST)
  return { clock, line, heard, transport }
}

describe('faults on top of a transport', () => {
  test('without conditions everything passes straight through, both ways', () => {
    const { clock, line, heard, transport } = faulty()
    transport.send(HOST, bytesOf(1))
    line.events().message(HOST, bytesOf(2))
    line.events().left(HOST, 'gone')
    expect(line.sent).toEqual(['0: 1'])
    expect(heard.lines).toEqual(['joined 0', 'message 0: 2', 'left 0: gone'])
    expect(clock.pending).toBe(0)
  })

  test('delays each direction on its own', () => {
    const { clock, line, heard, transport } = faulty()
    transport.set({ delayMs: 50, jitterMs: 0, loss: 0 })
    transport.send(HOST, bytesOf(1))
    line.events().message(HOST, bytesOf(2))
    clock.advance(49)
    expect(line.sent).toEqual([])
    expect(heard.lines).toEqual(['joined 0'])
    clock.advance(1)
    expect(line.sent).toEqual(['0: 1'])
    expect(heard.lines.at(-1)).toBe('message 0: 2')
  })

  test('up is what this side sends, down what it hears', () => {
    const { clock, line, heard, transport } = faulty()
    transport.set({ delayMs: 10, jitterMs: 0, loss: 0, up: { delayMs: 40 }, down: { loss: 1 } })
    transport.send(HOST, bytesOf(1))
    line.events().message(HOST, bytesOf(2))
    clock.advance(39)
    expect(line.sent).toEqual([])
    clock.advance(100)
    expect(line.sent).toEqual(['0: 1'])
    expect(heard.lines).toEqual(['joined 0'])
  })

  test('loses whole messages in both directions and says how many', () => {
    const { clock, line, heard, transport } = faulty()
    transport.set({ delayMs: 0, jitterMs: 0, loss: 0.5 })
    for (let n = 0; n < 200; n++) {
      transport.send(HOST, bytesOf(n, n))
      line.events().message(HOST, bytesOf(n, n, n))
    }
    clock.advance(10)
    const { sending, receiving } = transport.stats
    expect(line.sent).toHaveLength(200 - sending.lost)
    expect(heard.lines).toHaveLength(1 + 200 - receiving.lost)
    for (const { lost } of [sending, receiving]) expect(Math.abs(lost - 100)).toBeLessThan(30)
    expect(line.sent.every(each => /^0: (\d+) \1$/.test(each))).toBe(true)
  })

  test('throws other dice in each direction', () => {
    const { clock, line, heard, transport } = faulty()
    transport.set({ delayMs: 0, jitterMs: 0, loss: 0.5 })
    for (let n = 0; n < 100; n++) {
      transport.send(HOST, bytesOf(n))
      line.events().message(HOST, bytesOf(n))
    }
    clock.advance(10)
    expect(heard.lines.slice(1).map(each => each.replace('message ', ''))).not.toEqual(line.sent)
  })

  test('the same seed loses the same messages', () => {
    const play = (seed: number): string[] => {
      const { clock, line, transport } = faulty(seed)
      transport.set({ delayMs: 10, jitterMs: 30, loss: 0.3, duplicate: 0.1, reorder: 0.1 })
      for (let n = 0; n < 100; n++) transport.send(HOST, bytesOf(n))
      clock.advance(1000)
      return line.sent
    }
    expect(play(1)).toEqual(play(1))
    expect(play(2)).not.toEqual(play(1))
  })

  test('the end of the line is heard after the messages before it', () => {
    const { clock, line, heard, transport } = faulty()
    transport.set({ delayMs: 50, jitterMs: 10, loss: 0 })
    line.events().message(HOST, bytesOf(1))
    line.events().left(HOST, 'gone')
    expect(heard.lines).toEqual(['joined 0'])
    transport.send(HOST, bytesOf(9))
    clock.advance(100)
    expect(heard.lines).toEqual(['joined 0', 'message 0: 1', 'left 0: gone'])
  })

  test('a line that never came up is heard of at once', () => {
    const line = wire()
    const heard = recorder()
    const transport = withFaults(line.transport, { clock: new VirtualClock(), seed: 1 })
    transport.set({ delayMs: 50, jitterMs: 0, loss: 0 })
    transport.open(heard)
    line.events().left(HOST, 'no relay')
    expect(heard.lines).toEqual(['left 0: no relay'])
  })

  test('after close nothing is sent and nothing heard', () => {
    const { clock, line, heard, transport } = faulty()
    transport.set({ delayMs: 50, jitterMs: 0, loss: 0 })
    transport.send(HOST, bytesOf(1))
    line.events().message(HOST, bytesOf(2))
    transport.close()
    transport.send(HOST, bytesOf(3))
    clock.advance(1000)
    expect(line.sent).toEqual([])
    expect(heard.lines).toEqual(['joined 0'])
    expect(line.closed()).toBe(1)
  })

  test('refuses conditions that make no sense, and keeps the old ones', () => {
    const { line, transport } = faulty()
    expect(() => transport.set({ delayMs: 0, jitterMs: 0, loss: 1.5 })).toThrow('loss is 1.5')
    expect(() => transport.set({ delayMs: 9, jitterMs: 0, loss: 0, down: { loss: -1 } })).toThrow('loss is -1')
    transport.send(HOST, bytesOf(1))
    expect(line.sent).toEqual(['0: 1'])
  })
})

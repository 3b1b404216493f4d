import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/transport/clock.ts'
import { Detour } from '../../src/transport/detour.ts'
import { HOST, type Transport, type TransportEvents } from '../../src/transport/transport.ts'
import { bytesOf, recorder } from './recorder.ts'

const SLOW = { delayMs: 50, jitterMs: 0, loss: 0 }

function line() {
  const clock = new VirtualClock()
  const sent: string[] = []
  let events: TransportEvents | null = null
  let closed = 0
  const inner: Transport = {
    open: e => (events = e),
    send: (peer, bytes) => void sent.push(`${peer}: ${bytes.join(' ')}`),
    close: () => closed++,
  }
  const heard = recorder()
  return { clock, sent, heard, detour: new Detour(inner, clock), events: () => events!, closed: () => closed }
}

describe('a line that a bad network can be put into', () => {
  test('passes everything straight through until somebody asks for one', () => {
    const { sent, heard, detour, events, closed } = line()
    detour.open(heard)
    events().joined(HOST)
    detour.send(HOST, bytesOf(1))
    events().message(HOST, bytesOf(2))
    events().left(HOST, 'gone', 'bye')
    detour.close()
    expect(sent).toEqual(['0: 1'])
    expect(heard.lines).toEqual(['joined 0', 'message 0: 2', 'left 0: gone (bye)'])
    expect(closed()).toBe(1)
  })

  test('put in while it is open, it delays both directions, and nobody joins twice', async () => {
    const { clock, sent, heard, detour, events } = line()
    detour.open(heard)
    events().joined(HOST)
    await detour.set(SLOW)
    detour.send(HOST, bytesOf(1))
    events().message(HOST, bytesOf(2))
    clock.advance(49)
    expect(sent).toEqual([])
    expect(heard.lines).toEqual(['joined 0'])
    clock.advance(1)
    expect(sent).toEqual(['0: 1'])
    expect(heard.lines).toEqual(['joined 0', 'message 0: 2'])
    events().left(HOST, 'gone', 'bye')
    clock.advance(50)
    expect(heard.lines.at(-1)).toBe('left 0: gone (bye)')
  })

  test('put in before it is opened, it delays from the first message on', async () => {
    const { clock, heard, detour, events } = line()
    await detour.set(SLOW)
    detour.open(heard)
    events().joined(HOST)
    events().message(HOST, bytesOf(3))
    expect(heard.lines).toEqual(['joined 0'])
    clock.advance(50)
    expect(heard.lines).toEqual(['joined 0', 'message 0: 3'])
  })

  test('of two that are asked for at once the last one holds', async () => {
    const { clock, sent, heard, detour, events } = line()
    detour.open(heard)
    events().joined(HOST)
    await Promise.all([detour.set(SLOW), detour.set({ delayMs: 10, jitterMs: 0, loss: 0 })])
    detour.send(HOST, bytesOf(1))
    clock.advance(10)
    expect(sent).toEqual(['0: 1'])
  })

  test('refuses numbers that make no sense, in a sentence', async () => {
    const { detour } = line()
    await expect(detour.set({ delayMs: -1, jitterMs: 0, loss: 0 })).rejects.toThrow(/delayMs is -1: network conditions/)
  })

  test('closed with messages on their way, it sends and tells nothing more', async () => {
    const { clock, sent, heard, detour, events, closed } = line()
    detour.open(heard)
    events().joined(HOST)
    await detour.set(SLOW)
    detour.send(HOST, bytesOf(1))
    events().message(HOST, bytesOf(2))
    detour.close()
    clock.advance(100)
    expect(sent).toEqual([])
    expect(heard.lines).toEqual(['joined 0'])
    expect(closed()).toBe(1)
  })
})

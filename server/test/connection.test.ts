import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'
import { expect, test } from 'vitest'
import { VirtualClock } from '../../plugin-core/src/transport/clock.ts'
import { Connection, cutReason } from '../src/connection.ts'
import { RELAY_LIMITS } from '../src/limits.ts'

// A socket under our hand.
class FakeSocket extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  bufferedAmount = 0
  readonly sent: Buffer[] = []
  readonly calls: string[] = []
  send(data: Buffer): void {
    this.sent.push(data)
  }
  close(code: number, reason: string): void {
    this.calls.push(`close ${code} ${reason}`)
  }
  terminate(): void {
    this.calls.push('terminate')
    this.emit('close')
  }
}

function connection() {
  const socket = new FakeSocket()
  const clock = new VirtualClock()
  const counts = { dropped: 0, faults: 0 }
  const heard: string[] = []
  const it = new Connection(socket as unknown as WebSocket, {
    limits: { ...RELAY_LIMITS, messagesPerSecond: 3, floodPerSecond: 6 },
    clock,
    counts,
    events: {
      message: bytes => heard.push(`message ${bytes.join(' ')}`),
      closed: reason => heard.push(`closed: ${reason}`),
    },
  })
  return { socket, clock, counts, heard, it }
}

test('copies what it sends: the host reuses its packets', () => {
  const { socket, it } = connection()
  const reused = Uint8Array.of(1, 2)
  it.send(reused)
  reused.fill(9)
  expect([...socket.sent[0]]).toEqual([1, 2])
})

test('who does not read at all is cut off, with a reason for the host', () => {
  const { socket, heard, it } = connection()
  socket.bufferedAmount = RELAY_LIMITS.bufferedBytes + 1
  it.send(Uint8Array.of(1))
  expect(socket.calls).toEqual(['terminate'])
  expect(heard).toEqual(['closed: this peer does not read what it is sent'])
  it.send(Uint8Array.of(1))
  expect(socket.sent).toEqual([])
})

test('messages beyond the rate are dropped in each second, pings count too', () => {
  const { socket, clock, counts, heard } = connection()
  const say = (n: number): void => void socket.emit('message', Buffer.of(n), true)
  say(1)
  socket.emit('ping')
  say(2)
  say(3)
  say(4)
  expect(heard).toEqual(['message 1', 'message 2'])
  expect(counts.dropped).toBe(2)
  clock.advance(1000)
  say(5)
  expect(heard.at(-1)).toBe('message 5')
})

test('a flood ends it, once, and nothing is passed on after that', () => {
  const { socket, counts, heard } = connection()
  for (let n = 0; n < 20; n++) socket.emit('message', Buffer.of(n), true)
  expect(socket.calls).toEqual(['close 1008 more than 6 messages in a second'])
  expect(heard).toHaveLength(3)
  expect(counts.dropped).toBe(17)
})

test('a goodbye that is not answered is followed by the cut', () => {
  const { socket, clock, heard, it } = connection()
  it.end(1000, 'enough')
  it.end(1000, 'again')
  socket.emit('message', Buffer.of(1), true)
  clock.advance(1999)
  expect(socket.calls).toEqual(['close 1000 enough'])
  clock.advance(1)
  expect(socket.calls).toEqual(['close 1000 enough', 'terminate'])
  expect(heard).toEqual(['closed: enough'])
  expect(clock.pending).toBe(0)
})

test('a reason is cut to what a close frame takes, between characters', () => {
  expect(cutReason('short')).toBe('short')
  const long = cutReason('é'.repeat(100))
  expect(long).toBe(`${'é'.repeat(60)}…`)
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(123)
  for (const odd of [`x${'é'.repeat(100)}`, `x${'🎲'.repeat(50)}`]) {
    expect(Buffer.byteLength(cutReason(odd))).toBeLessThanOrEqual(123)
    expect(cutReason(odd)).not.toContain('\u{fffd}')
  }
})

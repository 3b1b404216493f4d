import { expect, test } from 'vitest'
import { topicsAddress } from '../../src/webrtc/relay-topics.ts'
import { pipeAddress } from '../../src/worker/duel-parts.ts'
import { relayAddress } from '../../src/transport/websocket.ts'

test('topics and pipe are at the relay’s own address, whatever that is', () => {
  expect(topicsAddress('wss://play.example.com/relay')).toBe('wss://play.example.com/relay?topics=')
  expect(topicsAddress('https://play.example.com/relay?key=1#x')).toBe('wss://play.example.com/relay?key=1&topics=')
  expect(() => topicsAddress('ftp://play.example.com')).toThrow('an address begins with ws://')
  expect(pipeAddress('/relay', 'a room & more', 'ab')).toBe('/relay?pipe=a%20room%20%26%20more&as=ab')
  expect(pipeAddress('/relay?key=1', 'x', 'ab')).toBe('/relay?key=1&pipe=x&as=ab')
  const whole = new URL(
    relayAddress(pipeAddress('/relay', 'a room & more', 'ab'), 'a room & more', 'https://play.example.com'),
  )
  expect(whole.searchParams.get('pipe')).toBe('a room & more')
})

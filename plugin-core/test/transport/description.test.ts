import { describe, expect, test } from 'vitest'
import { broadcast, webRtc, webSocket } from '../../src/transport/description.ts'

describe('a description of a transport', () => {
  test('is plain data: it crosses to the worker as it is', () => {
    const iceServers = [{ urls: ['turn:turn.example.com'], username: 'ann', credential: 'secret' }]
    for (const description of [webSocket('/relay'), broadcast(), webRtc({ relay: '/relay', iceServers })])
      expect(structuredClone(description)).toEqual(description)
  })

  test('of a duel has what is not said: found by the relay, directly where that works, asking nobody else', () => {
    expect(webRtc({ relay: '/relay' })).toEqual({
      kind: 'webrtc',
      relay: '/relay',
      strategy: 'relay',
      strategyUrls: null,
      iceServers: null,
      direct: true,
    })
    expect(webRtc({ strategy: 'nostr', strategyUrls: ['wss://nostr.example.com'] })).toMatchObject({
      relay: null,
      strategy: 'nostr',
      strategyUrls: ['wss://nostr.example.com'],
    })
  })

  test('of a duel is refused with a sentence where nobody could meet', () => {
    expect(() => webRtc({})).toThrow("give a relay, such as webRtc({ relay: '/relay' })")
    expect(() => webRtc({ strategy: 'mqtt', direct: false })).toThrow('give a relay')
    expect(() => webRtc({ relay: '/relay', strategy: 'pigeon' as 'mqtt' })).toThrow(
      "strategy 'pigeon' is not known; relay, nostr, mqtt, torrent are",
    )
  })
})

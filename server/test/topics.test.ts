import { afterEach, describe, expect, test } from 'vitest'
import { createRelay, type Relay, type RelayOptions } from '../src/index.ts'
import { RawPeer } from './player.ts'

const cleanUp: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const each of cleanUp.splice(0).toReversed()) await each()
})

async function relayOf(options: Omit<RelayOptions, 'server' | 'port'> = {}) {
  const relay = createRelay({ port: 0, host: '127.0.0.1', ...options })
  cleanUp.push(() => relay.close())
  return { relay, url: `ws://127.0.0.1:${await relay.listening}/?topics` }
}

class TopicPeer extends RawPeer {
  say(type: string, topic: string, payload?: string): void {
    this.socket.send(JSON.stringify({ type, topic, payload }))
  }
  /** Everything said before has been handled once this resolves. */
  async settled(): Promise<void> {
    const answered = new Promise(done => this.socket.once('pong', done))
    this.socket.ping()
    await answered
  }
  get heard(): string[] {
    return this.messages.map(bytes => {
      const { topic, payload } = JSON.parse(new TextDecoder().decode(bytes)) as { topic: string; payload: string }
      return `${topic}: ${payload}`
    })
  }
}

async function peer(url: string, ...topics: string[]): Promise<TopicPeer> {
  const it = new TopicPeer(url)
  cleanUp.push(() => it.socket.terminate())
  await it.opened
  for (const topic of topics) it.say('subscribe', topic)
  await it.settled()
  return it
}

const health = (relay: Relay) => relay.health()

describe('topics', () => {
  test('those who have subscribed hear what others publish, as text, and nobody hears oneself', async () => {
    const { relay, url } = await relayOf()
    const [a, b, c] = [await peer(url, 'x'), await peer(url, 'x', 'y'), await peer(url, 'y')]
    let binary: boolean | null = null
    b.socket.on('message', (_data, isBinary) => (binary = isBinary))
    a.say('publish', 'x', 'hello {"all"} €')
    a.say('publish', 'y', 'not subscribed, and heard')
    await expect.poll(() => b.heard).toEqual(['x: hello {"all"} €', 'y: not subscribed, and heard'])
    await expect.poll(() => c.heard).toEqual(['y: not subscribed, and heard'])
    expect(a.heard).toEqual([])
    expect(binary).toBe(false)
    expect(health(relay)).toMatchObject({ topicPeers: 3, rooms: 0, faults: 0 })
  })

  test('who unsubscribes, or goes, hears no more, and an empty topic is forgotten', async () => {
    const { relay, url } = await relayOf()
    const [a, b, c] = [await peer(url), await peer(url, 'x'), await peer(url, 'x')]
    b.say('unsubscribe', 'x')
    await b.settled()
    a.say('publish', 'x', '1')
    await expect.poll(() => c.heard).toEqual(['x: 1'])
    expect(b.heard).toEqual([])
    c.socket.terminate()
    await expect.poll(() => health(relay).topicPeers).toBe(2)
    const d = await peer(url, 'x')
    a.say('publish', 'x', '2')
    await expect.poll(() => d.heard).toEqual(['x: 2'])
  })

  test('nonsense is counted, and its sender stays', async () => {
    const { relay, url } = await relayOf()
    const a = await peer(url, 'x')
    for (const text of ['', '{', 'null', '[]', '{"type":"subscribe"}', '{"type":"shout","topic":"x"}'])
      a.socket.send(text)
    a.say('subscribe', '')
    a.say('subscribe', 'x'.repeat(129))
    a.say('publish', 'x')
    a.socket.send(Uint8Array.of(1))
    await a.settled()
    expect(health(relay).faults).toBe(10)
    expect(a.isOpen).toBe(true)
  })

  test('a connection has so many topics, and a topic so many connections', async () => {
    const { url } = await relayOf({ limits: { topicsPerPeer: 2, peersPerTopic: 2 } })
    const a = await peer(url, 'x', 'y', 'x')
    expect(a.isOpen).toBe(true)
    a.say('subscribe', 'z')
    expect(await a.closed).toBe('1008 too many topics: a connection has 2 at most')
    const [b, c] = [await peer(url, 'full'), await peer(url, 'full')]
    const d = await peer(url)
    d.say('subscribe', 'full')
    expect(await d.closed).toBe('1013 this topic is full: it has 2 connections')
    expect([b.isOpen, c.isOpen]).toEqual([true, true])
  })

  test('messages beyond the rate are dropped, larger ones than allowed end their connection', async () => {
    const { relay, url } = await relayOf({ limits: { topicMessagesPerSecond: 20 } })
    const [a, b] = [await peer(url), await peer(url, 'x')]
    for (let n = 0; n < 200; n++) a.say('publish', 'x', String(n))
    await expect.poll(() => health(relay).dropped).toBeGreaterThan(150)
    expect(b.heard.length).toBeLessThanOrEqual(40)
    expect(a.isOpen).toBe(true)
    b.say('publish', 'x', 'x'.repeat(16 * 1024))
    expect(await b.closed).toMatch(/^1009/)
  })

  test('take an offer, which is larger than a packet', async () => {
    const { url } = await relayOf()
    const [a, b] = [await peer(url), await peer(url, 'x')]
    const offer = 'o'.repeat(8000)
    a.say('publish', 'x', offer)
    await expect.poll(() => b.heard).toEqual([`x: ${offer}`])
  })

  test('take pages of the allowed origins, so many at once, and say goodbye when the relay ends', async () => {
    const { relay, url } = await relayOf({ limits: { topicPeers: 1 } })
    const foreign = new RawPeer(url, { headers: { origin: 'https://elsewhere.example' } })
    await expect(foreign.opened).rejects.toThrow('403')
    const a = await peer(url, 'x')
    const second = new RawPeer(url)
    expect(await second.closed).toBe('1013 this relay is full: 1 connections to its topics')
    await relay.close('maintenance')
    expect(await a.closed).toBe('1001 maintenance')
    expect(health(relay)).toMatchObject({ ok: false, topicPeers: 0 })
  })

  test('a connection that no longer answers is cut off', async () => {
    const { relay, url } = await relayOf({ limits: { answerMs: 200 } })
    const a = await peer(url, 'x')
    a.socket.pause()
    await expect.poll(() => health(relay).topicPeers).toBe(0)
  })
})

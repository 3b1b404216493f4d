import { afterEach, describe, expect, test } from 'vitest'
import { realClock } from '../../plugin-core/src/loop/clock.ts'
import { DuelLine } from '../../plugin-core/src/transport/duel-line.ts'
import { connectWebSocket } from '../../plugin-core/src/transport/websocket.ts'
import { createRelay, type Relay, type RelayOptions } from '../src/index.ts'
import { RawPeer } from './player.ts'

const cleanUp: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const each of cleanUp.splice(0).toReversed()) await each()
})

async function relayOf(options: Omit<RelayOptions, 'server' | 'port'> = {}) {
  const relay = createRelay({ port: 0, host: '127.0.0.1', ...options })
  cleanUp.push(() => relay.close())
  return { relay, url: `ws://127.0.0.1:${await relay.listening}` }
}

function raw(url: string, headers: Record<string, string> = {}): RawPeer {
  const peer = new RawPeer(url, { headers })
  cleanUp.push(() => peer.socket.terminate())
  return peer
}

async function pair(url: string, room = 'duel'): Promise<[RawPeer, RawPeer]> {
  const both: [RawPeer, RawPeer] = [raw(`${url}/?pipe=${room}`), raw(`${url}/?pipe=${room}`)]
  for (const peer of both) await peer.opened
  return both
}

const received = (peer: RawPeer): number[][] => peer.messages.map(bytes => [...bytes])
const health = (relay: Relay) => relay.health()

describe('a pipe', () => {
  test('passes messages of any bytes between two, in their order, and to nobody else', async () => {
    const { relay, url } = await relayOf()
    const [a, b] = await pair(url)
    const [c, d] = await pair(url, 'other')
    for (let n = 0; n < 50; n++) a.socket.send(Uint8Array.of(n, 0xff))
    b.socket.send(new Uint8Array(1500).fill(7))
    await expect.poll(() => b.messages.length).toBe(50)
    await expect.poll(() => a.messages.length).toBe(1)
    expect(received(b)).toEqual(Array.from({ length: 50 }, (_, n) => [n, 0xff]))
    expect(a.messages[0]).toEqual(new Uint8Array(1500).fill(7))
    expect([c.messages, d.messages]).toEqual([[], []])
    expect(health(relay)).toMatchObject({ rooms: 0, peers: 0, pipes: 2, pipePeers: 4, dropped: 0, faults: 0 })
  })

  test('loses what is sent before the other one is there', async () => {
    const { url } = await relayOf()
    const a = raw(`${url}/?pipe=x`)
    await a.opened
    a.socket.send(Uint8Array.of(1))
    // In order: once this is answered, that has been handled.
    a.socket.ping()
    await new Promise(done => a.socket.once('pong', done))
    const b = raw(`${url}/?pipe=x`)
    await b.opened
    a.socket.send(Uint8Array.of(2))
    await expect.poll(() => received(b)).toEqual([[2]])
  })

  test('refuses a third with a sentence, and the two do not notice', async () => {
    const { relay, url } = await relayOf()
    const [a, b] = await pair(url)
    expect(await raw(`${url}/?pipe=duel`).closed).toBe(
      '4000 this duel has its two players already: choose another room',
    )
    a.socket.send(Uint8Array.of(1))
    await expect.poll(() => received(b)).toEqual([[1]])
    expect(health(relay)).toMatchObject({ pipePeers: 2, refused: 1 })
  })

  test('tells one side that the other is gone; the room is free for two others at once', async () => {
    const { relay, url } = await relayOf()
    const [a, b] = await pair(url)
    a.socket.terminate()
    expect(await b.closed).toBe('1000 the other player is gone')
    await expect.poll(() => health(relay).pipes).toBe(0)
    const [c, d] = await pair(url)
    c.socket.send(Uint8Array.of(3))
    await expect.poll(() => received(d)).toEqual([[3]])
  })

  test('who comes while the left one is being told meets the next, not the one who goes', async () => {
    const { url } = await relayOf()
    const [a, b] = await pair(url)
    // It reads nothing, so its goodbye is under way for a while.
    b.socket.pause()
    a.socket.terminate()
    const [c, d] = await pair(url)
    b.socket.resume()
    expect(await b.closed).toBe('1000 the other player is gone')
    c.socket.send(Uint8Array.of(4))
    await expect.poll(() => received(d)).toEqual([[4]])
    expect([c.isOpen, d.isOpen]).toEqual([true, true])
  })

  test('a player who comes again takes the end of the connection before, and the other one does not notice', async () => {
    const { relay, url } = await relayOf()
    const a = raw(`${url}/?pipe=duel&as=secret`)
    await a.opened
    const b = raw(`${url}/?pipe=duel&as=other`)
    await b.opened
    // Its network is gone: it reads nothing, and nobody has noticed yet.
    a.socket.pause()
    expect(await raw(`${url}/?pipe=duel&as=guess`).closed).toMatch(/^4000/)
    expect(await raw(`${url}/?pipe=duel`).closed).toMatch(/^4000/)
    const again = raw(`${url}/?pipe=duel&as=secret`)
    await again.opened
    b.socket.send(Uint8Array.of(1))
    again.socket.send(Uint8Array.of(2))
    await expect.poll(() => [received(again), received(b)]).toEqual([[[1]], [[2]]])
    a.socket.resume()
    expect(await a.closed).toBe('1000 this player came again')
    await expect.poll(() => health(relay)).toMatchObject({ pipes: 1, pipePeers: 2 })
    again.socket.send(Uint8Array.of(3))
    await expect.poll(() => received(b)).toEqual([[2], [3]])
    again.socket.terminate()
    expect(await b.closed).toBe('1000 the other player is gone')
  })

  test('a burst beyond the rate is thinned out, and its sender stays', async () => {
    const { relay, url } = await relayOf({ limits: { messagesPerSecond: 50 } })
    const [a, b] = await pair(url)
    for (let n = 0; n < 400; n++) a.socket.send(Uint8Array.of(n & 0xff))
    await expect.poll(() => health(relay).dropped).toBeGreaterThanOrEqual(300)
    expect(b.messages.length).toBeLessThanOrEqual(100)
    expect([a.isOpen, b.isOpen]).toEqual([true, true])
    await new Promise(done => setTimeout(done, 1100))
    const before = b.messages.length
    a.socket.send(Uint8Array.of(5))
    await expect.poll(() => b.messages.length).toBe(before + 1)
  })

  test('a side that does not read loses messages, and neither side is cut off', async () => {
    const { relay, url } = await relayOf({ limits: { messagesPerSecond: 1_000_000, floodPerSecond: 1_000_000 } })
    const [a, b] = await pair(url)
    b.socket.pause()
    const bytes = new Uint8Array(1500)
    const end = performance.now() + 10_000
    // What the system itself takes in for a stalled reader is megabytes.
    while (health(relay).dropped === 0 && performance.now() < end) {
      for (let n = 0; n < 500; n++) a.socket.send(bytes)
      await new Promise(done => setTimeout(done, 5))
    }
    expect(health(relay).dropped).toBeGreaterThan(0)
    expect(health(relay).pipePeers).toBe(2)
    b.socket.resume()
    const before = b.messages.length
    await expect.poll(() => b.messages.length).toBeGreaterThan(before)
    expect([a.isOpen, b.isOpen]).toEqual([true, true])
  })

  test('takes packets and no more, and bytes only', async () => {
    const { relay, url } = await relayOf()
    const [a, b] = await pair(url)
    a.socket.send('text')
    a.socket.send(Uint8Array.of(1))
    await expect.poll(() => received(b)).toEqual([[1]])
    expect(health(relay).faults).toBe(1)
    a.socket.send(new Uint8Array(1501))
    expect(await a.closed).toMatch(/^1009/)
    expect(await b.closed).toBe('1000 the other player is gone')
  })

  test('a side whose network is gone without a word is cut off, and its place is free', async () => {
    const { relay, url } = await relayOf({ limits: { answerMs: 200 } })
    const [a, b] = await pair(url)
    await new Promise(done => setTimeout(done, 700))
    expect(health(relay).pipePeers).toBe(2)
    // Reads nothing, so it answers nothing.
    a.socket.pause()
    expect(await b.closed).toBe('1000 the other player is gone')
    await expect.poll(() => health(relay).pipes).toBe(0)
  })

  test('has a name as rooms have, pages of the allowed origins, and a limit of their number', async () => {
    const { relay, url } = await relayOf({ limits: { pipes: 1 } })
    expect(await raw(`${url}/?pipe=`).closed).toMatch("1008 a room's name has 1 to 64 characters")
    const foreign = raw(`${url}/?pipe=x`, { origin: 'https://elsewhere.example' })
    await expect(foreign.opened).rejects.toThrow('403')
    await pair(url)
    expect(await raw(`${url}/?pipe=second`).closed).toBe('1013 this relay is full: it has 1 duels; try again later')
    expect(health(relay).refused).toBe(3)
  })

  test('hears why when the relay ends', async () => {
    const { relay, url } = await relayOf()
    const both = await pair(url)
    await relay.close('maintenance')
    for (const peer of both) expect(await peer.closed).toBe('1001 maintenance')
    expect(health(relay)).toMatchObject({ ok: false, pipes: 0, pipePeers: 0 })
  })
})

describe('lines of duels', () => {
  function line(url: string, room: string, lo: number) {
    const heard: string[] = []
    const it = new DuelLine({
      clock: realClock,
      id: { hi: 0, lo },
      relayed: () => connectWebSocket(`${url}/?pipe=${room}`, room, { clock: realClock }),
      direct: false,
    })
    cleanUp.push(() => it.close())
    it.open({
      joined: () => heard.push('joined'),
      left: (_peer, reason) => heard.push(`left: ${reason}`),
      message: (_peer, bytes) => heard.push(bytes.join(' ')),
    })
    return { line: it, heard }
  }

  test('meet in a pipe, and a third one hears why it is not let in', async () => {
    const { url } = await relayOf()
    const a = line(url, 'duel', 1)
    await new Promise(done => setTimeout(done, 100))
    expect(a.heard).toEqual([])
    const b = line(url, 'duel', 2)
    await expect.poll(() => [a.heard, b.heard]).toEqual([['joined'], ['joined']])
    const c = line(url, 'duel', 3)
    await expect.poll(() => c.heard.join()).toContain('left: ')
    expect(c.heard.join()).toContain('this duel has its two players already: choose another room')
    a.line.send(0, Uint8Array.of(0x52, 1))
    await expect.poll(() => b.heard).toEqual(['joined', '82 1'])
    a.line.close()
    await expect.poll(() => b.heard.at(-1)).toBe('left: the other player left')
    expect(a.heard).toEqual(['joined'])
  })

  test('hear what the relay says when it ends', async () => {
    const { relay, url } = await relayOf()
    const both = [line(url, 'duel', 1), line(url, 'duel', 2)]
    await expect.poll(() => both.map(({ heard }) => heard)).toEqual([['joined'], ['joined']])
    await relay.close('maintenance')
    // They ask again for a while: it might have been restarted.
    for (const { heard } of both)
      await expect.poll(() => heard.at(-1), { timeout: 6000 }).toMatch(/^left: .*maintenance$/)
  })
})

import { createServer, type Server } from 'node:http'
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { StarHost } from '@lockstride/core/host'
import { defineGame } from '../../plugin-core/src/sim.ts'
import { createRelay, type Relay, type RelayOptions } from '../src/index.ts'
import { RawPeer, play, type Player } from './player.ts'

const cleanUp: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const each of cleanUp.splice(0).toReversed()) await each()
})

async function relayOf(options: Omit<RelayOptions, 'server' | 'port'> = {}) {
  const relay = createRelay({ port: 0, host: '127.0.0.1', ...options })
  cleanUp.push(() => relay.close())
  const port = await relay.listening
  return { relay, port: port!, url: `ws://127.0.0.1:${port}` }
}

function raw(url: string, headers: Record<string, string> = {}): RawPeer {
  const peer = new RawPeer(url, { headers })
  cleanUp.push(() => peer.socket.terminate())
  return peer
}

/** For what no browser says. */
function socketOf(port: number): { socket: Socket; closed: Promise<unknown> } {
  const socket = connectTcp(port, '127.0.0.1').on('error', () => {})
  cleanUp.push(() => void socket.destroy())
  return { socket, closed: new Promise(done => socket.once('close', done)) }
}

function askForUpgrade(socket: Socket, target: string): void {
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
}

function player(...args: Parameters<typeof play>): Player {
  const it = play(...args)
  cleanUp.push(() => it.stop())
  return it
}

const health = (relay: Relay) => relay.health()
const pause = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms))

/** A world of three megabytes that packing does not make smaller. */
function wideGame() {
  return defineGame({
    name: 'wide',
    version: 1,
    maxPlayers: 3,
    minPlayers: 2,
    maxEntities: 4,
    rawBytes: 3_000_000,
    components: {},
    input: { buttons: ['a', 'b'] },
    setup(sim) {
      const words = new Int32Array(sim.raw.buffer, sim.raw.byteOffset, sim.raw.length >> 2)
      let x = 1
      for (let i = 0; i < words.length; i++) words[i] = x = (Math.imul(x, 1664525) + 1013904223) ^ (x >>> 15)
    },
    step(sim) {
      for (const slot of sim.slots) sim.raw[slot * 64 + (sim.tick & 63)] ^= sim.input(slot).bits + 1
    },
  })
}

describe('players of a room', () => {
  test('play together with equal checksums, also over a bad line', async () => {
    const { relay, url } = await relayOf()
    const one = player(url, 'arena', { ready: false })
    const other = player(url, 'arena', { ready: false, conditions: { delayMs: 40, jitterMs: 20, loss: 0.05 } })
    await expect
      .poll(() => [one, other].map(p => p.loop.session.slot).toSorted((a, b) => a - b), { timeout: 5000 })
      .toEqual([0, 1])
    for (const each of [one, other]) each.loop.session.setReady(true)
    await expect
      .poll(() => Math.min(...[one, other].map(p => p.loop.timeline.confirmedTick)), { timeout: 20_000 })
      .toBeGreaterThan(150)
    expect([one.end, other.end]).toEqual([null, null])
    const common = [...one.checksums.keys()].filter(tick => other.checksums.has(tick))
    expect(common.length).toBeGreaterThan(3)
    for (const tick of common) expect(other.checksums.get(tick)).toBe(one.checksums.get(tick))
    const now = health(relay)
    expect(now).toMatchObject({ ok: true, rooms: 1, peers: 2, faults: 0, dropped: 0 })
    expect(now.closedTicksPerSecond).toBeGreaterThan(20)
    expect(now.closedTicksPerSecond).toBeLessThan(70)
  })

  test('take in who comes late, whose state of three megabytes crosses the relay, and nobody leaves meanwhile', async () => {
    const { relay, url } = await relayOf()
    const game = wideGame()
    const [one, other] = [player(url, 'wide', { game }), player(url, 'wide', { game })]
    const confirmed = (p: Player): number => p.loop.timeline.confirmedTick
    await expect.poll(() => Math.min(confirmed(one), confirmed(other)), { timeout: 20_000 }).toBeGreaterThan(30)
    const late = player(url, 'wide', { game })
    await expect.poll(() => late.loop.session.state, { timeout: 20_000 }).toBe('running')
    const from = confirmed(late)
    await expect.poll(() => late.checksums.size, { timeout: 20_000 }).toBeGreaterThan(2)
    expect(from).toBeGreaterThan(30)
    await expect
      .poll(() => [...late.checksums.keys()].every(tick => one.checksums.has(tick)), { timeout: 5000 })
      .toBe(true)
    for (const [tick, checksum] of late.checksums) expect(one.checksums.get(tick)).toBe(checksum)
    expect([one.end, other.end, late.end]).toEqual([null, null, null])
    expect(health(relay)).toMatchObject({ peers: 3, faults: 0, dropped: 0 })
  })

  test('refuse who comes late while there is no room for the state, with a sentence', async () => {
    const { url } = await relayOf({ limits: { stateBytes: 100 } })
    const [one, other] = [player(url, 'arena'), player(url, 'arena')]
    const confirmed = (): number => Math.min(...[one, other].map(p => p.loop.timeline.confirmedTick))
    await expect.poll(confirmed, { timeout: 20_000 }).toBeGreaterThan(30)
    const late = player(url, 'arena')
    await expect.poll(() => late.end?.code, { timeout: 20_000 }).toBe('refused')
    expect(late.end!.reason).toMatch(/state of the running match takes .* more than this host has room for now/)
    const before = confirmed()
    await expect.poll(confirmed, { timeout: 20_000 }).toBeGreaterThan(before + 20)
    expect([one.end, other.end]).toEqual([null, null])
  })

  test('do not meet those of another room', async () => {
    const { relay, url } = await relayOf()
    const [a, b] = [player(url, 'a'), player(url, 'b')]
    await expect.poll(() => Math.min(...[a, b].map(p => p.loop.timeline.confirmedTick))).toBeGreaterThan(10)
    expect(health(relay).rooms).toBe(2)
    expect([a.loop.session.slot, b.loop.session.slot]).toEqual([0, 0])
  })

  test('hear why when the relay ends, and it has freed everything then', async () => {
    const { relay, url, port } = await relayOf()
    const one = player(url, 'arena')
    const bystander = raw(`${url}?room=arena`)
    await bystander.opened
    await expect.poll(() => one.loop.timeline.confirmedTick).toBeGreaterThan(10)
    await relay.close('maintenance')
    await expect.poll(() => one.end?.reason).toContain('maintenance')
    expect(await bystander.closed).toBe('1001 maintenance')
    expect(relay.health()).toMatchObject({ ok: false, rooms: 0, peers: 0 })
    await relay.close()
    const again = createServer()
    await new Promise<void>((done, failed) => again.once('error', failed).listen(port, '127.0.0.1', done))
    again.close()
  })

  test('a peer that does not answer the goodbye is cut off, also one that was never let in', async () => {
    const { relay, url, port } = await relayOf({ limits: { rooms: 1 } })
    const mute = raw(`${url}?room=arena`)
    await mute.opened
    mute.socket.pause()
    const { socket } = socketOf(port)
    askForUpgrade(socket, '/?room=other')
    await expect.poll(() => health(relay).refused).toBe(1)
    const start = performance.now()
    await relay.close()
    expect(performance.now() - start).toBeLessThan(4000)
  })
})

describe('a room', () => {
  test('is dropped when it has been empty for a while, and kept for who comes back before', async () => {
    const { relay, url } = await relayOf({ limits: { emptyRoomMs: 300 } })
    const first = raw(`${url}?room=x`)
    await first.opened
    first.socket.close()
    await expect.poll(() => health(relay).peers).toBe(0)
    expect(health(relay).rooms).toBe(1)
    const second = raw(`${url}?room=x`)
    await second.opened
    await pause(400)
    expect(health(relay)).toMatchObject({ rooms: 1, peers: 1 })
    second.socket.close()
    await expect.poll(() => health(relay).rooms).toBe(0)
  })

  test('has a limit of connections, and the relay one of rooms, each with a sentence', async () => {
    const { relay, url } = await relayOf({ limits: { rooms: 2, peersPerRoom: 1 } })
    for (const room of ['a', 'b']) await raw(`${url}?room=${room}`).opened
    expect(await raw(`${url}?room=a`).closed).toBe('4000 the room is full: 1 connections')
    expect(await raw(`${url}?room=c`).closed).toBe('1013 this relay is full: it has 2 rooms; try again later')
    expect(health(relay)).toMatchObject({ rooms: 2, peers: 2, refused: 2 })
  })

  test('has a name of 1 to 64 characters, and any of them but control characters', async () => {
    const { url } = await relayOf()
    for (const bad of ['', 'x'.repeat(65), 'a%00b'])
      expect(await raw(`${url}?room=${bad}`).closed).toBe(
        "1008 a room's name has 1 to 64 characters, none of them a control character",
      )
    for (const good of ['__proto__', 'caf%C3%A9%20%F0%9F%8E%B2', 'x'.repeat(64)]) {
      const peer = raw(`${url}?room=${good}`)
      await peer.opened
      await pause(20)
      expect(peer.isOpen).toBe(true)
    }
  })

  test('that breaks by our mistake ends alone, and the others go on', async () => {
    const errors: string[] = []
    const { relay, url } = await relayOf({
      onError: (error, room) => errors.push(`${room}: ${(error as Error).message}`),
    })
    const good = raw(`${url}?room=good`)
    const bad = raw(`${url}?room=bad`)
    await Promise.all([good.opened, bad.opened])
    const tick = vi.spyOn(StarHost.prototype, 'tick').mockImplementationOnce(() => {
      throw new Error('planted')
    })
    await expect.poll(() => errors.length).toBe(1)
    tick.mockRestore()
    const [broken, whole] = errors[0].startsWith('bad') ? [bad, good] : [good, bad]
    expect(errors[0]).toMatch(/: planted$/)
    expect(await broken.closed).toMatch(/^1011 the relay made a mistake/)
    expect(whole.isOpen).toBe(true)
    expect(health(relay)).toMatchObject({ ok: true, rooms: 1, peers: 1 })
  })
})

describe('who may connect', () => {
  test('pages from the same host, and programs that are no browser', async () => {
    const { relay, url, port } = await relayOf()
    await raw(url).opened
    await raw(url, { origin: `http://127.0.0.1:${port}` }).opened
    await expect(raw(url, { origin: 'https://evil.example' }).opened).rejects.toThrow('403')
    await expect(raw(url, { origin: 'null' }).opened).rejects.toThrow('403')
    expect(health(relay)).toMatchObject({ peers: 2, refused: 2 })
  })

  test('only pages of the list, when there is one', async () => {
    const { url, port } = await relayOf({ origins: ['https://play.example'] })
    await raw(url, { origin: 'https://play.example' }).opened
    await expect(raw(url, { origin: `http://127.0.0.1:${port}` }).opened).rejects.toThrow('403')
  })

  test('every page, when the list says so', async () => {
    const { relay, url } = await relayOf({ origins: ['*'] })
    await raw(url, { origin: 'https://anything.example' }).opened
    await expect.poll(() => health(relay).peers).toBe(1)
  })

  test('a limited number from one address; with a trusted proxy its word counts', async () => {
    const { url } = await relayOf({ limits: { connectionsPerAddress: 2 } })
    const first = raw(url)
    await Promise.all([first.opened, raw(url).opened])
    expect(await raw(url).closed).toBe('1013 too many connections from your address: 2 at most')
    first.socket.close()
    await first.closed
    await pause(50)
    const next = raw(url)
    await next.opened
    await pause(50)
    expect(next.isOpen).toBe(true)

    const proxied = await relayOf({ limits: { connectionsPerAddress: 1 }, trustProxy: true })
    const from = (address: string): RawPeer => raw(proxied.url, { 'x-forwarded-for': `6.6.6.6, ${address}` })
    const [a, b] = [from('1.1.1.1'), from('2.2.2.2')]
    await Promise.all([a.opened, b.opened])
    expect(await from('1.1.1.1').closed).toContain('too many connections')
    expect([a.isOpen, b.isOpen]).toEqual([true, true])
  })
})

describe('what may be sent', () => {
  test('an oversized message ends its connection, and no other', async () => {
    const { relay, url } = await relayOf()
    const [bad, good] = [raw(`${url}?room=x`), raw(`${url}?room=x`)]
    await Promise.all([bad.opened, good.opened])
    bad.socket.send(new Uint8Array(1501))
    expect(await bad.closed).toMatch(/^1009/)
    good.socket.send(new Uint8Array(1500))
    await expect.poll(() => health(relay)).toMatchObject({ peers: 1, faults: 1 })
    await pause(50)
    expect(good.isOpen).toBe(true)
    // What a peer has sent before its hello is counted when it leaves.
    good.socket.close()
    await expect.poll(() => health(relay).faults).toBe(2)
  })

  test('text and garbage are counted, and harm nobody', async () => {
    const { relay, url } = await relayOf()
    const one = player(url, 'x')
    const rude = raw(`${url}?room=x`)
    await rude.opened
    rude.socket.send('hello')
    for (let i = 0; i < 50; i++) rude.socket.send(crypto.getRandomValues(new Uint8Array(i * 7)))
    await expect.poll(() => health(relay).faults).toBe(1)
    const before = one.loop.timeline.confirmedTick
    await expect.poll(() => one.loop.timeline.confirmedTick).toBeGreaterThan(before + 20)
    expect(rude.isOpen).toBe(true)
    rude.socket.close()
    await expect.poll(() => health(relay).faults).toBe(51)
  })

  test('a burst is dropped beyond the rate and counted, and its sender stays', async () => {
    const { relay, url } = await relayOf({ limits: { messagesPerSecond: 100 } })
    const peer = raw(url)
    await peer.opened
    for (let i = 0; i < 400; i++) peer.socket.send(new Uint8Array(8))
    await expect.poll(() => health(relay).dropped).toBe(300)
    await pause(1100)
    peer.socket.send(new Uint8Array(8))
    await pause(50)
    expect(peer.isOpen).toBe(true)
    peer.socket.close()
    await expect.poll(() => health(relay)).toMatchObject({ peers: 0, faults: 101, dropped: 300 })
  })

  test('a flood ends its connection, and leaves the others their game', async () => {
    const { relay, url } = await relayOf({ limits: { messagesPerSecond: 100, floodPerSecond: 1000 } })
    const one = player(url, 'x')
    const flooder = raw(`${url}?room=x`)
    await flooder.opened
    for (let i = 0; i < 3000; i++) flooder.socket.send(new Uint8Array(8))
    expect(await flooder.closed).toBe('1008 more than 1000 messages in a second')
    const before = one.loop.timeline.confirmedTick
    await expect.poll(() => one.loop.timeline.confirmedTick).toBeGreaterThan(before + 20)
    expect(health(relay).peers).toBe(1)
  })
})

describe('health', () => {
  test('is told over HTTP, and everything else is told what this is', async () => {
    const { port, url } = await relayOf()
    await raw(url).opened
    const answer = await fetch(`http://127.0.0.1:${port}/health?x=1`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.json()).toEqual({
      ok: true,
      rooms: 1,
      peers: 1,
      pipes: 0,
      pipePeers: 0,
      topicPeers: 0,
      closedTicksPerSecond: 0,
      faults: 0,
      refusedEvents: 0,
      dropped: 0,
      refused: 0,
      uptimeSeconds: 0,
    })
    const head = await fetch(`http://127.0.0.1:${port}/health`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await fetch(`http://127.0.0.1:${port}/health`, { method: 'POST' })).status).toBe(426)
    const other = await fetch(`http://127.0.0.1:${port}/`)
    expect(other.status).toBe(426)
    expect(await other.text()).toContain('This is a Lockstride relay')
  })
})

async function shared(options: Omit<RelayOptions, 'server' | 'port'> = {}) {
  const http: Server = createServer((request, response) => {
    if (!relay.handle(request, response)) response.end('the page')
  })
  // What a development server has: a socket of its own for hot reloads.
  const hmr = new WebSocketServer({ noServer: true })
  http.on('upgrade', (request, socket, head) => {
    if (request.url === '/hmr') hmr.handleUpgrade(request, socket, head, ws => ws.send('hot'))
  })
  const relay = createRelay({ server: http, ...options })
  await new Promise<void>(done => http.listen(0, '127.0.0.1', done))
  cleanUp.push(async () => {
    await relay.close()
    http.closeAllConnections()
    for (const socket of hmr.clients) socket.terminate()
    await new Promise(done => http.close(done))
  })
  const { port } = http.address() as AddressInfo
  return { relay, http, port, at: `127.0.0.1:${port}` }
}

describe('on a server that is there already', () => {
  test('takes its own path, and leaves other upgrades and requests alone', async () => {
    const { relay, at } = await shared()
    expect(await relay.listening).toBe(null)
    const hmr = raw(`ws://${at}/hmr`)
    await raw(`ws://${at}/relay?room=x`).opened
    await hmr.opened
    await expect.poll(() => hmr.messages.map(bytes => new TextDecoder().decode(bytes))).toEqual(['hot'])
    expect(health(relay)).toMatchObject({ rooms: 1, peers: 1 })
    expect(await (await fetch(`http://${at}/`)).text()).toBe('the page')
    expect(await (await fetch(`http://${at}/health`)).json()).toMatchObject({ ok: true, peers: 1 })
  })

  test('refuses upgrades that nobody else takes: they would be open for ever', async () => {
    const http = createServer()
    const relay = createRelay({ server: http })
    await new Promise<void>(done => http.listen(0, '127.0.0.1', done))
    cleanUp.push(
      () => void http.close(),
      () => relay.close(),
    )
    await expect(raw(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/other`).opened).rejects.toThrow('404')
    expect(health(relay).refused).toBe(1)
  })

  test('leaves the server and its other sockets running when it closes', async () => {
    const { relay, http, at } = await shared({ path: '/play' })
    const hmr = raw(`ws://${at}/hmr`)
    const peer = raw(`ws://${at}/play`)
    await Promise.all([hmr.opened, peer.opened])
    await relay.close('enough')
    expect(await peer.closed).toBe('1001 enough')
    expect(http.listening).toBe(true)
    expect(hmr.isOpen).toBe(true)
    expect(http.listenerCount('upgrade')).toBe(1)
    expect(await (await fetch(`http://${at}/`)).text()).toBe('the page')
    expect((await fetch(`http://${at}/health`)).status).toBe(503)
  })
})

describe('a server of its own', () => {
  test('refuses other paths when it has one', async () => {
    const { url } = await relayOf({ path: '/play' })
    await raw(`${url}/play`).opened
    await expect(raw(`${url}/other`).opened).rejects.toThrow('404')
  })

  test('cuts off who takes for ever to ask, and stays there for everyone else', async () => {
    const { port, url } = await relayOf({ limits: { handshakeMs: 200 } })
    const slow = [socketOf(port), socketOf(port)]
    for (const { socket } of slow) socket.resume().write('GET /?room=x HTTP/1.1\r\nHost: a\r\n')
    // One that says a letter now and then.
    const drip = setInterval(() => slow[1].socket.write('x'), 50)
    cleanUp.push(() => clearInterval(drip))
    await Promise.all(slow.map(({ closed }) => closed))
    const peer = raw(url)
    await peer.opened
    await pause(400)
    expect(peer.isOpen).toBe(true)
  })

  test.each(['own', 'shared'])('outlives requests that are no addresses (%s server)', async whose => {
    const { port, relay } = whose === 'own' ? await relayOf() : await shared({ path: '//' })
    // On a shared server others are none of its business.
    const targets = ['//', '//?topics', '//?pipe=%ff', ...(whose === 'own' ? ['http://[bad', '*', '/?room=%'] : [])]
    for (const target of targets) {
      const { socket } = socketOf(port)
      askForUpgrade(socket, target)
      expect(String(await new Promise(done => socket.once('data', done)))).toMatch(/^HTTP\/1.1 101 /)
    }
    expect(health(relay).ok).toBe(true)
  })

  test('closes also while somebody is half way in', async () => {
    const { relay, port } = await relayOf()
    socketOf(port).socket.write('GET / HTTP/1.1\r\n')
    await pause(50)
    await relay.close()
    expect(health(relay).ok).toBe(false)
  })

  test('says that its port is taken', async () => {
    const { port } = await relayOf()
    const second = createRelay({ port, host: '127.0.0.1' })
    await expect(second.listening).rejects.toThrow('EADDRINUSE')
    await second.close()
  })
})

test('options that make no sense get a sentence', () => {
  const server = createServer()
  expect(() => createRelay({})).toThrow('give a port to listen on, or the server to share')
  expect(() => createRelay({ server, port: 1 })).toThrow('not both')
  expect(() => createRelay({ server, path: 'relay' })).toThrow('a path begins with /')
  expect(() => createRelay({ server, origins: ['play.example'] })).toThrow('"play.example" is no origin')
  expect(() => createRelay({ server, limits: { rooms: 0 } })).toThrow('the limit rooms is 0')
  expect(() => createRelay({ server, limits: { room: 5 } as object })).toThrow('there is no limit "room", but rooms,')
  expect(server.listenerCount('upgrade')).toBe(0)
})

import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocketServer, type ServerOptions, type WebSocket as ServerSocket } from 'ws'
import { broadcast, webSocket } from '../../src/transport/description.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import { HOST, type Transport } from '../../src/transport/transport.ts'
import { connectWebSocket, relayAddress } from '../../src/transport/websocket.ts'
import { bytesOf, recorder } from './recorder.ts'

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const each of cleanUp.splice(0)) each()
})

async function relay(onSocket: (socket: ServerSocket, url: string) => void = () => {}, options: ServerOptions = {}) {
  const http: Server = createServer()
  const wss = new WebSocketServer({ server: http, ...options })
  wss.on('connection', (socket, request) => {
    socket.on('error', () => {})
    onSocket(socket, request.url!)
  })
  await new Promise<void>(done => http.listen(0, '127.0.0.1', done))
  cleanUp.push(() => {
    for (const socket of wss.clients) socket.terminate()
    http.close()
  })
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/relay`
}

function connect(url: string, room = 'lobby') {
  const heard = recorder()
  const transport: Transport = connectWebSocket(url, room)
  cleanUp.push(() => transport.close())
  transport.open(heard)
  return { heard, transport }
}

describe('a line to a relay', () => {
  test('names its room, and carries whole messages both ways', async () => {
    const urls: string[] = []
    const url = await relay((socket, at) => {
      urls.push(at)
      socket.on('message', (data: Buffer) => socket.send(Uint8Array.from(data).toReversed()))
    })
    const { heard, transport } = connect(url, 'a room & more')
    await heard.until('joined 0')
    const pooled = bytesOf(0, 1, 2, 3, 0)
    transport.send(HOST, pooled.subarray(1, 4))
    pooled.fill(9)
    transport.send(5, bytesOf(9))
    await heard.until('message 0: 3 2 1')
    expect(urls).toEqual(['/relay?room=a+room+%26+more'])
  })

  test('says where no relay answers, and what to start', async () => {
    const { heard } = connect('ws://127.0.0.1:9/relay')
    expect(await heard.until('left 0')).toBe(
      'left 0: No relay answers at ws://127.0.0.1:9/relay: is `npm start` or `lockstride-relay` running there?',
    )
    expect(heard.lines).toHaveLength(1)
  })

  test('says so too when the server refuses the connection', async () => {
    const url = await relay(() => {}, { verifyClient: (_info, answer) => answer(false, 403, 'no') })
    const { heard } = connect(url)
    expect(await heard.until('left 0')).toContain(`No relay answers at ${url}`)
  })

  test('passes on the reason that a relay gives', async () => {
    const url = await relay(socket => socket.close(4403, 'the room "lobby" is full'))
    const { heard } = connect(url)
    await heard.until('left 0')
    expect(heard.lines).toEqual([
      'joined 0',
      `left 0: The relay at ${url} closed the connection: the room "lobby" is full`,
    ])
  })

  test('a connection that breaks is lost, with what to do', async () => {
    const url = await relay(socket => socket.terminate())
    const { heard } = connect(url)
    expect(await heard.until('left 0')).toContain(`The connection to the relay at ${url} was lost: check the network`)
  })

  test('a relay that closes without a word is told by its code', async () => {
    const url = await relay(socket => socket.close(1001))
    const { heard } = connect(url)
    expect(await heard.until('left 0')).toContain('closed the connection (code 1001)')
  })

  test('text is nothing that a relay says, and a huge message ends the line', async () => {
    const url = await relay(socket => {
      socket.send('text')
      socket.send(new Uint8Array(2000))
      socket.send(new Uint8Array(65 * 1024))
      socket.send(bytesOf(1))
    })
    const { heard } = connect(url)
    expect(await heard.until('left 0')).toBe(
      `left 0: ${url} sent a message of 66560 bytes: this is no Lockstride relay.`,
    )
    // What exceeds a packet, but is no attack, is for the session to refuse and count.
    expect(heard.lines.map(line => line.slice(0, 14))).toEqual([
      'joined 0',
      'message 0: 0 0',
      expect.stringContaining('left 0'),
    ])
  })

  test('after close nothing is heard, at any moment', async () => {
    let closedAtServer = 0
    const url = await relay(socket => socket.on('close', () => closedAtServer++))
    const early = connect(url)
    early.transport.close()
    const { heard, transport } = connect(url)
    await heard.until('joined 0')
    transport.close()
    transport.close()
    transport.send(HOST, bytesOf(1))
    await expect.poll(() => closedAtServer).toBeGreaterThan(0)
    expect(heard.lines).toEqual(['joined 0'])
    expect(early.heard.lines).toEqual([])
  })

  test('an address that swallows everything is given up after ten seconds', async () => {
    const silent = createTcpServer(socket => cleanUp.push(() => socket.destroy()))
    await new Promise<void>(done => silent.listen(0, '127.0.0.1', done))
    cleanUp.push(() => silent.close())
    const clock = new VirtualClock()
    const heard = recorder()
    const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    const transport = connectWebSocket(url, 'lobby', { clock })
    transport.open(heard)
    clock.advance(9_999)
    expect(heard.lines).toEqual([])
    clock.advance(1)
    expect(heard.lines).toEqual([`left 0: Nothing answered at ${url} for 10 s: check the address and the firewall.`])
  })

  test('while a quarter of a megabyte waits in the socket, what is sent is lost, whole, and the line stays', () => {
    class Stuck extends EventTarget {
      static readonly OPEN = 1
      readonly readyState = 1
      bufferedAmount = 0
      close(): void {}
      send(bytes: Uint8Array): void {
        this.bufferedAmount += bytes.length
      }
    }
    const sockets: Stuck[] = []
    vi.stubGlobal(
      'WebSocket',
      class extends Stuck {
        constructor() {
          super()
          sockets.push(this)
        }
      },
    )
    cleanUp.push(() => vi.unstubAllGlobals())
    const heard = recorder()
    const transport = connectWebSocket('ws://relay.example/', 'lobby', { clock: new VirtualClock() })
    transport.open(heard)
    const [socket] = sockets
    socket.dispatchEvent(new Event('open'))
    for (let i = 0; i < 400; i++) transport.send(HOST, new Uint8Array(1000))
    expect(socket.bufferedAmount).toBe(263_000)
    socket.bufferedAmount = 0
    transport.send(HOST, bytesOf(1, 2))
    expect(socket.bufferedAmount).toBe(2)
    expect(heard.lines).toEqual(['joined 0'])
    transport.close()
  })

  test('is opened once', async () => {
    const { transport } = connect(await relay())
    expect(() => transport.open(recorder())).toThrow('opened once')
  })
})

describe('an address', () => {
  test('is taken from the page: its origin, and ws for http', () => {
    expect(relayAddress('/relay', 'x', 'http://localhost:5173')).toBe('ws://localhost:5173/relay?room=x')
    expect(relayAddress('/relay', 'x', 'https://play.example')).toBe('wss://play.example/relay?room=x')
    expect(relayAddress('//other.example/r', 'x', 'https://play.example')).toBe('wss://other.example/r?room=x')
    expect(relayAddress('wss://a.example/r?key=1#part', 'x y', undefined)).toBe('wss://a.example/r?key=1&room=x+y')
    expect(relayAddress('https://a.example', 'x', undefined)).toBe('wss://a.example/?room=x')
  })

  test('that cannot be one gets a sentence', () => {
    expect(() => relayAddress('/relay', 'x', undefined)).toThrow("give a whole address such as 'ws://localhost:8787'")
    expect(() => relayAddress('ftp://a.example', 'x', undefined)).toThrow('an address begins with ws://, wss:// or /')
    expect(() => relayAddress('http://', 'x', 'http://localhost')).toThrow('is no address')
  })

  test('is plain data in a description', () => {
    expect(structuredClone([webSocket('/relay'), broadcast()])).toEqual([
      { kind: 'websocket', url: '/relay' },
      { kind: 'broadcast' },
    ])
  })
})

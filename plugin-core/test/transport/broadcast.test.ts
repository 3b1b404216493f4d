// Over Node's own BroadcastChannel and Web Locks, which behave as a browser's; a tab is a worker thread where it has to crash.

import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { electBroadcast, type BroadcastElection, type BroadcastPlatform } from '../../src/transport/broadcast.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import { HOST, type Transport } from '../../src/transport/transport.ts'
import { bytesOf, recorder, type Recorder } from './recorder.ts'

let rooms = 0
const newRoom = (): string => `test-${rooms++}`
const open: Transport[] = []

afterEach(() => {
  for (const transport of open.splice(0)) transport.close()
})

interface Tab {
  role: 'host' | 'client'
  heard: Recorder
  atHost: Recorder
  client: Transport
  host: Extract<BroadcastElection, { role: 'host' }>['hostTransport'] | null
}

function openTab(election: BroadcastElection): Tab {
  const tab: Tab = {
    role: election.role,
    heard: recorder(),
    atHost: recorder(),
    client: election.clientTransport,
    host: election.role === 'host' ? election.hostTransport : null,
  }
  open.push(tab.client)
  if (tab.host !== null) {
    open.push(tab.host)
    tab.host.open(tab.atHost)
  }
  tab.client.open(tab.heard)
  return tab
}

const tabOf = async (room: string): Promise<Tab> => openTab(await electBroadcast(room))

// A tab that can crash: a thread with its own event loop, ended without a word.
async function tabInThread(room: string): Promise<{ role: string; crash: () => Promise<unknown> }> {
  const broadcast = new URL('../../src/transport/broadcast.ts', import.meta.url).href
  const code = `
    const { parentPort } = require('node:worker_threads')
    import(${JSON.stringify(broadcast)}).then(async ({ electBroadcast }) => {
      const elected = await electBroadcast(${JSON.stringify(room)})
      if (elected.role === 'host') elected.hostTransport.open({ joined() {}, message(peer, bytes) { elected.hostTransport.send(peer, bytes) }, left() {} })
      elected.clientTransport.open({ joined() { parentPort.postMessage(elected.role) }, message() {}, left() {} })
    })`
  const worker = new Worker(code, { eval: true })
  const role = await new Promise<string>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return {
    role,
    async crash() {
      await worker.terminate()
      // Node frees a dead thread's locks, but looks at who waits for them only when somebody asks for another one.
      await navigator.locks.request('poke', () => {})
    },
  }
}

describe('tabs of one browser', () => {
  test('the first tab hosts, the next ones join it', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const second = await tabOf(room)
    const third = await tabOf(room)
    expect([first.role, second.role, third.role]).toEqual(['host', 'client', 'client'])
    for (const tab of [first, second, third]) await tab.heard.until('joined 0')
    expect(first.atHost.lines).toEqual(['joined 1', 'joined 2', 'joined 3'])
  })

  test('packets go both ways, to nobody else, and their bytes may be reused', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const second = await tabOf(room)
    const third = await tabOf(room)
    for (const tab of [first, second, third]) await tab.heard.until('joined 0')
    const pooled = new Uint8Array(1500)
    for (const [i, tab] of [first, second, third].entries()) {
      const view = pooled.subarray(10, 12)
      view.fill(i + 1)
      tab.client.send(HOST, view)
      pooled.fill(0)
    }
    for (const i of [1, 2, 3]) await first.atHost.until(`message ${i}: ${i} ${i}`)
    first.host!.send(2, bytesOf(7))
    first.host!.send(1, bytesOf(8))
    first.host!.send(9, bytesOf(9))
    await second.heard.until('message 0: 7')
    await first.heard.until('message 0: 8')
    expect(third.heard.lines).toEqual(['joined 0'])
  })

  test('what the host says inside of joined arrives, at its own player too', async () => {
    const room = newRoom()
    const elected = await electBroadcast(room)
    if (elected.role !== 'host') throw new Error('not the host')
    open.push(elected.hostTransport)
    elected.hostTransport.open({ ...recorder(), joined: peer => elected.hostTransport.send(peer, bytesOf(peer)) })
    const own = recorder()
    elected.clientTransport.open(own)
    const second = await tabOf(room)
    await second.heard.until('message 0: 2')
    expect(own.lines).toEqual(['joined 0', 'message 0: 1'])
    expect(second.heard.lines).toEqual(['joined 0', 'message 0: 2'])
  })

  test('never delivers inside of send', async () => {
    const first = await tabOf(newRoom())
    await first.heard.until('joined 0')
    first.client.send(HOST, bytesOf(1))
    first.host!.send(1, bytesOf(2))
    expect(first.atHost.lines).toEqual(['joined 1'])
    expect(first.heard.lines).toEqual(['joined 0'])
    await first.atHost.until('message 1: 1')
    await first.heard.until('message 0: 2')
  })

  test('one of ten tabs that open at once hosts, and all others reach it', async () => {
    const room = newRoom()
    const tabs = await Promise.all(Array.from({ length: 10 }, () => tabOf(room)))
    expect(tabs.filter(tab => tab.role === 'host')).toHaveLength(1)
    await Promise.all(tabs.map(tab => tab.heard.until('joined 0')))
    const host = tabs.find(tab => tab.host !== null)!
    await host.atHost.until('joined 10')
    expect(host.atHost.lines.toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `joined ${i + 1}`).toSorted())
  })

  test('a tab that leaves is heard of at once, and its number is not used again', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const second = await tabOf(room)
    await second.heard.until('joined 0')
    second.client.close()
    await first.atHost.until('left 2: the peer left')
    await tabOf(room)
    await first.atHost.until('joined 3')
    expect(first.atHost.lines).toEqual(['joined 1', 'joined 2', 'left 2: the peer left', 'joined 3'])
  })

  test('a client tab that crashes is heard of by its lock', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const second = await tabInThread(room)
    expect(second.role).toBe('client')
    await first.atHost.until('joined 2')
    await second.crash()
    await first.atHost.until('left 2: the tab of this peer was closed')
    expect(first.atHost.lines.filter(line => line.startsWith('left'))).toHaveLength(1)
  })

  test('when the hosting tab leaves, every client hears it once, with the reason', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const second = await tabOf(room)
    const third = await tabOf(room)
    await third.heard.until('joined 0')
    first.host!.send(2, bytesOf(1))
    first.host!.close()
    for (const tab of [first, second, third]) await tab.heard.until('left 0: the tab that hosted the match was closed')
    expect(second.heard.lines).toEqual(['joined 0', 'message 0: 1', 'left 0: the tab that hosted the match was closed'])
    await new Promise(done => setTimeout(done, 50))
    expect(second.heard.lines).toHaveLength(3)
    expect((await tabOf(room)).role).toBe('host')
  })

  test('when the hosting tab crashes, every client hears it by the lock, and the room is free', async () => {
    const room = newRoom()
    const first = await tabInThread(room)
    expect(first.role).toBe('host')
    const second = await tabOf(room)
    const third = await tabOf(room)
    for (const tab of [second, third]) await tab.heard.until('joined 0')
    second.client.send(HOST, bytesOf(4))
    await second.heard.until('message 0: 4')
    await first.crash()
    for (const tab of [second, third]) await tab.heard.until('left 0: the tab that hosted the match was closed')
    expect((await tabOf(room)).role).toBe('host')
  })

  test('a tab that comes while the host is closing takes its place', async () => {
    const room = newRoom()
    const first = await electBroadcast(room)
    if (first.role !== 'host') throw new Error('not the host')
    // It has the lock, and never answered anyone.
    const second = electBroadcast(room)
    await new Promise(done => setTimeout(done, 50))
    first.hostTransport.close()
    const tab = openTab(await second)
    expect(tab.role).toBe('host')
    await tab.heard.until('joined 0')
  })

  test('a client learns from the next host that its own is gone, though that one stands before it in line', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const second = await tabOf(room)
    await second.heard.until('joined 0')
    const channel = new BroadcastChannel(`lockstride/${room}`)
    channel.postMessage({ kind: 'host', host: 'another' })
    await second.heard.until('left 0: the tab that hosted the match was closed')
    channel.close()
    await first.atHost.until('left 2')
    expect(second.heard.lines).toHaveLength(2)
  })

  test('the host may let a client go, with a reason', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const second = await tabOf(room)
    await second.heard.until('joined 0')
    first.host!.disconnect(2, 'full')
    first.host!.disconnect(1, 'you too')
    expect(first.atHost.lines.slice(-2)).toEqual(['left 2: full', 'left 1: you too'])
    await second.heard.until('left 0: full')
    await first.heard.until('left 0: you too')
    expect(first.atHost.lines.filter(line => line.startsWith('left'))).toHaveLength(2)
  })

  test('a client whose host goes between election and open hears it when it opens', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const elected = await electBroadcast(room)
    first.host!.close()
    await new Promise(done => setTimeout(done, 50))
    const heard = recorder()
    elected.clientTransport.open(heard)
    await heard.until('left 0')
    expect(heard.lines).toEqual(['left 0: the tab that hosted the match was closed'])
  })

  test('a frozen tab does not keep the room of a host that has closed', async () => {
    const room = newRoom()
    const clock = new VirtualClock()
    const first = await electBroadcast(room, { clock })
    if (first.role !== 'host') throw new Error('not the host')
    const atHost = recorder()
    first.hostTransport.open(atHost)
    // Says hello, holds its lock, and never answers.
    let thaw = (): void => {}
    void navigator.locks.request(`lockstride/${room}/client/ice`, () => new Promise<void>(done => (thaw = done)))
    const channel = new BroadcastChannel(`lockstride/${room}`)
    channel.postMessage({ kind: 'hello', id: 'ice' })
    await atHost.until('joined 2')
    first.hostTransport.close()
    const second = electBroadcast(room)
    await new Promise(done => setTimeout(done, 50))
    clock.advance(1000)
    const tab = openTab(await second)
    expect(tab.role).toBe('host')
    channel.close()
    thaw()
  })

  test('the last words of both sides are heard before the line ends', async () => {
    for (let i = 0; i < 20; i++) {
      const room = newRoom()
      const first = await tabOf(room)
      const second = await tabOf(room)
      const third = await tabOf(room)
      await third.heard.until('joined 0')
      second.client.send(HOST, bytesOf(1))
      second.client.close()
      await first.atHost.until('left 2')
      expect(first.atHost.lines.slice(-2)).toEqual(['message 2: 1', 'left 2: the peer left'])
      first.host!.send(3, bytesOf(2))
      first.host!.close()
      await third.heard.until('left 0')
      expect(third.heard.lines).toEqual([
        'joined 0',
        'message 0: 2',
        'left 0: the tab that hosted the match was closed',
      ])
    }
  })

  test('a tab that says hello twice has one line', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    void navigator.locks.request(`lockstride/${room}/client/twice`, () => new Promise(done => setTimeout(done, 50)))
    const channel = new BroadcastChannel(`lockstride/${room}`)
    for (let i = 0; i < 2; i++) channel.postMessage({ kind: 'hello', id: 'twice' })
    await first.atHost.until('left 2')
    expect(first.atHost.lines).toEqual(['joined 1', 'joined 2', 'left 2: the tab of this peer was closed'])
    channel.close()
  })

  test('a page that says hello for ever gets 256 lines, and another one when one of them ends', async () => {
    const room = newRoom()
    let hellos = 0
    const channelOf = (name: string): BroadcastChannel => {
      const channel = new BroadcastChannel(name)
      if (name === `lockstride/${room}`) channel.addEventListener('message', () => hellos++)
      return channel
    }
    const first = openTab(await electBroadcast(room, { platform: { locks: navigator.locks, channel: channelOf } }))
    const free = new Map<string, () => void>()
    // As tabs that live: each holds its lock.
    const tab = (id: string): Promise<void> =>
      new Promise(held => {
        void navigator.locks.request(
          `lockstride/${room}/client/${id}`,
          () => new Promise<void>(done => (free.set(id, done), held())),
        )
      })
    const ids = Array.from({ length: 300 }, (_, i) => `tab-${i}`)
    await Promise.all([...ids, 'late'].map(tab))
    const channel = new BroadcastChannel(`lockstride/${room}`)
    for (const id of ids) channel.postMessage({ kind: 'hello', id })
    await expect.poll(() => hellos, { timeout: 30_000 }).toBe(ids.length)
    // Peer 1 is the hosting tab's own player.
    const joined = (): number => first.atHost.lines.filter(line => line.startsWith('joined')).length
    expect(joined()).toBe(257)
    free.get('tab-7')!()
    await first.atHost.until('left 9')
    channel.postMessage({ kind: 'hello', id: 'late' })
    await first.atHost.until('joined 258')
    expect(joined()).toBe(258)
    for (const done of free.values()) done()
    channel.close()
  })

  test('sends the bytes of a packet, not those of its pool', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const elected = await electBroadcast(room)
    const heard = recorder()
    let sizeBytes = 0
    elected.clientTransport.open({ ...heard, message: (_peer, bytes) => (sizeBytes = bytes.buffer.byteLength) })
    open.push(elected.clientTransport)
    await heard.until('joined 0')
    first.host!.send(2, new Uint8Array(1500).subarray(3, 10))
    await expect.poll(() => sizeBytes).toBe(7)
  })

  test('rooms are apart', async () => {
    const [one, other] = [await tabOf(newRoom()), await tabOf(newRoom())]
    expect([one.role, other.role]).toEqual(['host', 'host'])
  })

  test('garbage on the channels harms nobody', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const second = await tabOf(room)
    await second.heard.until('joined 0')
    const channel = new BroadcastChannel(`lockstride/${room}`)
    for (const junk of [
      null,
      7,
      'hello',
      {},
      { kind: 'hello' },
      { kind: 'hello', id: 5 },
      { kind: 'host', host: 'x'.repeat(1000) },
      [],
    ])
      channel.postMessage(junk)
    second.client.send(HOST, bytesOf(3))
    await first.atHost.until('message 2: 3')
    channel.close()
    expect(second.heard.lines).toEqual(['joined 0'])
    expect(first.atHost.lines).toEqual(['joined 1', 'joined 2', 'message 2: 3'])
  })

  test('a host that never answers is given up, with a sentence', async () => {
    const room = newRoom()
    const first = await electBroadcast(room)
    const clock = new VirtualClock()
    const second = electBroadcast(room, { clock })
    const refused = second.catch((error: Error) => error.message)
    await new Promise(done => setTimeout(done, 50))
    clock.advance(10_000)
    expect(await refused).toContain('does not answer: close or reload it')
    if (first.role === 'host') first.hostTransport.close()
  })

  test('a browser without locks gets a sentence', async () => {
    const broken: BroadcastPlatform = {
      locks: { request: () => Promise.reject(new Error('not allowed here')) },
      channel: name => new BroadcastChannel(name),
    }
    await expect(electBroadcast(newRoom(), { platform: broken })).rejects.toThrow('not allowed here')
  })

  test('transports are opened once', async () => {
    const room = newRoom()
    const first = await tabOf(room)
    const second = await tabOf(room)
    for (const transport of [first.host!, first.client, second.client])
      expect(() => transport.open(recorder())).toThrow('opened once')
  })
})

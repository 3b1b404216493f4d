import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/transport/clock.ts'
import { MemoryNetwork } from '../../src/transport/memory.ts'
import { bytesOf, recorder } from './recorder.ts'

function star(delayMs = 10) {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, seed: 1, conditions: { delayMs, jitterMs: 0, loss: 0 } })
  return { clock, network }
}

/** A host and a client, and what each of them hears. */
function opened(delayMs?: number) {
  const { clock, network } = star(delayMs)
  const [host, client] = [network.host(), network.client()]
  const [atHost, atClient] = [recorder(), recorder()]
  host.open(atHost)
  client.open(atClient)
  return { clock, network, host, client, atHost, atClient }
}

describe('a star in memory', () => {
  test('numbers clients from 1, and is the host of number 0 to each of them', () => {
    const { clock, network } = star()
    const host = network.host()
    const [a, b] = [network.client(), network.client()]
    const [atHost, atA, atB] = [recorder(), recorder(), recorder()]
    host.open(atHost)
    a.open(atA)
    b.open(atB)
    clock.advance(20)
    expect(atHost.lines).toEqual(['joined 1', 'joined 2'])
    expect(atA.lines).toEqual(['joined 0'])
    a.send(0, bytesOf(1, 2))
    host.send(2, bytesOf(3))
    clock.advance(10)
    expect(atHost.lines.at(-1)).toBe('message 1: 1 2')
    expect(atB.lines).toEqual(['joined 0', 'message 0: 3'])
    expect(atA.lines).toEqual(['joined 0'])
  })

  test('carries what the host says inside of joined, after the client knows', () => {
    const { clock, network } = star()
    const host = network.host()
    const client = network.client()
    const atClient = recorder()
    host.open({ ...recorder(), joined: peer => host.send(peer, bytesOf(9)) })
    client.open(atClient)
    clock.advance(20)
    expect(atClient.lines).toEqual(['joined 0', 'message 0: 9'])
  })

  test('copies: bytes may be reused as soon as send has returned', () => {
    const { clock, client, atHost } = opened()
    clock.advance(20)
    const reused = bytesOf(1, 1)
    client.send(0, reused)
    reused.fill(2)
    client.send(0, reused)
    reused.fill(3)
    clock.advance(10)
    expect(atHost.lines.slice(1)).toEqual(['message 1: 1 1', 'message 1: 2 2'])
  })

  test('clients that open before the host wait for it', () => {
    const { clock, network } = star()
    const client = network.client()
    const atClient = recorder()
    client.open(atClient)
    clock.advance(1000)
    expect(atClient.lines).toEqual([])
    network.host().open(recorder())
    clock.advance(10)
    expect(atClient.lines).toEqual(['joined 0'])
  })

  test('sends to nobody do nothing', () => {
    const { clock, network } = star()
    const host = network.host()
    const client = network.client()
    client.send(0, bytesOf(1))
    host.send(1, bytesOf(1))
    host.open(recorder())
    client.open(recorder())
    host.send(7, bytesOf(1))
    client.send(5, bytesOf(1))
    host.disconnect(7, 'nobody')
    clock.advance(100)
    expect(network.stats.sent).toBe(0)
  })

  test('a client that closes is heard of after its last message; nothing comes to it any more', () => {
    const { clock, host, client, atHost, atClient } = opened()
    clock.advance(20)
    host.send(1, bytesOf(5))
    client.send(0, bytesOf(6))
    client.close()
    client.close()
    client.send(0, bytesOf(7))
    clock.advance(100)
    expect(atHost.lines).toEqual(['joined 1', 'message 1: 6', 'left 1: the peer closed its line'])
    expect(atClient.lines).toEqual(['joined 0'])
  })

  test('a disconnected client gets what was sent before, then the reason; the host hears left at once', () => {
    const { clock, host, client, atHost, atClient } = opened()
    clock.advance(20)
    host.send(1, bytesOf(5))
    host.disconnect(1, 'no room')
    host.disconnect(1, 'no room')
    client.send(0, bytesOf(1))
    expect(atHost.lines).toEqual(['joined 1', 'left 1: no room'])
    clock.advance(100)
    expect(atClient.lines).toEqual(['joined 0', 'message 0: 5', 'left 0: no room'])
    expect(atHost.lines).toHaveLength(2)
  })

  test('a client that is let go while it calls never was there for the host', () => {
    const { clock, host, atHost, atClient } = opened()
    host.disconnect(1, 'not you')
    clock.advance(100)
    expect(atHost.lines).toEqual([])
    expect(atClient.lines).toEqual(['left 0: not you'])
  })

  test('a host that closes is heard of by everyone, also by who comes later', () => {
    const { clock, network } = star()
    const host = network.host()
    const [a, b] = [network.client(), network.client()]
    const [atA, atB] = [recorder(), recorder()]
    host.open(recorder())
    a.open(atA)
    clock.advance(20)
    host.close()
    b.open(atB)
    clock.advance(20)
    expect(atA.lines).toEqual(['joined 0', 'left 0: the host closed the line'])
    expect(atB.lines).toHaveLength(1)
    expect(atB.lines[0]).toMatch(/^left 0: /)
  })

  test('a cut link loses everything without a word until it is healed', () => {
    const { clock, network } = star()
    const host = network.host()
    const [a, b] = [network.client(), network.client()]
    const [atHost, atA] = [recorder(), recorder()]
    host.open(atHost)
    a.open(atA)
    b.open(recorder())
    clock.advance(20)
    network.cut(1)
    a.send(0, bytesOf(1))
    b.send(0, bytesOf(2))
    host.send(1, bytesOf(3))
    clock.advance(100)
    expect(atHost.lines.slice(2)).toEqual(['message 2: 2'])
    expect(atA.lines).toEqual(['joined 0'])
    network.heal(1)
    a.send(0, bytesOf(4))
    clock.advance(10)
    expect(atHost.lines.at(-1)).toBe('message 1: 4')
  })

  test('that a side closed its line behind a cut is heard when it is healed', () => {
    const { clock, network, client, atHost } = opened()
    clock.advance(20)
    network.cut(1)
    client.close()
    clock.advance(100)
    expect(atHost.lines).toEqual(['joined 1'])
    network.heal(1)
    clock.advance(10)
    expect(atHost.lines.at(-1)).toMatch(/^left 1/)
  })

  test('one link may be worse than the others', () => {
    const { clock, network } = star(0)
    const host = network.host()
    const clients = [network.client(), network.client()]
    const atHost = recorder()
    host.open(atHost)
    for (const client of clients) client.open(recorder())
    clock.advance(0)
    network.set({ delayMs: 0, jitterMs: 0, loss: 1 }, 2)
    for (const client of clients) client.send(0, bytesOf(1))
    clock.advance(10)
    expect(atHost.lines.slice(2)).toEqual(['message 1: 1'])
    expect(network.stats).toMatchObject({ sent: 2, lost: 1, delivered: 1 })
  })

  test('up and down may differ, for all links or for one', () => {
    const { clock, network } = star(0)
    const host = network.host()
    const clients = [network.client(), network.client()]
    const [atHost, atFirst, atSecond] = [recorder(), recorder(), recorder()]
    host.open(atHost)
    clients[0].open(atFirst)
    clients[1].open(atSecond)
    clock.advance(0)
    network.set({ delayMs: 10, jitterMs: 0, loss: 0, up: { delayMs: 30 } })
    network.set({ delayMs: 5, jitterMs: 0, loss: 0, down: { delayMs: 50 } }, 2)
    for (const client of clients) client.send(0, bytesOf(client.peer))
    for (const peer of [1, 2]) host.send(peer, bytesOf(9))
    const seen = (): number[] => [atHost, atFirst, atSecond].map(each => each.lines.length)
    const before = seen()
    const after = [5, 5, 20, 20].map(ms => {
      clock.advance(ms)
      return seen().map((count, i) => count - before[i])
    })
    expect(after).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [2, 1, 0],
      [2, 1, 1],
    ])
  })

  test('a link that comes later has what was set for all', () => {
    const { clock, network } = star(0)
    network.host().open(recorder())
    network.set({ delayMs: 0, jitterMs: 0, loss: 0, down: { delayMs: 40 } })
    const client = network.client()
    const atClient = recorder()
    client.open(atClient)
    clock.advance(39)
    expect(atClient.lines).toEqual([])
    clock.advance(1)
    expect(atClient.lines).toEqual(['joined 0'])
  })

  test('the same seed gives the same network, message by message', () => {
    const play = (seed: number): string[] => {
      const clock = new VirtualClock()
      const conditions = { delayMs: 20, jitterMs: 30, loss: 0.2, duplicate: 0.1, reorder: 0.2 }
      const network = new MemoryNetwork({ clock, seed, conditions })
      const host = network.host()
      const atHost = recorder()
      host.open(atHost)
      const clients = [network.client(), network.client(), network.client()]
      for (const client of clients) client.open(recorder())
      clock.advance(200)
      for (let n = 0; n < 200; n++) {
        for (const client of clients) client.send(0, bytesOf(n))
        clock.advance(16)
      }
      clock.advance(500)
      return atHost.lines
    }
    expect(play(4)).toEqual(play(4))
    expect(play(5)).not.toEqual(play(4))
  })

  test('refuses our own mistakes with a sentence', () => {
    const { network } = star()
    const host = network.host()
    const client = network.client()
    expect(() => network.host()).toThrow('a star has one')
    host.open(recorder())
    client.open(recorder())
    expect(() => host.open(recorder())).toThrow('opened once')
    expect(() => client.open(recorder())).toThrow('opened once')
    expect(() => network.cut(9)).toThrow('there is no link 9')
  })
})

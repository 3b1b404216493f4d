import { afterEach, describe, expect, test } from 'vitest'
import { bridgedPath, channelPath } from '../../src/transport/channel-path.ts'
import { HOST, type Transport } from '../../src/transport/transport.ts'
import { handOver } from '../../src/webrtc/hand-over.ts'
import { bytesOf, recorder } from './recorder.ts'

// A data channel as browsers have it, connected to another one in this process. (The real one is played over in e2e.)
class Channel extends EventTarget {
  readyState = 'connecting'
  binaryType = 'blob'
  bufferedAmount = 0
  other: Channel | null = null

  send(bytes: Uint8Array | ArrayBuffer): void {
    if (this.readyState !== 'open') throw new DOMException('not open', 'InvalidStateError')
    const data = new Uint8Array(bytes).slice().buffer
    const other = this.other!
    queueMicrotask(() => other.dispatchEvent(Object.assign(new Event('message'), { data })))
  }
  open(): void {
    this.readyState = 'open'
    this.dispatchEvent(new Event('open'))
  }
  close(): void {
    for (const end of [this, this.other!]) {
      if (end.readyState === 'closed') continue
      end.readyState = 'closed'
      queueMicrotask(() => end.dispatchEvent(new Event('close')))
    }
  }
  get asChannel(): RTCDataChannel {
    return this as unknown as RTCDataChannel
  }
}

function channels(): [Channel, Channel] {
  const [a, b] = [new Channel(), new Channel()]
  a.other = b
  b.other = a
  return [a, b]
}

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const each of cleanUp.splice(0)) each()
})

/** The worker's side of a channel that the page could not move. */
function bridged(channel: Channel): Transport {
  const given: (RTCDataChannel | MessagePort)[] = []
  handOver(channel.asChannel, (what, transfer) => {
    if (transfer[0] === channel.asChannel) throw new DOMException('no', 'DataCloneError')
    given.push(what)
  })
  expect(given).toHaveLength(1)
  const transport = bridgedPath(given[0] as MessagePort)
  cleanUp.push(() => transport.close())
  return transport
}

describe('a channel is handed over', () => {
  test('itself, where the browser can move it', () => {
    const [a] = channels()
    const given: unknown[] = []
    handOver(a.asChannel, (what, transfer) => given.push(what, ...transfer))
    expect(given).toEqual([a, a])
  })

  test('as a port, where it cannot', () => {
    const [a] = channels()
    bridged(a)
    expect(a.binaryType).toBe('arraybuffer')
  })
})

for (const [what, pathOf] of [
  ['a channel', (channel: Channel) => channelPath(channel.asChannel)],
  ['a bridged channel', bridged],
] as const) {
  describe(`${what} as a path`, () => {
    function opened(already: boolean) {
      const [a, b] = channels()
      if (already) a.open()
      const path = pathOf(a)
      const heard = recorder()
      path.open(heard)
      if (!already) a.open()
      b.open()
      const there: number[][] = []
      b.addEventListener('message', event => there.push([...new Uint8Array((event as MessageEvent<ArrayBuffer>).data)]))
      return { a, b, path, heard, there }
    }

    test('comes up when the channel opens, or at once, and carries whole messages both ways', async () => {
      for (const already of [false, true]) {
        const { b, path, heard, there } = opened(already)
        await heard.until('joined 0')
        const pooled = bytesOf(0, 1, 2, 3)
        path.send(HOST, pooled.subarray(1, 3))
        pooled.fill(9)
        path.send(1, bytesOf(8))
        await expect.poll(() => there).toEqual([[1, 2]])
        b.send(bytesOf(4, 5))
        await heard.until('message 0: 4 5')
        expect(heard.lines).toHaveLength(2)
      }
    })

    test('loses what does not leave', async () => {
      const { a, path, heard, there } = opened(false)
      await heard.until('joined 0')
      a.bufferedAmount = 20_000
      path.send(HOST, bytesOf(1))
      await new Promise(done => setTimeout(done, 20))
      a.bufferedAmount = 0
      path.send(HOST, bytesOf(2))
      await expect.poll(() => there).toEqual([[2]])
    })

    test('tells once that it was closed there, and is silent when it is closed here', async () => {
      const { b, path, heard } = opened(false)
      await heard.until('joined 0')
      b.close()
      await heard.until('left 0: the direct connection to the other player was closed')
      path.send(HOST, bytesOf(1))
      path.close()
      const other = opened(false)
      await other.heard.until('joined 0')
      other.path.close()
      other.path.close()
      await expect.poll(() => other.b.readyState).toBe('closed')
      await new Promise(done => setTimeout(done, 20))
      expect(other.heard.lines).toEqual(['joined 0'])
      expect(heard.lines).toHaveLength(2)
      expect(() => path.open(heard)).toThrow('a transport is opened once')
    })

    test('never comes up where the channel has closed before', async () => {
      const [a] = channels()
      const path = pathOf(a)
      a.close()
      const heard = recorder()
      path.open(heard)
      await heard.until('left 0')
      expect(heard.lines).toHaveLength(1)
    })
  })
}

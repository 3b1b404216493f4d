// A server of Nostr's, as much of it as two browsers need that look for each other: events go to those who asked for their tag.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'

interface Filter {
  kinds?: number[]
  '#x'?: string[]
}

interface NostrEvent {
  id: string
  kind: number
  tags: string[][]
}

export async function startNostr(): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer()
  const wss = new WebSocketServer({ server })
  const asked = new Map<WebSocket, Map<string, Filter[]>>()
  wss.on('connection', socket => {
    const filters = new Map<string, Filter[]>()
    asked.set(socket, filters)
    socket.on('close', () => asked.delete(socket))
    socket.on('message', (data: Buffer) => {
      const [what, first, ...rest] = JSON.parse(data.toString()) as [string, unknown, ...Filter[]]
      if (what === 'REQ') filters.set(first as string, rest)
      else if (what === 'CLOSE') filters.delete(first as string)
      else if (what === 'EVENT') publish(first as NostrEvent)
    })
  })
  const publish = (event: NostrEvent): void => {
    const tag = event.tags.find(([name]) => name === 'x')?.[1] ?? ''
    const asks = (filter: Filter): boolean =>
      (filter.kinds?.includes(event.kind) ?? true) && (filter['#x']?.includes(tag) ?? true)
    for (const [socket, filters] of asked)
      for (const [id, list] of filters) if (list.some(asks)) socket.send(JSON.stringify(['EVENT', id, event]))
  }
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of asked.keys()) socket.terminate()
      wss.close()
      await new Promise(done => server.close(done))
    },
  }
}

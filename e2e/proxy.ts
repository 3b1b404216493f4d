// A wire between one page and the site that a test may cut: what goes through it is not looked at.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Proxy {
  url: string
  /** Every connection ends, and new ones are refused. */
  cut(): Promise<void>
  /** At the same address as before. */
  mend(): Promise<void>
}

export async function startProxy(site: string): Promise<Proxy> {
  const { hostname, port } = new URL(site)
  const sockets = new Set<Socket>()
  const server = createServer(from => {
    const to = connect(Number(port), hostname)
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  const listen = (at: number): Promise<void> => new Promise(done => server.listen(at, '127.0.0.1', done))
  await listen(0)
  const address = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${address.port}`,
    async cut() {
      const closed = new Promise(done => server.close(done))
      for (const socket of sockets) socket.destroy()
      await closed
    },
    mend: () => listen(address.port),
  }
}

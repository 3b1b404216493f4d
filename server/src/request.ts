// What an HTTP request says before it is a connection: where it wants to go, by what query, from which address. Strangers write it, so
// nothing of it is taken for an address that can be parsed.

import { STATUS_CODES, type IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import type { Duplex } from 'node:stream'

/** What a household or a virtual machine gets of IPv6, and may choose its addresses from: this many of its eight groups of digits. */
const NETWORK_GROUPS = 4

export function pathOf(request: IncomingMessage): string {
  return splitUrl(request)[0]
}

export function queryOf(request: IncomingMessage): URLSearchParams {
  return new URLSearchParams(splitUrl(request)[1])
}

// Not by URL: `//` and `http://[` are requests, too, and no URLs.
function splitUrl({ url = '/' }: IncomingMessage): [path: string, query: string] {
  const at = url.indexOf('?')
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)]
}

/** By whom a request is counted: its address, of IPv6 the network. Behind a proxy of one's own by what that has seen. */
export function senderOf(request: IncomingMessage, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined
  // The last one is what the proxy itself has seen; those before it are hearsay.
  const last = String(forwarded ?? '')
    .split(',')
    .at(-1)!
    .trim()
  return networkOf(last !== '' ? last : (request.socket.remoteAddress ?? ''))
}

function networkOf(address: string): string {
  // An address of IPv4 may be written into one of IPv6: `::ffff:1.2.3.4`.
  if (!isIPv6(address) || address.includes('.')) return address
  const [head, tail = null] = address.split('%')[0].split('::')
  const groups = (part: string | null): string[] => (part === null || part === '' ? [] : part.split(':'))
  const known = groups(head)
  const zeros = tail === null ? 0 : 8 - known.length - groups(tail).length
  const all = [...known, ...Array.from({ length: zeros }, () => '0'), ...groups(tail)]
  return `${all.slice(0, NETWORK_GROUPS).join(':')}::/64`
}

/** Answers an upgrade by a refusal, and ends its socket. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  socket.on('error', () => {})
  const body = `${reason}\n`
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

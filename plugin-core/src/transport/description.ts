// How a match is reached, as plain data: the page writes it, the worker builds the transport from it.

export type TransportDescription = { kind: 'websocket'; url: string } | { kind: 'broadcast' }

/** A relay. The address may be relative to the page's origin (`'/relay'`), or begin with `ws:`, `wss:`, `http:` or `https:`. */
export function webSocket(url: string): TransportDescription {
  return { kind: 'websocket', url }
}

/** The tabs of one browser, without any server: the first tab of a room hosts it. */
export function broadcast(): TransportDescription {
  return { kind: 'broadcast' }
}

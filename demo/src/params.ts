// What the page's address says: a room to share, and switches for tests and tinkering (docs: demo/README.md).

import type { NetworkConditions } from '@lockstride/core'

export type ViewKind = 'phaser' | 'babylon'

/** How the players reach each other: over the relay, by tabs of this browser, or two of them directly (a duel). */
export type TransportName = 'websocket' | 'broadcast' | 'webrtc'

export interface Params {
  room: string | null
  view: ViewKind | null
  name: string | null
  color: string | null
  /** Connects at once and says ready when `players` are in the room. */
  autoready: boolean
  players: number
  /** Phaser's CANVAS renderer: much faster where WebGL is drawn by software. */
  canvas: boolean
  /** Babylon keeps its best picture, also on a machine that draws it slowly. */
  fullQuality: boolean
  transport: TransportName
  /** Comes to watch: without a player of its own. Duels cannot be watched. */
  watch: boolean
  /** Seed of the scripted input that replaces the keyboard. */
  script: number | null
  conditions: NetworkConditions | null
  inputDelay: number | null
}

export function readParams(search: string): Params {
  const query = new URLSearchParams(search)
  const view = query.get('view')
  const transport = readTransport(query.get('transport'))
  return {
    room: cleanRoom(query.get('room')),
    view: view === 'phaser' || view === 'babylon' ? view : null,
    name: query.get('name'),
    color: query.get('color'),
    autoready: query.get('autoready') === '1',
    players: number(query.get('players')) ?? 1,
    canvas: query.get('renderer') === 'canvas',
    fullQuality: query.get('quality') === 'full',
    transport,
    watch: query.get('watch') === '1' && transport !== 'webrtc',
    script: number(query.get('script')),
    conditions: readConditions(query.get('conditions')),
    inputDelay: number(query.get('delay')),
  }
}

function readTransport(text: string | null): TransportName {
  return text === 'broadcast' || text === 'webrtc' ? text : 'websocket'
}

/** `delay,jitter,loss`: milliseconds one way, milliseconds, and the share of messages lost from 0 to 1. */
function readConditions(text: string | null): NetworkConditions | null {
  if (!text) return null
  const [delayMs, jitterMs, loss] = text.split(',').map(part => number(part) ?? 0)
  return conditions(delayMs ?? 0, jitterMs ?? 0, loss ?? 0)
}

export function conditions(delayMs: number, jitterMs: number, loss: number): NetworkConditions {
  return { delayMs, jitterMs, loss, duplicate: 0, reorder: 0 }
}

function number(text: string | null): number | null {
  if (text === null || text.trim() === '') return null
  const value = Number(text)
  return Number.isFinite(value) ? value : null
}

/** Room names travel in links: letters, digits, dashes and underscores, at most 32. */
export function cleanRoom(text: string | null): string | null {
  const room = (text ?? '')
    .trim()
    .replace(/[^\w-]/g, '')
    .slice(0, 32)
  return room === '' ? null : room
}

const SYLLABLES = ['ka', 'ki', 'ko', 'mo', 'ra', 'ri', 'sa', 'shi', 'su', 'ta', 'to', 'ya', 'yu', 'ha', 'na', 'mi']

/** A room name that can be said over the phone. */
export function inventRoom(): string {
  const random = crypto.getRandomValues(new Uint8Array(5))
  const word = Array.from(random.subarray(0, 3), byte => SYLLABLES[byte % SYLLABLES.length]).join('')
  return `${word}-${10 + (((random[3] << 8) | random[4]) % 90)}`
}

/** The link that brings somebody else into the room: without this player's own settings. */
export function roomLink(room: string, location: Location): string {
  const query = new URLSearchParams({ room })
  const { transport } = readParams(location.search)
  if (transport !== 'websocket') query.set('transport', transport)
  return `${location.origin}${location.pathname}?${query}`
}

/** The address with this visit in it, so that reloading the page repeats it. */
export function visitAddress(visit: Pick<Params, 'room' | 'transport' | 'watch'>, href: string): URL {
  const url = new URL(href)
  const { room, transport, watch } = visit
  for (const [name, value] of [
    ['room', room],
    ['transport', transport === 'websocket' ? null : transport],
    ['watch', watch ? '1' : null],
  ] as const) {
    if (value === null) url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  return url
}

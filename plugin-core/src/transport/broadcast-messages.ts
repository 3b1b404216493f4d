// What the tabs of a room say to each other besides packets, and the names by which they find each other.

// Said to everyone in the room.
export type RoomMessage =
  /** This tab hosts and listens: say hello (again). */
  | { kind: 'host'; host: string }
  /** A tab wants to play. */
  | { kind: 'hello'; id: string }

// Said on the channel that a client shares with its host alone; bytes travel there as they are.
export type LineMessage = { kind: 'welcome'; host: string } | { kind: 'bye'; from: 'host' | 'client'; reason: string }

export const HOST_CLOSED = 'the tab that hosted the match was closed'

/** What is taken of the browser: tests hand in their own. */
export interface BroadcastPlatform {
  readonly locks: Pick<LockManager, 'request'>
  channel(name: string): BroadcastChannel
}

/** Of locks and channels: one origin may run many rooms of many games. */
export class Names {
  readonly room: string
  readonly host: string
  constructor(room: string) {
    this.room = `lockstride/${room}`
    this.host = `${this.room}/host`
  }
  /** Of a client's lock and of its channel. */
  client(id: string): string {
    return `${this.room}/client/${id}`
  }
}

// Whatever runs on this origin may have sent it: an answer of null means that it is none of ours.

export function helloOf(data: unknown): string | null {
  return fieldOf(data, 'hello', 'id')
}

export function hostIdOf(data: unknown): string | null {
  return fieldOf(data, 'host', 'host')
}

export function welcomeOf(data: unknown): string | null {
  return fieldOf(data, 'welcome', 'host')
}

export function byeOf(data: unknown, from: 'host' | 'client'): string | null {
  return fieldOf(data, 'bye', 'from') === from ? fieldOf(data, 'bye', 'reason') : null
}

function fieldOf(data: unknown, kind: string, field: string): string | null {
  if (typeof data !== 'object' || data === null || (data as { kind?: unknown }).kind !== kind) return null
  const value = (data as Record<string, unknown>)[field]
  return typeof value === 'string' && value.length <= 200 ? value : null
}

/** Of a tab in a room; nobody guesses it by accident. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), word => word.toString(16)).join('')
}

// What a relay may be told, and what makes no sense of it.

import type { Server } from 'node:http'
import type { Clock, HostedGame, ToldGame } from '@lockstride/core/host'
import type { RightsSpec } from '@lockstride/core/sim'
import type { RelayLimits } from './limits.ts'
import type { RelayPlayer } from './tickets.ts'

export interface RelayOptions {
  /** Shares this server: only upgrades of `path` are taken, all others are left to whoever else listens. */
  server?: Pick<Server, 'on' | 'off' | 'listenerCount'>
  /** Without `server`: listens on this port; 0 takes a free one. */
  port?: number
  /** Without `server`: the address to listen on. Default: every address of this machine. */
  host?: string
  /** Where connections are taken. Default `'/relay'` on a shared server; any path on a server of its own. */
  path?: string
  /** Origins of pages that may connect; `['*']`: all. Default: pages from the host that the browser asked for. */
  origins?: readonly string[]
  limits?: Partial<RelayLimits>
  /**
   * Games whose rules run here, too, in authoritative matches: they check every player's state, veto inputs, and serve states. Each
   * with the `sourceId` that its worker gives to `serve`. Matches of other games are hosted without their rules.
   */
  games?: readonly RelayGame[]
  /**
   * What events need in games whose rules are not here, by the game's name: the same words as in its `defineGame`. Their envelopes are
   * judged before they travel, where every player's machine would refuse them. Matches of other games are relayed as they are.
   */
  rights?: Readonly<Record<string, RightsSpec>>
  /** Reads join tickets, and signs them: 32 random bytes, or 64 digits of hex. Without it nobody's ticket is read. */
  key?: Uint8Array | string
  /** What a player may beyond what its game gives to everyone. Default: what its ticket says. */
  grants?: (player: RelayPlayer) => readonly string[]
  /** Behind a proxy of your own: count connections by the last address in `X-Forwarded-For`. */
  trustProxy?: boolean
  /** Hears of mistakes: ours, each of which has ended one room; and of `grants`, each of which has kept one player out. Default: standard error. */
  onError?: (error: unknown, room: string) => void
  clock?: Clock
}

/** A game as its worker serves it. */
export type RelayGame = HostedGame

/** Throws a sentence for what says where to listen, and makes no sense. */
export function checkOptions({ server, port, host, path }: RelayOptions): void {
  if (server === undefined && port === undefined)
    throw new TypeError('createRelay: give a port to listen on, or the server to share')
  if (server !== undefined && (port !== undefined || host !== undefined))
    throw new TypeError('createRelay: a shared server has its port already; give `server` or `port`, not both')
  if (path !== undefined && !path.startsWith('/'))
    throw new TypeError(`createRelay: a path begins with /, and this one is "${path}"`)
}

/** What is in `rights`, one game after the other. Throws a sentence. */
export function toldGames({ games = [], rights = {} }: RelayOptions): ToldGame[] {
  if (typeof rights !== 'object' || rights === null || Array.isArray(rights))
    throw new TypeError("createRelay: rights are by the game's name: { garden: { requires: { chat: ['chat:send'] } } }")
  const twice = games.find(({ game }) => Object.hasOwn(rights, game.schema.name))
  if (twice !== undefined)
    throw new TypeError(
      `createRelay: "${twice.game.schema.name}" is one of the games, and says itself what its events need; leave it out of rights`,
    )
  return Object.entries(rights).map(([name, spec]) => ({ name, rights: spec }))
}

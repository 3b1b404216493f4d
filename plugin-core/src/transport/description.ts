// How a match is reached, as plain data: the page writes it, the worker builds the transport from it.

export type TransportDescription =
  { kind: 'websocket'; url: string } | { kind: 'broadcast' } | ({ kind: 'webrtc' } & WebRtcDescription)

/** Where two browsers find each other: at our own relay, or in a public network. */
export type MeetingStrategy = 'relay' | 'nostr' | 'mqtt' | 'torrent'

/** A STUN or TURN server, as the browser takes it. */
export interface IceServer {
  urls: string | string[]
  username?: string
  credential?: string
}

export interface WebRtcDescription {
  relay: string | null
  strategy: MeetingStrategy
  /** Null: those that the strategy's package knows. */
  strategyUrls: string[] | null
  /** Null: those of the strategy. */
  iceServers: IceServer[] | null
  direct: boolean
}

/** What the page needs to find the other browser. */
export interface MeetingPlace {
  description: WebRtcDescription
  /** The game's name: its duels are no other game's. */
  game: string
  /** The room's name, or a place that only the two players know. */
  place: string
}

export interface WebRtcOptions {
  /**
   * The relay that carries the duel until a direct path is found, and whenever there is none. An address as in `webSocket`. With a
   * public strategy it may be left away: then there is no duel where no direct path is found.
   */
  relay?: string
  /**
   * Where the browsers find each other. `'relay'` (the default): at the same relay. `'nostr'`, `'mqtt'` and `'torrent'`: in these
   * public networks, by `@trystero-p2p/nostr` (`mqtt`, `torrent`), which the application installs.
   */
  strategy?: MeetingStrategy
  /** Servers of a public strategy, instead of those that its package knows: `['wss://…']`. */
  strategyUrls?: string[]
  /**
   * STUN servers, by which browsers behind routers find a way, and TURN servers, which carry what finds none. Default: none with
   * the relay, Trystero's public STUN servers with a public strategy.
   */
  iceServers?: IceServer[]
  /** `false`: stays on the relay. Default: `true`. */
  direct?: boolean
}

/** A relay. The address may be relative to the page's origin (`'/relay'`), or begin with `ws:`, `wss:`, `http:` or `https:`. */
export function webSocket(url: string): TransportDescription {
  return { kind: 'websocket', url }
}

/** The tabs of one browser, without any server: the first tab of a room hosts it. */
export function broadcast(): TransportDescription {
  return { kind: 'broadcast' }
}

/**
 * A duel: two players, directly from browser to browser where that works, over the relay where it does not, without a pause
 * when that changes (`match.on('path')`). A third player is refused. Throws a sentence for options that make no sense.
 */
export function webRtc(options: WebRtcOptions): TransportDescription {
  const { relay = null, strategy = 'relay', strategyUrls = null, iceServers = null, direct = true } = options
  if (!STRATEGIES.includes(strategy))
    throw new TypeError(`webRtc: strategy '${String(strategy)}' is not known; ${STRATEGIES.join(', ')} are`)
  if (relay === null && (strategy === 'relay' || !direct))
    throw new TypeError(
      "webRtc: give a relay, such as webRtc({ relay: '/relay' }), or a public strategy and direct paths",
    )
  return { kind: 'webrtc', relay, strategy, strategyUrls, iceServers, direct }
}

const STRATEGIES: readonly MeetingStrategy[] = ['relay', 'nostr', 'mqtt', 'torrent']

// The words and numbers that the rules share with the page. The page takes only these and types: it never loads the
// rules, so saving `sumo.ts` replaces them in the workers and leaves the page alone.

export const MAX_PLAYERS = 8
export const DISC_RADIUS = 0.9
/** The bot's `Disc.slot`: it is nobody's. */
export const BOT_SLOT = 255
/** No winner: the last ones fell at the same tick. */
export const DRAW = -1

export const PHASE = { countdown: 0, play: 1, over: 2 } as const
export const DISC_STATE = { standing: 0, falling: 1, out: 2 } as const

export const TICKS = {
  /** One number of the countdown; there are three. */
  count: 60,
  /** Play before the platform begins to shrink. */
  calm: 480,
  /** From losing the ground to being out. */
  fall: 50,
  /** A dash slides without friction for this long. */
  dash: 12,
  cooldown: 75,
  /** The result stays on screen before the next round. */
  result: 200,
  /** A boost that ends soon flickers for this long. */
  boostEnds: 90,
} as const

/** Things a player may call out. The scene sends the index. */
export const EMOTES = ['GG', 'Ha!', 'Oops', 'Nice!', '?!', '♥'] as const

/** What a player writes to the others: at most so many characters. */
export const CHAT_LENGTH = 120

/** A line of text as it is shown: without line breaks and control characters, cut to its length; '' for what is no text. */
export function chatText(raw: unknown): string {
  if (typeof raw !== 'string') return ''
  const line = raw.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  return Array.from(line).slice(0, CHAT_LENGTH).join('').trim()
}

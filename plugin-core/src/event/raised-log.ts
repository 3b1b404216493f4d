// What the rules raised, told to the scene once, and then how it ended. A tick runs again after a rollback and raises
// again: an event keeps its identity through that, until its tick is confirmed, or no run of it raises the event any more.
//
// Identity. With a key: (kind, key), and it is the same event when a rollback moves it by at most the prediction window;
// its payload may change, because the rules said by the key which event it is. Without a key: (kind, tick, payload), and
// among equals their number: another payload is another event, of which nobody could say which one it was before.

export interface RaisedLike {
  readonly kind: string
  readonly key: string | number | undefined
  readonly payload: unknown
}

/** Each id is shown once, then confirmed or cancelled once. */
export interface RaisedNews {
  readonly change: 'shown' | 'confirmed' | 'cancelled'
  /** One showing of one event. */
  readonly id: number
  readonly kind: string
  /** As it is now: what is confirmed may have moved, and have another payload, since it was shown. */
  readonly tick: number
  readonly payload: unknown
  /** Shown anew: the event that was cancelled as this id is raised after all. 0: shown for the first time. */
  readonly again: number
}

interface Entry {
  id: number
  readonly kind: string
  readonly key: string | number | undefined
  /** The payload of an event without a key; it belongs to its identity. */
  readonly fingerprint: string
  /** Where it was shown: from there it may move by the window, however often it moves. */
  shownTick: number
  tick: number
  payload: unknown
  /**
   * live: the newest run of its tick raised it. stale: that tick is to be run again, or was, and did not raise it yet.
   * cancelled: told so; kept until it cannot come back.
   */
  state: 'live' | 'stale' | 'cancelled'
  /** The scene has heard of it. */
  told: boolean
}

export class RaisedLog {
  /** What the scene does not know yet, in order. Whoever tells it empties it. */
  readonly news: RaisedNews[] = []
  /** Ticks that run now are history: their events are not shown, and those shown before are settled all the same. */
  silent = false
  readonly #window: number
  /** In the order in which they were raised first; a prediction window of them at most. */
  readonly #entries: Entry[] = []
  #lastId = 0
  /** Everything up to here is settled: raised there, it is history. */
  #settledTick = 0

  /** An event with a key that moves by at most `windowTicks` is the same event. */
  constructor(windowTicks: number) {
    this.#window = windowTicks
  }

  /** Events that are not settled, or were cancelled a moment ago. */
  get size(): number {
    return this.#entries.length
  }

  /** The state goes back to the end of `tick`: what was raised after it must be raised again. */
  rewind(tick: number): void {
    for (const entry of this.#entries) if (entry.tick > tick && entry.state === 'live') entry.state = 'stale'
  }

  /** What a run of a tick raised. */
  run(tick: number, raised: readonly RaisedLike[]): void {
    for (let i = 0; i < raised.length; i++) this.#raise(tick, raised[i])
  }

  /** After the last run of a call: what was not raised again is cancelled, what cannot change any more is confirmed. */
  settle(confirmedTick: number, headTick: number): void {
    const upTo = Math.min(confirmedTick, headTick)
    if (upTo > this.#settledTick) this.#settledTick = upTo
    const entries = this.#entries
    let kept = 0
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]
      if (entry.state === 'stale' && entry.tick <= headTick) this.#cancel(entry)
      else if (entry.state === 'live' && entry.tick <= upTo) {
        this.#tell('confirmed', entry, 0)
        continue
      }
      // A rollback may still raise it after all.
      const lastTick = entry.shownTick + (entry.key === undefined ? 0 : this.#window)
      if (entry.state !== 'cancelled' || (entry.told && lastTick > upTo)) entries[kept++] = entry
    }
    entries.length = kept
  }

  /** Another machine's state after `tick` takes the place of this one's. What was raised up to there nobody can vouch for. */
  rebase(tick: number): void {
    const entries = this.#entries
    let kept = 0
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]
      if (entry.tick > tick) entries[kept++] = entry
      else this.#cancel(entry)
    }
    entries.length = kept
    this.rewind(tick)
    if (tick > this.#settledTick) this.#settledTick = tick
  }

  /** Nothing runs any more, or all begins anew after `tick`: what is not settled is cancelled. */
  end(tick = 0): void {
    for (const entry of this.#entries) this.#cancel(entry)
    this.#entries.length = 0
    this.#settledTick = tick
  }

  #raise(tick: number, { kind, key, payload }: RaisedLike): void {
    const fingerprint = key === undefined ? fingerprintOf(payload) : ''
    const known = this.#claim(tick, kind, key, fingerprint)
    if (known === null) {
      if (tick <= this.#settledTick) return
      const told = !this.silent
      const entry: Entry = { id: 0, kind, key, fingerprint, shownTick: tick, tick, payload, state: 'live', told }
      this.#entries.push(entry)
      this.#show(entry, 0)
      return
    }
    const wasCancelled = known.state === 'cancelled'
    known.state = 'live'
    known.tick = tick
    known.payload = payload
    if (!wasCancelled) return
    known.told = !this.silent
    this.#show(known, known.id)
  }

  #show(entry: Entry, again: number): void {
    entry.id = ++this.#lastId
    entry.shownTick = entry.tick
    this.#tell('shown', entry, again)
  }

  // The nearest one that waits to be raised again; else the nearest one that was cancelled.
  #claim(tick: number, kind: string, key: string | number | undefined, fingerprint: string): Entry | null {
    let best: Entry | null = null
    let bestFar = 0
    let bestWaits = false
    const window = this.#window
    for (let i = 0; i < this.#entries.length; i++) {
      const entry = this.#entries[i]
      if (entry.state === 'live' || entry.kind !== kind || entry.key !== key) continue
      const far = Math.abs(tick - entry.tick)
      if (key === undefined ? far > 0 || entry.fingerprint !== fingerprint : Math.abs(tick - entry.shownTick) > window)
        continue
      const waits = entry.state === 'stale'
      if (best !== null && (waits === bestWaits ? far >= bestFar : bestWaits)) continue
      best = entry
      bestFar = far
      bestWaits = waits
    }
    return best
  }

  #cancel(entry: Entry): void {
    if (entry.state === 'cancelled') return
    entry.state = 'cancelled'
    this.#tell('cancelled', entry, 0)
  }

  #tell(change: RaisedNews['change'], { id, kind, tick, payload, told }: Entry, again: number): void {
    if (told) this.news.push({ change, id, kind, tick, payload, again })
  }
}

// What JSON cannot say is told apart by its number among equals.
function fingerprintOf(payload: unknown): string {
  try {
    return JSON.stringify(payload) ?? ''
  } catch {
    return ''
  }
}

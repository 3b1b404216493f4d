// On the page: who hears what the rules raise. A handler shows an event at once, and may ask to be told how it ended,
// with what it made of it: so a sound that should never have been can fade.

import type { RaisedNews } from '../event/raised-log.ts'
import { reportMistake } from './report-mistake.ts'

/** An event as the rules raised it; in `confirm`, and with `when: 'confirmed'`, as it is once nothing changes it any more. */
export interface RaisedEvent<P = unknown> {
  readonly kind: string
  readonly tick: number
  readonly payload: P
}

/**
 * `S` is what the handler answers with when it shows an event: a sound, a sprite, anything that `cancel` takes back.
 * Every event that was shown is confirmed or cancelled, once; at the latest when the match ends.
 */
export type HandleOptions<P = unknown, S = unknown> =
  | {
      /** Shown at once, from a prediction where need be. The default. */
      readonly when?: 'predicted'
      /** It stays: all inputs of its tick are known. The event may have moved, or have another payload, by now. */
      confirm?(shown: S, event: RaisedEvent<P>): void
      /** It did not happen: take it back. */
      cancel?(shown: S, event: RaisedEvent<P>): void
    }
  | {
      /** Shown only once it is certain, some ticks later; never taken back. */
      readonly when: 'confirmed'
    }

interface Settled {
  readonly when?: 'predicted' | 'confirmed'
  confirm?(shown: unknown, event: RaisedEvent): void
  cancel?(shown: unknown, event: RaisedEvent): void
}

interface Listener {
  readonly run: (event: RaisedEvent) => unknown
  readonly options: Settled
  /** What it showed and was not settled yet, by the showing's id; null for who does not ask. */
  readonly open: Map<number, { readonly shown: unknown; readonly news: RaisedNews }> | null
}

export class RaisedHandlers {
  readonly #listeners = new Map<string, Set<Listener>>()

  /** Returns its stop, after which nothing is told any more. */
  add(kind: string, run: (event: RaisedEvent) => unknown, options: HandleOptions = {}): () => void {
    let set = this.#listeners.get(kind)
    if (set === undefined) this.#listeners.set(kind, (set = new Set()))
    const known = set
    const settles = 'confirm' in options || 'cancel' in options
    const listener: Listener = { run, options, open: settles ? new Map() : null }
    known.add(listener)
    return () => known.delete(listener)
  }

  take(news: readonly RaisedNews[]): void {
    for (const one of news) for (const listener of this.#listeners.get(one.kind) ?? []) hear(listener, one)
  }

  /** The worker will settle nothing any more: what is open is cancelled. */
  end(): void {
    for (const set of this.#listeners.values())
      for (const listener of set)
        for (const { news } of [...(listener.open?.values() ?? [])]) hear(listener, { ...news, change: 'cancelled' })
  }
}

function hear(listener: Listener, news: RaisedNews): void {
  try {
    tell(listener, news)
  } catch (error) {
    reportMistake(error)
  }
}

function tell({ run, options, open }: Listener, news: RaisedNews): void {
  const { change, id, kind, tick, payload, again } = news
  const event: RaisedEvent = { kind, tick, payload }
  if (options.when === 'confirmed') {
    if (change === 'confirmed') run(event)
  } else if (change === 'shown') {
    // Who takes nothing back has it on the screen already.
    if (open !== null) open.set(id, { shown: run(event), news })
    else if (again === 0) run(event)
  } else {
    const before = open?.get(id)
    if (before === undefined) return
    open!.delete(id)
    options[change === 'confirmed' ? 'confirm' : 'cancel']?.(before.shown, event)
  }
}

// What the rules raised, told to the scene once. A tick runs again after a rollback and raises again: an event that
// was shown keeps its identity, (kind, key) where the rules gave a key, else (kind, tick, payload, ordinal among equals).

export interface RaisedLike {
  readonly kind: string
  readonly key: string | number | undefined
  readonly payload: unknown
}

export interface ShownEvent {
  readonly kind: string
  readonly tick: number
  readonly payload: unknown
}

export class RaisedLog {
  readonly #shown = new Map<string, number>()
  readonly #window: number
  readonly #ordinals = new Map<string, number>()

  /** An event with a key that moves by at most `windowTicks` is the same event. */
  constructor(windowTicks: number) {
    this.#window = windowTicks
  }

  /** What of a tick's events has not been shown yet is appended to `fresh`. */
  add(tick: number, raised: readonly RaisedLike[], fresh: ShownEvent[]): void {
    if (raised.length === 0) return
    this.#ordinals.clear()
    for (const { kind, key, payload } of raised) {
      const id = key === undefined ? this.#ordinalId(tick, kind, payload) : `${kind} #${typeof key} ${key}`
      const shownAt = this.#shown.get(id)
      if (shownAt !== undefined && Math.abs(tick - shownAt) <= this.#window) continue
      this.#shown.set(id, tick)
      fresh.push({ kind, tick, payload })
    }
  }

  /** Forgets what can no longer be raised again. */
  prune(confirmedTick: number): void {
    if (this.#shown.size === 0) return
    for (const [id, tick] of this.#shown) if (tick < confirmedTick - 2 * this.#window) this.#shown.delete(id)
  }

  clear(): void {
    this.#shown.clear()
  }

  #ordinalId(tick: number, kind: string, payload: unknown): string {
    const id = `${kind} @${tick} ${JSON.stringify(payload) ?? ''}`
    const ordinal = this.#ordinals.get(id) ?? 0
    this.#ordinals.set(id, ordinal + 1)
    return `${id} ${ordinal}`
  }
}

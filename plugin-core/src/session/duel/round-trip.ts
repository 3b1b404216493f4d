// How many calls a heartbeat takes there and back. Several may be on their way: none waits for the one before.

const KEPT = 8

export class RoundTrip {
  /** -1: not measured yet. */
  calls = -1
  readonly #stamps = new Float64Array(KEPT)
  readonly #sentAt = new Float64Array(KEPT)
  #next = 0

  sent(stamp: number, call: number): void {
    const place = this.#next++ % KEPT
    this.#stamps[place] = stamp
    this.#sentAt[place] = call
  }

  back(stamp: number, call: number): void {
    const place = this.#stamps.indexOf(stamp)
    if (place >= 0) this.calls = call - this.#sentAt[place]
  }
}

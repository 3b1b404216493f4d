// How much a growing number grows in a second, over the last few seconds.

import type { Clock } from '@lockstride/core/host'

const SAMPLE_MS = 1000
const SAMPLES = 5

export class RateMeter {
  readonly #clock: Clock
  readonly #total: () => number
  readonly #samples: { atMs: number; total: number }[] = []
  #cancel: () => void = () => {}

  constructor(clock: Clock, total: () => number) {
    this.#clock = clock
    this.#total = total
    this.#sample()
  }

  perSecond(): number {
    const first = this.#samples[0]
    const ms = this.#clock.now() - first.atMs
    return ms <= 0 ? 0 : ((this.#total() - first.total) * 1000) / ms
  }

  stop(): void {
    this.#cancel()
  }

  readonly #sample = (): void => {
    this.#samples.push({ atMs: this.#clock.now(), total: this.#total() })
    if (this.#samples.length > SAMPLES) this.#samples.shift()
    this.#cancel = this.#clock.schedule(SAMPLE_MS, this.#sample)
  }
}

// One page of a match, as a test sees it: what the page shows as `window.lockstride`, asked from outside.

import type { BrowserContext, Page } from 'playwright-core'
import type { MatchStats } from '@lockstride/core'

export interface Shown {
  match: {
    state: string
    slot: number | null
    stats: MatchStats
    ended: { code: string; reason: string } | null
    players: { name: string; playing: boolean }[]
    view: { tick: number; onUpdate(run: () => void): void }
    on(type: string, handler: (event: never) => void): void
    pause(): void
    resume(): void
    leave(): Promise<void>
  }
  /** Null while a view loads. */
  scene: { kind: string; discs(): { slot: number; x: number; y: number }[] } | null
}

export class Player {
  readonly page: Page
  readonly errors: string[] = []

  private constructor(page: Page) {
    this.page = page
    page.on('pageerror', error => this.errors.push(error.message))
  }

  static async open(context: BrowserContext, site: string, query: Record<string, string | number>): Promise<Player> {
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
    return Player.openLink(context, `${site}/?${search}`)
  }

  static async openLink(context: BrowserContext, link: string): Promise<Player> {
    const page = await context.newPage()
    const player = new Player(page)
    await page.addInitScript(noteStarts)
    await page.goto(link)
    return player
  }

  /** Runs in the page, on what it shows. */
  ask<T>(question: (shown: Shown) => T): Promise<T> {
    return this.page.evaluate<T>(`(${question.toString()})(window.lockstride)`)
  }

  /** Waits until the page's match answers true; `given` goes along with the question. */
  async until(
    what: string,
    question: (shown: Shown, given: number) => boolean,
    timeoutMs = 30_000,
    given = 0,
  ): Promise<void> {
    const source = `(() => { const shown = window.lockstride; return !!shown?.match && (${question.toString()})(shown, ${given}) })()`
    await this.page.waitForFunction(source, null, { timeout: timeoutMs, polling: 50 }).catch(async (cause: unknown) => {
      const text = await this.page.evaluate(() => document.body.innerText.slice(0, 300))
      throw new Error(`not ${what} within ${timeoutMs} ms; the page says: ${text}; errors: ${this.errors.join('; ')}`, {
        cause,
      })
    })
  }

  /** First ticks of the rounds that the page's matches have started. */
  starts(): Promise<number[]> {
    return this.page.evaluate<number[]>('window.starts')
  }

  stats(): Promise<MatchStats> {
    return this.ask(({ match }) => ({ ...match.stats }))
  }

  /** From now on the page notes checksums, and the longest time without a new simulated tick. */
  async note(): Promise<void> {
    await this.ask(({ match }) => {
      const noted: Noted = { checksums: {}, longestGapMs: 0 }
      let last = match.stats.longestGapMs
      match.view.onUpdate(() => {
        const { checksum, checksumTick, longestGapMs } = match.stats
        noted.checksums[checksumTick] = checksum
        // The worker's own figure counts from the round's start: what it had reached before is not ours.
        if (longestGapMs > last) noted.longestGapMs = Math.max(noted.longestGapMs, longestGapMs)
        last = longestGapMs
      })
      Object.assign(window, { noted })
    })
  }

  noted(): Promise<Noted> {
    return this.page.evaluate(() => (window as unknown as { noted: Noted }).noted)
  }
}

interface Noted {
  checksums: Record<string, number>
  longestGapMs: number
}

/** Ticks of which both know the checksum, and those of them that differ. */
export function compare(a: Noted, b: Noted): { shared: number; different: string[] } {
  const shared = Object.keys(a.checksums).filter(tick => tick in b.checksums)
  return { shared: shared.length, different: shared.filter(tick => a.checksums[tick] !== b.checksums[tick]) }
}

// Listens to each match from the moment the page shows it.
const noteStarts = `
  window.starts = []
  let shown
  const listening = {
    set(target, name, value) {
      if (name === 'match') value?.on('start', ({ tick }) => window.starts.push(tick))
      target[name] = value
      return true
    },
  }
  Object.defineProperty(window, 'lockstride', {
    get: () => shown,
    set: value => { shown = new Proxy(value, listening) },
  })
`

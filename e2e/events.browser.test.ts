// What the rules raise, on two pages over a bad line: each event is shown once, then confirmed or cancelled, and nothing
// is left open when a player leaves.

import { expect, inject, test } from 'vitest'
import { Player, type Shown } from './player.ts'
import { withChromium } from './with-chromium.ts'

interface Told {
  shown: number
  confirmed: number
  cancelled: number
  certain: number
}

/** Enough ticks for some dashes and hits. Whether one of them is mispredicted is chance; matches by seed show those. */
const PLAY_TICKS = 600

const listen = ({ match }: Shown): void => {
  const told: Told = { shown: 0, confirmed: 0, cancelled: 0, certain: 0 }
  Object.assign(window, { told })
  const { handle } = match as unknown as {
    handle(kind: string, run: () => unknown, options: object): void
  }
  for (const kind of ['hit', 'dash', 'fall', 'roundOver', 'countdown', 'go']) {
    handle.call(match, kind, () => told.shown++, { confirm: () => told.confirmed++, cancel: () => told.cancelled++ })
    handle.call(match, kind, () => told.certain++, { when: 'confirmed' })
  }
}

test(
  'raised events are settled, also when a player leaves',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport: { width: 320, height: 240 } })
    const both = {
      room: 'events',
      autoready: 1,
      players: 2,
      conditions: '60,10,0.02',
      view: 'phaser',
      renderer: 'canvas',
    }
    const players = [
      await Player.open(context, inject('site'), { ...both, name: 'Ann', script: 1 }),
      await Player.open(context, inject('site'), { ...both, name: 'Bob', script: 2 }),
    ]
    for (const player of players) await player.until('in the match', ({ match }) => match.state === 'running')
    for (const player of players) await player.ask(listen)
    for (const player of players)
      await player.until('played', ({ match }, ticks) => match.stats.confirmedTick > ticks, 60_000, PLAY_TICKS)
    const told: Told[] = []
    for (const player of players) {
      // Not awaited: the page ends its worker with the match, and an answer of it would never come.
      await player.ask(({ match }) => {
        match.on('end', () => Object.assign(window, { left: true }))
        void match.leave()
      })
      await player.page.waitForFunction('window.left === true')
      told.push(await player.page.evaluate(() => (window as unknown as { told: Told }).told))
      expect(player.errors).toEqual([])
    }
    console.log(JSON.stringify(told))
    for (const { shown, confirmed, cancelled, certain } of told) {
      expect(shown).toBe(confirmed + cancelled)
      expect(certain).toBeGreaterThanOrEqual(confirmed)
      expect(confirmed).toBeGreaterThan(5)
    }
    await context.close()
  }),
)

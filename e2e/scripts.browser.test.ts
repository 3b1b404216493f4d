// Sumo's scripts, edited in the page while it is played: all machines take a text at one tick, and mistakes are told where they are.

import type { BrowserContext, Page } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { Player } from './player.ts'
import { withChromium } from './with-chromium.ts'

interface News {
  what: string
  script: string
  tick: number
  line: number
  slot: number
}

async function open(context: BrowserContext, name: string, room: string, players: number): Promise<Player> {
  const player = await Player.open(context, inject('site'), {
    ...{ room, name, players, autoready: 1 },
    ...{ view: 'phaser', renderer: 'canvas' },
  })
  return player
}

/** From now on the page notes what scripts tell. */
const listen = (player: Player): Promise<void> =>
  player.ask(({ match }) => {
    const news: unknown[] = []
    Object.assign(window, { news })
    match.on('script', one => void news.push(one))
  })
const news = (player: Player): Promise<News[]> => player.page.evaluate<News[]>('window.news')
const hears = (player: Player, count: number): Promise<unknown> =>
  player.page.waitForFunction(`window.news.length >= ${count}`, null, { timeout: 20_000 })

async function edit(page: Page, script: string): Promise<void> {
  await page.getByRole('tab', { name: script }).click()
  await page.locator(`.script-tabs [aria-selected=true]:has-text("${script}")`).waitFor()
  await page.locator('.cm-content').click()
}

test(
  'a text runs on every machine from one tick on; a mistake is marked, and changes nothing; the original comes back',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport: { width: 900, height: 560 } })
    const ann = await open(context, 'Ann', 'scripts', 2)
    await ann.page.getByRole('heading', { name: 'Room' }).waitFor()
    const bob = await open(context, 'Bob', 'scripts', 2)
    for (const player of [ann, bob]) await player.until('in play', ({ match }) => match.view.tick > 200)
    for (const player of [ann, bob]) await listen(player)
    const loadedEditor = (): Promise<boolean> =>
      ann.page.evaluate(`performance.getEntriesByType('resource').some(one => one.name.includes('script-editor'))`)
    expect(await loadedEditor()).toBe(false)
    await ann.page.keyboard.press('l')
    await ann.page.locator('.cm-content').getByText('The bot of Sumo').waitFor()
    expect(await loadedEditor()).toBe(true)

    // Letters that steer or switch the view are letters here, and the wrestler stands still.
    await edit(ann.page, 'power-up.lua')
    await ann.page.keyboard.press('Control+Home')
    await ann.page.keyboard.type('-- wasdvm', { delay: 30 })
    await ann.page.keyboard.insertText('\nwait = 5 ECHOES = 0\n')
    expect(await ann.page.locator('.cm-line').first().innerText()).toBe('-- wasdvm')
    expect(await ann.ask(({ scene }) => scene?.kind)).toBe('phaser')
    await ann.page.getByText('Not applied yet').waitFor()
    await ann.page.keyboard.press('Control+Enter')
    for (const player of [ann, bob]) await hears(player, 1)
    const [first] = await news(ann)
    expect(first).toMatchObject({ what: 'replaced', script: 'power-up.lua', slot: 0 })
    expect(await news(bob)).toEqual(await news(ann))
    await ann.page.getByText(`You applied this at tick ${first.tick}.`).waitFor()
    await bob.page.getByText('Ann changed power-up.lua.').waitFor()

    // It does what it says, and who opens the editor now sees it.
    for (const player of [ann, bob])
      await player.until('a bowl', ({ match }) => {
        const { view } = match as unknown as { view: { query(name: string): Iterable<number> } }
        return [...view.query('Stew')].length > 0
      })
    await bob.page.getByRole('button', { name: 'Scripts (L)' }).click()
    await edit(bob.page, 'power-up.lua')
    await bob.page.locator('.cm-content').getByText('wait = 5 ECHOES = 0').waitFor()

    // A mistake.
    await ann.page.locator('.cm-content').click()
    await ann.page.keyboard.press('Control+Home')
    await ann.page.keyboard.insertText('\nlocal = 3\n')
    await ann.page.keyboard.press('Control+Enter')
    await ann.page.getByText(/^power-up\.lua:2: .*'='/).waitFor()
    expect(await ann.page.locator('.cm-error-line').innerText()).toBe('local = 3')
    for (const player of [ann, bob]) await hears(player, 2)
    expect((await news(bob))[1]).toMatchObject({ what: 'refused', line: 2 })
    expect(await bob.page.locator('.cm-error-line').count()).toBe(0)

    // One that shows only when it runs: everybody is told.
    await ann.page.getByRole('button', { name: 'Undo my changes' }).click()
    await ann.page.locator('.cm-content').click()
    await ann.page.keyboard.press('Control+Home')
    await ann.page.keyboard.insertText('echo.after(1, function() ECHOES = ECHOES + nothing end)\n')
    await ann.page.getByRole('button', { name: 'Apply for everyone' }).click()
    for (const { page } of [ann, bob]) {
      await page.getByText(/^power-up\.lua:1: attempt to perform arithmetic on a nil value/).waitFor()
      expect(await page.locator('.cm-error-line').innerText()).toContain('ECHOES + nothing')
    }

    await bob.page.getByRole('button', { name: 'Original' }).click()
    for (const { page } of [ann, bob]) {
      await page.locator('.cm-line', { hasText: 'ECHOES' }).first().waitFor({ state: 'detached' })
      expect(await page.locator('.cm-error-line').count()).toBe(0)
    }
    await ann.page.getByText(/^Bob applied this at tick \d+\.$/).waitFor()

    await ann.page.getByRole('button', { name: 'Close the scripts' }).click()
    await ann.page.keyboard.press('v')
    await ann.until('the other view', ({ scene }) => scene?.kind === 'babylon')
    expect([...ann.errors, ...bob.errors]).toEqual([])
    await context.close()
  }),
)

test(
  'on a phone the scripts lie below the ring; who came later sees the text that runs',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true })
    const ann = await open(context, 'Ann', 'phone-scripts', 1)
    await ann.until('in play', ({ match }) => match.view.tick > 60)
    await listen(ann)
    const applied = await ann.page.evaluate<string>(`(async () => {
      const { match } = window.lockstride
      const text = '-- another bot\\n' + (await match.script('bot.lua'))
      await match.setScript('bot.lua', text)
      return text
    })()`)
    await hears(ann, 1)
    const bob = await open(context, 'Bob', 'phone-scripts', 1)
    await bob.until(
      'in it',
      ({ match }) => match.state === 'running' && match.players.filter(p => p.playing).length === 2,
    )
    expect(await bob.page.evaluate(`window.lockstride.match.script('bot.lua')`)).toBe(applied)
    await bob.page.getByRole('button', { name: 'Scripts (L)' }).tap()
    await bob.page.locator('.cm-content').getByText('another bot').waitFor()
    const [panel, ring] = await Promise.all([
      bob.page.getByRole('region', { name: 'Scripts' }).boundingBox(),
      bob.page.locator('.stage').boundingBox(),
    ])
    expect(panel!.width).toBe(390)
    expect(panel!.y).toBeGreaterThanOrEqual(ring!.y + ring!.height - 1)
    expect([...ann.errors, ...bob.errors]).toEqual([])
    await context.close()
  }),
)

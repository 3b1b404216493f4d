// What players say to each other: typed beside the game's keys, shown as text, and taken away from who is muted.

import type { BrowserContext, Page } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { Player } from './player.ts'
import { withChromium } from './with-chromium.ts'

async function open(context: BrowserContext, room: string, name: string, view: string): Promise<Player> {
  return Player.open(context, inject('site'), { room, name, view, renderer: 'canvas', autoready: 1, players: 2 })
}

const lines = (page: Page): Promise<string[]> => page.locator('.chat-lines li:not(.system)').allInnerTexts()

async function say(page: Page, text: string): Promise<void> {
  await page.keyboard.press('t')
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
  await page.keyboard.insertText(text)
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'Message' }).waitFor({ state: 'hidden' })
}

const heard = (page: Page, text: string): Promise<void> => page.locator('.chat-lines bdi', { hasText: text }).waitFor()

test(
  'players write to each other; what is typed does not steer, and is shown as text',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport: { width: 640, height: 480 } })
    const ann = await open(context, 'chat', 'Ann', 'phaser')
    const bob = await open(context, 'chat', 'Bob', 'phaser')
    for (const player of [ann, bob]) await player.until('in play', ({ match }) => match.view.tick > 200)
    const watcher = await Player.open(context, inject('site'), { room: 'chat', watch: 1, renderer: 'canvas' })
    await watcher.until('watching', ({ scene }) => scene?.discs().length === 2)

    // Each of these keys steers, calls out, or switches the view where nobody types.
    await ann.page.keyboard.press('Enter')
    await ann.page.keyboard.type('wasd v m 1', { delay: 30 })
    expect(await ann.page.getByRole('textbox', { name: 'Message' }).inputValue()).toBe('wasd v m 1')
    const moved = await ann.ask(({ match }) => {
      const { view } = match as unknown as {
        view: Record<string, Record<string, number[]>> & { query(name: string): number[] }
      }
      return [...view.query('Disc')].some(e => view.Disc.driveX[e] !== 0 || view.Disc.driveY[e] !== 0)
    })
    expect(moved).toBe(false)
    expect(await ann.ask(({ scene }) => scene?.kind)).toBe('phaser')
    await ann.page.keyboard.press('Enter')
    for (const { page } of [ann, bob, watcher]) await heard(page, 'wasd v m 1')

    await say(bob.page, '<img src=x onerror=alert(1)> & so on')
    for (const { page } of [ann, bob, watcher]) await heard(page, '<img src=x onerror=alert(1)> & so on')
    expect(await lines(ann.page)).toEqual(['Youwasd v m 1', 'Bob<img src=x onerror=alert(1)> & so on'])
    await ann.page.locator('.label-bubble.chat', { hasText: '<img src=x' }).waitFor({ state: 'attached' })

    await ann.page.keyboard.press('t')
    await ann.page.keyboard.insertText('y'.repeat(123))
    await ann.page.getByText('A message has at most 120 characters: 3 too many.').waitFor()
    await ann.page.keyboard.press('Enter')
    await ann.page.keyboard.press('Backspace')
    await ann.page.keyboard.press('Backspace')
    await ann.page.keyboard.press('Backspace')
    await ann.page.getByText('A message has').waitFor({ state: 'hidden' })
    await ann.page.keyboard.press('Enter')
    await heard(bob.page, 'y'.repeat(120))
    expect(await watcher.page.getByLabel('Chat (T or Enter)').count()).toBe(0)
    expect([...ann.errors, ...bob.errors, ...watcher.errors]).toEqual([])
    await context.close()
  }),
)

test(
  'the first in the room mutes another, whose words the relay then lets nobody hear, until they may talk again',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport: { width: 640, height: 480 } })
    const ann = await open(context, 'mute', 'Ann', 'phaser')
    await ann.page.getByRole('heading', { name: 'Room' }).waitFor()
    const bob = await open(context, 'mute', 'Bob', 'phaser')
    for (const player of [ann, bob]) await player.until('in play', ({ match }) => match.view.tick > 60)
    await ann.page.getByRole('button', { name: 'Mute Bob' }).click()
    await ann.page.getByText('Bob is muted.').waitFor()
    expect(await bob.page.getByRole('button', { name: 'Mute Ann' }).count()).toBe(0)

    await say(bob.page, 'can you hear me?')
    await bob.page.getByText('You are muted in this room: the others did not get that.').waitFor()
    await bob.page.keyboard.press('1')
    await say(ann.page, 'quiet now')
    for (const { page } of [ann, bob]) await heard(page, 'quiet now')
    for (const { page } of [ann, bob]) expect((await lines(page)).join()).not.toContain('hear me')

    await ann.page.getByRole('button', { name: 'Let Bob talk again' }).click()
    await ann.page.getByText('Bob may talk again.').waitFor()
    await say(bob.page, 'thank you')
    for (const { page } of [ann, bob]) await heard(page, 'thank you')
    for (const player of [ann, bob]) expect(player.errors).toEqual([])
    await context.close()
  }),
)

// From a link to a running match by clicking, as people do; and by thumbs, on a phone.

import type { Page } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { Player } from './player.ts'
import { withChromium } from './with-chromium.ts'

const viewport = { width: 640, height: 560 }

async function enter(page: Page, name: string, button: string | RegExp): Promise<void> {
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: /2D/ }).click()
  await page.getByRole('button', { name: button }).click()
  await page.getByRole('heading', { name: 'Room' }).waitFor()
}

test(
  'a room is made and joined by its link; who opens the link during a match waits, and plays from the next round',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport })
    const ann = await Player.open(context, inject('site'), { renderer: 'canvas' })
    await enter(ann.page, 'Ann', 'Create a room')
    const link = await ann.page.getByLabel('Link to this room').inputValue()
    const room = new URL(link).searchParams.get('room')!
    expect(room).toMatch(/^[a-z]+-\d+$/)
    await ann.page.getByText('a bot takes the empty seat').waitFor()

    const bob = await Player.openLink(context, `${link}&renderer=canvas`)
    await enter(bob.page, 'Bob', `Join ${room}`)
    for (const { page } of [ann, bob])
      expect(await page.locator('.players .name').allInnerTexts()).toEqual(
        page === ann.page ? ['Ann (you)', 'Bob'] : ['Ann', 'Bob (you)'],
      )
    await ann.page.getByRole('button', { name: 'Ready' }).click()
    await ann.page.getByText('Waiting for 1 of 2 to be ready').waitFor()
    await bob.page.getByText('The match begins when everyone is ready').waitFor()
    await bob.page.getByRole('button', { name: 'Ready' }).click()
    for (const player of [ann, bob]) await player.until('playing', ({ match }) => match.state === 'running')
    await bob.page.getByLabel('Scores').getByText('Ann').waitFor()

    const cid = await Player.openLink(context, `${link}&renderer=canvas`)
    await enter(cid.page, 'Cid', `Join ${room}`)
    await cid.page.getByText('A round is being played. You are in from the next one').waitFor()
    expect(await cid.ask(({ match }) => match.state)).toBe('waiting')
    await ann.page.getByLabel('Scores').getByText('Cid').waitFor()
    await ann.page.getByText('next round').waitFor()

    // Bob runs off the ring, so the round ends.
    await bob.page.bringToFront()
    await bob.until('past the countdown', ({ match }) => match.view.tick > 190)
    await bob.page.keyboard.down('ArrowLeft')
    await ann.page.getByText('You win!').waitFor({ timeout: 20_000 })
    await bob.page.keyboard.up('ArrowLeft')
    for (const player of [ann, bob, cid])
      await player.until(
        'three in the next round',
        ({ match }) => match.state === 'running' && match.players.every(({ playing }) => playing),
      )
    await cid.until('drawn', ({ match, scene }) => scene.discs().length === 3 && match.stats.confirmedTick > 0)
    expect(await cid.page.getByLabel('Scores').locator('li').count()).toBe(3)
    expect([...ann.errors, ...bob.errors, ...cid.errors]).toEqual([])
    await context.close()
  }),
)

test(
  'thumbs steer on a phone',
  withChromium(async browser => {
    const phone = { viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true }
    const context = await browser.newContext(phone)
    // Bob stands still: the bot would push.
    const both = { room: 'thumbs', view: 'phaser', renderer: 'canvas', autoready: 1, players: 2 }
    await Player.open(context, inject('site'), { ...both, name: 'Bob' })
    const ann = await Player.open(context, inject('site'), { ...both, name: 'Ann' })
    await ann.until('past the countdown', ({ match }) => match.view.tick > 200)
    const where = (): Promise<{ x: number; driveX: number; driveY: number }> =>
      ann.ask(({ match }) => {
        const view = match.view as unknown as { query(name: string): Iterable<number> }
        const { Disc, Body } = match.view as unknown as Record<string, Record<string, ArrayLike<number>>>
        const e = [...view.query('Disc')].find(disc => Disc.slot[disc] === match.slot)!
        return { x: Body.x[e], driveX: Disc.driveX[e], driveY: Disc.driveY[e] }
      })
    const before = await where()
    const thumb = await context.newCDPSession(ann.page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]) =>
      thumb.send('Input.dispatchTouchEvent', { type, touchPoints })
    await touch('touchStart', { x: 90, y: 560 })
    await touch('touchMove', { x: 140, y: 560 })
    await ann.page.waitForTimeout(400)
    const pushed = await where()
    expect(pushed.driveX).toBeGreaterThan(0.8)
    expect(Math.abs(pushed.driveY)).toBeLessThan(0.1)
    expect(pushed.x).toBeGreaterThan(before.x + 0.3)
    // Up, by the same thumb; then it lets go.
    await touch('touchMove', { x: 90, y: 510 })
    await ann.page.waitForTimeout(300)
    expect((await where()).driveY).toBeLessThan(-0.8)
    await touch('touchEnd')
    await ann.page.waitForTimeout(300)
    expect(await where()).toMatchObject({ driveX: 0, driveY: 0 })
    await ann.page.getByRole('button', { name: 'Dash' }).waitFor()
    await context.close()
  }),
)

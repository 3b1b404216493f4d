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
  'a room is made and joined by its link; who opens the link during a round comes right in',
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

    // Cid comes in the middle of the round, and is in it.
    await ann.until('past the countdown', ({ match }) => match.view.tick > 190)
    const cid = await Player.openLink(context, `${link}&renderer=canvas`)
    await cid.page.getByLabel('Your name').fill('Cid')
    await cid.page.getByRole('button', { name: /2D/ }).click()
    await cid.page.getByRole('button', { name: `Join ${room}` }).click()
    await cid.until('playing', ({ match }) => match.state === 'running')
    const [start] = await cid.starts()
    expect(start).toBeGreaterThan(190)
    for (const player of [ann, bob, cid])
      await player.until('three in one round', ({ match }) => match.players.filter(p => p.playing).length === 3)
    await cid.until('drawn with the others', ({ scene }) => scene.discs().length === 3)
    expect(await ann.starts()).toEqual([1])
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
    const drives = (what: string, question: (x: number, y: number) => boolean): Promise<void> =>
      ann.page
        .waitForFunction(
          `(() => {
            const { view, slot } = window.lockstride.match
            const e = [...view.query('Disc')].find(disc => view.Disc.slot[disc] === slot)
            return (${question.toString()})(view.Disc.driveX[e], view.Disc.driveY[e])
          })()`,
          null,
          { polling: 20, timeout: 5000 },
        )
        .then(
          () => undefined,
          (cause: unknown) => {
            throw new Error(`the thumb does not drive ${what}`, { cause })
          },
        )
    const thumb = await context.newCDPSession(ann.page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]) =>
      thumb.send('Input.dispatchTouchEvent', { type, touchPoints })
    await touch('touchStart', { x: 90, y: 560 })
    await touch('touchMove', { x: 140, y: 560 })
    await drives('right', (x, y) => x > 0.8 && Math.abs(y) < 0.1)
    // Up, by the same thumb; then it lets go.
    await touch('touchMove', { x: 90, y: 510 })
    await drives('up', (x, y) => y < -0.8 && Math.abs(x) < 0.1)
    await touch('touchEnd')
    await drives('nowhere', (x, y) => x === 0 && y === 0)
    await ann.page.getByRole('button', { name: 'Dash' }).waitFor()
    await context.close()
  }),
)

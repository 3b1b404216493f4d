// From a link to a running match by clicking, as people do; and by thumbs, on a phone.

import type { Page } from 'playwright-core'
import { expect, inject, test } from 'vitest'
import { Player } from './player.ts'
import { startProxy } from './proxy.ts'
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
      await expect
        .poll(() => page.locator('.players .name').allInnerTexts())
        .toEqual(page === ann.page ? ['Ann (you)', 'Bob'] : ['Ann', 'Bob (you)'])
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
    await cid.until('drawn with the others', ({ scene }) => scene?.discs().length === 3)
    expect(await ann.starts()).toEqual([1])
    await expect.poll(() => cid.page.getByLabel('Scores').locator('li').count()).toBe(3)

    // The browser's button leaves the room that was made on this page, and the others see it.
    await ann.page.goBack()
    await ann.page.getByRole('button', { name: 'Create a room' }).waitFor()
    await expect.poll(() => cid.page.getByLabel('Scores').locator('li').count()).toBe(2)
    expect([...ann.errors, ...bob.errors, ...cid.errors]).toEqual([])
    await context.close()
  }),
)

test(
  'a duel is made by a click and joined by its link; the corner says the path; a third is told that it is full',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport })
    const ann = await Player.open(context, inject('site'), { renderer: 'canvas' })
    await ann.page.getByLabel('Your name').fill('Ann')
    await ann.page.getByRole('button', { name: /2D/ }).click()
    await ann.page.getByRole('button', { name: 'Duel, direct' }).click()
    await ann.page.getByText('Waiting for them').waitFor()
    const link = await ann.page.getByLabel('Link to this room').inputValue()
    expect(new URL(link).searchParams.get('transport')).toBe('webrtc')
    const name = new URL(link).searchParams.get('room')!

    const bob = await Player.openLink(context, `${link}&renderer=canvas`)
    await bob.page.getByLabel('Your name').fill('Bob')
    await bob.page.getByRole('button', { name: `Join duel ${name}` }).click()
    for (const { page } of [ann, bob]) await page.getByRole('button', { name: 'Ready' }).click()
    for (const player of [ann, bob]) {
      await player.until('playing', ({ match }) => match.state === 'running' && match.stats.confirmedTick > 240)
      await player.until('drawn', ({ scene }) => scene?.discs().length === 2)
      // Which one it is depends on the machine's network.
      await player.page.waitForFunction(() =>
        ['direct', 'over the relay'].includes(document.querySelector('#hud-path')!.textContent),
      )
    }

    const cid = await Player.openLink(context, link)
    await cid.page.getByRole('button', { name: `Join duel ${name}` }).click()
    await cid.page.getByRole('heading', { name: 'This duel is full' }).waitFor()
    await cid.page.getByRole('button', { name: 'Begin a duel of your own' }).click()
    await cid.page.getByText('Waiting for them').waitFor()
    const own = new URL(cid.page.url()).searchParams
    expect(own.get('transport')).toBe('webrtc')
    expect(own.get('room')).not.toBe(name)
    await cid.page.getByRole('button', { name: 'Leave the duel' }).click()
    await cid.page.getByRole('button', { name: 'Create a room' }).waitFor()

    await ann.page.getByRole('button', { name: 'Leave the match' }).click()
    await bob.page.getByText('The other player left').waitFor()
    expect([...ann.errors, ...bob.errors, ...cid.errors]).toEqual([])
    await context.close()
  }),
)

test(
  'who watches sees every disc in both views, and is nobody in the match',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport })
    const room = { room: 'watched', renderer: 'canvas', view: 'phaser' }
    // Before anybody plays.
    const early = await Player.open(context, inject('site'), { ...room, watch: 1 })
    await early.page.getByText('the picture comes when they begin').waitFor()
    const players = []
    for (const name of ['Ann', 'Bob', 'Cid'])
      players.push(await Player.open(context, inject('site'), { ...room, name, autoready: 1, players: 3, script: 5 }))
    await players[0].until('playing', ({ match }) => match.state === 'running')
    const late = await Player.open(context, inject('site'), { ...room, view: 'babylon', watch: 1 })
    for (const watcher of [early, late]) {
      await watcher.until('three discs', ({ scene }) => scene?.discs().length === 3)
      await watcher.page.getByText('Watching', { exact: true }).waitFor()
      expect(await watcher.ask(({ match }) => match.slot)).toBe(null)
      expect(await watcher.page.getByRole('button', { name: /Call out/ }).count()).toBe(0)
    }
    // What would steer and call out does nothing here.
    for (const key of ['ArrowLeft', 'Space', '1', 'v']) await late.page.keyboard.press(key)
    await late.until('the other view', ({ scene }) => scene?.kind === 'phaser' && scene.discs().length === 3)
    const [ann] = players
    expect(await ann.ask(({ match }) => match.players.map(player => player.name).toSorted())).toEqual([
      'Ann',
      'Bob',
      'Cid',
    ])
    await late.page.getByRole('button', { name: 'Leave the match' }).click()
    await late.page.getByRole('button', { name: 'Join watched' }).waitFor()
    expect([...early.errors, ...late.errors, ...players.flatMap(({ errors }) => errors)]).toEqual([])
    await context.close()
  }),
)

test(
  'a page that loses its connection says so, tries until it is let in again, and has its disc back',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport })
    const both = { room: 'broken', view: 'phaser', renderer: 'canvas', autoready: 1, players: 2 }
    const bob = await Player.open(context, inject('site'), { ...both, name: 'Bob' })
    const proxy = await startProxy(inject('site'))
    const ann = await Player.open(context, proxy.url, { ...both, name: 'Ann' })
    await ann.until('past the countdown', ({ match }) => match.stats.confirmedTick > 200)
    const slot = await ann.ask(({ match }) => match.slot)

    await proxy.cut()
    await ann.page.getByText('Connection lost: trying again').waitFor()
    // The first tries are refused.
    await ann.page.waitForTimeout(1500)
    expect(await ann.ask(({ match }) => match.state)).toBe('reconnecting')
    await proxy.mend()
    await ann.until('back', ({ match }) => match.state === 'running')
    await ann.page.getByText('Connection lost: trying again').waitFor({ state: 'hidden' })
    expect(await ann.ask(({ match }) => match.slot)).toBe(slot)
    const { confirmedTick } = await bob.stats()
    for (const player of [ann, bob])
      await player.until(
        'playing on',
        ({ match }, then) => match.stats.confirmedTick > then + 60,
        30_000,
        confirmedTick,
      )
    expect([...ann.errors, ...bob.errors]).toEqual([])
    // Who does not want to wait leaves.
    await proxy.cut()
    await ann.page.getByText('Connection lost: trying again').waitFor()
    await ann.page.getByRole('button', { name: 'Leave the match' }).click()
    await ann.page.getByRole('button', { name: 'Join broken' }).waitFor()
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

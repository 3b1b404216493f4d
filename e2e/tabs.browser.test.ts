// Tabs of one browser without a server, and what happens to a match when one of them goes, hides or freezes.

import { expect, inject, test } from 'vitest'
import { Player, compare } from './player.ts'
import { withChromium } from './with-chromium.ts'

const viewport = { width: 480, height: 360 }
const shared = { autoready: 1, players: 2, view: 'phaser', renderer: 'canvas', transport: 'broadcast' }

test(
  'two tabs play without a server; when the tab that hosts is closed the other goes on hosting',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport })
    const host = await Player.open(context, inject('site'), { ...shared, room: 'tabs', name: 'Host', script: 1 })
    // The first tab of a room hosts: it must be there before the second comes.
    await host.until('in the room', ({ match }) => match.slot === 0)
    const guest = await Player.open(context, inject('site'), { ...shared, room: 'tabs', name: 'Guest', script: 2 })
    for (const player of [host, guest]) await player.until('playing', ({ match }) => match.stats.confirmedTick > 10)
    for (const player of [host, guest]) await player.note()
    await guest.until('a few seconds in', ({ match }) => match.stats.confirmedTick > 400)
    const { shared: known, different } = compare(await host.noted(), await guest.noted())
    expect(different).toEqual([])
    expect(known).toBeGreaterThan(5)
    await guest.ask(({ match }) =>
      match.on('reconnected', (back => Object.assign(window, { back })) as (event: never) => void),
    )
    const before = (await guest.stats()).confirmedTick
    await host.page.close()
    // In the same round, in its own slot: nobody was told to begin anew.
    await guest.page.waitForFunction('window.back !== undefined', null, { timeout: 10_000 })
    expect(await guest.page.evaluate('window.back')).toEqual({ slot: 1, plays: true })
    await guest.until('plays on', ({ match }) => match.players.length === 1 && match.state === 'running')
    await guest.until('hosts', ({ match }, tick) => match.stats.confirmedTick > tick + 120, 10_000, before)
    // What starts now is a later round of the same match, if the one with the host is over by now.
    const [first, ...later] = await guest.starts()
    expect(first).toBe(1)
    for (const tick of later) expect(tick).toBeGreaterThan(before)
    // Another tab finds the new host, and comes into the running round.
    const late = await Player.open(context, inject('site'), { ...shared, room: 'tabs', name: 'Late', script: 1 })
    await late.until('in the round', ({ match }) => match.state === 'running' && match.stats.confirmedTick > 0)
    const after = await comparedFrom(guest, late)
    expect(after.different).toEqual([])
    expect(after.shared).toBeGreaterThan(1)
    expect(guest.errors).toEqual([])
    await context.close()
  }),
)

test(
  'a tab that is closed leaves at once, and the hosting one plays on',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport })
    const host = await Player.open(context, inject('site'), { ...shared, room: 'leave', name: 'Host', script: 1 })
    // The first tab of a room hosts: it must be there before the second comes.
    await host.until('in the room', ({ match }) => match.slot === 0)
    const guest = await Player.open(context, inject('site'), { ...shared, room: 'leave', name: 'Guest', script: 2 })
    for (const player of [host, guest]) await player.until('playing', ({ match }) => match.stats.confirmedTick > 60)
    const before = (await host.stats()).confirmedTick
    await guest.page.close()
    await host.until('alone', ({ match }) => match.players.length === 1, 5_000)
    // Far sooner than the 120 silent ticks that a frozen one has.
    expect((await host.stats()).confirmedTick - before).toBeLessThan(110)
    const left = (await host.stats()).confirmedTick
    await host.page.waitForTimeout(1000)
    expect((await host.stats()).confirmedTick).toBeGreaterThan(left + 40)
    await context.close()
  }),
)

test(
  'a player who stands still is waited for by name, and leaves after the game’s 120 ticks',
  withChromium(async browser => {
    const context = await browser.newContext({ viewport })
    const relay = { ...shared, transport: 'websocket', room: 'frozen' }
    const ann = await Player.open(context, inject('site'), { ...relay, name: 'Ann', script: 1 })
    const bob = await Player.open(context, inject('site'), { ...relay, name: 'Bob', script: 2 })
    for (const player of [ann, bob]) await player.until('playing', ({ match }) => match.stats.confirmedTick > 60)
    await ann.ask(({ match }) => {
      const stalls: string[] = []
      match.on('stall', (({ names }: { names: string[] }) => stalls.push(names.join())) as (event: never) => void)
      ;(window as unknown as { stalls: string[] }).stalls = stalls
    })
    // Its worker goes on answering but gives no inputs any more, as one does that hangs in its rules. (A silent one is a unit
    // test: headless Chromium does not freeze workers.)
    const slot = (await bob.ask(({ match }) => match.slot))!
    await bob.ask(({ match }) => match.pause())
    await ann.until('alone', ({ match }) => match.players.length === 1, 15_000)
    await ann.page.waitForFunction(`window.stalls.at(-1) === ''`, null, { timeout: 5000 })
    const stalls = await ann.page.evaluate(() => (window as unknown as { stalls: string[] }).stalls)
    expect(stalls).toContain('Bob')
    const left = (await ann.stats()).confirmedTick
    await ann.page.waitForTimeout(1000)
    expect((await ann.stats()).confirmedTick).toBeGreaterThan(left + 40)
    // Back at its keys it has its place again.
    await bob.ask(({ match }) => match.resume())
    await ann.until('two again', ({ match }) => match.players.length === 2 && match.players.every(p => p.playing))
    await bob.until('in its place', ({ match }, before) => match.slot === before, 30_000, slot)
    await bob.until('playing', ({ match }) => match.state === 'running')
    await context.close()
  }),
)

/** Both note their checksums for two seconds. */
async function comparedFrom(a: Player, b: Player): Promise<ReturnType<typeof compare>> {
  for (const player of [a, b]) await player.note()
  const { confirmedTick } = await a.stats()
  for (const player of [a, b])
    await player.until(
      'two seconds on',
      ({ match }, tick) => match.stats.confirmedTick > tick,
      10_000,
      confirmedTick + 120,
    )
  return compare(await a.noted(), await b.noted())
}

// What tools leave behind in a page's worker: counted in its memory.

import { afterAll, afterEach, expect, test } from 'vitest'
import { webSocket } from '../../plugin-core/src/transport/description.ts'
import { createRelay, type Relay } from '../src/index.ts'
import { Pages, type Page, type PageOptions } from './page.ts'

const pages = new Pages({ grants: { everyone: ['chat:send', 'timeline:branch'] } })
const relays: Relay[] = []
const joined: Page[] = []
const WAIT = { timeout: 20_000, interval: 200 }
const NOTHING = { loops: 0, states: 0, branches: 0, whatIfs: 0 }

afterEach(async () => {
  for (const { match } of joined.splice(0)) await match.leave()
  for (const relay of relays.splice(0)) await relay.close()
})
afterAll(() => pages.close())

function newRelay(): Relay {
  relays.push(createRelay({ port: 0, host: '127.0.0.1', origins: ['*'] }))
  return relays.at(-1)!
}

async function playing(options: PageOptions = {}, relay = newRelay()): Promise<Page> {
  const transport = webSocket(`ws://127.0.0.1:${await relay.listening}`)
  const page = await pages.open({ transport, ...options })
  joined.push(page)
  await expect.poll(() => page.match.stats.confirmedTick, WAIT).toBeGreaterThan(40)
  return page
}

test('a match that is left takes with it what a tool never stopped', async () => {
  const { match } = await playing()
  const branches = await match.branches()
  const whatIf = await branches.fork()
  await whatIf.advance(10)
  expect(await pages.count()).toMatchObject({ loops: 1, states: 1, branches: 1, whatIfs: 1 })
  await match.leave()
  await expect.poll(() => pages.count(), WAIT).toEqual(NOTHING)
  await expect(branches.list()).rejects.toThrow('the match has ended, or begun anew')
  await expect(whatIf.advance()).rejects.toThrow('the match has ended, or begun anew')
})

test('a match that the relay ends takes it along, too', async () => {
  const { match } = await playing()
  const branches = await match.branches()
  await branches.fork()
  await relays[0].close('that was it')
  await expect.poll(() => match.state, WAIT).toBe('ended')
  await expect.poll(() => pages.count(), WAIT).toEqual(NOTHING)
  await expect(branches.fork()).rejects.toThrow('the match has ended, or begun anew')
})

test('who only watches looks at what-ifs, too', async () => {
  await playing({ name: 'plays' })
  const { match } = await playing({ name: 'watches', spectate: true }, relays[0])
  const branches = await match.branches()
  const { certainTick } = await branches.list()
  const whatIf = await branches.fork({ tick: certainTick, inputs: [{ slot: 0, values: { right: true } }] })
  await whatIf.advance(20)
  const { Player } = await whatIf.look()
  await expect.poll(async () => (await whatIf.difference())?.map(d => d.field), WAIT).toContain('x')
  expect(Player.x[0]).toBeGreaterThan(match.view.Player.x[0])
  const chat = { kind: 'chat', payload: { n: 7 }, chronos: 0 }
  await expect(branches.cross({ ...chat, kairos: whatIf.branch })).rejects.toThrow('say by `slot` whose event it is')
  expect(await branches.cross({ ...chat, kairos: whatIf.branch, slot: 0 })).toMatchObject({ kind: 'crossed' })
  expect(await branches.cross({ ...chat, kairos: 'main', slot: 0 })).toMatchObject({
    kind: 'lost',
    reason: 'who only watches says nothing in the match: take the event to a what-if',
  })
  await whatIf.advance()
  expect((await whatIf.look()).Player.said[0]).toBe(7)
  await branches.stop()
})

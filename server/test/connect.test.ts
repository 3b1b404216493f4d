// Tickets from end to end: a relay over real sockets, and pages that call `connect`, with their worker in a thread of its own.

import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { encodeToken, type CapabilityClaims } from '../../plugin-core/src/event/capability-token.ts'
import { publicKeyOf, signHash } from '../../plugin-core/src/event/signature.ts'
import { ConnectError, type ConnectOptions, type KeyTicket } from '../../plugin-core/src/worker/match.ts'
import { webSocket } from '../../plugin-core/src/transport/description.ts'
import { YARD_RIGHTS, yard, yardOf } from '../../plugin-core/test/matches/capabilities-match.ts'
import { createRelay, issueJoinTicket, type Relay, type RelayOptions } from '../src/index.ts'
import { Pages, type Page, type PageOptions } from './page.ts'

const KEY = '07'.repeat(32)
const pages = new Pages()
const relays: Relay[] = []
const joined: Page[] = []

afterEach(async () => {
  vi.restoreAllMocks()
  for (const { match } of joined.splice(0)) await match.leave()
  for (const relay of relays.splice(0)) await relay.close()
})
afterAll(() => pages.close())

async function relayWith(
  options: Partial<RelayOptions>,
  of = pages,
): Promise<{ relay: Relay; join: (ticket?: ConnectOptions['ticket'], more?: PageOptions) => Promise<Page> }> {
  const relay = createRelay({ port: 0, host: '127.0.0.1', origins: ['*'], ...options })
  relays.push(relay)
  const transport = webSocket(`ws://127.0.0.1:${await relay.listening}`)
  return {
    relay,
    join: async (ticket, more = {}) => {
      const page = await of.open({ room: 'r', transport, ...(ticket === undefined ? {} : { ticket }), ...more })
      joined.push(page)
      return page
    },
  }
}

/** Two cores may be busy with other tests. */
const WAIT = { timeout: 20_000 }

/** Until each shows all of them in the match. */
async function playing(...pages: Page[]): Promise<void> {
  await expect.poll(() => pages.map(page => page.column('said').length), WAIT).toEqual(pages.map(() => pages.length))
}

/** What the page reads in its console. */
function sentences(): string[] {
  const said: string[] = []
  vi.spyOn(console, 'error').mockImplementation((text: unknown) => said.push(String(text)))
  return said
}

/** When a join ticket ends, in seconds since 1970. */
const exp = (ticket: string): number =>
  (JSON.parse(Buffer.from(ticket.split('.')[1], 'base64url').toString()) as { exp: number }).exp

const refusal = (opened: Promise<unknown>): Promise<unknown> =>
  opened.then(
    () => 'it is in',
    (error: unknown) => (error instanceof ConnectError ? `${error.code}: ${error.message}` : error),
  )

test.each([true, false])(
  'a ticket grants what it says, until that is taken away (the relay knows the game: %s)',
  async knows => {
    const said = sentences()
    const games = knows ? [{ game: yard, sourceId: 'test' }] : []
    const { relay, join } = await relayWith({ key: KEY, games })
    const [ann, bob] = await Promise.all([
      join(relay.ticket({ player: 'ann', room: 'r', grants: ['room:moderate'] })),
      join(),
    ])
    await playing(ann, bob)
    const [a, b] = [ann.match.slot!, bob.match.slot!]
    ann.match.emit('hush', b)
    await expect.poll(() => [ann.column('hushed')[b], bob.column('hushed')[b]], WAIT).toEqual([1, 1])
    bob.match.emit('hush', a)
    await expect
      .poll(() => bob.faults, WAIT)
      .toEqual([expect.stringMatching(`DENIED ${b} hush: slot ${b} has no 'room:moderate'`)])
    expect(said).toEqual([expect.stringMatching(/^emit\('hush'\) is not sent: .* \(ERR_CAPABILITY_DENIED\)$/)])
    expect([relay.revoke('r', a, 'room:moderate'), relay.grant('r', b, 'room:moderate')]).toEqual([true, true])
    // Heard with the next tick: what is emitted before that is not.
    await expect
      .poll(() => {
        bob.match.emit('hush', a)
        return bob.column('hushed')[a]
      }, WAIT)
      .toBeGreaterThan(0)
    ann.match.emit('hush', b)
    await expect
      .poll(() => ann.faults, WAIT)
      .toEqual([expect.stringMatching(`REVOKED ${a} hush: 'room:moderate' of slot ${a}`)])
    ann.match.emit('chat', { n: 1 })
    await expect.poll(() => [ann.column('said')[a], bob.column('said')[a]], WAIT).toEqual([1, 1])
    expect([ann.column('hushed')[b], bob.column('hushed')[b]]).toEqual([1, 1])
  },
)

test('connect rejects with the reason for a ticket that opens nothing; spectators need none', async () => {
  const { relay, join } = await relayWith({ key: KEY })
  const ticket = relay.ticket({ player: 'ann', room: 'r' })
  const elsewhere = issueJoinTicket({ key: '08'.repeat(32), player: 'ann', room: 'r' })
  const none = await relayWith({})
  const host = await join(ticket)
  expect(
    await Promise.all(
      [
        join(elsewhere),
        join(relay.ticket({ player: 'ann', room: 'r', seconds: -1 })),
        join(relay.ticket({ player: 'ann', room: 'other' })),
        join(`${ticket.slice(0, -2)}xx`),
        join(ticket.padEnd(600, 'x')),
        none.join(ticket),
        join(undefined, { spectate: true }),
      ].map(refusal),
    ),
  ).toEqual([
    'refused: the ticket is of no use here: a ticket that the room server did not sign',
    'refused: the ticket has expired: ask for a new one',
    "refused: the ticket is of no use here: a ticket of the room 'other'",
    expect.stringMatching('^refused: the ticket is of no use here: '),
    'rules: The match could not be opened: connect: a ticket has at most 512 bytes',
    'refused: this relay has no key to read join tickets with: createRelay({ key })',
    'it is in',
  ])
  expect(host.match.ended).toBe(null)
})

test('who comes again with its ticket has its slot again, and not what was taken away; a copy takes the place', async () => {
  const said = sentences()
  const { relay, join } = await relayWith({ key: KEY })
  const ticketOf = (seconds: number): string =>
    relay.ticket({ player: 'ann', room: 'r', grants: ['room:moderate'], seconds })
  const ticket = ticketOf(3600)
  const [ann, tab, bob] = await Promise.all([join(ticket), join(ticketOf(1800)), join()])
  await playing(ann, tab, bob)
  const [a, b] = [ann.match.slot!, bob.match.slot!]
  expect(relay.revoke('r', a, 'room:moderate', 'chat:send')).toBe(true)
  expect(relay.grant('r', b, 'room:moderate')).toBe(true)
  const copy = await join(ticket)
  await expect.poll(() => ann.match.ended, WAIT).toMatchObject({ code: 'replaced' })
  await playing(copy, tab, bob)
  const other = await join(ticketOf(900))
  await playing(copy, tab, bob, other)
  expect(copy.match.slot).toBe(a)
  for (const page of [copy, tab, other]) {
    page.match.emit('hush', b)
    page.match.emit('chat', { n: 1 })
    await expect.poll(() => page.faults.length, WAIT).toBe(2)
    for (const fault of page.faults) expect(fault).toMatch(/^ERR_CAPABILITY_(REVOKED|DENIED) /)
  }
  bob.match.emit('hush', a)
  await expect.poll(() => copy.column('hushed')[a], WAIT).toBe(1)
  expect([bob.column('hushed')[b], bob.column('said')]).toEqual([0, [0, 0, 0, 0]])
  expect(relay.grant('r', a, 'chat:send')).toBe(true)
  await expect
    .poll(() => {
      copy.match.emit('chat', { n: 1 })
      return bob.column('said')[a]
    }, WAIT)
    .toBeGreaterThan(0)
  expect(said.length).toBeGreaterThan(3)
})

test('a ticket that expires while its player is in brings it back, and lets nobody else in', async () => {
  const { relay, join } = await relayWith({ key: KEY })
  const bob = await join()
  const ticket = relay.ticket({ player: 'ann', room: 'r', grants: ['room:moderate'], seconds: 4 })
  const ann = await join(ticket)
  await playing(ann, bob)
  const late = relay.ticket({ player: 'cid', room: 'r', seconds: 0 })
  await expect.poll(() => Date.now() / 1000 > exp(ticket), WAIT).toBe(true)
  const again = await join(ticket)
  await playing(again, bob)
  expect(again.match.slot).toBe(ann.match.slot)
  again.match.emit('hush', bob.match.slot!)
  await expect.poll(() => bob.column('hushed')[bob.match.slot!], WAIT).toBe(1)
  expect(await refusal(join(late))).toBe('refused: the ticket has expired: ask for a new one')
})

test('a relay that was told what a game needs judges its events; what no game says is a sentence', async () => {
  sentences()
  const { relay, join } = await relayWith({ rights: { yard: YARD_RIGHTS } })
  const far = { delayMs: 150, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 }
  const [ann, bob] = await Promise.all([join(undefined, { conditions: far }), join()])
  await playing(ann, bob)
  const [a, b] = [ann.match.slot!, bob.match.slot!]
  // It is on its way when the right is taken away: of that the relay alone knows.
  ann.match.emit('chat', { n: 1 })
  expect(relay.revoke('r', a, 'chat:send')).toBe(true)
  await expect.poll(() => bob.faults, WAIT).toEqual([`ERR_CAPABILITY_REVOKED ${a} chat: the host did not relay it`])
  expect(relay.health().refusedEvents).toBe(1)
  bob.match.emit('chat', { n: 1 })
  await expect.poll(() => ann.column('said'), WAIT).toEqual([0, 0].with(b, 1))
  // It counts from the relay's start: another match begins here, and then the room is gone.
  await Promise.all([ann.match.leave(), bob.match.leave()])
  const eve = await join()
  await playing(eve)
  expect(relay.health().refusedEvents).toBe(1)
  await relay.close()
  expect(relay.health()).toMatchObject({ rooms: 0, refusedEvents: 1 })
  const games = [{ game: yard, sourceId: 'test' }]
  expect(() => createRelay({ port: 0, games, rights: { yard: YARD_RIGHTS } })).toThrow(
    'createRelay: "yard" is one of the games, and says itself what its events need; leave it out of rights',
  )
  expect(() => createRelay({ port: 0, rights: { garden: {} } })).toThrow("rights of 'garden': nothing is declared")
})

test('a relay whose grants cannot tell keeps that player out, and nobody else', async () => {
  const errors: string[] = []
  const { relay, join } = await relayWith({
    grants: ({ name, profile }) => (name === 'ann' ? (JSON.parse(profile) as string[]) : []),
    onError: (error, room) => errors.push(`${room}: ${String(error)}`),
  })
  const bob = await join()
  const why = 'refused: the relay made a mistake, and cannot say what this player may: try again later'
  expect(await refusal(join(undefined, { name: 'ann', profile: '{' }))).toBe(why)
  expect(await refusal(join(undefined, { name: 'ann', profile: '"all"' }))).toBe(why)
  const ann = await join(undefined, { name: 'ann', profile: '["room:moderate"]' })
  await playing(ann, bob)
  ann.match.emit('hush', ann.match.slot!)
  await expect.poll(() => bob.column('hushed')[ann.match.slot!], WAIT).toBe(1)
  expect(errors).toEqual([
    expect.stringMatching('^r: SyntaxError: '),
    'r: TypeError: createRelay({ grants }): at most 8 capabilities, each a name of 1 to 32 characters such as ' +
      `'room:moderate', not "all"`,
  ])
  expect(() => relay.revoke('r', 0, '')).toThrow('relay.revoke: at most 8 capabilities, each a name of 1 to 32')
  expect(() => relay.grant('r', 0, 'x'.repeat(33))).toThrow('relay.grant: at most 8 capabilities')
})

describe('a match key', () => {
  const matchKey = new Uint8Array(32).fill(1)
  const secretOf = (n: number): Uint8Array => new Uint8Array(32).fill(n)
  const tokenOf = (n: number, more: Partial<CapabilityClaims> = {}, key: Uint8Array = matchKey): Uint8Array =>
    encodeToken(
      {
        ...{ type: 'grant', peer: publicKeyOf(secretOf(n)), caps: ['room:moderate'], match: 'yard', expiry: 1e6 },
        ...more,
      },
      hash => signHash(hash, key),
    )
  const grants = { everyone: ['chat:send'], matchKey: Buffer.from(publicKeyOf(matchKey)).toString('hex') }
  const keyed = new Pages({ grants })
  afterAll(() => keyed.close())

  test.each([true, false])(
    'its token grants to the key that it names, until it is revoked (the relay knows the game: %s)',
    async knows => {
      sentences()
      const games = knows ? [{ game: yardOf({ grants }), sourceId: 'test' }] : []
      const { join } = await relayWith({ games }, keyed)
      const all = await Promise.all([
        join({ secretKey: secretOf(10), token: tokenOf(10) }),
        join({ secretKey: secretOf(11), token: tokenOf(10) }),
        join({ secretKey: secretOf(12), token: tokenOf(12, { expiry: 1 }) }),
        join({ secretKey: secretOf(13), token: tokenOf(13, { match: 'other' }) }),
        join({ secretKey: secretOf(14), token: tokenOf(14, {}, secretOf(99)) }),
      ])
      await playing(...all)
      const [ann, bob, ...others] = all
      const [a, b] = [ann.match.slot!, bob.match.slot!]
      const why = ['another peer', 'that expired at tick 1$', "of the match 'other'", 'key did not sign']
      for (const [i, page] of [bob, ...others].entries()) {
        const of = (kind: string): string | undefined =>
          page.faults.findLast(fault => fault.startsWith(`ERR_CAPABILITY_DENIED ${page.match.slot} ${kind}: `))
        // Shown with the first tick: what is wrong with it is found where it would be relayed, or else where it is delivered.
        await expect.poll(() => of('net/grant'), WAIT).toMatch(knows ? 'the host did not relay it' : new RegExp(why[i]))
        page.match.emit('hush', b)
        await expect.poll(() => of('hush'), WAIT).toMatch(`slot ${page.match.slot} has no 'room:moderate'`)
      }
      ann.match.emit('hush', b)
      await expect.poll(() => all.map(page => page.column('hushed')[b]), WAIT).toEqual([1, 1, 1, 1, 1])
      // Any player may take the word on.
      bob.match.emit('net/revoke', tokenOf(10, { type: 'revoke' }))
      await expect
        .poll(() => {
          ann.match.emit('hush', a)
          return ann.faults.at(-1)
        }, WAIT)
        .toMatch(new RegExp(`^ERR_CAPABILITY_REVOKED ${a} hush`))
      await ann.match.leave()
      const again = await join({ secretKey: secretOf(10), token: tokenOf(10) })
      await playing(bob, ...others, again)
      await expect
        .poll(() => again.faults.find(fault => fault.includes('net/grant')), WAIT)
        .toMatch(new RegExp(`^ERR_CAPABILITY_REVOKED ${again.match.slot} net/grant: `))
    },
  )

  test('what is no ticket of a match key is a sentence', async () => {
    const { join } = await relayWith({}, keyed)
    const [secretKey, token] = [secretOf(10), tokenOf(10)]
    for (const ticket of [{ secretKey: secretKey.subarray(1), token }, { secretKey }, { secretKey, token: 'eyJ' }])
      expect(await refusal(join(ticket as KeyTicket))).toBe(
        'rules: The match could not be opened: connect: a ticket of the match key has the 32 bytes of secretKey, and the bytes of ' +
          'token that encodeToken made',
      )
  })
})

// Tickets at the door of a relay, and what the relay says of its players while they play; over real sockets.

import { expect, test } from 'vitest'
import { createRelay, issueJoinTicket, type Relay, type RelayPlayer } from '../src/index.ts'
import { yard } from '../../plugin-core/test/matches/capabilities-match.ts'
import { play, type Player } from './player.ts'

/** Two cores may be busy with other tests. */
const WAIT = { timeout: 20_000 }
const KEY = '07'.repeat(32)

async function withRelay(
  options: Omit<Parameters<typeof createRelay>[0], 'port'>,
  run: (relay: Relay, join: (more?: { ticket?: string; room?: string }) => Player) => Promise<void>,
): Promise<void> {
  const relay = createRelay({ port: 0, host: '127.0.0.1', origins: ['*'], ...options })
  const url = `ws://127.0.0.1:${await relay.listening}`
  const players: Player[] = []
  try {
    await run(relay, ({ ticket, room = 'r' } = {}) => {
      players.push(play(url, room, { game: yard, ticket }))
      return players.at(-1)!
    })
  } finally {
    for (const p of players) p.stop()
    await relay.close()
  }
}

const slotOf = (player: Player): number => player.loop.session.slot
const playing = async (...players: Player[]): Promise<void> => {
  await expect
    .poll(() => Math.min(...players.map(p => p.loop.timeline.confirmedTick)), { timeout: 20_000 })
    .toBeGreaterThan(20)
}
const emits = (player: Player, kind = 'hush', payload: unknown = 0): string => {
  try {
    player.loop.emit(kind, payload)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('a ticket grants what it says; without one a player has what everyone has', async () => {
  await withRelay({ key: KEY }, async (relay, join) => {
    const moderator = join({ ticket: relay.ticket({ player: 'ann', room: 'r', grants: ['room:moderate'] }) })
    const guest = join()
    await playing(moderator, guest)
    expect(emits(moderator)).toBe('')
    expect(emits(guest)).toMatch(/has no 'room:moderate'.*ERR_CAPABILITY_DENIED/)
    await expect
      .poll(() => guest.delivered.map(({ kind, slot }) => `${kind} ${slot}`))
      .toEqual([`hush ${slotOf(moderator)}`])
    expect(relay.revoke('r', slotOf(moderator), 'room:moderate')).toBe(true)
    await expect.poll(() => emits(moderator)).toMatch(/is revoked since tick \d+ \(ERR_CAPABILITY_REVOKED\)/)
    expect(relay.grant('r', slotOf(guest), 'room:moderate')).toBe(true)
    await expect.poll(() => emits(guest)).toBe('')
    expect([relay.revoke('r', 7, 'chat:send'), relay.grant('nowhere', 0, 'chat:send')]).toEqual([false, false])
  })
})

test('without a ticket, too, who comes back is who was silenced; another page is somebody else', async () => {
  await withRelay({}, async (relay, join) => {
    const [ann, bob] = [join({ ticket: 'the secret of a page' }), join()]
    await playing(ann, bob)
    const slot = slotOf(ann)
    const chats = (player: Player): string => emits(player, 'chat', { n: 1 })
    expect(relay.revoke('r', slot, 'chat:send')).toBe(true)
    await expect.poll(() => chats(ann), WAIT).toMatch(/ERR_CAPABILITY_REVOKED/)
    ann.stop()
    const again = join({ ticket: 'the secret of a page' })
    await playing(again, bob)
    const heard = bob.delivered.length
    // Before it is in, its own machine knows of nothing; nobody delivers what it says then.
    await expect.poll(() => chats(again), WAIT).toMatch(/ERR_CAPABILITY_REVOKED/)
    expect(slotOf(again)).toBe(slot)
    const other = join({ ticket: 'another page' })
    await playing(other, bob)
    expect(chats(other)).toBe('')
    await expect.poll(() => bob.delivered.slice(heard).map(each => each.slot), WAIT).toEqual([slotOf(other)])
  })
})

test('the relay itself says who may what, by ticket or by name', async () => {
  const seen: RelayPlayer[] = []
  const grants = (player: RelayPlayer): string[] => {
    seen.push(player)
    return player.ticket?.player === 'ann' ? ['room:moderate'] : []
  }
  await withRelay({ key: KEY, grants, games: [{ game: yard, sourceId: 'test' }] }, async (_relay, join) => {
    const ann = join({ ticket: issueJoinTicket({ key: KEY, player: 'ann', room: 'r' }) })
    const bob = join({ ticket: issueJoinTicket({ key: KEY, player: 'bob', room: 'r' }) })
    await playing(ann, bob)
    expect([emits(ann), emits(bob) === '']).toEqual(['', false])
    const of = (player: string): object => ({ room: 'r', name: 'player', profile: '', ticket: { player, grants: [] } })
    expect(seen.toSorted((a, b) => (a.ticket!.player < b.ticket!.player ? -1 : 1))).toEqual([of('ann'), of('bob')])
  })
})

test('a ticket that opens nothing is refused with its reason', async () => {
  await withRelay({ key: KEY }, async (relay, join) => {
    const ticket = relay.ticket({ player: 'ann', room: 'r' })
    const cases: [ticket: string, room: string, reason: RegExp][] = [
      [ticket, 'other', /of no use here: a ticket of the room 'r'/],
      [issueJoinTicket({ key: '08'.repeat(32), player: 'ann', room: 'r' }), 'r', /that the room server did not sign/],
      [relay.ticket({ player: 'ann', room: 'r', seconds: -1 }), 'r', /the ticket has expired: ask for a new one/],
      [`${ticket.slice(0, -2)}xx`, 'r', /the ticket is of no use here/],
    ]
    for (const [shown, room, reason] of cases) {
      const player = join({ ticket: shown, room })
      await expect.poll(() => player.end?.reason ?? '').toMatch(reason)
    }
  })
  await withRelay({}, async (relay, join) => {
    const player = join({ ticket: issueJoinTicket({ key: KEY, player: 'ann', room: 'r' }) })
    await expect.poll(() => player.end?.reason ?? '').toMatch(/this relay has no key to read join tickets with/)
    expect(() => relay.ticket({ player: 'ann', room: 'r' })).toThrow('this relay has no key; createRelay({ key })')
  })
})

test('what no ticket can say is a sentence for whoever issues it', () => {
  const issue = (more: object): string => issueJoinTicket({ key: KEY, player: 'ann', room: 'r', ...more })
  expect(() => issue({ key: 'secret' })).toThrow('issueJoinTicket: a key has 32 random bytes, or 64 digits of hex')
  expect(() => issue({ player: '' })).toThrow('a ticket: it names nobody')
  expect(() => issue({ grants: Array.from({ length: 9 }, () => 'a') })).toThrow('it names at most 8 capabilities')
  const long = (i: number): string => `${i}${'x'.repeat(31)}`
  expect(() =>
    issue({ player: 'p'.repeat(64), room: 'r'.repeat(64), grants: [0, 1, 2, 3, 4, 5, 6, 7].map(long) }),
  ).toThrow(/the ticket has \d+ bytes, at most 512 are carried/)
  expect(() => createRelay({ port: 0, key: new Uint8Array(31) })).toThrow('createRelay: a key has 32 random bytes')
})

// The same as star-comeback.test.ts from a page's side: `connect`, its ports, the worker's match and a relay's host, in one thread and in
// virtual time. What a page is told of its match is how the match stands.

import { afterEach, expect, test, vi } from 'vitest'
import { defineGame, u16 } from '../../src/sim.ts'
import { seeded } from '../seeded.ts'
import { LINE, Room, Socket } from './page-room.ts'

const SEEDS = Number(process.env.LOCKSTRIDE_COMEBACKS ?? 8)

/** Rounds are short, and so is the patience. */
const rounds = defineGame({
  name: 'rounds',
  version: 1,
  tickRate: 60,
  maxPlayers: 4,
  minPlayers: 2,
  maxEntities: 8,
  dropAfterTicks: 60,
  input: { buttons: ['go'] },
  components: { Clock: { ticks: u16 } },
  setup(sim) {
    sim.spawn('Clock')
  },
  step(sim) {
    const { Clock } = sim.components
    for (const e of sim.query('Clock')) if (++Clock.ticks[e] % 140 === 0) sim.endRound()
  },
})

afterEach(() => {
  Socket.lateMs = 0
  vi.unstubAllGlobals()
})

async function scan(seed: number): Promise<string[]> {
  const random = seeded(seed)
  const room = new Room(seed, rounds)
  const count = 2 + random.below(2)
  const mode = random.chance(0.3) ? 'authoritative' : 'rollback'
  for (let i = 0; i < count; i++) await room.open(`p${i}`, mode)
  const log: string[] = []
  await room.advance(300)
  for (let step = 0; step < 10; step++) {
    const i = random.below(count)
    const peer = room.peerOf(`p${i}`)
    const what = ['pause', 'pause', 'resume', 'resume', 'break', 'mute', 'speak'][random.below(7)]
    log.push(`${Math.round(room.clock.now())} tick ${room.host.closedTick}: p${i} ${what}`)
    if (what === 'pause') room.pages[i].pause()
    if (what === 'resume') room.pages[i].resume()
    if (what === 'break') room.sockets.get(peer)?.lose()
    if (what === 'mute' && peer > 0) room.network.set({ ...LINE, loss: 1 }, peer)
    if (what === 'speak') room.network.set(LINE)
    await room.advance(random.chance(0.5) ? random.below(120) : random.below(2000))
  }
  for (const page of room.pages) page.resume()
  room.network.set(LINE)
  await room.advance(5000)
  const before = room.pages.map(p => p.stats.confirmedTick)
  await room.advance(500)
  const problems: string[] = []
  room.pages.forEach((page, i) => {
    const known = room.host.peers().find(p => p.name === `p${i}`)
    const ticks = page.stats.confirmedTick - before[i]
    if (page.state !== 'running' || known?.playing !== true || ticks < 10)
      problems.push(`p${i} is ${page.state} (${page.ended?.reason}), plays: ${known?.playing}, ${ticks} ticks`)
  })
  for (const page of room.pages) await Promise.all([page.leave(), room.advance(50)])
  return problems.length === 0 ? [] : [`seed ${seed}`, ...log, ...problems]
}

test(
  'a page that comes back shows that it plays',
  async () => {
    for (let seed = 1; seed <= SEEDS; seed++) expect((await scan(seed)).join('\n')).toBe('')
  },
  180_000 + SEEDS * 2000,
)

// Each of the two goodbyes had a line opened, the second closed the first one's, and that was another goodbye: it never ended.
test('a line of which is heard twice that it is gone is replaced once', async () => {
  for (let lateMs = 496; lateMs <= 512; lateMs += 4) {
    const room = new Room(lateMs, rounds)
    Socket.lateMs = lateMs
    const [ann, bob] = [await room.open('ann'), await room.open('bob')]
    // Takes a moment when a line is opened.
    bob.setConditions({ delayMs: 1, jitterMs: 0, loss: 0 })
    await room.advance(300)
    bob.pause()
    while (bob.state === 'running') await room.advance(100)
    const lines = room.sockets.size
    await room.advance(2000)
    bob.resume()
    await room.advance(1500)
    expect([bob.state, room.sockets.size - lines], `${lateMs} ms`).toEqual(['running', 1])
    expect(ann.players.map(p => p.playing)).toEqual([true, true])
    for (const page of room.pages) await Promise.all([page.leave(), room.advance(50)])
  }
})

// As many as a room takes, in lockstep, for a long time: one of them falls silent, and everyone else goes on.
//
// The suite plays a part of it. LOCKSTRIDE_CROWD_TICKS=10000 npx vitest run plugin-core/test/matches/crowd.test.ts   all of it

import { expect, test } from 'vitest'
import { defineGame, i8, u16, u8, u32 } from '../../src/sim.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import { WholeMatch } from './match.ts'

const TICKS = Number(process.env.LOCKSTRIDE_CROWD_TICKS ?? 600)

interface Leave {
  slot: number
  tick: number
}

// Little to compute, so that time goes into the star: every input, event, join and leave of every tick is in one sum, and
// their order is, too.
const crowd = (left: Leave[], maxPlayers: number, tickRate: number) =>
  defineGame({
    name: 'crowd',
    version: 1,
    tickRate,
    maxPlayers,
    minPlayers: 1,
    maxEntities: maxPlayers,
    input: { buttons: ['left', 'right', 'up', 'down'], axes: { aim: i8 } },
    components: { Player: { slot: u8, said: u16, sum: u32 } },
    setup() {},
    join(sim, slot) {
      const e = sim.spawn('Player')
      sim.components.Player.slot[e] = slot
      sim.components.Player.sum[e] = sim.randomInt(1000)
    },
    leave(sim, slot) {
      left.push({ slot, tick: sim.tick })
      const { Player } = sim.components
      for (const e of sim.query('Player')) if (Player.slot[e] === slot) sim.destroy(e)
    },
    step(sim) {
      const { Player } = sim.components
      let before = sim.tick
      for (const e of sim.query('Player')) {
        const input = sim.input(Player.slot[e])
        Player.sum[e] = Math.imul(Player.sum[e] ^ before, 0x01000193) + (input.bits ^ input.axis('aim'))
        before = Player.sum[e]
      }
    },
    on: {
      say(sim, event: { slot: number; kind: string; payload: { n: number } }) {
        const { Player } = sim.components
        for (const e of sim.query('Player')) if (Player.slot[e] === event.slot) Player.said[e] += event.payload.n
      },
    },
  })

/** Plays with one who says nothing any more from half-way on, and holds what happens then to the rule. */
function playWithOneSilent(peers: number, ticks: number, tickRate: number): void {
  const left: Leave[] = []
  const index = peers >> 1
  const match = new WholeMatch({
    seed: 64,
    peers,
    ticks,
    mode: 'lockstep',
    // A line without ups and downs: what it says last is what is missed first.
    conditions: { delayMs: 5, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 },
    game: crowd(left, peers, tickRate),
    stop: { peer: index, tick: ticks >> 1 },
  })
  const { host } = match
  const seen = { calls: 0, heardAt: 0, droppedAt: 0, closedBefore: 0 }
  const { tick, receive } = { tick: host.tick.bind(host), receive: host.receive.bind(host) }
  host.tick = () => {
    seen.calls++
    const before = host.closedTick
    tick()
    if (seen.droppedAt > 0 || host.stats.dropped === 0) return
    seen.droppedAt = seen.calls
    seen.closedBefore = before
  }
  host.receive = (peer, bytes) => {
    // Peers are numbered from 1 on.
    if (peer === index + 1) seen.heardAt = seen.calls
    receive(peer, bytes)
  }
  match.run()
  const report = match.report()
  expect(report.problems).toEqual([])
  expect(report.confirmedTicks).toBeGreaterThanOrEqual(ticks)
  expect([report.rounds, host.stats.dropped]).toEqual([1, 1])

  // The call after its last packet has heard of that; the silent ones are those behind.
  expect(seen.droppedAt - (seen.heardAt + 1)).toBe(600)
  expect(LIMITS.timeoutTicks).toBe(600)

  // Nobody went on without it, and it left every machine's rules at the very next tick.
  const { session, timeline } = match.machines[index].loop
  const leave = { slot: session.slot, tick: seen.closedBefore + 1 }
  expect(left).toEqual(Array.from({ length: peers - 1 }, () => leave))
  expect(timeline.headTick).toBeLessThan(leave.tick)
  const others = Array.from({ length: peers }, (_, slot) => slot).filter(slot => slot !== session.slot)
  expect(host.peers().map(p => p.slot)).toEqual(others)
}

test(
  `64 peers in one lockstep star for ${TICKS} ticks; one goes silent and is dropped after exactly 600 host calls, at the same tick everywhere`,
  () => playWithOneSilent(64, TICKS, 60),
  600_000,
)

test('they are 600 calls at any tick rate: a host that is called 30 times a second is as patient', () => {
  playWithOneSilent(4, 300, 30)
})

// Who only watches: it stays while players go and others come, and hears when it has something to see.

import { expect, test } from 'vitest'
import { SnapshotOffer } from '../../src/session/transfer/snapshot-offer.ts'
import { CHECKSUM_TICKS } from '../../src/wire/limits.ts'
import { PACKING } from '../../src/wire/messages.ts'
import { Bus, Player, terms } from './star-room.ts'

const WATCH = { spectate: { delayTicks: 0 } }
const STATE_BYTES = 64

/** Takes states and hands them on, as a loop does. */
function serve(players: readonly Player[]): void {
  for (const { client, facts } of players)
    for (let at = facts.length - 1; at >= 0; at--) {
      const fact = facts[at]
      if (fact.kind === 'snapshot') client.snapshots.taken(fact.header.tick)
      if (fact.kind === 'snapshot-wanted') {
        const tick = Math.ceil(fact.tick / CHECKSUM_TICKS) * CHECKSUM_TICKS
        if (client.closedTick < tick) continue
        const bytes = new Uint8Array(STATE_BYTES)
        const state = { tick, round: client.round, checksum: 1, stateBytes: STATE_BYTES, packing: PACKING.none, bytes }
        client.snapshots.offer(SnapshotOffer.of(state))
      }
      if (fact.kind === 'snapshot' || fact.kind === 'snapshot-wanted') facts.splice(at, 1)
    }
}

function run(bus: Bus, calls: number): void {
  for (let i = 0; i < calls; i++) {
    bus.run(1)
    serve([...bus.players.values()])
  }
}

function leave(bus: Bus, players: readonly Player[]): void {
  for (const p of players) p.client.leave('left', 'enough')
  bus.carry()
}

test('a spectator hears from which tick it watches, once it has a state', () => {
  const bus = new Bus()
  const watcher = new Player(bus, 9, 'Wim', {}, WATCH)
  const [ann, bob] = [new Player(bus, 1, 'Ann'), new Player(bus, 2, 'Bob')]
  run(bus, 20)
  expect(watcher.kinds('entered')).toEqual([])
  run(bus, 60)
  expect(watcher.kinds('entered')).toMatchObject([{ tick: CHECKSUM_TICKS, round: 1 }])
  expect(watcher.kinds('tick')[0].tick).toBe(CHECKSUM_TICKS + 1)
  expect([ann, bob].flatMap(p => p.kinds('entered'))).toEqual([])
})

test('spectators stay when all players have left, and see the next ones play', () => {
  const bus = new Bus()
  // Before anyone plays, and in the middle of it.
  const early = new Player(bus, 8, 'Eve', {}, WATCH)
  const old = [new Player(bus, 1, 'Ann'), new Player(bus, 2, 'Bob')]
  run(bus, 80)
  const late = new Player(bus, 9, 'Wim', {}, WATCH)
  run(bus, 80)
  const seen = early.client.closedTick
  expect(seen).toBeGreaterThan(100)
  leave(bus, old)
  run(bus, 30)
  const next = [new Player(bus, 3, 'Cat'), new Player(bus, 4, 'Dan')]
  run(bus, 80)
  const [start] = next[0].kinds('start')
  expect(start).toMatchObject({ round: 2, control: { joins: [0, 1] } })
  for (const p of [early, late]) {
    expect(p.end).toBe(undefined)
    expect(p.kinds('welcome')).toHaveLength(1)
    const ticks = p.kinds('tick')
    const first = ticks.find(f => f.tick === start.tick)!
    // Their slots were those of the players before, who leave as they come.
    expect(first.control).toMatchObject({ restart: { round: 2 }, joins: [0, 1], leaves: [0, 1] })
    expect(ticks.at(-1)!.tick).toBeGreaterThan(start.tick + 50)
    expect(ticks.map(f => f.tick)).toEqual(ticks.map((_, i) => ticks[0].tick + i))
  }
  expect(next.map(p => p.end)).toEqual([undefined, undefined])
})

test('who takes the slot of one that left is not taken for it', () => {
  const bus = new Bus()
  const [ann] = [new Player(bus, 1, 'Ann'), new Player(bus, 2, 'Bob')]
  run(bus, 40)
  // One waits in the lobby: the room is never empty, and the leave is told with the next start.
  const cat = new Player(bus, 3, 'Cat')
  cat.client.setReady(false)
  run(bus, 20)
  leave(bus, [ann, bus.players.get(2)!])
  const dan = new Player(bus, 4, 'Dan')
  cat.client.setReady(true)
  run(bus, 80)
  expect([dan.client.slot, dan.end, cat.end]).toEqual([0, undefined, undefined])
  expect(dan.client.closedTick).toBeGreaterThan(ann.client.closedTick + 30)
})

test('another game in their room ends what spectators watched, with a sentence', () => {
  const bus = new Bus()
  const watcher = new Player(bus, 9, 'Wim', {}, WATCH)
  run(bus, 20)
  new Player(bus, 1, 'Ann', { version: terms.version + 1 })
  run(bus, 5)
  expect(watcher.end).toMatchObject({ code: 'host-gone' })
  expect(watcher.end!.reason).toMatch(/another version/)
  expect(bus.host.peerCount).toBe(1)
})

// A match in the worker while it is on its way: lines take time, and meanwhile its player may leave, and its rules be saved again.

import { afterEach, expect, test, vi } from 'vitest'
import { defineGame, u16, u8 } from '../../src/sim.ts'
import type { Game } from '../../src/sim/game.ts'
import { webSocket } from '../../src/transport/description.ts'
import type { OpenOptions } from '../../src/worker/port-messages.ts'
import { WorkerMatch } from '../../src/worker/worker-match.ts'
import { Room } from '../session/page-room.ts'

afterEach(() => vi.unstubAllGlobals())

/** Of each version another schema. */
const rules = (version: number): Game =>
  defineGame({
    name: 'rules',
    version,
    maxPlayers: 4,
    minPlayers: 1,
    maxEntities: 8,
    input: { buttons: ['go'] },
    components: version === 1 ? { Clock: { ticks: u16 } } : { Clock: { ticks: u16, version: u8 } },
    step() {},
  })

const OPEN: OpenOptions = {
  ...{ room: 'r', transport: webSocket('ws://test'), name: 'ann', profile: '', ready: true, inputDelay: 2 },
  ...{ predictionWindow: 8, authoritative: false, spectate: null, reconnect: true, sharedMemory: false },
  ...{ conditions: null, ticket: null },
}

function matchIn(room: Room): { match: WorkerMatch; close: () => void } {
  const { port1, port2 } = new MessageChannel()
  const options = { game: rules(1), scripts: null, sourceId: 'test', open: OPEN, port: port1, clock: room.clock }
  return { match: new WorkerMatch({ ...options, onEnd: () => {} }), close: () => port2.close() }
}

test('who leaves while a match is on its way plays nowhere', async () => {
  const room = new Room(1, rules(1))
  const { match, close } = matchIn(room)
  const started = match.start()
  match.leave()
  await started
  await room.advance(1000)
  expect(room.host.peers()).toEqual([])
  expect([...room.sockets.values()].map(({ readyState }) => readyState)).toEqual([...room.sockets.keys()].map(() => 3))
  close()
})

test('rules that are saved again while the match begins anew have it begin once', async () => {
  const room = new Room(2, rules(1))
  const { match, close } = matchIn(room)
  await match.start()
  await room.advance(500)
  expect(room.host.peers()).toMatchObject([{ name: 'ann', playing: true }])
  match.replace(rules(2), 'second', null)
  // The first try is made now, and takes a moment.
  room.clock.advance(500)
  match.replace(rules(3), 'third', null)
  await room.advance(3000)
  expect(room.host.peers()).toMatchObject([{ name: 'ann', playing: true }])
  match.leave()
  await room.advance(100)
  expect(room.host.peers()).toEqual([])
  close()
})

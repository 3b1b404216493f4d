// Somebody comes into a running match whose world is 3 MB, over lines of 10 Mbit/s and 50 ms: how long until it plays, and
// whether anyone waited. On a virtual clock: what is measured is the protocol, not the machine.

import { HostRunner, StarHost } from '@lockstride/core/host'
import { defineGame, i8 } from '@lockstride/core/sim'
import { Loop, MemoryNetwork, Pacer, StarClient, VirtualClock, deflate } from '@lockstride/core/testing'
import { absolute, type Row } from '../row.ts'

const WORLD_BYTES = 3_000_000
const LINE = { delayMs: 50, jitterMs: 0, loss: 0, kbps: 10_000 }
const WARM_UP_MS = 5000

export async function join(): Promise<Row[]> {
  return [...run('that cannot be packed', 0x7fffffff), ...run('of small numbers', 63)]
}

function run(what: string, mask: number): Row[] {
  const game = defineGame({
    name: 'join',
    version: 1,
    tickRate: 60,
    maxPlayers: 3,
    minPlayers: 2,
    maxEntities: 8,
    rawBytes: WORLD_BYTES,
    components: {},
    input: { buttons: ['left', 'right'], axes: { moveX: i8 } },
    setup(sim) {
      const words = new Int32Array(sim.raw.buffer, sim.raw.byteOffset, WORLD_BYTES >> 2)
      let x = 1
      for (let i = 0; i < words.length; i++) {
        x = (Math.imul(x, 1664525) + 1013904223) | 0
        words[i] = (x ^ (x >>> 15)) & mask
      }
    },
    step(sim) {
      for (const slot of sim.slots) sim.raw[slot * 64 + (sim.tick & 63)] ^= sim.input(slot).bits + 1
    },
  })
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, seed: 1, conditions: LINE })
  const host = new StarHost({ room: 'bench', sessionId: { hi: 1, lo: 1 }, epoch: 1, seed: 1 })
  new HostRunner({ host, transport: network.host(), clock }).start()
  const entered: number[] = []
  const add = (name: string): Loop => {
    const loop = new Loop({
      game,
      sourceId: 'bench',
      transport: network.client(),
      clock,
      session: terms => new StarClient({ terms, name, profile: '' }),
      compression: deflate,
      inputDelay: 2,
      predictionWindow: 8,
      hooks: {
        fact: fact => {
          if (fact.kind === 'entered') entered.push(clock.now())
        },
        raised() {},
        fault: e => {
          throw e
        },
        swapped() {},
      },
    })
    loop.session.setReady(true)
    loop.open()
    const input = new Uint8Array(game.schema.input.sizeBytes)
    let calls = 0
    new Pacer(clock, 60, dueMs => {
      input[0] = Math.floor(calls++ / 10) & 3
      loop.setInput(input)
      loop.call(dueMs)
    }).start()
    return loop
  }
  const players = [add('ann'), add('bob')]
  clock.advance(WARM_UP_MS)
  const stalled = players.map(p => p.stats.stalledTicks)
  const from = clock.now()
  add('late')
  clock.runUntil(() => entered.length > 0, 20_000)
  const seconds = entered.length > 0 ? (entered[0] - from) / 1000 : Infinity
  clock.advance(1000)
  const waited = players.reduce((sum, p, i) => sum + p.stats.stalledTicks - stalled[i], 0)
  return [
    absolute('join', `late join, 3 MB ${what}, 10 Mbit/s, 50 ms`, 's', seconds, { atMost: 4 }),
    absolute('join', `ticks that the others waited meanwhile`, 'ticks', waited, { atMost: 0 }),
  ]
}

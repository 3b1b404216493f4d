// What players send and hear at 60 Hz through the relay, 100 ms round trip: payload bytes, with inputs that change every ten ticks.

import { defineGame, i8 } from '@lockstride/core/sim'
import { HostRunner, StarHost } from '@lockstride/core/host'
import { Loop, MemoryNetwork, Pacer, StarClient, VirtualClock } from '@lockstride/core/testing'
import { absolute, type Row } from '../row.ts'

const SECONDS = 60
const TICKS_A_CHANGE = 10

interface Traffic {
  /** Bytes a second of the first player, who is one of those that move. */
  up: number
  down: number
}

export async function bandwidth(): Promise<Row[]> {
  const two = star({ players: 2, moving: 2, sticks: false })
  const eight = star({ players: 8, moving: 4, sticks: false })
  const all = star({ players: 8, moving: 8, sticks: false })
  const sticks = star({ players: 8, moving: 4, sticks: true })
  return [
    absolute('bandwidth', 'upstream of one of two, 100 ms round trip', 'B/s', two.up, { atMost: 2000 }),
    absolute('bandwidth', 'its downstream', 'B/s', two.down, null),
    absolute('bandwidth', 'downstream of one of eight, four of them move', 'B/s', eight.down, { atMost: 2500 }),
    absolute('bandwidth', 'its upstream', 'B/s', eight.up, null),
    absolute('bandwidth', 'downstream of one of eight, all of them move', 'B/s', all.down, null),
    absolute('bandwidth', 'the same with four, who also turn two axes each time', 'B/s', sticks.down, null),
  ]
}

function star({ players, moving, sticks }: { players: number; moving: number; sticks: boolean }): Traffic {
  const game = defineGame({
    name: 'bandwidth',
    version: 1,
    tickRate: 60,
    maxPlayers: 8,
    minPlayers: players,
    maxEntities: 8,
    components: {},
    input: { buttons: ['left', 'right', 'up', 'down', 'dash'], axes: { moveX: i8, moveY: i8 } },
    setup() {},
    join() {},
    leave() {},
    step() {},
  })
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock, seed: 1, conditions: { delayMs: 50, jitterMs: 0, loss: 0 } })
  const host = new StarHost({ room: 'bench', sessionId: { hi: 1, lo: 1 }, epoch: 1, seed: 1 })
  new HostRunner({ host, transport: network.host(), clock }).start()
  const loops = Array.from({ length: players }, (_, i) => {
    const loop = new Loop({
      game,
      sourceId: 'bench',
      transport: network.client(),
      clock,
      session: terms => new StarClient({ terms, name: `p${i}`, profile: '' }),
      inputDelay: 2,
      predictionWindow: 8,
      hooks: {
        fact() {},
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
    // Nobody presses at the same tick as the next one.
    let calls = 3 * i
    const pacer = new Pacer(clock, 60, dueMs => {
      if (i < moving && calls++ % TICKS_A_CHANGE === 0) {
        input[0] = (input[0] + 1 + i) & 31
        if (sticks) {
          input[1] += 3
          input[2] += 7
        }
        loop.setInput(input)
      }
      loop.call(dueMs)
    })
    // Nobody opens the page at the same moment either.
    clock.schedule((i * 1000) / 60 / players, () => pacer.start())
    return loop
  })
  clock.advance(2000)
  const [first] = loops
  const before = { up: first.stats.bytesSent, down: first.stats.bytesReceived, tick: first.timeline.confirmedTick }
  clock.advance(SECONDS * 1000)
  const ticks = first.timeline.confirmedTick - before.tick
  if (ticks < SECONDS * 60 * 0.98) throw new Error(`${players} players: only ${ticks} ticks in ${SECONDS} s`)
  return {
    up: (first.stats.bytesSent - before.up) / SECONDS,
    down: (first.stats.bytesReceived - before.down) / SECONDS,
  }
}

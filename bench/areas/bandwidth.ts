// What one player of two sends at 60 Hz through the relay, 100 ms round trip, with an input that changes every ten ticks.

import { defineGame, i8 } from '@lockstride/core/sim'
import { HostRunner, StarHost } from '@lockstride/core/host'
import { Loop, MemoryNetwork, Pacer, StarClient, VirtualClock } from '@lockstride/core/testing'
import { absolute, type Row } from '../row.ts'

const SECONDS = 60

export async function bandwidth(): Promise<Row[]> {
  const game = defineGame({
    name: 'bandwidth',
    version: 1,
    tickRate: 60,
    maxPlayers: 8,
    minPlayers: 2,
    maxEntities: 8,
    components: {},
    input: { buttons: ['left', 'right', 'up', 'down', 'dash'], axes: { moveX: i8, moveY: i8 } },
    setup() {},
    join() {},
    leave() {},
    step() {},
  })
  const clock = new VirtualClock()
  const network = new MemoryNetwork({
    clock,
    seed: 1,
    conditions: { delayMs: 50, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0 },
  })
  const host = new StarHost({ room: 'bench', sessionId: { hi: 1, lo: 1 }, epoch: 1, seed: 1 })
  new HostRunner({ host, transport: network.host(), clock }).start()
  const loops = [0, 1].map(i => {
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
    let calls = 0
    new Pacer(clock, 60, dueMs => {
      if (calls++ % 10 === 0) {
        input[0] = (input[0] + 1 + i) & 31
        loop.setInput(input)
      }
      loop.call(dueMs)
    }).start()
    return loop
  })
  clock.advance(2000)
  const sent = loops.map(l => ({ up: l.stats.bytesSent, down: l.stats.bytesReceived, tick: l.timeline.confirmedTick }))
  clock.advance(SECONDS * 1000)
  const ticks = loops[0].timeline.confirmedTick - sent[0].tick
  if (ticks < SECONDS * 60 * 0.98) throw new Error(`only ${ticks} ticks in ${SECONDS} s`)
  return [
    absolute(
      'bandwidth',
      'upstream of one of two, 100 ms round trip',
      'B/s',
      (loops[0].stats.bytesSent - sent[0].up) / SECONDS,
      { atMost: 2000 },
    ),
    absolute('bandwidth', 'its downstream', 'B/s', (loops[0].stats.bytesReceived - sent[0].down) / SECONDS, null),
  ]
}

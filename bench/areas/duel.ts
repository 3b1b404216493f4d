// What one side of a duel sends at 60 Hz, 50 ms there and back, with an input that changes every ten ticks.

import { defineGame, i8, type Game } from '@lockstride/core/sim'
import { DuelSession, Loop, MemoryPair, Pacer, VirtualClock } from '@lockstride/core/testing'
import { absolute, type Row } from '../row.ts'

const SECONDS = 60
const BUTTONS = ['left', 'right', 'jump', 'attack'] as const
/** Twelve buttons: the two bytes that RBN1 was made for. */
const PAD = [...BUTTONS, 'up', 'down', 'dash', 'block', 'taunt', 'start', 'l', 'r'] as const

export async function duel(): Promise<Row[]> {
  const two = upstream(gameOf(PAD, {}))
  const three = upstream(gameOf(BUTTONS, { moveX: i8, moveY: i8 }))
  return [
    absolute('duel', 'upstream of one side, inputs of 2 bytes, 50 ms round trip', 'B/s', two, { atMost: 1500 }),
    absolute('duel', 'the same with inputs of 3 bytes', 'B/s', three, null),
  ]
}

function gameOf(buttons: readonly string[], axes: Record<string, typeof i8>): Game {
  return defineGame({
    name: 'duel',
    version: 1,
    tickRate: 60,
    maxPlayers: 2,
    maxEntities: 8,
    components: {},
    input: { buttons, axes },
    step() {},
  })
}

function upstream(game: Game): number {
  const clock = new VirtualClock()
  const pair = new MemoryPair({ clock, conditions: { delayMs: 25, jitterMs: 0, loss: 0 } })
  const loops = [pair.a, pair.b].map((transport, i) => {
    const loop = new Loop({
      game,
      sourceId: 'bench',
      transport,
      clock,
      session: terms =>
        new DuelSession({ terms, name: `p${i}`, profile: '', nonce: { hi: 0, lo: i + 1 }, inputDelay: 2 }),
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
    const input = new Uint8Array(game.schema.input.sizeBytes)
    let calls = 0
    const pacer = new Pacer(clock, 60, dueMs => {
      if (calls++ % 10 === 0) {
        input[0] = (input[0] + 1 + i) & 15
        loop.setInput(input)
      }
      loop.call(dueMs)
    })
    // Two machines never tick at the same moment.
    clock.schedule(i * 7, () => {
      loop.open()
      pacer.start()
    })
    return loop
  })
  clock.advance(2000)
  const sent = loops.map(l => l.stats.bytesSent)
  const tick = loops[0].timeline.confirmedTick
  clock.advance(SECONDS * 1000)
  const ticks = loops[0].timeline.confirmedTick - tick
  if (ticks < SECONDS * 60 * 0.98) throw new Error(`only ${ticks} ticks in ${SECONDS} s`)
  return Math.max(...loops.map((l, i) => (l.stats.bytesSent - sent[i]) / SECONDS))
}

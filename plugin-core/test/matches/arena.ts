// A small game that uses everything a world has: entities that come and go, references, random numbers,
// math, joins, leaves, events, raised events and rounds. Busy on purpose: a wrong byte anywhere shows in the checksum.

import type { Seeded } from '../seeded.ts'
import { NONE, cos, defineGame, f64, i16, i8, ref, sin, u16, u8 } from '../../src/sim.ts'

const ROUND_TICKS = 700
const MAX_PLAYERS = 64
/** Of the step that runs. */
const players = new Int32Array(MAX_PLAYERS)

/** What players say: now and then more than a tick has room for. */
export interface Said {
  n: number
  text?: string
}

export function sayingOf(random: Seeded, large = 0.05): Said {
  const n = random.below(10)
  return random.chance(large) ? { n, text: 'abcdefghij'[n].repeat(520 + random.below(800)) } : { n }
}

export const arena = defineGame({
  name: 'arena',
  version: 1,
  tickRate: 60,
  maxPlayers: MAX_PLAYERS,
  minPlayers: 1,
  maxEntities: 128,
  dropAfterTicks: 120,
  input: { buttons: ['left', 'right', 'up', 'down', 'fire'], axes: { aim: i8 } },
  components: {
    Body: { x: f64, y: f64, vx: f64, vy: f64, angle: f64 },
    Player: { slot: u8, score: i16, said: u16 },
    Shot: { owner: ref, life: u8 },
    Clock: { ticks: u16 },
  },
  setup(sim, carry) {
    const clock = sim.spawn('Clock')
    sim.components.Clock.ticks[clock] = carry.length > 0 ? carry[0] : 0
  },
  join(sim, slot) {
    const { Body, Player } = sim.components
    const e = sim.spawn('Body', 'Player')
    Player.slot[e] = slot
    Body.x[e] = sim.random() * 100
    Body.y[e] = sim.random() * 100
  },
  leave(sim, slot) {
    const { Player } = sim.components
    for (const e of sim.query('Player')) if (Player.slot[e] === slot) sim.destroy(e)
  },
  step(sim) {
    const { Body, Player, Shot, Clock } = sim.components
    for (const e of sim.query('Body', 'Player')) {
      const input = sim.input(Player.slot[e])
      if (input.held('left')) Body.vx[e] -= 0.5
      if (input.held('right')) Body.vx[e] += 0.5
      if (input.held('up')) Body.vy[e] -= 0.5
      if (input.held('down')) Body.vy[e] += 0.5
      Body.angle[e] += input.axis('aim') * 0.01
      Body.vx[e] *= 0.95
      Body.vy[e] *= 0.95
      Body.x[e] += Body.vx[e]
      Body.y[e] += Body.vy[e]
      if (input.pressed('fire')) {
        const shot = sim.spawn('Body', 'Shot')
        if (shot === NONE) continue
        Shot.owner[shot] = sim.ref(e)
        Shot.life[shot] = 40 + sim.randomInt(20)
        Body.x[shot] = Body.x[e]
        Body.y[shot] = Body.y[e]
        Body.vx[shot] = cos(Body.angle[e]) * 4
        Body.vy[shot] = sin(Body.angle[e]) * 4
        sim.raise('fire', { slot: Player.slot[e] })
      }
    }
    // Every shot looks at every player: in a match of 64 that is most of all work, so they are looked up once.
    const { x, y } = Body
    let count = 0
    for (const e of sim.query('Body', 'Player')) players[count++] = e
    for (const shot of sim.query('Body', 'Shot')) {
      x[shot] += Body.vx[shot]
      y[shot] += Body.vy[shot]
      if (--Shot.life[shot] === 0) {
        sim.destroy(shot)
        continue
      }
      const owner = sim.deref(Shot.owner[shot])
      for (let i = 0; i < count; i++) {
        const e = players[i]
        const dx = x[e] - x[shot]
        const dy = y[e] - y[shot]
        if (dx * dx + dy * dy > 9 || owner === e) continue
        if (owner !== NONE) Player.score[owner]++
        sim.raise('hit', { slot: Player.slot[e] }, `${Player.slot[e]}`)
        sim.destroy(shot)
        break
      }
    }
    for (const e of sim.query('Clock'))
      if (++Clock.ticks[e] % ROUND_TICKS === 0) sim.endRound(new Uint8Array([sim.round, 7]))
  },
  on: {
    say(sim, event: { slot: number; kind: string; payload: Said }) {
      const { Player } = sim.components
      const { n, text = '' } = event.payload
      for (const e of sim.query('Player')) if (Player.slot[e] === event.slot) Player.said[e] += n + text.length
      sim.raise('said', event.payload)
    },
  },
})

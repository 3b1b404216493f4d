// A small game in which it is plain what reads and writes what: for forks, merges and paradoxes.

import { defineGame, f64, u16, u8, type SimEvent } from '../../src/sim.ts'

export const yard = defineGame({
  name: 'yard',
  version: 1,
  tickRate: 60,
  maxPlayers: 4,
  minPlayers: 1,
  maxEntities: 16,
  input: { buttons: ['jump'] },
  components: {
    Body: { x: f64, y: f64 },
    Player: { slot: u8, score: u16, said: u16, luck: f64 },
    Grade: { given: u16 },
  },
  join(sim, slot) {
    const { Player } = sim.components
    Player.slot[sim.spawn('Body', 'Player', 'Grade')] = slot
  },
  step(sim) {
    const { Body, Player, Grade } = sim.components
    for (const e of sim.query('Body', 'Player')) {
      const input = sim.input(Player.slot[e])
      Body.y[e] = input.held('jump') ? Body.y[e] + 1 : Math.max(0, Body.y[e] - 1)
      if (input.pressed('jump')) Player.score[e]++
      Player.luck[e] = sim.random()
      // The only one who looks at scores, now and then.
      if (sim.tick % 50 === 0) Grade.given[e] = Player.score[e] > 3 ? 1 : 2
      if (sim.tick % 25 === 0) sim.raise('branch', sim.kairos)
    }
  },
  on: {
    say(sim, { slot, payload }: SimEvent<{ n: number }>) {
      const { Player } = sim.components
      for (const e of sim.query('Player')) if (Player.slot[e] === slot) Player.said[e] = payload.n
    },
    push(sim, { payload }: SimEvent<{ e: number; by: number }>) {
      sim.components.Body.x[payload.e] = payload.by
    },
    lift(sim, { payload }: SimEvent<{ e: number; to: number }>) {
      sim.components.Body.y[payload.e] = payload.to
    },
    prize(sim, { payload }: SimEvent<{ e: number; score: number }>) {
      sim.components.Player.score[payload.e] = payload.score
    },
  },
})

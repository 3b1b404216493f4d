// A game in TypeScript and Lua: bots with upvalues, coroutines and timers, players whose scripts emit, and rules that hear both.

import { loadScripts } from '../../src/loop/load-scripts.ts'
import type { ScriptSources } from '../../src/script/game-scripts.ts'
import { defineGame, f64, i16, i32, u16, u8 } from '../../src/sim.ts'
import type { Game } from '../../src/sim/game.ts'

const ROUND_TICKS = 500

export const scriptedArena = defineGame({
  name: 'scripted-arena',
  version: 1,
  tickRate: 60,
  maxPlayers: 8,
  minPlayers: 1,
  maxEntities: 64,
  dropAfterTicks: 120,
  input: { buttons: ['left', 'right', 'up', 'down', 'fire'], axes: { aim: 'i8' } },
  components: {
    Body: { x: f64, y: f64, vx: f64, vy: f64 },
    Player: { slot: u8, score: i16, said: u16, pings: i32 },
    Bot: { mood: i32, heard: u16 },
    Clock: { ticks: u16, booms: i32 },
  },
  setup(sim, carry) {
    const clock = sim.spawn('Clock')
    sim.components.Clock.ticks[clock] = carry.length
    for (let i = 0; i < 6; i++) {
      const e = sim.spawn('Body', 'Bot')
      sim.components.Body.x[e] = sim.random() * 100
    }
  },
  join(sim, slot) {
    const { Player, Body } = sim.components
    const e = sim.spawn('Body', 'Player')
    Player.slot[e] = slot
    Body.x[e] = slot * 10
  },
  leave(sim, slot) {
    const { Player } = sim.components
    for (const e of sim.query('Player')) if (Player.slot[e] === slot) sim.destroy(e)
  },
  step(sim) {
    const { Body, Player, Clock } = sim.components
    for (const e of sim.query('Body', 'Player')) {
      const input = sim.input(Player.slot[e])
      Body.vx[e] = (Body.vx[e] + (input.held('right') ? 1 : 0) - (input.held('left') ? 1 : 0)) * 0.9
      Body.x[e] += Body.vx[e]
      if (input.pressed('fire')) {
        sim.emit('boom', { x: Body.x[e], list: [1, 2] }, Player.slot[e])
      }
      // What another one does is predicted, and often wrong.
      const other = sim.slots[(sim.slots.indexOf(Player.slot[e]) + 1) % sim.slots.length]
      if (sim.input(other).pressed('up'))
        sim.network.emit('shout', { n: sim.tick, at: Player.slot[e] }, { slot: Player.slot[e], when: 'confirmed' })
    }
    for (const e of sim.query('Clock'))
      if (++Clock.ticks[e] % ROUND_TICKS === 0) sim.endRound(new Uint8Array([sim.round, 7]))
  },
  on: {
    say(sim, event: { slot: number; kind: string; payload: { n: number } }) {
      const { Player } = sim.components
      for (const e of sim.query('Player')) if (Player.slot[e] === event.slot) Player.said[e] += event.payload.n
      sim.raise('said', event.payload)
    },
    boom(sim, event: { slot: number; kind: string; payload: { x: number } }) {
      for (const e of sim.query('Clock')) sim.components.Clock.booms[e] += 1 + Math.trunc(event.payload.x)
    },
    shout(sim, event: { slot: number; kind: string; payload: unknown }) {
      sim.raise('shouted', { slot: event.slot, by: event.payload })
    },
    ping(sim, event: { slot: number; kind: string; payload: unknown }) {
      sim.raise('pinged', { slot: event.slot, by: event.payload })
    },
  },
  methods: {
    cheer(sim, e, payload: { n: number }) {
      sim.components.Player.pings[e] += payload.n
      sim.emit('boom', { x: payload.n })
      return { total: sim.components.Player.pings[e] }
    },
  },
}) as unknown as Game

export const SOURCES: ScriptSources = {
  'bot.lua': {
    each: ['Body', 'Bot'],
    text: `
      local seen = 0
      local moods = {}
      function on_start()
        echo.start(function()
          while true do
            local t = echo.random(5, 40)
            for i = 1, 3 do
              self.body.vx = self.body.vx + echo.random() - 0.5
              echo.wait(t // 3 + 1)
            end
            moods[#moods + 1] = string.format('%d:%s', t, ('x'):rep(t))
            if #moods > 20 then moods = { table.concat(moods, ',', 1, 3):sub(1, 40) } end
          end
        end)
        echo.every(30, function() self.bot.mood = self.bot.mood + math.random(1, 6) end)
      end
      function on_tick()
        self.body.x = self.body.x + self.body.vx
        if self.body.x > 100 or self.body.x < 0 then self.body.vx = -self.body.vx end
      end
      function on_say(evt)
        seen = seen + evt.payload.n
        self.bot.heard = (self.bot.heard + seen) % 60000
      end
      function on_boom(evt)
        self.bot.mood = self.bot.mood + #evt.kind
      end`,
  },
  'player.lua': {
    each: ['Player'],
    slot: 'Player.slot',
    text: `
      local names = {}
      function on_start()
        names['p' .. self.player.slot] = echo.chronos()
      end
      function on_tick(evt)
        local other = 1 - self.player.slot % 2
        if (echo.chronos() + self.player.slot * 7) % 50 == 0 or echo.present(other) and echo.held(other, 'down') and (echo.chronos() + self.player.slot) % 9 == 0 then
          echo.network.emit('ping', { tick = echo.chronos(), slot = self.player.slot })
        end
        if echo.pressed(self.player.slot, 'left') then
          echo.emit('bump', { who = self.player.slot })
        end
      end
      function on_ping(evt)
        local answer = self:cheer({ n = evt.payload.tick % 13 })
        names.total = answer.total
      end
      function on_bump(evt)
        self.player.score = self.player.score + 1
        local order = {}
        for k in pairs(names) do order[#order + 1] = k end
        self.player.said = (self.player.said + #table.concat(order)) % 60000
      end`,
  },
}

/** The arena's scripts, or others in their place. */
export function arenaScripts(sources: ScriptSources = SOURCES, limits = {}) {
  return loadScripts(scriptedArena, sources, limits)
}

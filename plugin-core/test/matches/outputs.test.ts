// What the rules and their scripts say to the network, against what arrives: a straight run of the confirmed ticks says what counts,
// and each machine's first runs say what was said at once.

import { expect, test } from 'vitest'
import { decodeEvent } from '../../src/event/event-codec.ts'
import type { SlotEvent } from '../../src/input/tick-control.ts'
import { loadScripts } from '../../src/loop/load-scripts.ts'
import { defineGame, f64, u32, u8 } from '../../src/sim.ts'
import type { Game } from '../../src/sim/game.ts'
import { Simulation, type Output } from '../../src/sim/simulation.ts'
import { WholeMatch, type Machine } from './match.ts'
import { arenaScripts, scriptedArena } from './scripted-arena.ts'

const LINE = { delayMs: 50, jitterMs: 25, loss: 0.05, duplicate: 0.05, reorder: 0.05 }
/** So long after it was said an event has arrived: rollback window, way there and back, and losses. */
const ON_ITS_WAY = 90
const scripts = await arenaScripts()

interface Saying {
  tick: number
  text: string
}

test.each([11, 12])('what is emitted arrives exactly once everywhere, and nothing else (seed %i)', seed => {
  const match = new WholeMatch({
    seed,
    peers: 4,
    ticks: 420,
    mode: 'rollback',
    conditions: LINE,
    game: scriptedArena,
    scripts,
  })
  const truth = new Simulation(match.machines[0].loop.simulation.game, { seed, scripts })
  /** By slot: what the run that counts says for confirmed ticks, and what arrives. */
  const saidConfirmed = lists()
  const wouldSayFirst = lists()
  const arrived = { shout: lists(), ping: lists() }
  let last = 0
  match.machines[0].loop.timeline.watcher = {
    begun: () => {},
    planned: () => {},
    ended: () => {},
    confirmed: (tick, row, control, events) => {
      last = tick
      const open = opened(events)
      truth.advance(tick, row, control, open)
      for (const output of truth.said) note(output.when === 'confirmed' ? saidConfirmed : wouldSayFirst, tick, output)
      for (const { slot, kind, payload } of open)
        if (kind === 'shout' || kind === 'ping') arrived[kind][slot].push({ tick, text: JSON.stringify(payload) })
    },
  }
  const saidFirst = lists()
  for (const m of match.machines) listen(m, saidFirst)
  match.run()
  expect(match.report().problems).toEqual([])

  let [wrong, unsaid] = [0, 0]
  for (let slot = 0; slot < 4; slot++) {
    // Settled is settled: the same texts in the same order, but for what is on its way.
    const shouts = arrived.shout[slot].map(s => s.text)
    expect(shouts).toEqual(texts(saidConfirmed[slot]).slice(0, shouts.length))
    expect(shouts.length).toBeGreaterThanOrEqual(count(saidConfirmed[slot], last - ON_ITS_WAY))
    expect(shouts.length).toBeGreaterThan(5)
    const pings = arrived.ping[slot].map(s => s.text)
    expect(pings).toEqual(texts(saidFirst[slot]).slice(0, pings.length))
    expect(pings.length).toBeGreaterThanOrEqual(count(saidFirst[slot], last - ON_ITS_WAY))
    wrong += pings.filter(text => !texts(wouldSayFirst[slot]).includes(text)).length
    unsaid += texts(wouldSayFirst[slot]).filter(text => !texts(saidFirst[slot]).includes(text)).length
  }
  // Predictions were wrong both ways: said and not so, so and not said.
  expect([wrong > 0, unsaid > 0]).toEqual([true, true])
})

function lists(): Saying[][] {
  return Array.from({ length: 4 }, () => [])
}

function note(into: Saying[][], tick: number, { slot, payload }: Output): void {
  into[slot].push({ tick, text: JSON.stringify(payload) })
}

const texts = (sayings: readonly Saying[]): string[] => sayings.map(s => s.text)
const count = (sayings: readonly Saying[], upTo: number): number => sayings.filter(s => s.tick <= upTo).length

/** Notes what the first run of each tick says for the machine's own player. */
function listen({ loop }: Machine, into: Saying[][]): void {
  const { simulation } = loop
  const advance = simulation.advance.bind(simulation)
  let newest = 0
  simulation.advance = (tick, ...rest) => {
    advance(tick, ...rest)
    if (tick <= newest) return
    newest = tick
    for (const output of simulation.said)
      if (output.when === 'first' && output.slot === loop.session.slot) note(into, tick, output)
  }
}

function opened(events: readonly SlotEvent[] | null): { slot: number; kind: string; payload: unknown }[] {
  return (events ?? []).map(({ slot, bytes }) => ({ slot, ...decodeEvent(bytes)! }))
}

test('the script of the specification, as it stands: what each player’s machine emits is applied on all', async () => {
  const text = `
function on_start()
  echo.network.emit("player_input", { axis = self.move, tick = echo.chronos() })
end
function on_player_input(evt)
  self:applyInput(evt.payload)
end
`
  const game = defineGame({
    name: 'specification',
    version: 1,
    maxPlayers: 4,
    maxEntities: 8,
    input: { buttons: ['a'] },
    components: { Move: { x: f64, y: f64 }, Player: { slot: u8, applied: u8, x: f64, tick: u32 } },
    join(sim, slot) {
      const e = sim.spawn('Move', 'Player')
      sim.components.Player.slot[e] = slot
      sim.components.Move.x[e] = slot + 0.5
    },
    step() {},
    methods: {
      applyInput(sim, e, payload: { axis: { x: number }; tick: number }) {
        const { Player } = sim.components
        Player.applied[e]++
        Player.x[e] = payload.axis.x
        Player.tick[e] = payload.tick
      },
    },
  }) as unknown as Game
  const scripts = await loadScripts(game, { 'player.lua': { text, each: ['Player', 'Move'], slot: 'Player.slot' } })
  const match = new WholeMatch({ seed: 14, peers: 4, ticks: 200, mode: 'rollback', conditions: LINE, game, scripts })
  match.run()
  expect(match.report().problems).toEqual([])
  for (const { loop } of match.machines) {
    const { facade } = loop.simulation
    const { Player } = facade.components as unknown as { Player: Record<string, Float64Array> }
    for (const e of facade.query('Player'))
      expect([Player.applied[e], Player.x[e], Player.tick[e]]).toEqual([1, Player.slot[e] + 0.5, 1])
  }
})

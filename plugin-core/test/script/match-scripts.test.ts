// Scripts within the ticks of a simulation: their order, what they are given, and what brings a tick back.

import { expect, test } from 'vitest'
import { sizedBytes } from '../../src/bytes/sized-bytes.ts'
import type { TickControl } from '../../src/input/tick-control.ts'
import { loadScripts, type ScriptSources } from '../../src/loop/load-scripts.ts'
import type { ScriptLimits } from '../../src/script/game-scripts.ts'
import { defineGame, i32, u8, type Sim } from '../../src/sim.ts'
import type { Game } from '../../src/sim/game.ts'
import { SCRIPT_EDIT } from '../../src/sim/sim-scripts.ts'
import { Simulation, type SimEvent } from '../../src/sim/simulation.ts'

type Rules = Partial<Record<'setup' | 'step', (sim: Sim) => void>>

function gameOf(rules: Rules = {}, log: string[] = []): Game {
  return defineGame({
    name: 'scripts',
    version: 1,
    maxPlayers: 2,
    maxEntities: 16,
    input: { buttons: ['a'] },
    components: { Unit: { slot: u8, n: i32 } },
    setup(sim) {
      const e = sim.spawn('Unit')
      sim.components.Unit.n[e] = 1
      rules.setup?.(sim as unknown as Sim)
    },
    step(sim) {
      log.push(`step ${sim.tick}`)
      rules.step?.(sim as unknown as Sim)
    },
    on: {
      ping: (sim, { slot, payload }: SimEvent) => void log.push(`ping ${sim.tick} ${slot} ${JSON.stringify(payload)}`),
    },
    methods: {
      add(sim, e, by: number) {
        if (typeof by !== 'number') throw new Error('a number is needed')
        return (sim.components.Unit.n[e] += by)
      },
      shout: sim => sim.emit('ping', 'by a method'),
    },
  }) as unknown as Game
}

const ROW = new Uint8Array(2)
const START: TickControl = { restart: { round: 1, carry: new Uint8Array(0) }, joins: [0, 1], leaves: [], swap: null }

interface Played {
  readonly simulation: Simulation
  readonly log: string[]
  readonly unit: { readonly n: Int32Array }
  tick(events?: readonly SimEvent[], control?: TickControl | null): void
  /** What scripts told since the last time. */
  told(): string[]
}

async function play(sources: ScriptSources, rules: Rules = {}, limits: ScriptLimits = {}): Promise<Played> {
  const log: string[] = []
  const game = gameOf(rules, log)
  const scripts = await loadScripts(game, sources, limits)
  const simulation = new Simulation(game, { seed: 3, scripts })
  const unit = (simulation.facade.components as unknown as { Unit: { n: Int32Array } }).Unit
  const told = (): string[] => simulation.scripts!.news.splice(0).map(one => `${one.what} ${one.text}`)
  return {
    ...{ simulation, log, unit, told },
    tick(events = [], control = null) {
      const tick = simulation.tick + 1
      simulation.advance(tick, ROW, tick === 1 ? START : control, events)
      simulation.scripts!.settle(tick)
      for (const one of told()) log.push(one)
    },
  }
}

test('within a tick: what is due, local events, players’ events by rules and scripts, step, on_tick', async () => {
  const p = await play({
    'a.lua': `
      function on_start() echo.log('start') echo.after(1, function() echo.log('timer') end) end
      function on_tick(evt) echo.log('tick ' .. evt.tick) if evt.tick == 1 then echo.emit('ping', 'local') end end
      function on_ping(evt) echo.log('on_ping ' .. evt.payload) end`,
  })
  p.tick()
  p.tick([{ slot: 1, kind: 'ping', payload: 'player' }])
  // Logs are told behind the tick: their order is among themselves.
  expect(p.log.filter(line => line.startsWith('log'))).toEqual(
    ['start', 'tick 1', 'timer', 'on_ping local', 'on_ping player', 'tick 2'].map(line => `log [a.lua] ${line}`),
  )
  expect(p.log.filter(line => !line.startsWith('log'))).toEqual([
    'step 1',
    'ping 2 -1 "local"',
    'ping 2 1 "player"',
    'step 2',
  ])
})

test('what rules emit comes at the next tick, wherever they emit it', async () => {
  const p = await play(
    {
      'a.lua': {
        each: ['Unit'],
        text: `
          function on_tick(evt) if evt.tick == 1 then self:shout() end end
          function on_ping(evt) echo.log(evt.tick, evt.payload) end`,
      },
    },
    { setup: sim => sim.emit('ping', 'by setup'), step: sim => sim.tick === 1 && sim.emit('ping', 'by step', 1) },
  )
  for (let i = 0; i < 3; i++) p.tick()
  const pings = p.log.filter(line => line.startsWith('ping'))
  expect(pings).toEqual(['ping 2 -1 "by setup"', 'ping 2 1 "by step"', 'ping 2 -1 "by a method"'])
  expect(p.log.filter(line => line.startsWith('log'))).toHaveLength(3)
})

test('methods run as the rules, answer, and what they refuse is the script’s error, with its line', async () => {
  const p = await play({
    'a.lua': {
      each: ['Unit'],
      text: `function on_tick(evt)\n  if evt.tick == 2 then self:add('x') end\n  echo.log(self:add(10))\nend`,
    },
  })
  p.tick()
  p.tick()
  expect(p.log.filter(line => !line.startsWith('step'))).toEqual([
    'log [a.lua] 11',
    expect.stringMatching(/^error a\.lua:2: a number is needed \(tick 2\)\nstack traceback:/),
  ])
  expect(p.unit.n[0]).toBe(11)
})

test('an event of a player says neither when a tick is, nor that something starts', async () => {
  const p = await play({
    'a.lua': `n = 0 function on_tick() n = n + 1 echo.log(n) end function on_start() echo.log('start') end`,
  })
  p.tick()
  p.tick([
    { slot: 0, kind: 'tick', payload: null },
    { slot: 0, kind: 'start', payload: null },
  ])
  expect(p.log.filter(line => line.startsWith('log'))).toEqual(['start', '1', '2'].map(line => `log [a.lua] ${line}`))
})

test('a script that uses up its budget takes nothing of its tick with it, and the others’ tick is whole', async () => {
  const sources = {
    'bad.lua': {
      each: ['Unit'],
      text: `function on_tick(evt) self.unit.n = self.unit.n + 1000 if evt.tick == 3 then while true do end end end`,
    },
    'good.lua': { each: ['Unit'], text: `function on_tick(evt) self.unit.n = self.unit.n + 1 echo.log(evt.tick) end` },
  }
  const p = await play(sources, { step: sim => sim.raise('stepped') }, { fuelPerTick: 50_000 })
  for (let i = 0; i < 4; i++) p.tick()
  expect(p.unit.n[0]).toBe(1 + 2 * 1000 + 4)
  expect(p.log.filter(line => /^log|^stop/.test(line))).toEqual([
    'log [good.lua] 1',
    'log [good.lua] 2',
    'log [good.lua] 3',
    expect.stringMatching(/^stopped bad\.lua:1: bad\.lua:1 is stopped at tick 3: it ran longer than a tick allows/),
    'log [good.lua] 4',
  ])
  // What the tick raised in the run that was taken back is not there twice.
  expect(p.simulation.raised).toHaveLength(1)
  // The next round begins with it.
  p.tick([], { ...START, restart: { round: 2, carry: new Uint8Array(0) } })
  expect(p.unit.n[0]).toBe(1 + 1000 + 1)
})

test('a script that overruns at once in each round is stopped in each, and the tick ends', async () => {
  const p = await play({ 'bad.lua': `function on_start() while true do end end` }, {}, { fuelPerTick: 50_000 })
  p.tick()
  p.tick([], { ...START, restart: { round: 2, carry: new Uint8Array(0) } })
  expect(p.log.filter(line => line.startsWith('stopped'))).toHaveLength(2)
})

test('math.random goes another way in each round and match, and the same on every machine', async () => {
  const source = { 'a.lua': `function on_start() echo.log(math.random(1000000)) end` }
  const first = await play(source)
  const second = await play(source)
  for (const p of [first, second]) {
    p.tick()
    p.tick([], { ...START, restart: { round: 2, carry: new Uint8Array(0) } })
  }
  const logs = first.log.filter(line => line.startsWith('log'))
  expect(second.log).toEqual(first.log)
  expect(new Set(logs).size).toBe(2)
  first.simulation.reset(4)
  first.tick()
  expect(logs).not.toContain(first.log.at(-1))
})

test('parts of a text count in order, of scripts that may be edited alone; anything else changes nothing', async () => {
  const p = await play({
    'open.lua': { text: `function on_tick() echo.log('old') end`, editable: true },
    'closed.lua': `function on_tick() end`,
  })
  const { set } = p.simulation.scripts!
  const parts = set.edit(
    'open.lua',
    `${'-- a long comment\n'.repeat(40)}function on_tick() echo.log('new') end`,
  ) as SimEvent['payload'][]
  expect(parts.length).toBe(3)
  const sent = (payload: unknown, slot = 0): SimEvent => ({ slot, kind: SCRIPT_EDIT, payload })
  const whole = parts[0] as Record<string, unknown>
  p.tick()
  p.log.length = 0
  for (const payload of [
    null,
    7,
    'x',
    [],
    {},
    { ...whole, name: 'closed.lua' },
    { ...whole, name: 'none.lua' },
    { ...whole, part: 0 },
    { ...whole, part: 4 },
    { ...whole, parts: 1e9 },
    { ...whole, parts: 1.5 },
    { ...whole, bytes: 'text' },
    { ...whole, bytes: new Uint8Array(4096) },
    { ...whole, serial: -1 },
  ])
    p.tick([sent(payload)])
  // Out of order, of two players at once, and of another text in between.
  p.tick([sent(parts[0]), sent(parts[2]), sent(parts[1])])
  p.tick([sent(parts[0]), sent(parts[1], 1), sent(parts[2], 1)])
  p.tick([sent(parts[0]), sent({ ...(parts[1] as object), serial: 99 }), sent(parts[2])])
  expect(p.log.filter(line => !line.startsWith('step') && line !== 'log [open.lua] old')).toEqual([])
  p.log.length = 0
  p.tick([sent(parts[0], 1), sent(parts[1], 1)])
  p.tick([sent(parts[2], 1)])
  expect(p.log.filter(line => !line.startsWith('step'))).toEqual([
    'log [open.lua] old',
    'log [open.lua] new',
    expect.stringMatching(/^replaced open\.lua: another text runs \(tick \d+\)$/),
  ])
  // It stays for the next round.
  p.log.length = 0
  p.tick([], { ...START, restart: { round: 2, carry: new Uint8Array(0) } })
  expect(p.log).toContain('log [open.lua] new')

  expect(() => set.edit('closed.lua', '')).toThrow(/closed\.lua is not editable; .*editable: true/)
  expect(() => set.edit('none.lua', '')).toThrow(/there is no script none\.lua; there are open\.lua, closed\.lua/)
  expect(() => set.edit('open.lua', 'x'.repeat(40_000))).toThrow(/has 40000 bytes, at most 32768 are sent/)
})

test('the place of an image grows with it, and is the same one from then on', async () => {
  const p = await play({ 'a.lua': `t = {} function on_tick() t[#t % 50 + 1] = ('x'):rep(#t * 10) end` })
  const [world, image] = [new Uint8Array(p.simulation.sizeBytes), sizedBytes()]
  p.tick()
  p.simulation.save(world, image)
  const places = new Set<Uint8Array>([image.bytes])
  const sizes = new Set<number>()
  for (let i = 0; i < 200; i++) {
    p.tick()
    p.simulation.save(world, image)
    places.add(image.bytes)
    sizes.add(image.sizeBytes)
    expect(image.bytes.length).toBeGreaterThanOrEqual(image.sizeBytes)
  }
  expect(places.size).toBeLessThanOrEqual(2)
  expect(sizes.size).toBeGreaterThanOrEqual(1)
  // What lies behind it does not matter.
  const sum = p.simulation.checksum(world, image)
  image.bytes.fill(0xff, image.sizeBytes)
  expect(p.simulation.checksum(world, image)).toBe(sum)
})

test('what is no image is none, whatever its size', async () => {
  const p = await play({ 'a.lua': `function on_tick() end` })
  p.tick()
  const scripts = p.simulation.scripts!
  const image = sizedBytes()
  scripts.save(image)
  const good = image.bytes.slice(0, image.sizeBytes)
  expect(scripts.image(good)?.sizeBytes).toBe(image.sizeBytes)
  for (const bad of [
    new Uint8Array(0),
    new Uint8Array(100),
    good.subarray(0, good.length - 4),
    new Uint8Array(good.length).fill(0xff),
  ])
    expect(scripts.image(bad)).toBe(null)
})

test('what cannot be a script is told before a match', async () => {
  const load = (sources: ScriptSources): Promise<unknown> => loadScripts(gameOf(), sources)
  await expect(load({ 'a.lua': { text: '', each: ['Nothing'] } })).rejects.toThrow(/Nothing/)
  await expect(load({ 'a.lua': { text: '', each: ['Unit'], slot: 'Unit.team' } })).rejects.toThrow(
    /slot "Unit\.team" is no field/,
  )
  await expect(load({ 'a:b': '' })).rejects.toThrow(/no name for a script/)
})

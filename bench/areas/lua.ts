// What scripts cost: a whole Lua in a rollback, and each crossing between Lua and the host, against the copy that is the floor and
// against the other Luas.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { fengari, wasmoon, type Peer } from '../lua/peers.ts'
import { scriptedWorld, type ScriptedWorld } from '../lua/scripted-world.ts'
import { absolute, compared, type Row } from '../row.ts'

const AREA = 'lua'
const TURNS = 15
const IN_A_ROW = 6
const folder = join(import.meta.dirname, '..', 'lua')
const CALLS = 1_000

const LOOPS = `
function on_none(evt) for i = 1, evt.payload do local x = i end end
function on_read(evt) for i = 1, evt.payload do local x = self.vx end end
function on_write(evt) for i = 1, evt.payload do self.hp = i end end
function on_emit(evt) for i = 1, evt.payload do echo.network.emit('e', { axis = { x = 1.5, y = 2 }, tick = i }) end end
function on_event(evt) local x = evt.payload.axis.x end
`
/** The same movement as in game.lua, for 200 entities of the world. */
const BOUND = `
function on_tick(evt)
  local x, y = self.x, self.y
  local vx, vy = self.vx * 0.98 + math.sin(x) * 0.01, self.vy * 0.98 + math.exp(-y * y * 1e-4) * 0.01
  self.vx, self.vy, self.x, self.y = vx, vy, x + vx, y + vy
end
`

export async function lua(): Promise<Row[]> {
  const game = readFileSync(join(folder, 'game.lua'), 'utf8')
  const peers = [fengari(game), await wasmoon(game)]
  return [...(await rollbacks(game, peers)), ...(await accesses(peers)), packed()]
}

async function rollbacks(game: string, peers: readonly Peer[]): Promise<Row[]> {
  const world = await scriptedWorld([{ name: 'game.lua', text: game, each: ['Player', 'Move'], slot: 'Player.slot' }])
  world.rules = sim => {
    sim.spawn('Player', 'Move')
    world.vm.begin()
  }
  world.tick(1)
  const payload = { axis: { x: 0.5, y: -0.25 }, tick: 0 }
  world.rules = sim => {
    world.vm.begin()
    payload.tick = sim.tick
    world.vm.deliver(0, 'frame', payload)
  }
  for (let tick = 2; tick < 400; tick++) world.tick(tick)
  const { vm } = world
  const bound = await scriptedWorld([{ name: 'bound.lua', text: BOUND, each: ['Body'] }])
  bound.rules = sim => {
    for (let i = 0; i < 200; i++) sim.components.Body.x[sim.spawn('Body')] = i * 1.5
  }
  bound.tick(1)
  bound.rules = () => {
    bound.vm.begin()
    bound.vm.step()
  }
  for (let tick = 2; tick < 100; tick++) bound.tick(tick)

  const size = vm.sizeBytes
  const slot = new Uint8Array(size + 65536)
  const plain = new Uint8Array(slot.length)
  const source = new Uint8Array(size)
  const copies = 50
  const ours = measure({
    rollback: eight(world, 400),
    save: repeat(copies, () => void vm.save(slot)),
    load: repeat(copies, () => vm.load(slot)),
    memcpy: repeat(copies, () => plain.set(source)),
    hash: repeat(5, () => void vm.hash()),
  })
  // Long ones by themselves: a busy machine takes its turns between them.
  const long = { bound: eight(bound, 100), ...Object.fromEntries(peers.map(peer => [peer.name, frames(peer)])) }
  const timed = { ...ours, ...measure(long) }
  const us = (name: string, count: number): number => (quick(timed[name]) / count) * 1000
  const [save, load, memcpy] = [us('save', copies), us('load', copies), us('memcpy', copies)]
  return [
    absolute(AREA, '200 scripted entities: restore + 8 × (tick + save)', 'ms', quick(timed.rollback), {
      atMost: 0.8,
    }),
    absolute(AREA, '200 entities of the world, each by self: the same', 'ms', quick(timed.bound), null),
    compared(AREA, `save, image of ${Math.round(size / 1024)} KiB, against memcpy`, 'µs', save, memcpy, {
      atMost: 2.5,
    }),
    compared(AREA, 'restore, against memcpy', 'µs', load, memcpy, { atMost: 2.5 }),
    absolute(AREA, 'hash of the image', 'µs', us('hash', 5), null),
    ...peers.map(peer =>
      compared(
        AREA,
        `8 ticks without save or restore, ${peer.name}: ours of it`,
        'ms',
        quick(timed.rollback),
        quick(timed[peer.name]),
        null,
      ),
    ),
  ]
}

async function accesses(peers: readonly Peer[]): Promise<Row[]> {
  const world = await scriptedWorld([{ name: 'loops.lua', text: LOOPS, each: ['Body', 'Player'] }])
  world.rules = sim => {
    sim.spawn('Body', 'Player')
    world.vm.begin()
  }
  world.tick(1)
  const { vm } = world
  const within = (kind: string) => (): void => {
    vm.begin()
    vm.deliver(0, kind, CALLS)
  }
  const payload = { axis: { x: 0.5, y: -0.25 }, tick: 0 }
  const ours = measure({
    none: within('none'),
    read: within('read'),
    write: within('write'),
    emit: within('emit'),
    event() {
      vm.begin()
      for (let tick = 0; tick < CALLS; tick++) {
        payload.tick = tick
        vm.deliver(0, 'event', payload)
      }
    },
  })
  const theirs = measure(
    Object.fromEntries(
      peers.flatMap(peer => [
        [`${peer.name} event`, () => peer.event(CALLS)],
        [`${peer.name} emit`, () => peer.emit(CALLS)],
      ]),
    ),
  )
  const timed = { ...ours, ...theirs }
  const us = (name: string, less = ''): number =>
    ((quick(timed[name]) - (less === '' ? 0 : quick(timed[less]))) / CALLS) * 1000
  const event = us('event')
  const emit = us('emit')
  return [
    absolute(AREA, 'an access to self, read', 'µs', us('read', 'none'), { atMost: 0.2 }),
    absolute(AREA, 'an access to self, written', 'µs', us('write', 'none'), { atMost: 0.2 }),
    absolute(AREA, 'event to Lua, { axis = { x, y }, tick }', 'µs', event, { atMost: 1 }),
    absolute(AREA, 'emit from Lua, { axis = { x, y }, tick }', 'µs', emit, { atMost: 2 }),
    ...peers.flatMap(peer => [
      compared(AREA, `event to Lua, of ${peer.name}'s`, 'µs', event, us(`${peer.name} event`), { atMost: 1 }),
      compared(AREA, `emit from Lua, of ${peer.name}'s`, 'µs', emit, us(`${peer.name} emit`), { atMost: 1 }),
    ]),
  ]
}

/** What a worker with scripts loads beside its own code. */
function packed(): Row {
  const file = join(folder, '../../plugin-core/generated/lua-wasm.js')
  return absolute(AREA, 'Lua, gzipped', 'kB', gzipSync(readFileSync(file)).length / 1000, null)
}

function eight(world: ScriptedWorld, from: number): () => void {
  const { simulation, vm } = world
  const slots = Array.from({ length: 9 }, () => ({
    state: new Uint8Array(simulation.sizeBytes),
    image: new Uint8Array(vm.sizeBytes + 65536),
  }))
  simulation.save(slots[8].state)
  vm.save(slots[8].image)
  return () => {
    simulation.load(slots[8].state)
    vm.load(slots[8].image)
    for (let i = 0; i < 8; i++) {
      world.tick(from + i)
      simulation.save(slots[i].state)
      vm.save(slots[i].image)
    }
  }
}

function frames(peer: Peer): () => void {
  let tick = 0
  return () => {
    for (let i = 0; i < 8; i++) peer.frame(++tick)
  }
}

function repeat(count: number, run: (i: number) => void): () => void {
  return () => {
    for (let i = 0; i < count; i++) run(i)
  }
}

/** The tenth part is quicker than this: what a run costs by itself. In the others the machine did something else, too. */
function quick(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)]
}

/**
 * Milliseconds of each, warmed up before, in turns, so that whatever else the machine does hits all alike. A turn is some runs in a row, of
 * which the first does not count: a game finds its own memory in the cache, not that of ten other benchmarks.
 */
function measure(runs: Readonly<Record<string, () => void>>): Record<string, number[]> {
  const names = Object.keys(runs)
  const times = Object.fromEntries(names.map(name => [name, [] as number[]]))
  for (let turn = -3; turn < TURNS; turn++)
    for (const name of names)
      for (let i = 0; i < IN_A_ROW; i++) {
        const start = performance.now()
        runs[name]()
        if (turn >= 0 && i > 0) times[name].push(performance.now() - start)
      }
  return times
}

// Lockstride in the peers bench, by its public doors: the worker's own loop with packets encoded and decoded, checksums
// and the guard on. The other player and the host run outside of the clock, as they would on their own machines.
import { StarHost } from '@lockstride/core/host'
import { defineGame } from '@lockstride/core/sim'
import { Loop, StarClient, gameTerms } from '@lockstride/core/testing'

const DEFAULTS = { inputDelay: 0, predictionWindow: 8 }
const REHEARSAL = { matches: 24, ticks: 2000 }

function gameOf({ n, SoAWorld }, world) {
  return defineGame({
    name: 'peers',
    version: 1,
    tickRate: 60,
    maxPlayers: 2,
    minPlayers: 2,
    maxEntities: 1,
    rawBytes: n * 32,
    input: { buttons: ['up', 'down', 'left', 'right', 'fire'], axes: {} },
    components: {},
    setup(sim) {
      world.soa = new SoAWorld(n, sim.raw.buffer, sim.raw.byteOffset)
    },
    join() {},
    leave() {},
    step(sim) {
      const { inputs } = world
      inputs[0] = sim.input(0).bits
      inputs[1] = sim.input(1).bits
      world.steps++
      world.soa.step(inputs, 2)
    },
  })
}

export function create(context, options = {}) {
  rehearse(context, options)
  kept = match(context, options)
  return kept
}

// V8 forgets how our objects look, and with that the code for them, when the last match of a process is collected, and
// this bench makes and drops one a run. A worker's match stays.
let kept = null

// A machine that has played for some minutes, once a process: V8 compiles what runs once a tick only after thousands
// of ticks, bit by bit, and counts that as allocated. What is measured is the engine, not its warming up. Most of it is
// played in a small world. `npm run bench` shows it without this, too (LOCKSTRIDE_COLD=1).
let rehearsed = process.env.LOCKSTRIDE_COLD === '1'
function rehearse(context, options) {
  if (rehearsed) return
  rehearsed = true
  for (let i = 0; i < REHEARSAL.matches; i++) {
    const whole = i % 4 === 0
    kept = match(whole ? context : { ...context, n: 16 }, options)
    globalThis.gc?.()
    const ticks = whole ? context.ticks : REHEARSAL.ticks
    for (let f = 0; f < ticks; f++) {
      kept.prepare(f - context.lag)
      if (f >= context.lag) kept.remote(f - context.lag)
      kept.tick(f, context.localInput(f % context.ticks))
    }
  }
}

function match(context, options) {
  const { guarded = true } = options
  const world = { soa: null, steps: 0, inputs: new Uint16Array(2) }
  const game = gameOf(context, world)
  const wire = { bytes: 0, packets: 0 }
  const host = new StarHost({ room: 'bench', sessionId: { hi: 1, lo: 1 }, epoch: 1, seed: 1 })
  // Our packets reach the host as late as the other's inputs reach us: both sides are equally far away. A ring of
  // buffers stands for the line, so that sending allocates nothing.
  const inFlight = Array.from({ length: 64 }, () => ({ bytes: new Uint8Array(1500), length: 0, frame: 0 }))
  let sent = 0
  let arrived = 0
  let frame = -1
  let events
  const line = {
    open: e => (events = e),
    send(_peer, bytes) {
      wire.bytes += bytes.length
      wire.packets++
      const slot = inFlight[sent++ & 63]
      slot.bytes.set(bytes)
      slot.length = bytes.length
      slot.frame = frame
    },
    close() {},
  }
  let now = 0
  const loop = new Loop({
    game,
    sourceId: 'bench',
    transport: line,
    clock: { now: () => now, schedule: () => () => {} },
    hooks: {
      fact() {},
      raised() {},
      fault: e => {
        throw e
      },
      swapped() {},
    },
    session: terms => new StarClient({ terms, name: 'ours', profile: '' }),
    inputDelay: DEFAULTS.inputDelay,
    predictionWindow: Math.max(DEFAULTS.predictionWindow, context.lag),
    guarded,
  })
  const other = new StarClient({
    terms: gameTerms(game, 'bench', Math.max(DEFAULTS.predictionWindow, context.lag)),
    name: 'other',
    profile: '',
  })
  const toUs = []
  // Carries everything but what goes to our loop; that is kept for `remote`, inside of the clock.
  const carry = upTo => {
    for (; arrived < sent && inFlight[arrived & 63].frame <= upTo; arrived++) {
      const { bytes, length } = inFlight[arrived & 63]
      host.receive(1, bytes.subarray(0, length))
    }
    for (const { bytes } of other.takePackets()) host.receive(2, bytes)
    for (const { peer, bytes } of host.takePackets()) {
      if (peer === 1) toUs.push(bytes.slice())
      else other.receive(bytes)
    }
    other.takeFacts()
  }
  loop.session.setReady(true)
  other.setReady(true)
  loop.open()
  host.joined(1)
  host.joined(2)
  events.joined(0)
  other.connected()
  for (let i = 0; i < 4; i++) {
    carry(0)
    for (const bytes of toUs.splice(0)) loop.receive(bytes, now)
    host.tick()
  }
  wire.bytes = wire.packets = 0
  const buttons = new Uint8Array(1)
  const otherInput = new Uint8Array(1)
  let otherTick = 0
  const deliver = () => {
    for (let i = 0; i < toUs.length; i++) loop.receive(toUs[i], now)
    toUs.length = 0
  }
  const give = of => {
    if (of < otherTick) return
    otherInput[0] = context.remoteInput(of)
    other.setLocalInput(++otherTick, otherInput)
    other.tick(otherTick, 0)
    carry(of)
    host.tick()
    carry(of)
  }
  return {
    world: {
      get steps() {
        return world.steps
      },
    },
    wire,
    prepare(of) {
      if (of >= 0) give(of)
    },
    remote(of) {
      give(of)
      deliver()
    },
    tick(at, pressed) {
      frame = at
      buttons[0] = pressed
      loop.setInput(buttons)
      // 60 Hz in whole milliseconds: fractions would be boxed here, and counted as the engine's.
      now += now % 50 < 33 ? 17 : 16
      loop.call(now)
    },
    stateHash() {
      carry(frame)
      deliver()
      loop.paused = true
      loop.call(now)
      return world.soa.hash()
    },
    loop,
  }
}

const saves = 'every tick, one Uint8Array.set of the whole world into a ring slot'
export default [
  {
    id: 'lockstride',
    label: 'Lockstride: loop, session, wire, checksums, guard',
    kind: 'ours',
    saves,
    create: c => create(c),
  },
  {
    id: 'lockstride-unguarded',
    label: 'Lockstride without the determinism guard',
    kind: 'ours',
    saves,
    create: c => create(c, { guarded: false }),
  },
]

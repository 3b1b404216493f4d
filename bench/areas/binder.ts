// What a frame costs the page: taking the worker's two states in, and placing a thousand bound entities, without the
// engine's own drawing.

import { createBinder, POSE, type BinderSink, type Match, type Pose } from '@lockstride/core'
import { defineGame, f64 } from '@lockstride/core/sim'
import { Simulation, StateView } from '@lockstride/core/testing'
import { absolute, median, type Row } from '../row.ts'

const ENTITIES = 1000
const FRAMES = 1200
const WARM_UP = 300

interface Thing {
  x: number
  y: number
  rotation: number
}

const sink: BinderSink<Thing> = {
  placer: () => (thing: Thing, pose: Pose) => {
    thing.x = pose[POSE.x]
    thing.y = pose[POSE.y]
    thing.rotation = pose[POSE.angle]
  },
  destroy() {},
}

export async function binder(): Promise<Row[]> {
  const components = { Body: { x: f64, y: f64, angle: f64 } }
  const game = defineGame({
    name: 'binder',
    version: 1,
    maxPlayers: 1,
    maxEntities: ENTITIES,
    input: { buttons: ['a'] },
    components,
    setup(sim) {
      for (let e = 0; e < ENTITIES; e++) sim.spawn('Body')
    },
    step(sim) {
      const { Body } = sim.components
      for (const e of sim.query('Body')) {
        Body.x[e] += 1 + (e & 7)
        Body.y[e] += 1
        Body.angle[e] += 0.01
      }
    },
  })
  const simulation = new Simulation(game, { seed: 1 })
  const row = new Uint8Array(1)
  const view = new StateView(game.schema.layout, 60)
  const buffer = new ArrayBuffer(2 * simulation.sizeBytes)
  const bytes = new Uint8Array(buffer)
  const bound = createBinder(
    { view } as unknown as Match,
    { query: ['Body'], create: () => ({ x: 0, y: 0, rotation: 0 }), position: ['x', 'y'], rotation: 'angle' },
    sink,
  )
  const times: number[] = []
  const restart = { restart: { round: 1, carry: new Uint8Array(0) }, joins: [0], leaves: [], swap: null }
  for (let tick = 1; tick <= FRAMES; tick++) {
    bytes.set(simulation.bytes)
    simulation.advance(tick, row, tick === 1 ? restart : null, [])
    bytes.set(simulation.bytes, simulation.sizeBytes)
    const nowMs = tick * (1000 / 60)
    const start = performance.now()
    view.publish(buffer, tick, nowMs)
    bound.frame(nowMs + 8)
    const elapsed = performance.now() - start
    if (tick > WARM_UP) times.push(elapsed)
  }
  if (bound.count !== ENTITIES) throw new Error(`${bound.count} of ${ENTITIES} entities are bound`)
  return [absolute('binder', 'a new state and a frame, 1,000 bound entities', 'ms', median(times), { atMost: 0.2 })]
}

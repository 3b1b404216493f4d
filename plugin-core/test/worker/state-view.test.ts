import { describe, expect, expectTypeOf, test, vi } from 'vitest'
import { defineGame } from '../../src/sim/game.ts'
import { Simulation } from '../../src/sim/simulation.ts'
import { StateView } from '../../src/worker/state-view.ts'
import { catchMistakes } from './mistakes.ts'
import { layoutOf, TICK_MS, WrittenWorld, type WrittenGame } from './written-world.ts'

describe('columns', () => {
  test('hold the newest state, and the one before in `previous`', () => {
    const world = new WrittenWorld()
    world.write(2, ['Body', 'Player'], { 'Body.x': 3.5, 'Player.score': -7 })
    world.advance()
    world.set(2, { 'Body.x': 4.5 })
    world.publish()
    const { view } = world
    expect(view.tick).toBe(1)
    expect(view.previous.tick).toBe(0)
    expect(view.Body.x[2]).toBe(4.5)
    expect(view.previous.Body.x[2]).toBe(3.5)
    expect(view.Player.score[2]).toBe(-7)
  })

  test('are the same arrays after each publication, and do not keep the buffer', () => {
    const world = new WrittenWorld()
    const { x } = world.view.Body
    world.write(0, ['Body'], { 'Body.x': 1 })
    world.publish()
    const pair = new Uint8Array(2 * world.layout.sizeBytes)
    pair.set(world.bytes, world.layout.sizeBytes)
    world.view.publish(pair.buffer, 2, 0)
    pair.fill(255)
    expect(world.view.Body.x).toBe(x)
    expect(x[0]).toBe(1)
  })

  test('read a world of the real simulation', () => {
    const game = defineGame({
      name: 'view',
      version: 1,
      maxPlayers: 2,
      maxEntities: 8,
      input: { buttons: ['go'] },
      components: { Body: { x: 'f64', label: 'u8' }, Mark: { id: 'ref' } },
      setup(sim) {
        sim.spawn('Body')
        const e = sim.spawn('Body', 'Mark')
        sim.components.Body.label[e] = 9
      },
      step(sim) {
        for (const e of sim.query('Body')) sim.components.Body.x[e] += e + 1
      },
    })
    const simulation = new Simulation(game, { seed: 1 })
    const row = new Uint8Array(2 * game.schema.input.sizeBytes)
    const pair = new Uint8Array(2 * simulation.sizeBytes)
    simulation.advance(
      1,
      row,
      { restart: { round: 1, carry: new Uint8Array(0) }, joins: [0], leaves: [], swap: null },
      [],
    )
    simulation.save(pair.subarray(0, simulation.sizeBytes))
    simulation.advance(2, row, null, [])
    simulation.save(pair.subarray(simulation.sizeBytes))

    const view = new StateView<typeof game>(game.schema.layout, 60)
    view.publish(pair.buffer, 2, 0)
    expectTypeOf<(typeof view)['Body']['x']>().toEqualTypeOf<Float64Array>()
    expect([...view.query('Body')]).toEqual([0, 1])
    expect([...view.query('Body', 'Mark')]).toEqual([1])
    expect(view.first('Mark')).toBe(1)
    expect(view.round).toBe(1)
    expect(view.Body.label[1]).toBe(9)
    expect([view.previous.Body.x[1], view.Body.x[1]]).toEqual([2, 4])
  })

  test('have the types of the game', () => {
    const { view } = new WrittenWorld()
    expectTypeOf(view).toEqualTypeOf<StateView<WrittenGame>>()
    expectTypeOf<(typeof view)['Body']['x']>().toEqualTypeOf<Float64Array>()
    expectTypeOf(view.previous.Player.score).toEqualTypeOf<Int16Array>()
    expectTypeOf<Parameters<(typeof view)['query']>[0]>().toEqualTypeOf<'Body' | 'Spin' | 'Place' | 'Player'>()
  })

  test('of another schema replace the old ones', () => {
    const world = new WrittenWorld()
    world.write(0, ['Body'])
    world.publish()
    const epoch = world.view.schemaEpoch
    world.view.reset(layoutOf({ Ship: { heading: 'f32' } }), 30)
    const view = world.view as unknown as StateView & { Ship: { heading: Float32Array }; Body?: unknown }
    expect(view.Ship.heading).toBeInstanceOf(Float32Array)
    expect(view.Body).toBeUndefined()
    expect(view.schemaEpoch).toBe(epoch + 1)
    expect(view.tickMs).toBeCloseTo(1000 / 30)
    expect([...view.query('Ship')]).toEqual([])
  })

  test('stay as they are when a buffer of a former schema still arrives', () => {
    const world = new WrittenWorld()
    world.write(0, ['Body'], { 'Body.x': 5 })
    world.publish()
    const { tick } = world.view
    world.view.publish(new ArrayBuffer(8), tick + 1, 0)
    expect([world.view.tick, world.view.Body.x[0]]).toEqual([tick, 5])
  })
})

describe('entities', () => {
  test('have what their mask says', () => {
    const world = new WrittenWorld()
    world.write(1, ['Body'], {}, 4)
    world.publish()
    expect(world.view.has(1, 'Body')).toBe(true)
    expect(world.view.has(1, 'Player')).toBe(false)
    expect(world.view.has(0, 'Body')).toBe(false)
    expect(world.view.has(-1, 'Body')).toBe(false)
    expect(world.view.generation(1)).toBe(4)
  })

  test('are found by query in index order; loops may be nested and left', () => {
    const world = new WrittenWorld()
    for (const e of [5, 0, 3]) world.write(e, e === 0 ? ['Body'] : ['Body', 'Player'])
    world.publish()
    const pairs: string[] = []
    for (const a of world.view.query('Body')) {
      for (const b of world.view.query('Body')) {
        if (b > a) break
        pairs.push(`${a}${b}`)
      }
    }
    expect(pairs).toEqual(['00', '30', '33', '50', '53', '55'])
    expect([...world.view.query('Body', 'Player')]).toEqual([3, 5])
  })

  test('of a loop that threw do not disturb the next loop', () => {
    const world = new WrittenWorld()
    for (const e of [0, 1]) world.write(e, ['Body'])
    world.publish()
    const loop = (): void => {
      for (const e of world.view.query('Body')) if (e === 0) throw new Error('stop')
    }
    expect(loop).toThrow('stop')
    expect([...world.view.query('Body')]).toEqual([0, 1])
  })

  test('are walked by an iterator that is used again, never by two loops at once', () => {
    const world = new WrittenWorld()
    for (const e of [0, 1]) world.write(e, ['Body'])
    world.publish()
    const query = world.view.query('Body')
    expect(world.view.query('Body')).toBe(query)
    const first = query[Symbol.iterator]()
    const nested = query[Symbol.iterator]()
    expect(nested).not.toBe(first)
    first.return!()
    first.return!()
    const reused = query[Symbol.iterator]()
    expect(reused).toBe(first)
    expect(query[Symbol.iterator]()).not.toBe(first)
  })

  test('above the high-water mark are not there, whatever their mask says', () => {
    const world = new WrittenWorld()
    world.write(4, ['Body'])
    new Uint32Array(world.bytes.buffer)[world.layout.header.high] = 3
    world.publish()
    expect([...world.view.query('Body')]).toEqual([])
    expect(world.view.first('Body')).toBe(-1)
  })

  test('of an unknown component get a sentence with the known ones', () => {
    const { view } = new WrittenWorld()
    expect(() => view.query('Bod' as 'Body')).toThrow(
      "No component 'Bod'. Known components: Body, Spin, Place, Player.",
    )
    expect(() => view.has(0, 'Bod' as 'Body')).toThrow("No component 'Bod'")
  })
})

describe('time', () => {
  test('alpha goes from 0 when the tick is due to 1 a tick later, and stays there', () => {
    const world = new WrittenWorld()
    world.advance()
    world.publish(1000)
    const { view } = world
    expect(view.alpha(900)).toBe(0)
    expect(view.alpha(1000)).toBe(0)
    expect(view.alpha(1000 + TICK_MS / 4)).toBeCloseTo(0.25)
    expect(view.alpha(5000)).toBe(1)
  })

  test('updates are heard until stopped', () => {
    const world = new WrittenWorld()
    let heard = 0
    const stop = world.view.onUpdate(() => heard++)
    world.publish()
    stop()
    world.publish()
    expect(heard).toBe(1)
  })

  test('updates are heard by everyone, whoever throws; that is reported', () => {
    const mistakes = catchMistakes()
    const world = new WrittenWorld()
    let heard = 0
    world.view.onUpdate(() => {
      throw new Error('a mistake of the page')
    })
    world.view.onUpdate(() => heard++)
    world.publish()
    vi.unstubAllGlobals()
    expect(heard).toBe(1)
    expect(mistakes).toEqual(['a mistake of the page'])
  })
})

import { afterEach, describe, expect, test, vi } from 'vitest'
import { createBinder, type BinderSink, type BindSpec } from '../../src/worker/binder.ts'
import { POSE } from '../../src/worker/pose-track.ts'
import { catchMistakes } from './mistakes.ts'
import { layoutOf, WrittenWorld, type WrittenGame } from './written-world.ts'

interface Drawn {
  e: number
  x: number
  gone: boolean
}

const sink: BinderSink<Drawn> = {
  placer: () => (object, pose) => void (object.x = pose[POSE.x]),
  destroy: object => void (object.gone = true),
}

function bound(spec: Partial<BindSpec<WrittenGame, Drawn, 'Body' | 'Player'>> = {}) {
  const world = new WrittenWorld()
  const made: Drawn[] = []
  const binder = createBinder<WrittenGame, Drawn, 'Body' | 'Player'>(
    { view: world.view },
    {
      query: ['Body'],
      create(e) {
        const object = { e, x: NaN, gone: false }
        made.push(object)
        return object
      },
      position: ['x'],
      correctionMs: 0,
      ...spec,
    },
    sink,
  )
  const frame = (): void => {
    world.publish()
    binder.frame(1e6)
  }
  return { world, made, binder, frame }
}

afterEach(() => vi.unstubAllGlobals())

describe('objects', () => {
  test('are made in the first frame of their entity, and placed in each', () => {
    const { world, made, binder, frame } = bound()
    world.write(3, ['Body'], { 'Body.x': 7 })
    frame()
    expect(made).toEqual([{ e: 3, x: 7, gone: false }])
    world.set(3, { 'Body.x': 8 })
    frame()
    expect(made).toEqual([{ e: 3, x: 8, gone: false }])
    expect(binder.get(3)).toBe(made[0])
    expect(binder.count).toBe(1)
  })

  test('are destroyed when their entity goes, or leaves the query', () => {
    const { world, made, binder, frame } = bound({ query: ['Body', 'Player'] })
    world.write(0, ['Body', 'Player'])
    world.write(1, ['Body', 'Player'])
    frame()
    world.destroy(0)
    world.write(1, ['Body'])
    frame()
    expect(made.map(o => o.gone)).toEqual([true, true])
    expect(binder.count).toBe(0)
    expect(binder.get(0)).toBeUndefined()
  })

  test('are made anew when their index is given to another entity', () => {
    const { world, made, frame } = bound()
    world.write(0, ['Body'], {}, 1)
    frame()
    world.write(0, ['Body'], {}, 2)
    frame()
    expect(made.map(o => o.gone)).toEqual([true, false])
  })

  test('are made anew in the next round, where generations begin again', () => {
    const { world, made, frame } = bound()
    world.write(0, ['Body'], {}, 1)
    frame()
    world.round = 2
    frame()
    expect(made.map(o => o.gone)).toEqual([true, false])
  })

  test('above a high-water mark that a rollback lowered are destroyed', () => {
    const { world, made, frame } = bound()
    world.write(5, ['Body'])
    frame()
    new Uint32Array(world.bytes.buffer)[world.layout.header.high] = 2
    frame()
    expect(made[0].gone).toBe(true)
  })

  test('are updated after being placed, and destroyed by the spec when it says how', () => {
    const log: string[] = []
    const { world, binder, frame, made } = bound({
      update: (object, e, view) => log.push(`update ${e} at ${object.x}, score ${view.Player.score[e]}`),
      destroy: (_object, e) => log.push(`destroy ${e}`),
    })
    world.write(2, ['Body', 'Player'], { 'Body.x': 1, 'Player.score': 5 })
    frame()
    binder.dispose()
    expect(log).toEqual(['update 2 at 1, score 5', 'destroy 2'])
    expect(made[0].gone).toBe(false)
  })

  test('are all destroyed by dispose, once', () => {
    const { world, made, binder, frame } = bound()
    for (const e of [0, 1, 2]) world.write(e, ['Body'])
    frame()
    binder.dispose()
    binder.dispose()
    expect(made.every(o => o.gone)).toBe(true)
    expect(binder.count).toBe(0)
  })

  test.each(['create', 'update', 'destroy'] as const)('stay away when the scene ends while they %s', where => {
    let ends = false
    const over = (now: string): void => {
      if (ends && now === where) binder.dispose()
    }
    const { world, made, binder, frame } = bound({
      create(e) {
        const object = { e, x: NaN, gone: false }
        made.push(object)
        over('create')
        return object
      },
      update: () => over('update'),
      destroy(object) {
        expect(object.gone).toBe(false)
        object.gone = true
        over('destroy')
      },
    })
    for (const e of [0, 1, 3]) world.write(e, ['Body'])
    frame()
    ends = true
    world.destroy(1)
    world.write(2, ['Body'])
    frame()
    frame()
    expect(made.map(o => o.gone)).toEqual(made.map(() => true))
    expect(made).toHaveLength(where === 'create' ? 4 : 3)
    expect(binder.count).toBe(0)
    expect([0, 1, 2, 3].map(e => binder.get(e))).toEqual([0, 1, 2, 3].map(() => undefined))
  })

  test('are all destroyed, whichever of them fails to be; that is reported', () => {
    const mistakes = catchMistakes()
    const { world, made, binder, frame } = bound({
      destroy(object, e) {
        object.gone = true
        if (e === 1) throw new Error('it was gone')
      },
    })
    for (const e of [0, 1, 2]) world.write(e, ['Body'])
    frame()
    binder.dispose()
    expect(made.every(o => o.gone)).toBe(true)
    expect(mistakes).toEqual(['it was gone'])
  })

  test('of another schema are made anew', () => {
    const { world, made, binder, frame } = bound()
    world.write(0, ['Body'])
    frame()
    world.view.reset(layoutOf({ Body: { x: 'f32' } }), 60)
    binder.frame(1e6)
    expect(made.map(o => o.gone)).toEqual([true])
  })
})

describe('wrong use', () => {
  test('a create that throws is named, with its entity and its reason', () => {
    const { world, frame } = bound({
      create() {
        throw new Error('no texture')
      },
    })
    world.write(4, ['Body'])
    expect(frame).toThrow('bind [Body]: create(4) threw: no texture')
  })

  test('a create that returns nothing is named', () => {
    const { world, frame } = bound({ create: () => undefined as never })
    world.write(4, ['Body'])
    expect(frame).toThrow('bind [Body]: create(4) returned nothing: it must return the object to place')
  })

  test('a create that fails once succeeds in the next frame', () => {
    let fail = true
    const { world, binder, frame } = bound({
      create(e) {
        if (fail) throw new Error('not yet')
        return { e, x: 0, gone: false }
      },
    })
    world.write(1, ['Body'])
    expect(frame).toThrow('not yet')
    fail = false
    frame()
    expect(binder.count).toBe(1)
  })

  test('a spec without query or create, or with unknown names, gets a sentence', () => {
    expect(() => bound({ query: [] })).toThrow('bind: query lists the components')
    expect(() => bound({ create: undefined })).toThrow('bind [Body]: create(e, view) makes the object')
    expect(() => bound({ query: ['Bodi' as 'Body'] })).toThrow("No component 'Bodi'. Known components: Body, Spin")
    expect(() => bound({ position: ['slot'] })).toThrow("No field 'slot' in Body.")
  })
})

import { expect, expectTypeOf, test } from 'vitest'
import { bool, defineGame, f64, fixed, i8, payload, ref, u8, type SimEvent, type SimOf } from '../../src/sim.ts'
import type {
  AnyGame,
  EmitKinds,
  EmitPayload,
  InputValues,
  RaisedKinds,
  RaisedPayload,
  Sim,
} from '../../src/sim/game.ts'

const spec = {
  name: 'g',
  version: 1,
  maxPlayers: 2,
  maxEntities: 4,
  input: { buttons: ['left', 'fire'], axes: { aim: i8 } },
  components: { Body: { x: f64, there: bool, deep: fixed }, Shot: { owner: ref, life: u8 } },
  step() {},
} as const

/** What JavaScript without types may hand over. */
const define = (changes: object): unknown => defineGame({ ...spec, ...changes } as unknown as typeof spec)

test('everything has a default but name, version, players, entities, input, components and step', () => {
  const game = defineGame(spec)
  expect(game.schema).toMatchObject({ name: 'g', version: 1, tickRate: 60, maxPlayers: 2, minPlayers: 2 })
  expect([game.dropAfterTicks, game.predict, game.schema.layout.rawBytes]).toEqual([600, null, 0])
})

test.each<[string, object, string]>([
  ['no name', { name: '' }, 'a game needs a name'],
  ['no step', { step: undefined }, 'step(sim) is missing'],
  ['half a player', { maxPlayers: 1.5 }, 'defineGame("g"): maxPlayers must be a whole number from 1 to 64, not 1.5'],
  ['more needed than fit', { minPlayers: 3 }, 'minPlayers must be a whole number from 1 to 2'],
  ['too many entities', { maxEntities: 2 ** 20 + 1 }, 'maxEntities'],
  ['a component in lower case', { components: { body: { x: f64 } } }, '"body" must start with an upper-case letter'],
  ['an unknown type', { components: { Body: { x: 'f16' } } }, 'Body.x has type "f16"; known are i8, u8'],
  ['a type from the prototype', { components: { Body: { x: 'valueOf' } } }, 'Body.x has type "valueOf"'],
  ['a misspelt key', { setUp() {} }, '"setUp" is not part of a game; known are'],
  ['async rules', { async step() {} }, 'step is async or a generator'],
  ['an async handler', { on: { async chat() {} } }, 'chat is async or a generator'],
  ['a generator', { *join() {} }, 'join is async or a generator'],
  ['rules that are none', { join: 'yes' }, 'join must be a function, not string'],
  [
    'too many components',
    { components: Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`C${i}`, {}])) },
    '32 components, at most 31 fit',
  ],
])('says in a sentence what is wrong: %s', (_, changes, sentence) => {
  expect(() => define(changes)).toThrow(sentence)
})

test('31 components fit', () => {
  expect(() =>
    define({ components: Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`C${i}`, {}])) }),
  ).not.toThrow()
})

test('types flow from the declaration', () => {
  const game = defineGame({
    ...spec,
    events: { hit: payload<{ e: number }>() },
    step(sim) {
      expectTypeOf(sim.components.Body.x).toEqualTypeOf<Float64Array>()
      expectTypeOf(sim.components.Body.deep).toEqualTypeOf<Int32Array>()
      expectTypeOf(sim.components.Shot.owner).toEqualTypeOf<Uint32Array>()
      type S = typeof sim
      type Input = ReturnType<S['input']>
      expectTypeOf<Parameters<Input['held']>>().toEqualTypeOf<[button: 'left' | 'fire']>()
      expectTypeOf<Parameters<Input['axis']>>().toEqualTypeOf<[axis: 'aim']>()
      expectTypeOf<Parameters<S['query']>>().toEqualTypeOf<('Body' | 'Shot')[]>()
      // @ts-expect-error: the payload of a hit is an entity
      if (sim.tick < 0) sim.raise('hit', { e: 'one' })
      // @ts-expect-error: this kind is not declared
      if (sim.tick < 0) sim.raise('hut')
      // @ts-expect-error: this component is not declared
      if (sim.tick < 0) sim.spawn('Wall')
    },
    on: {
      chat(_sim, event: SimEvent<{ text: string }>) {
        expectTypeOf(event.payload).toEqualTypeOf<{ text: string }>()
      },
      wave(sim, event) {
        expectTypeOf(event.payload).toEqualTypeOf<unknown>()
        expectTypeOf(sim.components.Body.x).toEqualTypeOf<Float64Array>()
      },
    },
  })
  type G = typeof game
  expectTypeOf<InputValues<G>>().toEqualTypeOf<Partial<Record<'left' | 'fire', boolean> & Record<'aim', number>>>()
  expectTypeOf<RaisedKinds<G>>().toEqualTypeOf<'hit'>()
  expectTypeOf<RaisedPayload<G, 'hit'>>().toEqualTypeOf<{ e: number }>()
  expectTypeOf<EmitKinds<G>>().toEqualTypeOf<'chat' | 'wave'>()
  expectTypeOf<EmitPayload<G, 'chat'>>().toEqualTypeOf<{ text: string }>()
  expectTypeOf<EmitPayload<G, 'wave'>>().toEqualTypeOf<unknown>()
  expectTypeOf<G>().toExtend<AnyGame>()
})

test('a game that declares no events may raise any kind; an unknown game has any kind', () => {
  const game = defineGame({ ...spec, step: sim => void (sim.tick < 0 && sim.raise('whatever', 1)) })
  expectTypeOf<RaisedKinds<typeof game>>().toEqualTypeOf<string>()
  expectTypeOf<EmitKinds<typeof game>>().toEqualTypeOf<never>()
  expectTypeOf<EmitKinds<AnyGame>>().toEqualTypeOf<string>()
  expectTypeOf<RaisedPayload<AnyGame, string>>().toEqualTypeOf<unknown>()
})

test('rules may be spread over functions', () => {
  type GameSim = SimOf<typeof spec.input, typeof spec.components, { hit: ReturnType<typeof payload<{ e: number }>> }>
  const help = (sim: GameSim): void => void (sim.tick < 0 && sim.raise('hit', { e: 1 }))
  defineGame({ ...spec, events: { hit: payload<{ e: number }>() }, step: sim => help(sim) })
  expectTypeOf<GameSim>().toExtend<Sim>()
})

test('methods of scripts belong to the rules: typed by the game, never async, and part of what a world goes on with', () => {
  const game = defineGame({
    ...spec,
    methods: {
      push(sim, e, payload: { by: number }) {
        expectTypeOf(sim.components.Body.x).toEqualTypeOf<Float64Array>()
        expectTypeOf(e).toEqualTypeOf<number>()
        return payload.by
      },
    },
  })
  expect(Object.keys(game.methods)).toEqual(['push'])
  expect(game.schema.hash).not.toBe(defineGame(spec).schema.hash)
  expect(() => define({ methods: { push: async () => {} } })).toThrow(/push is async or a generator/)
  expect(() => define({ methods: { push: 5 } })).toThrow(/push must be a function, not number/)
  expect(() => define({ emitBytes: -1 })).toThrow(/emitBytes must be a whole number from 0 to 65536/)
})

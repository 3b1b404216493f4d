import { expect, test } from 'vitest'
import { defineGame, u8 } from '../../src/sim.ts'
import { sourceIdOf } from '../../src/worker/source-id.ts'

const SPEC = {
  name: 'game',
  version: 1,
  tickRate: 60,
  maxPlayers: 2,
  minPlayers: 1,
  maxEntities: 8,
  input: { buttons: ['a'] },
  components: { Thing: { n: u8 } },
  setup() {},
  step() {},
} as const

const idOf = (more: object): string => sourceIdOf(defineGame({ ...SPEC, ...more }))

test('an edit of any function that decides what happens makes another source id', () => {
  const functions = {
    setup: [() => 1, () => 2],
    join: [() => 1, () => 2],
    leave: [() => 1, () => 2],
    step: [() => 1, () => 2],
    validate: [() => true, () => false],
    predict: [() => 1, () => 2],
  }
  for (const [name, [one, other]] of Object.entries(functions)) {
    expect(idOf({ [name]: one }), name).not.toBe(idOf({ [name]: other }))
    expect(idOf({ [name]: one }), name).toBe(idOf({ [name]: one }))
    if (!(name in SPEC)) expect(idOf({ [name]: one }), name).not.toBe(idOf({}))
  }
  expect(idOf({ on: { say: () => 1 } })).not.toBe(idOf({ on: { say: () => 2 } }))
})

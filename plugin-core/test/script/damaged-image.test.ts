// Images of Lua that no Lua has made: what a machine does that is handed one whose hash is right.

import { expect, test } from 'vitest'
import type { BootedLua } from '../../src/script/lua-boot.ts'
import { RulesError } from '../../src/sim/rules-error.ts'
import { damageImages } from './damaged-images.ts'
import { scripted, type Scripted } from './scripted.ts'

// By hand: LOCKSTRIDE_IMAGES=5000 npx vitest run plugin-core/test/script/damaged-image.test.ts
const count = Number(process.env.LOCKSTRIDE_IMAGES ?? 60)

test(`an image with damage is refused, ends in a named error, or runs (${count} of them)`, async () => {
  const report = await damageImages({ seed: 1, count })
  expect(report.problems).toEqual([])
  // Each of the three is there, or this proves little.
  expect(report.refused).toBeGreaterThan(0)
  expect(report.ended).toBeGreaterThan(0)
  expect(report.ran).toBeGreaterThan(0)
})

/** An image in which a hand has been. */
function made(s: Scripted, by: (lua: BootedLua) => void): Uint8Array {
  const { image } = s.save()
  return s.vm.inspect(image, lua => {
    by(lua)
    const damaged = new Uint8Array(lua.machine.sizeBytes)
    lua.machine.save(damaged)
    return damaged
  })
}

function setUpvalue({ machine: { lua, L, bindings } }: BootedLua, fn: number, n: number, value: number): void {
  bindings.number(L, value)
  lua.lua_setupvalue(L, fn, n)
}

/** Takes an image over and runs a tick over it; answers what that threw. */
function run(s: Scripted, image: Uint8Array): unknown {
  try {
    s.vm.adopt(image)
    s.tick()
  } catch (error) {
    return error instanceof RulesError ? error.cause : error
  }
  return null
}

const fault = (what: RegExp): unknown =>
  expect.objectContaining({ name: 'LuaFault', message: expect.stringMatching(what) as unknown })

test('a list without an end is not walked', () => {
  const s = scripted('function on_tick() end')
  s.tick()
  // How many events the tick before has left, in the prelude.
  const image = made(s, lua => setUpvalue(lua, lua.prelude.takeEvents, 2, Infinity))
  expect(run(s, image)).toEqual(fault(/^the memory of the scripts, which came from another machine, is damaged: /))
  s.vm.reset()
  s.tick()
})

test('what stands in the place of one of our own parts has nothing to ask of the host', () => {
  const s = scripted('function on_tick() echo.log(1) end')
  s.tick()
  s.logs.length = 0
  const image = made(s, lua => {
    const { machine, prelude, scripts } = lua
    // echo.log in the place of what answers the timers that are due: it would log at every tick, on nobody's budget.
    machine.pushString(machine.L, 'print')
    machine.lua.lua_rawget(machine.L, scripts[0].env)
    machine.lua.lua_copy(machine.L, -1, prelude.takeDue)
    machine.pop()
  })
  expect(run(s, image)).toEqual(fault(/the host answers scripts, while they run/))
  expect(s.logs).toEqual([])
})

test('a table whose keys go round in a ring is looked through until the fuel is out, and no longer', () => {
  const s = scripted('for i = 1, 9 do _G["name" .. i] = i end')
  s.tick()
  const image = made(s, ({ machine, scripts }) => {
    // PUC Lua 5.4: a table has the power of its size at 7 and its nodes at 16; a node has 24 bytes, at 12 how far the next one is.
    const table = machine.lua.lua_topointer(machine.L, scripts[0].env)
    const nodes = machine.words[(table + 16) >> 2]
    const count = 1 << machine.bytes[table + 7]
    for (let i = 0; i < count; i++) machine.words[(nodes + i * 24 + 12) >> 2] = i % 2 === 0 ? 1 : -1
  })
  // What is asked for every tick, and is not there. Without the script it is the same: its table is emptied then.
  expect(run(s, image)).toEqual(fault(/our own work in it ran out of instructions$/))
})

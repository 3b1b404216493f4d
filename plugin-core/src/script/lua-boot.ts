// Puts a Lua together before its first script: host functions, entities, our own part, an environment for each script. All of it
// in one fixed order, because addresses and numbers that come out of it are in the image, and must be the same on every machine.

import { EntityAccess } from './entity-access.ts'
import { EntityFields } from './entity-fields.ts'
import { hostCalls, type HostCall, type Running } from './host-calls.ts'
import { LuaData } from './lua-data.ts'
import { REGISTRY, REGISTRY_KEY } from './lua-exports.ts'
import { LuaMachine } from './lua-machine.ts'
import { knownNames } from './lua-names.ts'
import type { LuaModules } from './lua-wasm.ts'
import { PRELUDE } from './prelude.ts'
import type { Script, ScriptHost } from './script-host.ts'

/** A script in Lua. */
export interface LoadedScript {
  readonly name: string
  /** Of the components that an entity must have; 0: it runs once. */
  readonly mask: number
  /** Column of the player's slot; -1: there is none. */
  readonly slotField: number
  /** Stack index of its environment. */
  readonly env: number
  /** Stack index of its handlers by kind. */
  readonly on: number
  /** Where in the machine's `halves` is told for each entity that it has started: its generation + 1. */
  readonly started: number
}

/** What the prelude answers, in this order. */
const ANSWERS = [
  'given',
  'make',
  'load',
  'drop',
  'run',
  'takeDue',
  'takeEvents',
  'queue',
  'texts',
  'seed',
  'part',
] as const
export type Prelude = Readonly<Record<(typeof ANSWERS)[number], number>>

export interface BootedLua {
  readonly machine: LuaMachine
  readonly fields: EntityFields
  readonly data: LuaData
  /** Stack indices. */
  readonly prelude: Prelude
  /** Stack index of the message handler. */
  readonly handler: number
  readonly scripts: readonly LoadedScript[]
}

export function bootLua(
  modules: LuaModules,
  host: ScriptHost,
  running: Running,
  options: { scripts: readonly Script[]; seed: number; memoryBytes: number },
): BootedLua {
  const fields = new EntityFields(host.layout, host.world)
  const calls: HostCall[] = []
  const machine = new LuaMachine(
    modules,
    {
      get: (L, reference, code) => access.get(L, reference, code),
      set: (L, reference, code) => access.set(L, reference, code),
      shared: (L, reference, number) => access.shared(L, reference, number),
      index: (L, reference) => access.index(L, reference),
      newindex: (L, reference) => access.newindex(L, reference),
      call: (L, id) => calls[id](L),
      plain: (L, index) => access.plain(L, index),
      refuse: (L, fault, detail) => data.refuse(L, fault, detail),
    },
    options,
  )
  const access = new EntityAccess(machine, fields)
  const known = knownNames(host.layout, options.scripts)
  const data = new LuaData(machine, known)
  const { lua, bindings, L } = machine
  bindings.names.value = lua.malloc(known.size * 4)
  for (const [name, number] of known) {
    machine.pushString(L, name)
    bindings.know(L, number)
  }

  const named = hostCalls({ machine, data, host, fields, access, running })
  const names = Object.keys(named)
  for (const name of names) calls.push(named[name])
  const call = machine.place(bindings.call)
  const pushCall = (name: string): void => {
    bindings.number(L, names.indexOf(name))
    lua.lua_pushcclosure(L, call, 1)
  }

  lua.lua_pushcclosure(L, machine.place(bindings.message), 0)
  const handler = lua.lua_gettop(L)
  access.install(machine.place(bindings.index), machine.place(bindings.newindex), Object.keys(host.methods), pushCall)

  const mistake = machine.compile(ENCODER.encode(PRELUDE), 'echo')
  if (mistake !== null) throw new Error(mistake)
  pushTable(names, pushCall)
  pushGuarded(machine)
  pushTable(
    options.scripts.map(script => script.name),
    (_, i) => bindings.number(L, i + 1),
  )
  machine.call(3, ANSWERS.length)
  const first = lua.lua_gettop(L) - ANSWERS.length + 1
  const prelude = Object.fromEntries(ANSWERS.map((name, i) => [name, first + i])) as Prelude
  lua.lua_pushvalue(L, prelude.given)
  bindings.list_set(L, REGISTRY, REGISTRY_KEY.given)
  machine.pushString(L, 'self')
  bindings.list_set(L, REGISTRY, REGISTRY_KEY.self)
  lua.lua_pushvalue(L, prelude.seed)
  bindings.number(L, options.seed)
  machine.call(1, 0)

  const scripts = options.scripts.map((script, i) => {
    lua.lua_pushvalue(L, prelude.make)
    bindings.number(L, i + 1)
    machine.pushString(L, script.name)
    machine.call(2, 2)
    const on = lua.lua_gettop(L)
    return { name: script.name, ...bindingOf(script), env: on - 1, on }
  })
  return { machine, fields, data, prelude, handler, scripts }

  function bindingOf({ name, each = [], slot }: Script): Pick<LoadedScript, 'mask' | 'slotField' | 'started'> {
    if (each.length === 0) {
      if (slot !== undefined) throw new Error(`script ${name}: a slot without entities (each)`)
      return { mask: 0, slotField: -1, started: 0 }
    }
    const [component, field] = slot?.split('.') ?? []
    const slotField = host.layout.columns.findIndex(column => column.component === component && column.field === field)
    if (slot !== undefined && slotField < 0)
      throw new Error(`script ${name}: slot "${slot}" is no field, as Player.slot is`)
    const bytes = host.layout.maxEntities * 2
    const started = lua.malloc(bytes)
    machine.bytes.fill(0, started, started + bytes)
    return { mask: fields.maskOf(each), slotField, started: started >> 1 }
  }

  function pushTable(keys: readonly string[], value: (key: string, i: number) => void): void {
    lua.lua_createtable(L, 0, keys.length)
    keys.forEach((key, i) => {
      machine.pushString(L, key)
      value(key, i)
      lua.lua_rawset(L, -3)
    })
  }
}

/** Pushes a table of the functions that stand in for Lua's own. */
function pushGuarded(machine: LuaMachine): void {
  const { lua, bindings, L } = machine
  // Lua's own, by its place in the function table.
  const original = (library: number, name: string): number => {
    machine.pushString(L, name)
    lua.lua_rawget(L, library)
    const fn = lua.lua_tocfunction(L, -1)
    machine.pop()
    return fn
  }
  const put = (name: string, fn: number, upvalues: number): void => {
    lua.lua_pushcclosure(L, fn, upvalues)
    machine.pushString(L, name)
    lua.lua_rotate(L, -2, 1)
    lua.lua_rawset(L, -3)
  }
  // LUA_RIDX_GLOBALS
  bindings.list_get(L, REGISTRY, 2)
  const globals = lua.lua_gettop(L)
  machine.pushString(L, 'coroutine')
  lua.lua_rawget(L, globals)
  const coroutine = lua.lua_gettop(L)
  bindings.resume.value = original(coroutine, 'resume')
  bindings.wrapped.value = machine.place(bindings.wrapped_call)

  lua.lua_createtable(L, 0, 5)
  bindings.number(L, original(globals, 'setmetatable'))
  machine.pushString(L, '__gc')
  put('setmetatable', machine.place(bindings.setmetatable), 2)
  bindings.number(L, original(coroutine, 'create'))
  put('create', machine.place(bindings.cocreate), 1)
  bindings.number(L, original(coroutine, 'create'))
  put('wrap', machine.place(bindings.cowrap), 1)
  put('resume', machine.place(bindings.coresume), 0)
  put('traceback', machine.place(bindings.cotraceback), 0)
  // Only the table stays.
  lua.lua_rotate(L, globals, 1)
  machine.pop(2)
}

const ENCODER = new TextEncoder()

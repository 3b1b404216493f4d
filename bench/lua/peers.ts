// The other Luas of the npm registry, with the same work: fengari (Lua 5.3 in JavaScript; its VM cannot be copied) by its C API, and
// wasmoon with the proxies that it makes itself.

import { createRequire } from 'node:module'
import { LuaFactory } from 'wasmoon'

/** Nanoseconds, or microseconds: whatever its callers divide by. */
export interface Peer {
  readonly name: string
  event(count: number): void
  emit(count: number): void
  frame(tick: number): void
}

export const PEER_SCRIPT = `
function on_event(evt) local x = evt.payload.axis.x end
function on_emit(n) for i = 1, n do emit('e', { axis = { x = 1.5, y = 2 }, tick = i }) end end
`

interface Payload {
  axis: { x: number; y: number }
  tick: number
}

export async function wasmoon(game: string): Promise<Peer> {
  const engine = await new LuaFactory().createEngine()
  let sum = 0
  engine.global.set('emit', (_kind: string, payload: Payload) => {
    sum += payload.axis.x + payload.axis.y + payload.tick
  })
  await engine.doString(PEER_SCRIPT + host(game))
  const onEvent = engine.global.get('on_event') as (event: { payload: Payload }) => void
  const onEmit = engine.global.get('on_emit') as (count: number) => void
  const onFrame = engine.global.get('on_frame') as (event: { payload: Payload }) => void
  return {
    name: 'wasmoon',
    event(count) {
      for (let tick = 0; tick < count; tick++) onEvent({ payload: { axis: { x: 0.5, y: -0.25 }, tick } })
    },
    emit: count => onEmit(count),
    frame: tick => onFrame({ payload: { axis: { x: 0.5, y: -0.25 }, tick } }),
  }
}

// fengari has no types.
type State = object
type Call = (...args: unknown[]) => unknown
interface Fengari {
  lua: Record<string, Call>
  lauxlib: Record<string, Call>
  lualib: Record<string, Call>
  to_luastring: (text: string) => Uint8Array
}

export function fengari(game: string): Peer {
  const { lua, lauxlib, lualib, to_luastring: bytes } = createRequire(import.meta.url)('fengari') as Fengari
  const L = lauxlib.luaL_newstate() as State
  lualib.luaL_openlibs(L)
  let sum = 0
  const key = Object.fromEntries(['payload', 'axis', 'x', 'y', 'tick'].map(name => [name, bytes(name)]))
  const number = (index: number, name: string): number => {
    lua.lua_getfield(L, index, key[name])
    const value = lua.lua_tonumber(L, -1) as number
    lua.lua_settop(L, -2)
    return value
  }
  lua.lua_pushcfunction(L, () => {
    lua.lua_getfield(L, 2, key.axis)
    sum += number(-1, 'x') + number(-1, 'y') + number(2, 'tick')
    return 0
  })
  lua.lua_setglobal(L, bytes('emit'))
  const run = (text: string): void => {
    if (lauxlib.luaL_dostring(L, bytes(text)) !== false && (lua.lua_type(L, -1) as number) === 4)
      throw new Error(String(lua.lua_tojsstring(L, -1)))
  }
  run(PEER_SCRIPT + host(game))
  const call = (name: string, push: () => void): void => {
    lua.lua_getglobal(L, bytes(name))
    push()
    if ((lua.lua_pcall(L, 1, 0, 0) as number) !== 0) throw new Error(String(lua.lua_tojsstring(L, -1)))
  }
  const set = (name: string, value: number): void => {
    if (Number.isInteger(value)) lua.lua_pushinteger(L, value)
    else lua.lua_pushnumber(L, value)
    lua.lua_setfield(L, -2, key[name])
  }
  const event = (tick: number) => (): void => {
    lua.lua_createtable(L, 0, 1)
    lua.lua_createtable(L, 0, 2)
    lua.lua_createtable(L, 0, 2)
    set('x', 0.5)
    set('y', -0.25)
    lua.lua_setfield(L, -2, key.axis)
    set('tick', tick)
    lua.lua_setfield(L, -2, key.payload)
  }
  return {
    name: 'fengari',
    event(count) {
      for (let tick = 0; tick < count; tick++) call('on_event', event(tick))
    },
    emit: count => call('on_emit', () => lua.lua_pushinteger(L, count)),
    frame: tick => call('on_frame', event(tick)),
  }
}

/** What game.lua needs of a host, in plain Lua; fengari has no collector to ask. */
function host(game: string): string {
  return `
echo = { chronos = function() return 0 end, network = { emit = function() end } }
self = { move = { x = 1, y = 0 }, applyInput = function() end }
collectgarbage = function() return 0 end
${game}
on_start()`
}

// The parts of the two WebAssembly modules that are used here, with the names that Lua's manual gives them.

/** `lua_State *`. */
export type State = number

export interface LuaExports {
  readonly memory: WebAssembly.Memory
  readonly __indirect_function_table: WebAssembly.Table
  readonly fuel: WebAssembly.Global<'i32'>
  readonly low: WebAssembly.Global<'i32'>
  readonly spent_slot: WebAssembly.Global<'i32'>
  charge(bytes: number): void
  emscripten_stack_init(): void
  emscripten_stack_get_base(): number
  emscripten_stack_get_end(): number
  __wasm_call_ctors(): void
  stackAlloc(bytes: number): number
  stackSave(): number
  stackRestore(to: number): void
  malloc(bytes: number): number
  free(block: number): void
  lua_newstate(alloc: number, ud: number): State
  lua_absindex(L: State, index: number): number
  lua_checkstack(L: State, slots: number): number
  lua_copy(L: State, from: number, to: number): void
  lua_concat(L: State, count: number): void
  lua_createtable(L: State, list: number, named: number): void
  lua_error(L: State): void
  lua_getiuservalue(L: State, index: number, n: number): number
  lua_setiuservalue(L: State, index: number, n: number): number
  lua_getinfo(L: State, what: number, record: number): number
  lua_getstack(L: State, level: number, record: number): number
  lua_getlocal(L: State, record: number, n: number): number
  lua_gettop(L: State): number
  lua_getupvalue(L: State, fn: number, n: number): number
  lua_isinteger(L: State, index: number): number
  lua_getmetatable(L: State, index: number): number
  lua_newthread(L: State): State
  lua_next(L: State, index: number): number
  lua_pcallk(L: State, args: number, results: number, handler: number, context: number, k: number): number
  lua_pushboolean(L: State, value: number): void
  lua_pushcclosure(L: State, fn: number, upvalues: number): void
  lua_pushlstring(L: State, at: number, length: number): number
  lua_pushnil(L: State): void
  lua_pushnumber(L: State, value: number): void
  lua_pushvalue(L: State, index: number): void
  lua_rawequal(L: State, a: number, b: number): number
  lua_rawget(L: State, index: number): number
  lua_rawset(L: State, index: number): void
  lua_rotate(L: State, index: number, n: number): void
  lua_sethook(L: State, hook: number, mask: number, count: number): void
  lua_setglobal(L: State, name: number): void
  lua_setupvalue(L: State, fn: number, n: number): number
  lua_settop(L: State, top: number): void
  lua_toboolean(L: State, index: number): number
  lua_tocfunction(L: State, index: number): number
  lua_tointegerx(L: State, index: number, isNumber: number): bigint
  lua_topointer(L: State, index: number): number
  lua_tothread(L: State, index: number): State
  lua_tolstring(L: State, index: number, length: number): number
  lua_tonumberx(L: State, index: number, isNumber: number): number
  lua_touserdata(L: State, index: number): number
  lua_type(L: State, index: number): number
  luaL_loadbufferx(L: State, text: number, length: number, name: number, mode: number): number
  luaL_requiref(L: State, name: number, open: number, global: number): void
  luaL_traceback(L: State, of: State, message: number, level: number): void
  luaL_where(L: State, level: number): void
  luaopen_base(L: State): number
  luaopen_coroutine(L: State): number
  luaopen_table(L: State): number
  luaopen_string(L: State): number
  luaopen_math(L: State): number
  luaopen_utf8(L: State): number
}

export interface BindingExports {
  readonly ctl: WebAssembly.Global<'i32'>
  readonly scratch: WebAssembly.Global<'i32'>
  readonly scratch_end: WebAssembly.Global<'i32'>
  readonly resume: WebAssembly.Global<'i32'>
  readonly wrapped: WebAssembly.Global<'i32'>
  readonly running: WebAssembly.Global<'i32'>
  readonly names: WebAssembly.Global<'i32'>
  /** Pushes the entity of a reference, or nil for 0. */
  entity(L: State, reference: number): void
  handle(L: State, fn: number, argument: number, self: number, handler: number, fuel: number): number
  refuel(fuel: number): number
  handlers(L: State, env: number, on: number, names: number): number
  /** Pushes a number: whole ones as integers. */
  number(L: State, value: number): void
  length(L: State, index: number): number
  /** Pushes a known string, by its number. */
  name(L: State, number: number): void
  /** Pushes two known strings and nil; answers the stack index of the first. */
  kind(L: State, handler: number, kind: number): number
  /** Makes the string on top the known one of a number, and pops it. */
  know(L: State, number: number): void
  list_get(L: State, index: number, at: number): number
  list_set(L: State, index: number, at: number): void
  /** Pushes what the tokens say; answers where they end. */
  build(L: State, at: number): number
  /** Writes the tokens of a value into the payload scratch; answers where they end. */
  flatten(L: State, index: number): number
  wipe(top: number): void
  // For Lua's function table.
  alloc: () => void
  index: () => void
  newindex: () => void
  call: () => void
  setmetatable: () => void
  cocreate: () => void
  coresume: () => void
  cowrap: () => void
  wrapped_call: () => void
  message: () => void
  cotraceback: () => void
  spent: () => void
  hook: () => void
}

/** What the bindings call. */
export interface HostFunctions {
  /** Puts the value into the machine's `value`; answers 0, or 1 where the field's component is not there. */
  get(L: State, reference: number, code: number): number
  set(L: State, reference: number, code: number): void
  /** The code of the field that an entity has under a name of several components; -1: none. */
  shared(L: State, reference: number, number: number): number
  index(L: State, reference: number): number
  newindex(L: State, reference: number): number
  call(L: State, id: number): number
  /** Pushes a table of the userdata at an index. */
  plain(L: State, index: number): void
  /** Raises the error of a payload that is no data. */
  refuse(L: State, fault: number, detail: number): void
}

export const TYPE = { nil: 0, boolean: 1, number: 3, string: 4, table: 5, function: 6, userdata: 7, thread: 8 } as const

/** `LUA_REGISTRYINDEX`, and our keys there; bindings.wat says the same. */
export const REGISTRY = -1001000
export const REGISTRY_KEY = {
  entities: 16,
  entityMeta: 17,
  given: 18,
  self: 19,
  componentMetas: 32,
} as const

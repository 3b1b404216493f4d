// PUC Lua 5.4 as others compiled it, untouched: wasmoon's own module, by its C API, without its proxies.

import { LuaFactory, LuaReturn } from 'wasmoon'

export interface StockLua {
  /** Runs a text and answers the lines that it put; throws its error, or the compiler's. */
  run(text: string, chunk: string): string[]
}

export async function stockLua(): Promise<StockLua> {
  const lua = await new LuaFactory().getLuaModule()
  const load = (L: number, text: string, chunk: string): void => {
    const bytes = new TextEncoder().encode(text)
    const at = lua.module._malloc(bytes.length + 1)
    lua.module.HEAPU8.set(bytes, at)
    const status = lua.luaL_loadbufferx(L, at, bytes.length, `=${chunk}`, 't')
    lua.module._free(at)
    if (status !== LuaReturn.Ok) throw new Error(lua.lua_tolstring(L, -1, null))
  }
  const call = (L: number, results: number): void => {
    if (lua.lua_pcallk(L, 0, results, 0, 0, null) !== 0) throw new Error(lua.luaL_tolstring(L, -1, null))
  }
  return {
    run(text, chunk) {
      const L = lua.luaL_newstate()
      try {
        lua.luaL_openlibs(L)
        load(
          L,
          'local all = {} function put(line) all[#all + 1] = line end function lines() return table.concat(all, "\\n") end',
          'put',
        )
        call(L, 0)
        load(L, text, chunk)
        call(L, 0)
        load(L, 'return lines()', 'put')
        call(L, 1)
        return lua.lua_tolstring(L, -1, null).split('\n')
      } finally {
        lua.lua_close(L)
      }
    },
  }
}

// The compiled Lua, made from wasmoon by scripts/harden-lua.mjs. It is imported when it is first asked for, so that a game without
// scripts carries none of it.

export interface LuaModules {
  readonly lua: WebAssembly.Module
  readonly bindings: WebAssembly.Module
  /** Of both: machines with another Lua do not meet. */
  readonly sha256: string
}

let modules: Promise<LuaModules> | null = null

/** Compiles Lua, once; a failure is tried again. */
export function loadLua(): Promise<LuaModules> {
  modules ??= compile().catch((error: unknown) => {
    modules = null
    throw error
  })
  return modules
}

async function compile(): Promise<LuaModules> {
  const { lua, bindings, sha256 } = await import('../../generated/lua-wasm.js')
  const compiled = await Promise.all([lua, bindings].map(async text => WebAssembly.compile(await unpack(text))))
  return { lua: compiled[0], bindings: compiled[1], sha256 }
}

async function unpack(text: string): Promise<ArrayBuffer> {
  const packed = Uint8Array.from(atob(text), character => character.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return new Response(stream).arrayBuffer()
}

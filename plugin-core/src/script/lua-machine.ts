// One Lua and its memory. All that Lua is lies in two stretches of that memory, from 0 to the end of the static data and from the
// start of the heap to its end, so that saving copies two stretches, and loading copies them back. The C stack between them is
// empty between calls.

import { xxhash32Words } from '../bytes/xxhash32.ts'
import { REGISTRY, TYPE, type BindingExports, type HostFunctions, type LuaExports, type State } from './lua-exports.ts'
import type { LuaModules } from './lua-wasm.ts'
import type { StopReason } from './script-error.ts'

/** Thrown out of Lua where a budget ends; no pcall of a script's catches it. The memory is half way then. */
export class BudgetEnd extends Error {
  readonly reason: StopReason
  readonly traceback: string

  constructor(reason: StopReason, traceback: string) {
    super(reason)
    this.reason = reason
    this.traceback = traceback
  }
}

/** Where wasmoon 1.16.0's libc keeps the end of the heap. */
const HEAP_END = 31452
/** For strings on their way in and out. */
const SCRATCH_BYTES = 65536
/** For one payload: far more than may be sent. */
const PAYLOAD_BYTES = 65536
/**
 * Fuel outside of scripts, for each piece of our own work: twenty times what it takes to walk a full memory or to compile a megabyte, and
 * less than a tenth of a second. In a memory that Lua has not made, a list may be a ring.
 */
const OWN_FUEL = 1 << 24
/** No cap at all: what tells of a stop may take more than scripts may. */
const UNLIMITED = 0x7fffffff
/** Fuel that is left to find the line at which the budget ended. */
const GRACE = 20_000
const TRACEBACK_FUEL = 2_000_000
/** Calls that may be under way: fewer than Lua allows, so that a ring of them ends. */
const MOST_CALLS = 1 << 20
const HOOK_COUNT = 8
/** Slots of the main stack, for handlers, tables that are kept there and payloads. */
const STACK_SLOTS = 400
/** Room beyond what scripts may hold, for events on their way to them: a script that fills its own stops in its own code. */
const OWN_BYTES = 2 << 20
/** Bytes of the control block: see bindings.wat; from 32 on it is the vm's. */
const CONTROL_BYTES = 256
/** LUA_RIDX_GLOBALS */
const GLOBALS = 2
/** LUA_ERRMEM */
const OUT_OF_MEMORY = 4

const LIBRARIES = ['base', 'coroutine', 'table', 'string', 'math', 'utf8'] as const

export class LuaMachine {
  readonly lua: LuaExports
  readonly bindings: BindingExports
  /** The main coroutine. */
  readonly L: State
  /** Address of the control block. */
  readonly control: number
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly halves: Uint16Array
  /** A number on its way between a column and Lua, at 0. */
  readonly value: Float64Array
  /** Address and end of the room for one payload's tokens; no state. */
  readonly payload: number
  readonly payloadEnd: number
  /** Address of `SCRATCH_BYTES` bytes for strings; no state. */
  readonly scratch: number
  readonly #signed: Int32Array
  readonly #dataEnd: number
  readonly #heap: number
  readonly #stackTop: number
  readonly #hookSlot: number
  /** Lua's own collectgarbage. */
  readonly #collect: number
  #high: number
  /** A script runs: the host answers. */
  #isOpen = false
  #inGrace = false
  #isTelling = false
  /** Where memory ran short last. */
  #low = ''

  constructor(modules: LuaModules, host: HostFunctions, options: { memoryBytes: number }) {
    const lua = this.#instantiate(modules.lua)
    this.lua = lua
    this.bytes = new Uint8Array(lua.memory.buffer)
    this.words = new Uint32Array(lua.memory.buffer)
    this.halves = new Uint16Array(lua.memory.buffer)
    this.#signed = new Int32Array(lua.memory.buffer)
    lua.emscripten_stack_init()
    this.#heap = lua.emscripten_stack_get_base()
    this.#dataEnd = lua.emscripten_stack_get_end()
    if (this.words[HEAP_END >> 2] !== this.#heap) throw new Error('lua: this is not the glue.wasm that was hardened')
    lua.__wasm_call_ctors()
    this.scratch = lua.stackAlloc(SCRATCH_BYTES)
    const room = lua.stackAlloc(PAYLOAD_BYTES)
    this.value = new Float64Array(lua.memory.buffer, room, 1)
    this.payload = room + 16
    this.payloadEnd = room + PAYLOAD_BYTES
    this.#stackTop = lua.stackSave()
    const bindings = this.#instantiateBindings(modules.bindings, host)
    this.bindings = bindings
    lua.spent_slot.value = this.place(bindings.spent)
    this.#hookSlot = this.place(bindings.hook)
    this.control = lua.malloc(CONTROL_BYTES)
    this.bytes.fill(0, this.control, this.control + CONTROL_BYTES)
    const limits = this.control >> 2
    this.words[limits + 1] = this.words[limits + 6] = options.memoryBytes + OWN_BYTES
    bindings.ctl.value = this.control
    bindings.scratch.value = room
    bindings.scratch_end.value = this.payloadEnd
    this.L = lua.lua_newstate(this.place(bindings.alloc), this.control)
    bindings.running.value = this.L
    lua.lua_checkstack(this.L, STACK_SLOTS)
    for (const name of LIBRARIES) {
      const open = this.place(lua[`luaopen_${name}`])
      lua.luaL_requiref(this.L, this.cString(name === 'base' ? '_G' : name), open, 1)
      this.pop()
    }
    bindings.list_get(this.L, REGISTRY, GLOBALS)
    this.pushString(this.L, 'collectgarbage')
    lua.lua_rawget(this.L, -2)
    this.#collect = lua.lua_tocfunction(this.L, -1)
    this.pop(2)
    this.#high = this.words[HEAP_END >> 2]
  }

  /** Puts a WebAssembly function into Lua's table. In a fixed order at start only: its number is part of the image. */
  place(fn: (...args: never[]) => unknown): number {
    const table = this.lua.__indirect_function_table
    const slot = table.grow(1)
    table.set(slot, fn)
    return slot
  }

  // The image.

  /** Bytes of the image now. It grows with what Lua holds, and is as small again after a load of a smaller one. */
  get sizeBytes(): number {
    return this.#dataEnd + this.words[HEAP_END >> 2] - this.#heap
  }

  /** Copies the image into `into`; answers its size. */
  save(into: Uint8Array): number {
    const end = this.words[HEAP_END >> 2]
    into.set(this.bytes.subarray(0, this.#dataEnd))
    into.set(this.bytes.subarray(this.#heap, end), this.#dataEnd)
    return this.#dataEnd + end - this.#heap
  }

  /** Copies an image back. Throws for what is none; nothing is changed then. */
  load(from: Uint8Array): void {
    const end = this.#endOf(from)
    this.#high = Math.max(this.#high, this.words[HEAP_END >> 2])
    this.bytes.set(from.subarray(0, this.#dataEnd))
    this.bytes.set(from.subarray(this.#dataEnd, this.#dataEnd + end - this.#heap), this.#heap)
    // Memory that Lua takes later begins with zeros, as on a machine that never held more.
    if (this.#high > end) this.bytes.fill(0, end, this.#high)
    this.#high = end
    this.lua.stackRestore(this.#stackTop)
    this.bindings.running.value = this.L
    this.bindings.refuel(OWN_FUEL)
    this.#inGrace = false
    this.#isOpen = false
  }

  /**
   * Loads an image that another machine made, and lets the collector walk all of it: answers what is wrong with it, null: nothing that the
   * collector sees. Whatever the answer, another image is to be loaded then.
   */
  examine(from: Uint8Array): string | null {
    const { lua, L } = this
    try {
      this.load(from)
      lua.lua_pushcclosure(L, this.#collect, 0)
      return lua.lua_pcallk(L, 0, 0, 0, 0, 0) === 0 ? null : 'its collector fails'
    } catch (error) {
      // That there is no room to walk it in says nothing of it.
      if (error instanceof BudgetEnd) return error.reason === 'memory' ? null : 'walking it does not come to an end'
      return error instanceof Error ? error.message : 'an error without a handler'
    }
  }

  /** All garbage goes. */
  collect(): void {
    this.lua.lua_pushcclosure(this.L, this.#collect, 0)
    this.call(0, 0)
  }

  /** For reading in an image that is thrown away afterwards: nothing goes while it is looked at. */
  stopCollector(): void {
    this.lua.lua_pushcclosure(this.L, this.#collect, 0)
    this.pushString(this.L, 'stop')
    this.call(1, 0)
  }

  /** Size of the image at the start of `from`, which may be longer. */
  imageBytes(from: Uint8Array): number {
    return this.#dataEnd + this.#endOf(from) - this.#heap
  }

  /** xxHash32 of the image, a u32. */
  hash(): number {
    const data = xxhash32Words(this.#signed.subarray(0, this.#dataEnd >> 2), this.#dataEnd >> 2, 0)
    const end = this.words[HEAP_END >> 2]
    return xxhash32Words(this.#signed.subarray(this.#heap >> 2, end >> 2), (end - this.#heap) >> 2, data)
  }

  /** The same of a saved one, which begins at a multiple of four bytes. */
  hashOf(image: Uint8Array): number {
    const words = new Int32Array(image.buffer, image.byteOffset, this.imageBytes(image) >> 2)
    const data = xxhash32Words(words.subarray(0, this.#dataEnd >> 2), this.#dataEnd >> 2, 0)
    return xxhash32Words(words.subarray(this.#dataEnd >> 2), words.length - (this.#dataEnd >> 2), data)
  }

  /** Before each tick: what earlier calls left on the C stack is forgotten, because it is not in the image; our own work has its fuel. */
  wipe(): void {
    this.bindings.wipe(this.#stackTop)
    this.bindings.refuel(OWN_FUEL)
  }

  #endOf(from: Uint8Array): number {
    const at = from.byteOffset + HEAP_END
    const end = from.length < this.#dataEnd ? 0 : new DataView(from.buffer).getUint32(at, true)
    const size = this.#dataEnd + end - this.#heap
    if (end < this.#heap || end > this.bytes.length || (end & 3) !== 0 || size > from.length)
      throw new RangeError(`lua: no image is in these ${from.length} bytes`)
    return end
  }

  // Calls.

  /** Calls the function below `args` arguments; throws Lua's error as one of ours. For our own parts, which ask the host nothing. */
  call(args: number, results: number): void {
    const { lua, L } = this
    this.bindings.refuel(OWN_FUEL)
    const status = lua.lua_pcallk(L, args, results, 0, 0, 0)
    if (status === 0) return
    this.assertMemory(status)
    const text = this.text(L, -1)
    this.pop()
    // Our own parts refuse by a sentence of theirs; any other error is none of their making.
    throw text.startsWith('lua: ') ? new Error(text) : new WebAssembly.RuntimeError(text)
  }

  /** Compiles a text and pushes the function; on a mistake pushes nothing and answers the sentence. */
  compile(text: Uint8Array, name: string): string | null {
    const { lua, L } = this
    const at = lua.malloc(text.length + 1)
    if (at === 0) return `${name}: it does not fit into Lua's memory`
    this.bytes.set(text, at)
    const chunk = this.cString(`=${name}`)
    const mode = this.cString('t')
    const status = lua.luaL_loadbufferx(L, at, text.length, chunk, mode)
    for (const block of [mode, chunk, at]) lua.free(block)
    if (status === 0) return null
    const message = this.text(L, -1)
    this.pop()
    return message
  }

  pop(count = 1): void {
    this.lua.lua_settop(this.L, -count - 1)
  }

  // Strings.

  /** For Lua's own functions. The caller frees it, or it stays in the image for ever. */
  cString(text: string): number {
    const bytes = ENCODER.encode(text)
    const at = this.lua.malloc(bytes.length + 1)
    this.bytes.set(bytes, at)
    this.bytes[at + bytes.length] = 0
    return at
  }

  pushString(L: State, text: string): void {
    const { bytes, scratch } = this
    const { length } = text
    // Short names, which are nearly all, are quicker by hand.
    if (length <= 32) {
      let i = 0
      for (; i < length; i++) {
        const code = text.charCodeAt(i)
        if (code > 127) break
        bytes[scratch + i] = code
      }
      if (i === length) {
        this.lua.lua_pushlstring(L, scratch, length)
        return
      }
    }
    const { read, written } = ENCODER.encodeInto(text, bytes.subarray(scratch, scratch + SCRATCH_BYTES))
    if (read < length) throw new RangeError(`lua: a string of more than ${SCRATCH_BYTES} bytes`)
    this.lua.lua_pushlstring(L, scratch, written)
  }

  /** A string of any bytes and length. */
  pushBytes(L: State, bytes: Uint8Array): void {
    const at = this.lua.malloc(bytes.length + 1)
    if (at === 0) throw new RangeError(`lua: a string of ${bytes.length} bytes does not fit`)
    this.bytes.set(bytes, at)
    this.lua.lua_pushlstring(L, at, bytes.length)
    this.lua.free(at)
  }

  /** The number at `at` of the list at a stack index. */
  numberIn(list: number, at: number): number {
    const { lua, bindings, L } = this
    bindings.list_get(L, list, at)
    const value = lua.lua_tonumberx(L, -1, 0)
    lua.lua_settop(L, -2)
    return value
  }

  /** The string at an index, which must be one; at most `limit` bytes of it. What is no UTF-8 is replaced. */
  text(L: State, index: number, limit = SCRATCH_BYTES): string {
    if (this.lua.lua_type(L, index) !== TYPE.string) return ''
    const at = this.lua.lua_tolstring(L, index, this.scratch)
    const length = this.words[this.scratch >> 2]
    return DECODER.decode(this.bytes.subarray(at, at + Math.min(length, limit)))
  }

  /** Raises a Lua error in a host function: the sentence, with the script's line before it. Never returns. */
  fail(L: State, message: string): never {
    const { lua } = this
    lua.luaL_where(L, 1)
    this.pushString(L, message.length > 1000 ? `${message.slice(0, 1000)}…` : message)
    lua.lua_concat(L, 2)
    lua.lua_error(L)
    throw new Error('lua_error returned')
  }

  // Budgets.

  /** Before and after what runs with a script's fuel, which the bindings set; `memoryBytes`: most that all may hold while it does. */
  arm(memoryBytes: number): void {
    this.words[(this.control >> 2) + 5] = memoryBytes
    this.#inGrace = false
    this.#isOpen = true
  }

  /** Answers what `handle` left of it. */
  disarm(): number {
    this.#isOpen = false
    return this.#signed[(this.payload >> 2) - 4]
  }

  // A hook slows everything down, so there is none until the fuel is out. Then it finds the line; where none runs (deep in a pattern, in a
  // sort), the place is known anyway.
  #spent(): void {
    const { lua, bindings } = this
    if (!this.#isTelling && (lua.low.value as number) < this.#dataEnd + 32768)
      throw new BudgetEnd('stack', this.#where())
    if (this.#isTelling) throw new BudgetEnd('instructions', '')
    if (this.#inGrace || !this.#isOpen) throw new BudgetEnd('instructions', this.#where())
    this.#inGrace = true
    bindings.refuel(GRACE)
    lua.lua_sethook(bindings.running.value, this.#hookSlot, HOOK_COUNT, 1)
  }

  /** Throws for an error of Lua's that means that there was no memory: without a handler, and so without a traceback. */
  assertMemory(status: number): void {
    if (status === OUT_OF_MEMORY) throw new BudgetEnd('memory', this.#low)
  }

  /** The line that runs, as a traceback's, without taking memory. */
  #line(): string {
    const { lua, bindings, bytes, words, scratch } = this
    const running = bindings.running.value as number
    const what = scratch + 256
    bytes.set([0x53, 0x6c, 0], what) // "Sl"
    const shift = this.#stackShift(running)
    this.#shiftCalls(running, shift)
    let found = ''
    for (let level = 0; found === '' && lua.lua_getstack(running, level, scratch) === 1; level++) {
      lua.lua_getinfo(running, what, scratch)
      // lua_Debug: currentline at 24, short_src at 44.
      const line = words[(scratch + 24) >> 2] | 0
      const source = scratch + 44
      if (line > 0) found = `\n\t${DECODER.decode(bytes.subarray(source, bytes.indexOf(0, source)))}:${line}: in ?`
    }
    this.#shiftCalls(running, -shift)
    return found
  }

  /** While Lua moves its stack, places on it are numbers from the stack's start: what must be added to have addresses. */
  #stackShift(L: State): number {
    // lua_State: top at 12, stack_last at 24, stack at 28.
    const top = this.words[(L + 12) >> 2]
    const last = this.words[(L + 24) >> 2]
    const base = this.words[(L + 28) >> 2]
    return top >= base && top <= last + 1024 ? 0 : base
  }

  #shiftCalls(L: State, shift: number): void {
    if (shift === 0) return
    // lua_State: ci at 20. CallInfo: func at 0, previous at 8.
    let call = this.words[(L + 20) >> 2]
    for (let n = 0; call > 0 && n < MOST_CALLS; n++, call = this.words[(call + 8) >> 2]) this.words[call >> 2] += shift
  }

  /** Where a budget ended. The memory is lost already, so telling may take some more of it. */
  #where(): string {
    const { lua, bindings, words, control } = this
    const running = bindings.running.value as number
    if (this.#isTelling || this.#stackShift(running) !== 0) return this.#line()
    this.#isTelling = true
    bindings.refuel(TRACEBACK_FUEL)
    words[(control >> 2) + 1] = UNLIMITED
    try {
      lua.luaL_traceback(running, running, 0, 0)
      return this.text(running, -1)
    } catch {
      // Too deep to be told in full.
      bindings.refuel(TRACEBACK_FUEL)
      return this.#line()
    } finally {
      this.#isTelling = false
    }
  }

  #instantiate(module: WebAssembly.Module): LuaExports {
    const closed: Record<string, Record<string, unknown>> = {}
    for (const { module: from, name } of WebAssembly.Module.imports(module))
      (closed[from] ??= {})[name] = () => {
        throw new WebAssembly.RuntimeError(`lua: ${name} is closed`)
      }
    Object.assign(closed.env, {
      // Lua's seeds come from here, and must be the same everywhere.
      emscripten_date_now: () => 0,
      _emscripten_get_now_is_monotonic: () => 1,
      // The memory never grows: views stay valid.
      emscripten_resize_heap: () => 0,
    })
    Object.assign(closed.wasi_snapshot_preview1, {
      environ_get: () => 0,
      environ_sizes_get: (count: number, size: number) => {
        this.words[count >> 2] = 0
        this.words[size >> 2] = 0
        return 0
      },
    })
    return new WebAssembly.Instance(module, closed as WebAssembly.Imports).exports as unknown as LuaExports
  }

  #instantiateBindings(module: WebAssembly.Module, host: HostFunctions): BindingExports {
    const imports = {
      lua: this.lua,
      host: {
        ...host,
        // What is not a script's has nothing to ask: a memory that another machine made may say otherwise.
        call: (L: State, id: number) =>
          this.#isOpen ? host.call(L, id) : this.fail(L, 'the host answers scripts, while they run'),
        finalizer: (L: State) => this.fail(L, '__gc is closed: a finalizer would run in the middle of something else'),
        memory_out: () => {
          throw new BudgetEnd('memory', this.#where())
        },
        memory_low: () => {
          this.#low = this.#line()
        },
        spent: () => this.#spent(),
        hook: () => {
          throw new BudgetEnd('instructions', this.#where())
        },
      },
    }
    const { exports } = new WebAssembly.Instance(module, imports as unknown as WebAssembly.Imports)
    return exports as unknown as BindingExports
  }
}

const ENCODER = new TextEncoder()
const DECODER = new TextDecoder()

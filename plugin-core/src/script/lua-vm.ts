// The scripts of a match: runs them, tick by tick, in one Lua whose memory is part of the match's state. The same image, world
// and events give the same next image and world, on every machine.

import { xxhash32Bytes } from '../bytes/xxhash32.ts'
import type { Running } from './host-calls.ts'
import { bootLua, type BootedLua } from './lua-boot.ts'
import { TYPE } from './lua-exports.ts'
import { BudgetEnd } from './lua-machine.ts'
import type { LuaModules } from './lua-wasm.ts'
import { PRELUDE } from './prelude.ts'
import { LuaFault, ScriptStop, scriptError, type ScriptError, type StopReason } from './script-error.ts'
import type { Script, ScriptData, ScriptHost } from './script-host.ts'

export interface LuaVmOptions {
  /** In the order in which they run. */
  readonly scripts: readonly Script[]
  /** The match's seed: `math.random` begins with it. */
  readonly seed: number
  /**
   * Most bytes that scripts may hold together. Default 4 MiB. Those that players may edit leave a quarter of it to the others: what a player
   * wrote does not get a script of the game's stopped.
   */
  readonly memoryBytes?: number
  /** Turns of loops that one script may take in one tick. Default 1,000,000: some milliseconds. */
  readonly fuelPerTick?: number
  /** The same for a script's text when it is loaded. Default 10,000,000. */
  readonly fuelPerLoad?: number
}

/** So many bytes of the control block tell which scripts are stopped, and as many which have started. */
export const MAX_SCRIPTS = 64
const DEFAULTS = { memoryBytes: 4 << 20, fuelPerTick: 1_000_000, fuelPerLoad: 10_000_000 }
/** Half of Lua's memory stays free: what is taken and given back leaves holes. */
const MAX_MEMORY_BYTES = 8 << 20
/** Part of the memory that scripts which players may edit can fill; the rest is for the others. */
const EDITED = 0.75
/** Part of the memory that is never full of garbage when a tick begins. */
const COLLECT = 0.75
/** Values of 16 bytes in all of Lua's memory. */
const MOST_ENTRIES = 1 << 20
/** In the control block: from how many bytes on garbage is looked for when a tick begins; which scripts are stopped, which have started. */
const COLLECT_AT = 28
const STOPPED = 32
const STARTED = STOPPED + MAX_SCRIPTS
const SELF = 16
/** Slot of an event that is nobody's. */
const NOBODY = -1

export class LuaVm {
  /** Of everything that must be the same on all machines before a tick is run: Lua, the host's functions, scripts, budgets. u32. */
  readonly identity: number
  readonly #host: ScriptHost
  readonly #lua: BootedLua
  readonly #running: RunningScript
  readonly #limits: typeof DEFAULTS
  /** What is left of each script's budget of this tick. */
  readonly #fuel: Int32Array
  /** Bytes that all may hold together, while this one runs. */
  readonly #memory: readonly number[]
  /** Height of the stack between calls. */
  readonly #base: number
  /** The image before the first tick: each round begins with it. */
  readonly #pristine: Uint8Array
  readonly #seed: number
  /** Is told of each run of a script's function; for tools. */
  trace: ((script: string) => void) | null = null
  /** A call ended half way: only `load` helps. */
  #isDirty = false
  /** What is here goes back to another machine's image. */
  #isForeign = false

  constructor(modules: LuaModules, host: ScriptHost, options: LuaVmOptions) {
    const { scripts, seed } = options
    const { memoryBytes, fuelPerTick, fuelPerLoad } = { ...DEFAULTS, ...options }
    checkScripts(scripts)
    if (!(memoryBytes >= 1 << 19 && memoryBytes <= MAX_MEMORY_BYTES))
      throw new RangeError(`memoryBytes must be from ${1 << 19} to ${MAX_MEMORY_BYTES}, not ${memoryBytes}`)
    this.#host = host
    this.#seed = seed
    this.#limits = { memoryBytes, fuelPerTick, fuelPerLoad }
    this.#fuel = new Int32Array(scripts.length)
    const forEdited = scripts.every(script => script.editable) ? memoryBytes : memoryBytes * EDITED
    this.#memory = scripts.map(script => (script.editable ? forEdited : memoryBytes))
    this.#running = new RunningScript()
    this.#lua = bootLua(modules, host, this.#running, { scripts, seed, memoryBytes })
    this.#running.lua = this.#lua
    const { machine } = this.#lua
    this.#base = machine.lua.lua_gettop(machine.L)
    this.identity = luaIdentity(modules, host.layout, Object.keys(host.methods), options)
    this.#loadAll(scripts)
    machine.wipe()
    this.#pristine = new Uint8Array(machine.sizeBytes)
    machine.save(this.#pristine)
  }

  // The image.

  /** Bytes of the image now. Grows and shrinks with the state, on every machine alike. */
  get sizeBytes(): number {
    return this.#lua.machine.sizeBytes
  }

  /** No image is larger. */
  get maxBytes(): number {
    return this.#lua.machine.bytes.length
  }

  /** Copies the image into `into`, which has at least `sizeBytes`; answers how many bytes it took. Between ticks. */
  save(into: Uint8Array): number {
    this.#assertWhole()
    return this.#lua.machine.save(into)
  }

  /** Copies an image back; what follows it in `from` does not matter. Throws for what is no image, and changes nothing then. */
  load(from: Uint8Array): void {
    this.#lua.machine.load(from)
    this.#isDirty = false
  }

  /** The same for an image that another machine made: throws a LuaFault for one that is damaged, as far as walking all of it tells. */
  adopt(from: Uint8Array): void {
    const before = this.#copy()
    const fault = this.#lua.machine.examine(from)
    this.load(fault === null ? from : before)
    if (fault !== null) throw new LuaFault(fault, true, null)
    this.#isForeign = true
  }

  /** Reads in an image, as `read` likes; what is here is here again afterwards. Between ticks. */
  inspect<T>(image: Uint8Array, read: (lua: BootedLua) => T): T {
    const before = this.#copy()
    try {
      this.#lua.machine.load(image)
      return read(this.#lua)
    } finally {
      this.load(before)
    }
  }

  /** Bytes of the image with which `from` begins. */
  imageBytes(from: Uint8Array): number {
    return this.#lua.machine.imageBytes(from)
  }

  /** xxHash32 of the image, a u32. */
  hash(): number {
    return this.#lua.machine.hash()
  }

  /** The same of a saved image, which begins at a multiple of four bytes. */
  hashOf(image: Uint8Array): number {
    return this.#lua.machine.hashOf(image)
  }

  /** Bytes that scripts hold, out of `memoryBytes`. */
  get usedBytes(): number {
    const { machine } = this.#lua
    return machine.words[machine.control >> 2]
  }

  /** As before the first tick, of any round. */
  reset(): void {
    this.#isForeign = false
    this.load(this.#pristine)
  }

  /**
   * As before the first tick, with another seed: nothing of the round before stays, but texts that came during it. Of the scripts in
   * `without` not even those.
   */
  restart(seed = this.#seed, without: readonly string[] = []): void {
    const texts = this.#reloadedTexts()
    this.load(this.#pristine)
    this.#within(() => {
      const { machine, prelude } = this.#lua
      machine.lua.lua_pushvalue(machine.L, prelude.seed)
      machine.bindings.number(machine.L, seed)
      machine.call(1, 0)
    })
    for (const [script, text] of texts) {
      const { name } = this.#lua.scripts[script]
      if (!without.includes(name)) this.reload(name, text)
    }
  }

  /** The text that came for a script while it ran; null: none did. Changes nothing. */
  newTextOf(name: string): string | null {
    const script = this.#find(name)
    // Reading goes over Lua's stack, whose memory is part of the image.
    const before = this.#copy()
    try {
      return this.#reloadedTexts().find(([i]) => i === script)?.[1] ?? null
    } finally {
      this.load(before)
    }
  }

  // A tick: begin, deliver each event, step.

  /** The tick begins: what starts, timers and coroutines that are due, what scripts emitted at the tick before. */
  begin(): void {
    this.#enter()
    try {
      this.#lua.machine.wipe()
      this.#makeRoom()
      this.#fuel.fill(this.#limits.fuelPerTick)
      // What is emitted from here on belongs to the next tick.
      const events = this.#takeLocal()
      this.#start()
      this.#wake()
      this.#deliverLocal(events)
    } catch (error) {
      throw this.#ended(error)
    }
    this.#isDirty = false
  }

  /** A player's event: `on_<kind>` of all scripts, and what `echo.on` bound to it. */
  deliver(slot: number, kind: string, payload: ScriptData): void {
    this.#enter()
    try {
      this.#dispatch(kind, slot, 0, payload)
    } catch (error) {
      throw this.#ended(error)
    }
    this.#isDirty = false
  }

  /** `on_tick` of all scripts. */
  step(): void {
    this.deliver(NOBODY, 'tick', null)
  }

  /** A deterministic local event by the rules, at the next tick, as `echo.emit` makes one by a script. */
  emit(kind: string, payload: ScriptData, slot = NOBODY): void {
    this.#within(() => {
      const { machine, data, prelude } = this.#lua
      machine.lua.lua_pushvalue(machine.L, prelude.queue)
      machine.pushString(machine.L, kind)
      data.push(machine.L, payload)
      machine.bindings.number(machine.L, slot)
      machine.call(3, 0)
    })
  }

  /** Ends a script, when a `ScriptStop` came and the tick's start is loaded again: it does not run until a new text comes for it. */
  stop(name: string): void {
    this.#within(() => {
      const { machine, prelude } = this.#lua
      const script = this.#find(name)
      machine.bytes[machine.control + STOPPED + script] = 1
      machine.lua.lua_pushvalue(machine.L, prelude.drop)
      machine.bindings.number(machine.L, script + 1)
      machine.call(1, 0)
    })
  }

  isStopped(name: string): boolean {
    return this.#isStopped(this.#find(name))
  }

  /**
   * Another text for a script, between two calls of a tick: its globals stay, what the text defines is new, and a stopped script runs again.
   * A text that does not compile is answered, and the old one goes on; an error while it runs is answered, too.
   */
  reload(name: string, text: string, budget: 'load' | 'tick' = 'load'): ScriptError | null {
    let error: ScriptError | null = null
    this.#within(() => {
      const script = this.#find(name)
      this.#fuel[script] = budget === 'load' ? this.#limits.fuelPerLoad : this.#limits.fuelPerTick
      error = this.#compile(script, text, true) ?? this.#runText(script)
    })
    return error
  }

  /**
   * Keeps one of the parts in which a player's text comes, the first one is 1; answers the text once it is whole. Another serial, or a part
   * out of order, ends what was there.
   */
  collect(slot: number, serial: number, part: number, parts: number, bytes: Uint8Array): string | null {
    let text: string | null = null
    this.#within(() => {
      const { machine, prelude } = this.#lua
      const { lua, bindings, L } = machine
      lua.lua_pushvalue(L, prelude.part)
      for (const value of [slot, serial, part, parts]) bindings.number(L, value)
      machine.pushBytes(L, bytes)
      machine.call(5, 1)
      if (lua.lua_type(L, -1) === TYPE.string) text = machine.text(L, -1, Infinity)
      machine.pop()
    })
    return text
  }

  // Loading.

  #loadAll(scripts: readonly Script[]): void {
    // All are compiled before one runs: they may require each other.
    scripts.forEach(({ text }, i) => this.#tryLoading(() => this.#compile(i, text, false)))
    for (let i = 0; i < scripts.length; i++) {
      this.#fuel.fill(this.#limits.fuelPerLoad)
      this.#tryLoading(() => this.#runText(i))
    }
  }

  /** A script that ends a budget while it is loaded is stopped before the first tick. */
  #tryLoading(run: () => ScriptError | null): void {
    const { machine } = this.#lua
    const before = new Uint8Array(machine.sizeBytes)
    machine.save(before)
    try {
      this.#within(() => this.#report(run()))
    } catch (error) {
      if (!(error instanceof ScriptStop)) throw error
      this.load(before)
      this.stop(error.script)
      this.#host.error(error)
    }
  }

  #compile(script: number, text: string, isNew: boolean): ScriptError | null {
    const { machine, prelude, scripts } = this.#lua
    const { lua, bindings, L } = machine
    const { name, env } = scripts[script]
    this.#running.number = script + 1
    const bytes = ENCODER.encode(text)
    lua.lua_pushvalue(L, prelude.load)
    bindings.number(L, script + 1)
    const mistake = machine.compile(bytes, name)
    if (mistake !== null) {
      lua.lua_settop(L, this.#base)
      return scriptError(mistake, name, this.#host.sim.tick)
    }
    lua.lua_pushvalue(L, env)
    lua.lua_setupvalue(L, -2, 1)
    if (isNew) machine.pushBytes(L, bytes)
    else lua.lua_pushnil(L)
    machine.call(3, 0)
    machine.bytes[machine.control + STOPPED + script] = 0
    return null
  }

  #runText(script: number): ScriptError | null {
    const { machine, prelude } = this.#lua
    machine.bindings.number(machine.L, script + 1)
    const error = this.#run(script, prelude.run, machine.lua.lua_gettop(machine.L), 0)
    machine.pop()
    return error
  }

  #reloadedTexts(): [script: number, text: string][] {
    const { machine, prelude, scripts } = this.#lua
    const texts: [number, string][] = []
    if (this.#isDirty) return texts
    for (let i = 0; i < scripts.length; i++) {
      if (machine.bindings.list_get(machine.L, prelude.texts, i + 1) === TYPE.string)
        texts.push([i, machine.text(machine.L, -1, Infinity)])
      machine.pop()
    }
    return texts
  }

  // Dispatch. The stack holds what the method's caller pushed; `#within` puts it back to its height.

  /**
   * Where texts are put together, Lua asks for memory without looking for garbage first: there is room for a tick's of both. Once more than
   * that part is really held, it is looked for when half of the rest is used.
   */
  #makeRoom(): void {
    const { machine } = this.#lua
    const { memoryBytes } = this.#limits
    const at = (machine.control + COLLECT_AT) >> 2
    const least = memoryBytes * COLLECT
    if (this.usedBytes <= Math.max(least, machine.words[at])) return
    machine.collect()
    machine.words[at] = Math.max(least, (this.usedBytes + memoryBytes) / 2)
  }

  #start(): void {
    const { machine, scripts, fields } = this.#lua
    for (let i = 0; i < scripts.length; i++) {
      if (this.#isStopped(i)) continue
      const { mask } = scripts[i]
      if (mask === 0) {
        const at = machine.control + STARTED + i
        if (machine.bytes[at] !== 0) continue
        machine.bytes[at] = 1
        if (this.#pushOnStart(i)) this.#report(this.#run(i, machine.lua.lua_gettop(machine.L), 0, 0))
        machine.pop()
        continue
      }
      if (this.#pushOnStart(i))
        for (let e = fields.next(mask, 0); e >= 0; e = fields.next(mask, e + 1)) this.#startEntity(i, e)
      machine.pop()
    }
  }

  /** `on_start` for an entity, once, before anything else runs for it. */
  #startEntity(script: number, e: number): void {
    const { machine, scripts, fields } = this.#lua
    const reference = fields.reference(e)
    const at = scripts[script].started + e
    const generation = reference >>> 20
    if (machine.halves[at] === generation) return
    machine.halves[at] = generation
    if (this.#pushOnStart(script)) this.#report(this.#run(script, machine.lua.lua_gettop(machine.L), 0, reference))
    machine.pop()
  }

  /** Pushes `on_start`, or what is there instead. */
  #pushOnStart(script: number): boolean {
    const { machine, data, scripts } = this.#lua
    data.pushName(machine.L, 'on_start')
    return machine.lua.lua_rawget(machine.L, scripts[script].env) === TYPE.function
  }

  #wake(): void {
    const { machine, prelude, fields } = this.#lua
    const { lua, bindings, L } = machine
    lua.lua_pushvalue(L, prelude.takeDue)
    bindings.number(L, this.#host.sim.tick)
    machine.call(1, 1)
    const list = lua.lua_gettop(L)
    if (lua.lua_type(L, list) !== TYPE.table) return
    const count = countOf(bindings.length(L, list))
    for (let i = 1; i <= count; i++) {
      bindings.list_get(L, list, i)
      const entry = lua.lua_gettop(L)
      const script = machine.numberIn(entry, 2) - 1
      const reference = machine.numberIn(entry, 3)
      // What an entity waits for ends with it.
      const isGone = reference !== 0 && fields.entity(reference) < 0
      if (!isGone && !this.#isStopped(script) && bindings.list_get(L, entry, 1) === TYPE.function) {
        const fn = lua.lua_gettop(L)
        bindings.list_get(L, entry, 4)
        const takesItself = lua.lua_toboolean(L, -1) === 1
        this.#report(this.#run(script, fn, takesItself ? entry : 0, reference))
      }
      lua.lua_settop(L, list)
    }
    lua.lua_settop(L, list - 1)
  }

  /** Stack index of the list of this tick's local events; its length follows it. */
  #takeLocal(): number {
    const { machine, prelude } = this.#lua
    const { lua, bindings, L } = machine
    lua.lua_pushvalue(L, prelude.takeEvents)
    bindings.number(L, this.#host.sim.tick)
    machine.call(1, 2)
    return lua.lua_gettop(L) - 1
  }

  #deliverLocal(list: number): void {
    const { machine, data } = this.#lua
    const { lua, bindings, L } = machine
    const count = countOf(lua.lua_tonumberx(L, list + 1, 0))
    for (let i = 1; i <= count; i += 3) {
      bindings.list_get(L, list, i)
      const kind = machine.text(L, -1)
      bindings.list_get(L, list, i + 1)
      const event = lua.lua_gettop(L)
      const slot = machine.numberIn(list, i + 2)
      if (this.#host.hears(kind)) {
        machine.pushString(L, 'payload')
        lua.lua_rawget(L, event)
        this.#host.hear(kind, data.read(L, lua.lua_gettop(L), 'the payload'), slot)
        machine.pop()
      }
      this.#dispatch(kind, slot, event, null)
      lua.lua_settop(L, list + 1)
    }
    lua.lua_settop(L, list - 1)
  }

  /** Runs what scripts have for an event. It is at the stack index `event`; 0: it is made when the first one asks for it. */
  #dispatch(kind: string, slot: number, event: number, payload: ScriptData): void {
    const { machine, data, scripts } = this.#lua
    const { lua, bindings, L } = machine
    const known = data.kind(kind)
    const names = data.pushKind(L, known)
    const own = names + 2
    for (let i = 0; i < scripts.length; i++) {
      if (this.#isStopped(i)) continue
      const found = bindings.handlers(L, scripts[i].env, scripts[i].on, names)
      if (found !== 0) {
        if (event === 0) {
          data.pushEvent(L, known, this.#host.sim.tick, slot, payload)
          lua.lua_copy(L, -1, own)
          event = own
        }
        if ((found & 1) !== 0) this.#runForAll(i, own + 1, event, slot)
        if ((found & 2) !== 0) this.#runBound(i, own + 2, event, slot)
      }
      lua.lua_settop(L, own)
    }
    lua.lua_settop(L, names - 1)
  }

  /** What `echo.on` bound, in that order. */
  #runBound(script: number, list: number, event: number, slot: number): void {
    const { machine } = this.#lua
    const { lua, bindings, L } = machine
    const count = countOf(bindings.length(L, list))
    for (let n = 1; n <= count; n++) {
      bindings.list_get(L, list, n)
      const handler = lua.lua_gettop(L)
      const reference = machine.numberIn(handler, 2)
      if (bindings.list_get(L, handler, 1) === TYPE.function) {
        if (reference === 0) this.#runForAll(script, handler + 1, event, slot)
        else if (this.#hears(script, reference, slot)) this.#report(this.#run(script, handler + 1, event, reference))
      }
      lua.lua_settop(L, handler - 1)
    }
  }

  /** For each of the script's entities, in the order of their index; once, if it has none by its nature. */
  #runForAll(script: number, fn: number, event: number, slot: number): void {
    const { fields, scripts } = this.#lua
    const { mask, slotField } = scripts[script]
    if (mask === 0) {
      this.#report(this.#run(script, fn, event, 0))
      return
    }
    for (let e = fields.next(mask, 0); e >= 0; e = fields.next(mask, e + 1)) {
      if (slot !== NOBODY && slotField >= 0 && fields.get(slotField, e) !== slot) continue
      this.#startEntity(script, e)
      // It may have ended itself.
      if ((fields.masks[e] & mask) >>> 0 === mask) this.#report(this.#run(script, fn, event, fields.reference(e)))
    }
  }

  /** Whether a handler that is bound to one entity gets an event of this slot. */
  #hears(script: number, reference: number, slot: number): boolean {
    const { fields, scripts } = this.#lua
    const { slotField } = scripts[script]
    const e = fields.entity(reference)
    if (e < 0) return false
    return slot === NOBODY || slotField < 0 || fields.get(slotField, e) === slot
  }

  /** Runs a function (a stack index, as is `argument`; 0: none) as a script's, with its budget. Answers what it threw. */
  #run(script: number, fn: number, argument: number, reference: number): ScriptError | null {
    const { machine, handler, scripts } = this.#lua
    const running = this.#running
    const { bindings, L } = machine
    running.number = script + 1
    running.name = scripts[script].name
    machine.arm(this.#memory[script])
    const status = bindings.handle(L, fn, argument, reference, handler, this.#fuel[script])
    this.#fuel[script] = machine.disarm()
    this.trace?.(running.name)
    if (status === 0) return null
    machine.assertMemory(status)
    const error = scriptError(machine.text(L, -1), running.name, this.#host.sim.tick)
    machine.pop()
    return error
  }

  #report(error: ScriptError | null): void {
    if (error !== null) this.#host.error(error)
  }

  #within(run: () => void): void {
    this.#enter()
    try {
      this.#lua.machine.wipe()
      run()
    } catch (error) {
      throw this.#ended(error)
    }
    this.#isDirty = false
  }

  /** Until it is left, the memory is half way: what throws leaves it so. */
  #enter(): void {
    this.#assertWhole()
    this.#isDirty = true
    this.#running.number = 0
  }

  #ended(error: unknown): unknown {
    const reason = stopReason(error)
    if (reason === null) return isFault(error) ? new LuaFault(messageOf(error), this.#isForeign, error) : error
    // Where it ended in our own work, some script must give way: the same one everywhere.
    const script =
      this.#running.number > 0 ? this.#running.number - 1 : this.#lua.scripts.findIndex((_, i) => !this.#isStopped(i))
    if (script < 0) return new LuaFault(`our own work in it ran out of ${reason}`, this.#isForeign, error)
    const { name } = this.#lua.scripts[script]
    return new ScriptStop(name, this.#host.sim.tick, reason, error instanceof BudgetEnd ? error.traceback : '')
  }

  /** What is here; what it began with, where that is half way. */
  #copy(): Uint8Array {
    if (this.#isDirty) return this.#pristine
    const copy = new Uint8Array(this.sizeBytes)
    this.#lua.machine.save(copy)
    return copy
  }

  #assertWhole(): void {
    if (this.#isDirty) throw new Error('the scripts ended half way: load an image first')
  }

  #isStopped(script: number): boolean {
    const { machine } = this.#lua
    return machine.bytes[machine.control + STOPPED + script] !== 0
  }

  #find(name: string): number {
    const script = this.#lua.scripts.findIndex(one => one.name === name)
    if (script < 0) throw new Error(`no script "${name}"`)
    return script
  }
}

class RunningScript implements Running {
  number = 0
  name = ''
  lua: BootedLua | null = null

  get slot(): number {
    if (this.lua === null || this.number === 0) return NOBODY
    const { machine, fields, scripts } = this.lua
    const { slotField } = scripts[this.number - 1]
    const reference = machine.words[(machine.control + SELF) >> 2]
    const e = reference === 0 ? -1 : fields.entity(reference)
    return slotField < 0 || e < 0 ? NOBODY : fields.get(slotField, e)
  }
}

/** Of everything that must be the same on all machines before a tick is run: Lua, the host's functions, scripts, budgets. u32. */
export function luaIdentity(
  modules: LuaModules,
  layout: ScriptHost['layout'],
  methods: readonly string[],
  options: Omit<LuaVmOptions, 'seed'>,
): number {
  const { scripts, memoryBytes, fuelPerTick, fuelPerLoad } = { ...DEFAULTS, ...options }
  const same = [modules.sha256, PRELUDE, layout, methods, scripts, { memoryBytes, fuelPerTick, fuelPerLoad }]
  return xxhash32Bytes(ENCODER.encode(JSON.stringify(same)), 0)
}

function stopReason(error: unknown): StopReason | null {
  if (error instanceof BudgetEnd) return error.reason
  // The engine's own stack ended before ours: no machine should come here.
  return error instanceof RangeError && /stack/i.test(error.message) ? 'stack' : null
}

/** Of Lua itself, or of ours where it found what cannot be: not of what the host threw, and not of a sentence for whoever called. */
function isFault(error: unknown): boolean {
  return !(error instanceof Error) || error instanceof WebAssembly.RuntimeError || error instanceof TypeError
}

/** Of a list of ours, which is to be walked: more than the memory has room for is damage, and no reason to walk for minutes. */
function countOf(length: number): number {
  if (length >= 0 && length < MOST_ENTRIES) return length
  throw new TypeError(`a list of ${length} entries`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'an error without a handler'
}

function checkScripts(scripts: readonly Script[]): void {
  if (scripts.length > MAX_SCRIPTS) throw new RangeError(`${scripts.length} scripts, at most ${MAX_SCRIPTS} fit`)
  const names = new Set<string>()
  for (const { name, text } of scripts) {
    if (!/^[\w][\w ./-]{0,58}$/.test(name) || name === 'echo')
      throw new Error(`"${name}" is no name for a script: letters, digits and _ . - / up to 59, as bot.lua`)
    if (names.has(name)) throw new Error(`two scripts are called ${name}`)
    if (typeof text !== 'string') throw new TypeError(`script ${name}: its text is missing`)
    names.add(name)
  }
}

const ENCODER = new TextEncoder()

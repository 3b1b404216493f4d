// What an image of scripts holds, value by value, each by the path by which a script's author would find it: globals, upvalues, handlers,
// timers, coroutines, `self.vars`. It is loaded where two machines disagree, and only then.

import { xxhash32Bytes } from '../bytes/xxhash32.ts'
import type { BootedLua } from './lua-boot.ts'
import { REGISTRY, REGISTRY_KEY, TYPE, type State } from './lua-exports.ts'
import { OURS } from './script-error.ts'

export interface ImageValue {
  /** Empty: of no single one. */
  readonly script: string
  readonly path: string
  /** As a person would write it: `3`, `3.0`, `"text"`, `a table`, `entity 3`. */
  readonly text: string
  /** What it is part of; null: of the script itself. */
  readonly parent: ImageValue | null
  /** Of a table: its keys as they lie, as `pairs` walks them. */
  keys: readonly string[]
}

/** By script and path. */
export type ImageValues = Map<string, ImageValue>

/** Of an image, shared by its scripts: both take a tenth of a second then, once, in a match that goes on. */
const MOST_VALUES = 6000
/** Of a script: the library alone has two hundred. */
const LEAST_VALUES = 600
/** Tables in tables: what lies deeper is rarely what went wrong first. */
const MOST_DEPTH = 24
/** A list of a hundred entries tells what one of a million does. */
const MOST_TEXT = 60
/** Calls that are under way in a coroutine. */
const MOST_LEVELS = 16
const MOST_LOCALS = 200
/** In the control block: see bindings.wat. */
const STOPPED = 32
/** A key or name that is no text of ours. */
const UNPRINTABLE = /[^\x20-\x7e]/

/** Where something is: `head of of`. Parts lengthen the head. */
interface Place {
  readonly script: string
  readonly kind: '' | 'upvalue ' | 'local '
  readonly head: string
  readonly of: string
}

export function walkImage(lua: BootedLua): ImageValues {
  return new ImageWalk(lua).run()
}

class ImageWalk {
  readonly #lua: BootedLua
  readonly #values: ImageValues = new Map()
  readonly #seen = new Set<number>()
  #left = 0

  constructor(lua: BootedLua) {
    this.#lua = lua
  }

  run(): ImageValues {
    const { machine, prelude, scripts } = this.#lua
    const { lua, L } = machine
    machine.stopCollector()
    scripts.forEach(({ name, env, on }, i) => {
      this.#begin()
      // Each of them holds itself, as _G.
      this.#seen.add(lua.lua_topointer(L, env))
      const isStopped = machine.bytes[machine.control + STOPPED + i] !== 0
      this.#note(rootOf(name, 'is stopped'), String(isStopped), null)
      machine.bindings.list_get(L, prelude.texts, i + 1)
      this.#visit(L, lua.lua_gettop(L), rootOf(name, 'its text'), null, 0)
      machine.pop()
      this.#parts(L, env, rootOf(name, ''), null, 0)
      this.#parts(L, on, rootOf(name, 'echo.on'), null, 0)
    })
    this.#begin()
    this.#timers()
    this.#begin()
    this.#events()
    this.#vars()
    this.#random()
    return this.#values
  }

  #begin(): void {
    this.#left = Math.max(LEAST_VALUES, Math.trunc(MOST_VALUES / (this.#lua.scripts.length + 1)))
    this.#seen.clear()
  }

  // What is nobody's global.

  #timers(): void {
    const { machine, prelude, scripts } = this.#lua
    const { lua, bindings, L } = machine
    const due = this.#upvalue(L, prelude.takeDue, 'due')
    for (const tick of this.#keys(L, due)
      .filter(key => typeof key === 'number')
      .sort(byValue)) {
      bindings.number(L, tick)
      lua.lua_rawget(L, due)
      const list = lua.lua_gettop(L)
      const count = Math.min(bindings.length(L, list), MOST_VALUES)
      for (let n = 1; n <= count && this.#left > 0; n++) {
        bindings.list_get(L, list, n)
        const entry = lua.lua_gettop(L)
        const script = scripts[machine.numberIn(entry, 2) - 1]?.name ?? ''
        const place = rootOf(script, `timer ${n} of tick ${tick}`)
        const value = this.#note(place, 'a timer', null)
        bindings.list_get(L, entry, 5)
        bindings.list_get(L, entry, 1)
        const fn = entry + 2
        if (lua.lua_type(L, entry + 1) === TYPE.thread) this.#visit(L, entry + 1, place, value, 1)
        // What `echo.after` and `echo.every` wrap.
        else if (lua.lua_type(L, fn) === TYPE.function) this.#visit(L, this.#upvalue(L, fn, 'f'), place, value, 1)
        lua.lua_settop(L, list)
      }
      lua.lua_settop(L, list - 1)
    }
    lua.lua_settop(L, due - 1)
  }

  #events(): void {
    const { machine, prelude } = this.#lua
    const { lua, L } = machine
    const pending = this.#upvalue(L, prelude.takeEvents, 'pending')
    this.#visit(L, pending, rootOf('', 'events of the next tick'), null, 0)
    lua.lua_settop(L, pending - 1)
  }

  #vars(): void {
    const { machine } = this.#lua
    const { lua, bindings, L } = machine
    bindings.list_get(L, REGISTRY, REGISTRY_KEY.entities)
    const list = lua.lua_gettop(L)
    for (const key of this.#keys(L, list)
      .filter(one => typeof one === 'number')
      .sort(byValue)) {
      bindings.number(L, key)
      lua.lua_rawget(L, list)
      if (lua.lua_type(L, -1) === TYPE.userdata && lua.lua_getiuservalue(L, -1, 1) === TYPE.table)
        this.#visit(L, lua.lua_gettop(L), { script: '', kind: '', head: 'self.vars', of: `entity ${key - 1}` }, null, 0)
      lua.lua_settop(L, list)
    }
    lua.lua_settop(L, list - 1)
  }

  #random(): void {
    const { machine, prelude } = this.#lua
    const { lua, L } = machine
    if (lua.lua_getupvalue(L, prelude.seed, 1) === 0) return
    const at = lua.lua_touserdata(L, -1)
    const state = machine.bytes.slice(at, at + 32)
    this.#note(rootOf('', 'what math.random gives next'), `state ${hex(xxhash32Bytes(state, 0))}`, null)
    machine.pop()
  }

  // Values. `index` is absolute, on the stack of `L`.

  #visit(L: State, index: number, place: Place, parent: ImageValue | null, depth: number): void {
    const { lua } = this.#lua.machine
    if (this.#left <= 0) return
    const value = this.#note(place, this.#textOf(L, index), parent)
    if (depth >= MOST_DEPTH || lua.lua_checkstack(L, 10) === 0) return
    const type = lua.lua_type(L, index)
    if (type !== TYPE.table && type !== TYPE.function && type !== TYPE.thread) return
    const address = lua.lua_topointer(L, index)
    // What two things share is walked once, under the first of its names.
    if (this.#seen.has(address)) return
    this.#seen.add(address)
    if (type === TYPE.table) this.#parts(L, index, place, value, depth)
    else if (type === TYPE.function) this.#upvalues(L, index, place, value, depth)
    else this.#coroutine(lua.lua_tothread(L, index), place, value, depth)
  }

  /** What a table holds, in the order of its keys: how they lie may differ. */
  #parts(L: State, table: number, place: Place, value: ImageValue | null, depth: number): void {
    const { machine } = this.#lua
    const { lua } = machine
    lua.lua_checkstack(L, 10)
    const keys = this.#keys(L, table)
    if (value !== null) value.keys = keys.map(key => (typeof key === 'object' ? key.label : String(key)))
    const [numbers, names] = [keys.filter(key => typeof key === 'number'), keys.filter(key => typeof key === 'string')]
    for (const key of [...numbers.sort(byValue), ...names.sort()]) {
      if (this.#left <= 0) return
      if (typeof key === 'number') machine.bindings.number(L, key)
      else machine.pushString(L, key)
      lua.lua_rawget(L, table)
      this.#visit(L, lua.lua_gettop(L), partOf(place, key), value, depth + 1)
      lua.lua_settop(L, -2)
    }
    if (numbers.length + names.length < keys.length) this.#oddParts(L, table, place, value, depth)
    if (value !== null && lua.lua_getmetatable(L, table) !== 0) {
      this.#visit(L, lua.lua_gettop(L), { ...place, kind: '', head: 'metatable', of: textOf(place) }, value, depth + 1)
      lua.lua_settop(L, -2)
    }
  }

  /** Keys that are tables, functions, entities: they cannot be named, and are walked as they lie. */
  #oddParts(L: State, table: number, place: Place, value: ImageValue | null, depth: number): void {
    const { lua } = this.#lua.machine
    let n = 0
    lua.lua_pushnil(L)
    while (lua.lua_next(L, table) !== 0) {
      if (this.#left <= 0) {
        lua.lua_settop(L, -3)
        return
      }
      const at = lua.lua_gettop(L)
      const key = this.#key(L, at - 1)
      if (typeof key === 'object')
        this.#visit(L, at, { ...place, head: `${place.head}[${key.label} ${++n}]` }, value, depth + 1)
      lua.lua_settop(L, at - 1)
    }
  }

  #upvalues(L: State, fn: number, place: Place, value: ImageValue, depth: number): void {
    const { lua } = this.#lua.machine
    // What ours hold is not the script's.
    if (lua.lua_tocfunction(L, fn) !== 0 || this.#source(L, fn).startsWith(`${OURS}:`)) return
    for (let n = 1; ; n++) {
      const name = lua.lua_getupvalue(L, fn, n)
      if (name === 0) return
      const text = this.#cText(name)
      if (text !== '_ENV')
        this.#visit(
          L,
          lua.lua_gettop(L),
          { ...place, kind: 'upvalue ', head: text, of: textOf(place) },
          value,
          depth + 1,
        )
      lua.lua_settop(L, -2)
    }
  }

  /** Where a coroutine waits, and what its functions hold there. */
  #coroutine(co: State, place: Place, value: ImageValue, depth: number): void {
    const { machine } = this.#lua
    const { lua } = machine
    lua.lua_checkstack(co, 10)
    const record = machine.scratch
    const of = textOf(place)
    let calls = 0
    for (let level = 0; level < MOST_LEVELS; level++) {
      if (lua.lua_getstack(co, level, record) === 0) return
      machine.bytes.set([0x53, 0x6c, 0x66, 0], record + 256) // "Slf"
      lua.lua_getinfo(co, record + 256, record)
      const line = machine.words[(record + 24) >> 2] | 0
      const source = this.#cText(record + 44)
      if (line > 0 && source !== OURS) {
        const head = ++calls === 1 ? 'line' : `line ${calls}`
        this.#note({ ...place, kind: '', head, of }, `${source}:${line}`, value)
        this.#visit(co, lua.lua_gettop(co), { ...place, kind: '', head: 'function', of }, value, depth + 1)
        for (let n = 1; n < MOST_LOCALS; n++) {
          // The record is in the scratch, where texts are read, too.
          lua.lua_getstack(co, level, record)
          const name = lua.lua_getlocal(co, record, n)
          if (name === 0) break
          const text = this.#cText(name)
          if (!text.startsWith('('))
            this.#visit(co, lua.lua_gettop(co), { ...place, kind: 'local ', head: text, of }, value, depth + 1)
          lua.lua_settop(co, -2)
        }
      }
      lua.lua_settop(co, -2)
    }
  }

  // Texts.

  #note(place: Place, text: string, parent: ImageValue | null): ImageValue {
    this.#left--
    const plain = textOf(place)
    let path = plain
    // Two locals of one name, in one function or in two.
    for (let n = 2; this.#values.has(keyOf(place.script, path)); n++) path = `${plain} (${n})`
    const value = { script: place.script, path, text, parent, keys: [] }
    this.#values.set(keyOf(place.script, path), value)
    return value
  }

  #textOf(L: State, index: number): string {
    const { machine } = this.#lua
    const { lua } = machine
    switch (lua.lua_type(L, index)) {
      case TYPE.nil:
        return 'nil'
      case TYPE.boolean:
        return lua.lua_toboolean(L, index) === 1 ? 'true' : 'false'
      case TYPE.number: {
        if (lua.lua_isinteger(L, index) === 1) return String(lua.lua_tointegerx(L, index, 0))
        const number = lua.lua_tonumberx(L, index, 0)
        return Number.isInteger(number) && Math.abs(number) < 1e21
          ? `${Object.is(number, -0) ? '-0' : number}.0`
          : String(number)
      }
      case TYPE.string:
        return this.#quoted(L, index)
      case TYPE.table:
        return 'a table'
      case TYPE.function:
        return lua.lua_tocfunction(L, index) === 0 ? `a function of ${this.#source(L, index)}` : 'a function of Lua'
      case TYPE.userdata:
        return this.#entity(L, index)
      case TYPE.thread:
        return 'a coroutine'
      default:
        return 'a value'
    }
  }

  #quoted(L: State, index: number): string {
    const { machine } = this.#lua
    const text = machine.text(L, index, MOST_TEXT)
    const bytes = machine.bindings.length(L, index)
    if (bytes <= MOST_TEXT && !text.includes('�')) return JSON.stringify(text)
    const at = machine.lua.lua_tolstring(L, index, machine.scratch)
    const hash = xxhash32Bytes(machine.bytes.subarray(at, at + bytes), 0)
    return `${JSON.stringify(text)} (${bytes} bytes, hash ${hex(hash)})`
  }

  #entity(L: State, index: number): string {
    const { machine, fields } = this.#lua
    const at = machine.lua.lua_touserdata(L, index) >> 2
    const [reference, component] = [machine.words[at], machine.words[at + 1]]
    const entity = `entity ${reference & 0xfffff}`
    return component === 0 ? entity : `${fields.layout.components[component - 1] ?? 'a part'} of ${entity}`
  }

  /** `bot.lua:12`, of a function. */
  #source(L: State, fn: number): string {
    const { machine } = this.#lua
    const { lua, scratch: record } = machine
    lua.lua_pushvalue(L, fn)
    machine.bytes.set([0x3e, 0x53, 0], record + 256) // ">S"
    lua.lua_getinfo(L, record + 256, record)
    return `${this.#cText(record + 44)}:${machine.words[(record + 28) >> 2] | 0}`
  }

  #cText(at: number): string {
    const { bytes } = this.#lua.machine
    let text = ''
    for (let i = at; i < at + MOST_TEXT && bytes[i] > 0; i++) text += String.fromCharCode(bytes[i])
    return text
  }

  // Tables.

  /** As they lie. */
  #keys(L: State, table: number): Key[] {
    const { lua } = this.#lua.machine
    const keys: Key[] = []
    lua.lua_pushnil(L)
    while (lua.lua_next(L, table) !== 0) {
      lua.lua_settop(L, -2)
      keys.push(this.#key(L, lua.lua_gettop(L)))
      // What is left out here is not walked either.
      if (keys.length <= this.#left) continue
      lua.lua_settop(L, -2)
      break
    }
    return keys
  }

  #key(L: State, index: number): Key {
    const { machine } = this.#lua
    const type = machine.lua.lua_type(L, index)
    if (type === TYPE.number) return machine.lua.lua_tonumberx(L, index, 0)
    if (type !== TYPE.string) return { label: this.#textOf(L, index) }
    const length = machine.bindings.length(L, index)
    const text = machine.text(L, index, MOST_TEXT)
    return length > MOST_TEXT || UNPRINTABLE.test(text) ? { label: this.#quoted(L, index) } : text
  }

  /** Pushes an upvalue by its name, or nil; answers where it lies. */
  #upvalue(L: State, fn: number, name: string): number {
    const { lua } = this.#lua.machine
    for (let n = 1; ; n++) {
      const at = lua.lua_getupvalue(L, fn, n)
      if (at === 0) break
      if (this.#cText(at) === name) return lua.lua_gettop(L)
      lua.lua_settop(L, -2)
    }
    lua.lua_pushnil(L)
    return lua.lua_gettop(L)
  }
}

/** A number, a name, or what can only be described. */
type Key = number | string | { readonly label: string }

export function keyOf(script: string, path: string): string {
  return `${script}:${path}`
}

function rootOf(script: string, head: string): Place {
  return { script, kind: '', head, of: '' }
}

function partOf(place: Place, key: number | string): Place {
  const { head } = place
  if (typeof key === 'number') return { ...place, head: `${head}[${key}]` }
  if (!/^[A-Za-z_]\w*$/.test(key)) return { ...place, head: `${head}[${JSON.stringify(key)}]` }
  return { ...place, head: head === '' ? key : `${head}.${key}` }
}

function textOf({ kind, head, of }: Place): string {
  return of === '' ? head : `${kind}${head} of ${of}`
}

function byValue(a: number, b: number): number {
  return a - b
}

function hex(hash: number): string {
  return hash.toString(16).padStart(8, '0')
}

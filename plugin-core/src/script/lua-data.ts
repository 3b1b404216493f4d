// Payloads across the border, as a row of tokens in a piece of memory that both sides see (bindings.wat says which), so that the border
// is crossed once for each. Into Lua: numbers without a fraction become integers, null becomes nil, names of a map are set in
// sorted order, because the order in which a table was filled is the order in which `pairs` walks it. Out of Lua: 1 to n is a
// list, names are a map, an empty table is an empty map; a string that is no UTF-8 is bytes.

import type { State } from './lua-exports.ts'
import type { LuaMachine } from './lua-machine.ts'
import type { ScriptData } from './script-host.ts'

const TOKEN = { nil: 0, false: 1, true: 2, number: 3, string: 4, table: 5, known: 6 } as const
/** Of a name's length: it is the number of a known one. */
const KNOWN = 0x80000000
/** As in event/data.ts. */
const DEPTH = 32
/** Kinds are few; one that is made up each time is looked up each time. */
const MAX_KINDS = 1024
/** Known ones all (lua-names.ts). */
const EVENT_NAMES = ['kind', 'tick', 'slot', 'payload']

/** A kind of events, as handlers go by it. The numbers are those of known strings; -1: it is none. */
export interface Kind {
  readonly kind: string
  readonly handler: string
  readonly kindNumber: number
  readonly handlerNumber: number
}

export class LuaData {
  readonly #machine: LuaMachine
  readonly #known: ReadonlyMap<string, number>
  readonly #view: DataView
  // Names are few, and the same each time.
  readonly #names: (Name | undefined)[] = new Array<Name | undefined>(NAME_SLOTS).fill(undefined)
  readonly #shapes = new Array<Shape | undefined>(16).fill(undefined)
  readonly #kinds = new Map<string, Kind>()
  /** How the names of what a handler gets are written. */
  readonly #kind: number
  readonly #tick: number
  readonly #slot: number
  readonly #payload: number
  #what = ''
  #at = 0

  constructor(machine: LuaMachine, known: ReadonlyMap<string, number>) {
    this.#machine = machine
    this.#known = known
    this.#view = new DataView(machine.bytes.buffer)
    const [kind, tick, slot, payload] = EVENT_NAMES.map(name => (KNOWN | known.get(name)!) >>> 0)
    this.#kind = kind
    this.#tick = tick
    this.#slot = slot
    this.#payload = payload
  }

  /** Pushes a value. Throws a RangeError for one that is too large; nothing is pushed then. */
  push(L: State, value: ScriptData | undefined): void {
    const { bindings, lua, payload } = this.#machine
    if (typeof value === 'number') bindings.number(L, value)
    else if (value === null || value === undefined) lua.lua_pushnil(L)
    else {
      this.#at = payload
      this.#write(value, 0)
      bindings.build(L, payload)
    }
  }

  /** Pushes a string, which is most likely a known one. */
  pushName(L: State, name: string): void {
    const known = this.#known.get(name)
    if (known === undefined) this.#machine.pushString(L, name)
    else this.#machine.bindings.name(L, known)
  }

  kind(kind: string): Kind {
    return this.#kinds.get(kind) ?? this.#newKind(kind)
  }

  #newKind(kind: string): Kind {
    const handler = `on_${kind}`
    const number = (name: string): number => this.#known.get(name) ?? -1
    const made = { kind, handler, kindNumber: number(kind), handlerNumber: number(handler) }
    if (this.#kinds.size < MAX_KINDS) this.#kinds.set(kind, made)
    return made
  }

  /** Pushes the name of a kind's handlers, the kind, and nil; answers the stack index of the first. */
  pushKind(L: State, kind: Kind): number {
    const { bindings } = this.#machine
    if (kind.kindNumber >= 0 && kind.handlerNumber >= 0) return bindings.kind(L, kind.handlerNumber, kind.kindNumber)
    this.#machine.pushString(L, kind.handler)
    this.#machine.pushString(L, kind.kind)
    this.push(L, null)
    return this.#machine.lua.lua_gettop(L) - 2
  }

  /** Pushes what a handler gets: kind, tick, slot (-1: none) and payload. */
  pushEvent(L: State, { kind, kindNumber }: Kind, tick: number, slot: number, payload: ScriptData): void {
    const { bindings, bytes, payload: start } = this.#machine
    const view = this.#view
    bytes[start] = TOKEN.table
    view.setUint32(start + 1, 0, true)
    view.setUint32(start + 5, 2 + (slot >= 0 ? 1 : 0) + (payload !== null ? 1 : 0), true)
    view.setUint32(start + 9, this.#kind, true)
    this.#at = start + 13
    if (kindNumber >= 0) this.#writeKnown(kindNumber)
    else this.#write(kind, 0)
    view.setUint32(this.#at, this.#tick, true)
    this.#writeNumber(this.#at + 4, tick)
    if (slot >= 0) {
      view.setUint32(this.#at, this.#slot, true)
      this.#writeNumber(this.#at + 4, slot)
    }
    if (payload !== null) {
      view.setUint32(this.#at, this.#payload, true)
      this.#at += 4
      this.#write(payload, 0)
    }
    bindings.build(L, start)
  }

  /** Reads a value at a positive index; raises a Lua error that begins with `what` for what is no data. */
  read(L: State, index: number, what: string): ScriptData {
    this.#what = what
    this.#machine.bindings.flatten(L, index)
    this.#at = this.#machine.payload
    return this.#read()
  }

  /** Raises the same errors, and reads nothing. */
  check(L: State, index: number, what: string): void {
    this.#what = what
    this.#machine.bindings.flatten(L, index)
  }

  /** Reads the string at an index, which is one: a name, known from before. */
  name(L: State, index: number): string {
    const { lua, scratch, words } = this.#machine
    const at = lua.lua_tolstring(L, index, scratch)
    return this.#text(at, Math.min(words[scratch >> 2], MAX_NAME_BYTES))
  }

  /** Called by the bindings, when they meet what is no data. */
  refuse(L: State, fault: number, detail: number): never {
    return this.#machine.fail(L, `${this.#what} ${faultOf(fault, detail)}`)
  }

  #write(value: ScriptData, depth: number): void {
    const { bytes } = this.#machine
    this.#room(16)
    switch (typeof value) {
      case 'number':
        this.#writeNumber(this.#at, value)
        return
      case 'string': {
        const known = this.#known.get(value)
        if (known === undefined) {
          bytes[this.#at++] = TOKEN.string
          this.#writeString(value)
        } else this.#writeKnown(known)
        return
      }
      case 'boolean':
        bytes[this.#at++] = value ? TOKEN.true : TOKEN.false
        return
      case 'object':
        if (value !== null) {
          if (value instanceof Uint8Array) this.#writeBytes(value)
          else this.#writeTable(value, depth)
          return
        }
    }
    bytes[this.#at++] = TOKEN.nil
  }

  #writeNumber(at: number, value: number): void {
    this.#machine.bytes[at] = TOKEN.number
    this.#view.setFloat64(at + 1, value, true)
    this.#at = at + 9
  }

  #writeKnown(number: number): void {
    const { bytes } = this.#machine
    const at = this.#at
    bytes[at] = TOKEN.known
    bytes[at + 1] = number
    bytes[at + 2] = number >>> 8
    this.#at = at + 3
  }

  #writeTable(value: readonly ScriptData[] | { readonly [key: string]: ScriptData }, depth: number): void {
    if (depth >= DEPTH) throw new RangeError(`lua: a payload is nested more than ${DEPTH} deep`)
    const view = this.#view
    this.#machine.bytes[this.#at] = TOKEN.table
    const start = this.#at + 1
    this.#at += 9
    if (isList(value)) {
      view.setUint32(start, value.length, true)
      view.setUint32(start + 4, 0, true)
      for (let i = 0; i < value.length; i++) this.#write(value[i], depth + 1)
      return
    }
    const { names, codes } = this.#shapeOf(Object.keys(value), depth)
    view.setUint32(start, 0, true)
    view.setUint32(start + 4, names.length, true)
    for (let i = 0; i < names.length; i++) {
      const code = codes[i]
      if (code === 0) this.#writeString(names[i])
      else {
        this.#room(16)
        view.setUint32(this.#at, code, true)
        this.#at += 4
      }
      this.#write(value[names[i]], depth + 1)
    }
  }

  /** Payloads of one kind have the same names each time: how those are written is remembered for the last ones. */
  #shapeOf(given: readonly string[], depth: number): Shape {
    const slot = (depth * 4 + given.length) % this.#shapes.length
    const last = this.#shapes[slot]
    if (last !== undefined && isSame(last.given, given)) return last
    const names = [...given].sort()
    const codes = names.map(name => {
      const number = this.#known.get(name)
      return number === undefined ? 0 : (KNOWN | number) >>> 0
    })
    const shape = { given, names, codes }
    this.#shapes[slot] = shape
    return shape
  }

  #writeString(text: string): void {
    const { bytes } = this.#machine
    const { length } = text
    this.#room(length * 3 + 16)
    const start = this.#at + 4
    let end = start
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) {
        end = start + ENCODER.encodeInto(text, bytes.subarray(start, this.#machine.payloadEnd)).written
        break
      }
      bytes[end++] = code
    }
    this.#view.setUint32(this.#at, end - start, true)
    this.#at = end
  }

  #writeBytes(value: Uint8Array): void {
    this.#room(value.length + 16)
    this.#machine.bytes[this.#at] = TOKEN.string
    this.#view.setUint32(this.#at + 1, value.length, true)
    this.#machine.bytes.set(value, this.#at + 5)
    this.#at += 5 + value.length
  }

  #room(bytes: number): void {
    const { payload, payloadEnd } = this.#machine
    if (bytes > payloadEnd - this.#at) throw new RangeError(`lua: a payload of more than ${payloadEnd - payload} bytes`)
  }

  #read(): ScriptData {
    const { bytes } = this.#machine
    switch (bytes[this.#at++]) {
      case TOKEN.false:
        return false
      case TOKEN.true:
        return true
      case TOKEN.number:
        this.#at += 8
        return this.#view.getFloat64(this.#at - 8, true)
      case TOKEN.string: {
        const length = this.#view.getUint32(this.#at, true)
        this.#at += 4 + length
        return this.#string(this.#at - length, length)
      }
      case TOKEN.table:
        return this.#readTable()
      default:
        return null
    }
  }

  #readTable(): ScriptData {
    const view = this.#view
    const length = view.getUint32(this.#at, true)
    const names = view.getUint32(this.#at + 4, true)
    this.#at += 8
    if (length > 0) {
      const list: ScriptData[] = []
      for (let i = 0; i < length; i++) list.push(this.#read())
      return list
    }
    const map: Record<string, ScriptData> = {}
    for (let i = 0; i < names; i++) {
      const bytes = view.getUint32(this.#at, true)
      this.#at += 4 + bytes
      const name = this.#text(this.#at - bytes, bytes)
      const value = this.#read()
      if (name === '__proto__')
        Object.defineProperty(map, name, { value, enumerable: true, configurable: true, writable: true })
      else map[name] = value
    }
    return map
  }

  #string(at: number, length: number): string | Uint8Array {
    const { bytes } = this.#machine
    if (length <= NAME_BYTES && isAscii(bytes, at, length)) return this.#text(at, length)
    const own = bytes.slice(at, at + length)
    try {
      return STRICT.decode(own)
    } catch {
      return own
    }
  }

  /** As text, whatever it is. */
  #text(at: number, length: number): string {
    const { bytes } = this.#machine
    if (length > NAME_BYTES) return LENIENT.decode(bytes.subarray(at, at + length))
    let hash = length
    for (let i = at; i < at + length; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0
    const slot = hash & (NAME_SLOTS - 1)
    const known = this.#names[slot]
    if (known !== undefined && known.hash === hash && equals(known.bytes, bytes, at, length)) return known.text
    const own = bytes.slice(at, at + length)
    const text = LENIENT.decode(own)
    this.#names[slot] = { hash, bytes: own, text }
    return text
  }
}

/** The names of a map, in their order. */
interface Shape {
  /** As they came. */
  readonly given: readonly string[]
  readonly names: readonly string[]
  /** Of known names; 0: it is not known. */
  readonly codes: readonly number[]
}

interface Name {
  readonly hash: number
  readonly bytes: Uint8Array
  readonly text: string
}

const NAME_BYTES = 24
const NAME_SLOTS = 256
const MAX_NAME_BYTES = 64
const TYPE_NAMES = [
  'nil',
  'boolean',
  'light userdata',
  'number',
  'string',
  'table',
  'function',
  'userdata',
  'coroutine',
]
const ENCODER = new TextEncoder()
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true })

function faultOf(fault: number, detail: number): string {
  switch (fault) {
    case 1:
      return 'is too large'
    case 2:
      return `is nested more than ${DEPTH} deep, or contains itself`
    case 3:
      return `holds a ${TYPE_NAMES[detail] ?? 'value'}, which is no data`
    case 4:
      return `holds a list with a hole at ${detail}`
    case 5:
      return 'holds a table that is a list and a map at once'
    default:
      return 'holds a table with a key that is neither a name nor in a list from 1'
  }
}

function isAscii(bytes: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (bytes[i] > 127) return false
  return true
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function equals(a: Uint8Array, b: Uint8Array, at: number, length: number): boolean {
  if (a.length !== length) return false
  for (let i = 0; i < length; i++) if (a[i] !== b[at + i]) return false
  return true
}

function isList(value: ScriptData): value is readonly ScriptData[] {
  return Array.isArray(value)
}

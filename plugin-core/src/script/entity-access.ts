// `self` and other entities in Lua: what their names mean, and the accesses that the bindings hand to the host. An entity is a
// reference (index and generation), so that one which is gone is found out, also after its index was given to another.

import { KIND, type EntityFields, type Field } from './entity-fields.ts'
import { REGISTRY, REGISTRY_KEY, TYPE, type State } from './lua-exports.ts'
import type { LuaMachine } from './lua-machine.ts'

/** Names that every entity has, unless a field of the game takes them. */
const METHODS = ['has', 'add', 'remove', 'destroy', 'alive'] as const

export class EntityAccess {
  readonly #machine: LuaMachine
  readonly #fields: EntityFields
  /** Fields of each name that several components have, in the order of declaration. */
  readonly #shared: (readonly Field[])[] = []

  constructor(machine: LuaMachine, fields: EntityFields) {
    this.#machine = machine
    this.#fields = fields
    for (const { name } of fields.fields) {
      const same = fields.fields.filter(field => field.name === name)
      if (same.length > 1 && !this.#shared.some(([first]) => first === same[0])) this.#shared.push(same)
    }
  }

  /** Makes the metatables, at start. `method` pushes a function of the host, by name. */
  install(index: number, newindex: number, methods: readonly string[], method: (name: string) => void): void {
    const machine = this.#machine
    const { lua, bindings, L } = machine
    const { layout, fields } = this.#fields
    const name = (text: string, value: () => void): void => {
      machine.pushString(L, text)
      value()
      lua.lua_rawset(L, -3)
    }
    const code = (value: number) => (): void => bindings.number(L, value)
    const meta = (label: string, key: number): void => {
      // The table of names is on top.
      lua.lua_createtable(L, 0, 4)
      for (const [event, fn] of [
        ['__index', index],
        ['__newindex', newindex],
      ] as const)
        name(event, () => {
          lua.lua_pushvalue(L, -3)
          lua.lua_pushcclosure(L, fn, 1)
        })
      name('__metatable', () => lua.lua_pushboolean(L, 0))
      name('__name', () => machine.pushString(L, label))
      lua.lua_rotate(L, -2, 1)
      machine.pop()
      bindings.list_set(L, REGISTRY, key)
    }

    lua.lua_createtable(L, 0, 0)
    bindings.list_set(L, REGISTRY, REGISTRY_KEY.entities)
    lua.lua_createtable(L, 0, fields.length)
    // The later one of a name wins: built-in methods, components, the game's methods, fields.
    for (const text of METHODS) name(text, () => method(text))
    layout.components.forEach((component, i) => {
      for (const text of [component, component[0].toLowerCase() + component.slice(1)])
        name(text, code(i * 8 + KIND.component))
    })
    for (const text of methods) name(text, () => method(`self.${text}`))
    for (const field of fields) name(field.name, code(field.code))
    for (const [i, [field]] of this.#shared.entries()) name(field.name, code(i * 8 + KIND.shared))
    meta('entity', REGISTRY_KEY.entityMeta)
    layout.components.forEach((component, i) => {
      lua.lua_createtable(L, 0, 8)
      for (const field of fields) if (field.component === i) name(field.name, code(field.code))
      meta(component, REGISTRY_KEY.componentMetas + i)
    })
  }

  // Called by the bindings.

  get(L: State, reference: number, code: number): number {
    const fields = this.#fields
    const e = fields.entity(reference)
    if (e < 0) this.#gone(L, reference)
    const id = code >>> 3
    if (!fields.has(e, id)) return 1
    this.#machine.value[0] = fields.get(id, e)
    return 0
  }

  set(L: State, reference: number, code: number): void {
    const fields = this.#fields
    const e = fields.entity(reference)
    if (e < 0) this.#gone(L, reference)
    const id = code >>> 3
    if (!fields.has(e, id)) this.#missing(L, e, id)
    fields.set(id, e, this.#machine.value[0])
  }

  /** The code of the first of a name's fields that the entity has; -1: it has none. */
  shared(L: State, reference: number, number: number): number {
    const fields = this.#fields
    const e = fields.entity(reference)
    if (e < 0) this.#gone(L, reference)
    const same = this.#shared[number]
    for (let i = 0; i < same.length; i++) if (fields.has(e, same[i].id)) return same[i].code
    return -1
  }

  /** A name that is no field; the key is at 2. */
  index(L: State, reference: number): number {
    const machine = this.#machine
    const { lua, bindings } = machine
    const name = this.#name(L)
    const e = this.#fields.entity(reference)
    if (!this.isView(L, 1)) {
      if (name === 'entity') {
        bindings.number(L, e)
        return 1
      }
      if (name === 'vars') {
        if (lua.lua_getiuservalue(L, 1, 1) === TYPE.table) return 1
        lua.lua_createtable(L, 0, 0)
        lua.lua_pushvalue(L, -1)
        lua.lua_setiuservalue(L, 1, 1)
        return 1
      }
    }
    return machine.fail(L, this.#unknown(L, name))
  }

  /** Whatever the bindings do not set themselves; the key is at 2, the value at 3. */
  newindex(L: State, reference: number): number {
    const machine = this.#machine
    const fields = this.#fields
    const name = this.#name(L)
    const e = fields.entity(reference)
    if (e < 0) this.#gone(L, reference)
    const component = this.#viewOf(L, 1)
    const named = fields.fields.filter(field => field.name === name && (component < 0 || field.component === component))
    if (named.length === 0) machine.fail(L, this.#unknown(L, name))
    const field = named.find(one => fields.has(e, one.id))
    if (field === undefined) return this.#missing(L, e, named[0].id)
    fields.set(field.id, e, this.#value(L, 3, field.code & 7, name))
    return 0
  }

  /** Pushes a field's value. */
  push(L: State, id: number, e: number): void {
    const { lua, bindings } = this.#machine
    const value = this.#fields.get(id, e)
    switch (this.#fields.fields[id].code & 7) {
      case KIND.bool:
        lua.lua_pushboolean(L, value)
        return
      case KIND.ref:
        bindings.entity(L, value)
        return
      case KIND.integer:
        bindings.number(L, value)
        return
      default:
        lua.lua_pushnumber(L, value)
    }
  }

  /** The entity at an argument; raises an error for what is none, or gone. */
  argument(L: State, index: number): number {
    const machine = this.#machine
    if (machine.lua.lua_type(L, index) !== TYPE.userdata || this.isView(L, index))
      machine.fail(L, `argument ${index} must be an entity`)
    const reference = this.referenceAt(L, index)
    const e = this.#fields.entity(reference)
    if (e < 0) this.#gone(L, reference)
    return e
  }

  /** Of a userdata. */
  referenceAt(L: State, index: number): number {
    const { lua, words } = this.#machine
    return words[lua.lua_touserdata(L, index) >> 2]
  }

  /** Pushes a table of a view's fields, in the order of declaration; raises an error for an entity. Does not touch the payload scratch. */
  plain(L: State, index: number): void {
    const machine = this.#machine
    const fields = this.#fields
    const component = this.#viewOf(L, index)
    if (component < 0)
      machine.fail(L, 'the payload holds an entity: send echo.ref(e), and take it back by echo.deref(reference)')
    const e = fields.entity(this.referenceAt(L, index))
    if (e < 0) this.#gone(L, this.referenceAt(L, index))
    machine.lua.lua_checkstack(L, 6)
    machine.lua.lua_createtable(L, 0, 8)
    for (const field of fields.fields) {
      if (field.component !== component || !fields.has(e, field.id)) continue
      machine.pushString(L, field.name)
      if ((field.code & 7) === KIND.ref) machine.bindings.number(L, fields.get(field.id, e))
      else this.push(L, field.id, e)
      machine.lua.lua_rawset(L, -3)
    }
  }

  #value(L: State, index: number, kind: number, name: string): number {
    const machine = this.#machine
    const { lua } = machine
    const type = lua.lua_type(L, index)
    if (kind === KIND.ref) {
      if (type === TYPE.nil) return 0
      if (type === TYPE.userdata && !this.isView(L, index)) return this.referenceAt(L, index)
      return machine.fail(L, `${name} takes an entity or nil`)
    }
    if (kind === KIND.bool) {
      if (type === TYPE.boolean) return lua.lua_toboolean(L, index)
      return machine.fail(L, `${name} takes true or false`)
    }
    if (type === TYPE.number) return lua.lua_tonumberx(L, index, 0)
    return machine.fail(L, `${name} takes a number`)
  }

  #name(L: State): string {
    const { lua } = this.#machine
    return lua.lua_type(L, 2) === TYPE.string ? this.#machine.text(L, 2, 64) : '?'
  }

  /** The number of the component whose view this is; -1: it is an entity. */
  #viewOf(L: State, index: number): number {
    const { lua, words } = this.#machine
    return words[(lua.lua_touserdata(L, index) + 4) >> 2] - 1
  }

  isView(L: State, index: number): boolean {
    return this.#viewOf(L, index) >= 0
  }

  #gone(L: State, reference: number): never {
    return this.#machine.fail(L, `entity ${reference & 0xfffff} is gone`)
  }

  #missing(L: State, e: number, id: number): never {
    const { component, name } = this.#fields.fields[id]
    return this.#machine.fail(
      L,
      `entity ${e} has no ${this.#fields.layout.components[component]}, so there is no ${name} to set`,
    )
  }

  #unknown(L: State, name: string): string {
    const component = this.#viewOf(L, 1)
    const { fields, layout } = this.#fields
    const known = fields.filter(field => component < 0 || field.component === component).map(field => field.name)
    const what = component < 0 ? 'entities have' : `${layout.components[component]} has`
    return `no field "${name}"; ${what} ${[...new Set(known)].join(', ') || 'none'}`
  }
}

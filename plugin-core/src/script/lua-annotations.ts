// What an editor must know to complete and check a script: a file of definitions for the Lua language server (LuaLS), written from the
// game's declaration. It is documentation, too: each name of the API is in it once, with what it does.

import type { FieldType } from '../bytes/field-types.ts'
import type { Game } from '../sim/game.ts'

export interface LuaAnnotationOptions {
  /** As `serve` takes them: each with entities gets a type for its `self`. */
  readonly scripts?: Readonly<Record<string, string | { readonly each?: readonly string[] }>>
  /** What scenes listen to (`echo.raise`); the declaration keeps their types alone. Default: any name. */
  readonly raises?: readonly string[]
}

/**
 * The text of a definition file: keep it where LuaLS finds it (`workspace.library`), no script requires it. Types of components are `game.Body`,
 * of a script's self `self.bot` for bot.lua.
 */
export function luaAnnotations(game: Game, { scripts = {}, raises = [] }: LuaAnnotationOptions = {}): string {
  const { schema, methods, on } = game
  const { components, columns } = schema.layout
  const selves = Object.entries(scripts)
    .map(([name, script]) => ({ name, each: typeof script === 'string' ? [] : (script.each ?? []) }))
    .filter(({ each }) => each.length > 0)
    .map(({ name, each }) => ({ name, each, type: `self.${name.replace(/\.lua$/, '').replace(/\W+/g, '_')}` }))
  const fieldsOf = (component: string): { name: string; type: FieldType }[] =>
    columns.filter(column => column.component === component).map(({ field, type }) => ({ name: field, type }))

  const parts = [
    `---@meta\n-- Of the game ${quoted(schema.name)}, version ${schema.version}; made by luaAnnotations.`,
    [
      alias('game.Component', components),
      alias('game.Button', schema.input.buttons),
      alias(
        'game.Axis',
        schema.input.axes.map(axis => axis.name),
      ),
      alias('game.Kind', Object.keys(on), true),
      alias('game.RaisedKind', raises, true),
    ].join('\n'),
    ...components.map(component =>
      [
        `---@class game.${component}`,
        ...fieldsOf(component).map(({ name, type }) => `---@field ${name} ${luaType(type)} ${type}`),
      ].join('\n'),
    ),
    [
      '---@class echo.Entity',
      '---@field entity integer its index; -1 when it is gone',
      "---@field vars table the scripts' own, as long as the entity lives",
      '---@field has fun(self: echo.Entity, component: game.Component): boolean',
      '---@field add fun(self: echo.Entity, component: game.Component) its fields are 0; one that it has stays as it is',
      '---@field remove fun(self: echo.Entity, component: game.Component)',
      '---@field destroy fun(self: echo.Entity)',
      '---@field alive fun(self: echo.Entity): boolean',
      ...Object.keys(methods).map(name => `---@field ${name} fun(self: echo.Entity, ...: echo.Data): echo.Data`),
      ...components.flatMap(component =>
        views(component).map(name => `---@field ${name} game.${component} a view of the component`),
      ),
      ...entityFields().map(({ name, type }) => `---@field ${name}? ${luaType(type)} nil without its component`),
    ].join('\n'),
    ...selves.map(({ name, each, type }) =>
      [
        `---@class ${type}: echo.Entity what self is in ${name}`,
        ...[...new Map(each.flatMap(fieldsOf).map(field => [field.name, field])).values()].map(
          field => `---@field ${field.name} ${luaType(field.type)}`,
        ),
      ].join('\n'),
    ),
    `--- The entity that the script runs for; nil in scripts without entities.\n---@type ${selves.map(({ type }) => type).join('|') || 'echo.Entity?'}\nself = nil`,
    EVENT,
    API,
    handlers(['start', 'tick', ...Object.keys(on).filter(kind => /^[A-Za-z_]\w*$/.test(kind))]),
  ]
  return `${parts.join('\n\n')}\n`

  /** The first of a name is the one that an entity has by it, when it has several. */
  function entityFields(): { name: string; type: FieldType }[] {
    const byName = new Map<string, FieldType>()
    for (const { field, type } of columns) if (!byName.has(field)) byName.set(field, type)
    return [...byName].map(([name, type]) => ({ name, type }))
  }
}

/** A component is there by its name, and by the same beginning small. */
function views(component: string): string[] {
  return [...new Set([component, component[0].toLowerCase() + component.slice(1)])]
}

function luaType(type: FieldType): string {
  switch (type) {
    case 'f32':
    case 'f64':
    case 'fixed':
      return 'number'
    case 'bool':
      return 'boolean'
    case 'ref':
      return 'echo.Entity?'
    default:
      return 'integer'
  }
}

/** `open`: others are possible, too. */
function alias(name: string, values: readonly string[], open = false): string {
  return `---@alias ${name} ${[...values.map(quoted), ...(open || values.length === 0 ? ['string'] : [])].join('|')}`
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, ' ')}'`
}

function handlers(kinds: readonly string[]): string {
  return kinds.map(kind => `---@type fun(evt: echo.Event)?\non_${kind} = nil`).join('\n')
}

const EVENT = `---@alias echo.Data nil|boolean|number|string|echo.Data[]|table<string, echo.Data>

---@class echo.Event
---@field kind game.Kind
---@field tick integer
---@field slot integer? whose event it is
---@field payload any`

const API = `---@class echo.network
local network = {}

--- Sends an event to everyone: from the machine whose player self is, at the first live run of the tick. It answers nothing, because no
--- machine's rules may depend on it. \`{ when = 'confirmed' }\`: once the tick is confirmed, as the run that counts said it.
---@param kind game.Kind
---@param payload? echo.Data
---@param options? { when: 'confirmed' }
function network.emit(kind, payload, options) end

echo = { network = network }

--- A local event: \`on_<kind>\` of every script, and the rules' own, at the next tick on every machine. At most 256 a tick.
---@param kind game.Kind
---@param payload? echo.Data
function echo.emit(kind, payload) end

--- Runs f for each event of a kind: for self, when there is one, else for all entities of the script.
---@param kind game.Kind
---@param f fun(evt: echo.Event)
---@return fun() off takes it off
function echo.on(kind, f) end

--- Tells the scene: shown at once, never twice, confirmed or cancelled later. With a key it is the same event when it moves by some ticks.
---@param kind game.RaisedKind
---@param payload? echo.Data
---@param key? string|number
function echo.raise(kind, payload, key) end

--- The tick. The first is 1.
---@return integer
function echo.chronos() end

--- The branch: main in a match, another one in each fork of it.
---@return string
function echo.kairos() end

--- A random number of the match: from 0 up to, not including, 1; or a whole one from 1 to m; or from m to n.
---@param m? integer
---@param n? integer
---@return number
function echo.random(m, n) end

--- A line in the console of page and worker, as print.
---@param ... any
function echo.log(...) end

--- Calls f once, after so many ticks, with the self of now.
---@param ticks integer
---@param f fun()
---@return integer id
function echo.after(ticks, f) end

--- Calls f every so many ticks, with the self of now, as long as that lives.
---@param ticks integer
---@param f fun()
---@return integer id
function echo.every(ticks, f) end

--- Ends what echo.after or echo.every began; false where nothing was left to end.
---@param id integer
---@return boolean
function echo.cancel(id) end

--- Starts a coroutine, which may wait.
---@param f fun(...: any)
---@param ... any
---@return thread
function echo.start(f, ...) end

--- Inside of a coroutine: goes on after so many ticks; one without a number.
---@param ticks? integer
function echo.wait(ticks) end

--- A new entity: with these components, or with the fields of a table, as \`{ Body = { x = 1 } }\`. Nil when the world is full.
---@param first game.Component|table<game.Component, table>
---@param ... game.Component
---@return echo.Entity?
function echo.spawn(first, ...) end

--- For each entity that has these components, in the order of their index: \`for e in echo.query('Body') do\`.
---@param ... game.Component
---@return fun(mask: integer, before: echo.Entity?): echo.Entity?
---@return integer mask
function echo.query(...) end

---@param e echo.Entity
function echo.destroy(e) end

---@param e any
---@return boolean
function echo.alive(e) end

---@param e echo.Entity
---@param component game.Component
---@return boolean
function echo.has(e, component) end

--- Its fields are 0; one that it has stays as it is.
---@param e echo.Entity
---@param component game.Component
function echo.add(e, component) end

---@param e echo.Entity
---@param component game.Component
function echo.remove(e, component) end

--- A number that means this entity and no later one of its index: for payloads.
---@param e echo.Entity
---@return integer
function echo.ref(e) end

--- The entity of a reference; nil when it is gone.
---@param reference integer
---@return echo.Entity?
function echo.deref(reference) end

--- The entity of an index; nil when there is none.
---@param index integer
---@return echo.Entity?
function echo.entity(index) end

--- Whether the player of a slot holds a button; pressed and released: since the tick before.
---@param slot integer
---@param button game.Button
---@return boolean
function echo.held(slot, button) end

---@param slot integer
---@param button game.Button
---@return boolean
function echo.pressed(slot, button) end

---@param slot integer
---@param button game.Button
---@return boolean
function echo.released(slot, button) end

---@param slot integer
---@param axis game.Axis
---@return integer
function echo.axis(slot, axis) end

--- Whether a player takes part in this slot.
---@param slot integer
---@return boolean
function echo.present(slot) end`

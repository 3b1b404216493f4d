// What scripts ask of the machine around them, one function a name. Each takes its arguments from the stack of the coroutine
// that calls, and answers how many results it pushed.

import { NONE, type InputReader } from '../sim/game.ts'
import type { EntityAccess } from './entity-access.ts'
import type { EntityFields } from './entity-fields.ts'
import type { LuaData } from './lua-data.ts'
import { TYPE, type State } from './lua-exports.ts'
import type { LuaMachine } from './lua-machine.ts'
import type { ScriptData, ScriptHost, ScriptMethod } from './script-host.ts'

export type HostCall = (L: State) => number

/** Which script runs, as the one who blames and binds wants to know it. */
export interface Running {
  /** Counted from 1. */
  readonly number: number
  readonly name: string
  /** Slot of the running entity's player; -1: none. */
  readonly slot: number
}

const KIND_BYTES = 64
const LOG_BYTES = 4096
/** In bytes of copying, as the bindings charge for each call: a line is shown somewhere. */
const LOG_CHARGE = 16384
/** The same for an entity that a query looks at. */
const LOOK_CHARGE = 16

/** In a fixed order: a function's number is part of the image. */
export function hostCalls(options: {
  machine: LuaMachine
  data: LuaData
  host: ScriptHost
  fields: EntityFields
  access: EntityAccess
  running: Running
}): Record<string, HostCall> {
  const { machine, data, host, fields, access, running } = options
  const { lua, bindings, words, control } = machine
  const { sim } = host

  const number = (L: State, value: number): number => {
    bindings.number(L, value)
    return 1
  }
  const boolean = (L: State, value: boolean): number => {
    lua.lua_pushboolean(L, value ? 1 : 0)
    return 1
  }
  const entity = (L: State, e: number): number => {
    bindings.entity(L, e === NONE ? 0 : fields.reference(e))
    return 1
  }
  const text = (L: State, index: number, what: string): string => {
    if (lua.lua_type(L, index) !== TYPE.string) machine.fail(L, `${what} must be a name`)
    return machine.text(L, index, KIND_BYTES)
  }
  const whole = (L: State, index: number, what: string): number => {
    const value = lua.lua_tonumberx(L, index, 0)
    if (lua.lua_type(L, index) !== TYPE.number || !Number.isInteger(value))
      machine.fail(L, `${what} must be a whole number`)
    return value
  }
  const components = (L: State): string[] => {
    const names: string[] = []
    for (let i = 1; i <= lua.lua_gettop(L); i++)
      names.push(known(L, text(L, i, 'a component'), fields.layout.components, 'component'))
    return names
  }
  const known = (L: State, name: string, names: readonly string[], what: string): string =>
    names.includes(name)
      ? name
      : machine.fail(L, `no ${what} "${name}"; the game declares ${names.join(', ') || 'none'}`)
  const input = (L: State): InputReader => {
    const slot = whole(L, 1, 'the slot')
    return guarded(L, () => sim.input(slot))
  }
  const button = (L: State): string => known(L, text(L, 2, 'the button'), host.buttons, 'button')
  /** What the rules or their world refuse is the script's error. */
  const guarded = <T>(L: State, run: () => T): T => {
    try {
      return run()
    } catch (error) {
      return refused(L, error)
    }
  }
  const refused = (L: State, error: unknown): never => {
    // Lua's own errors are numbers on their way through.
    if (!(error instanceof Error)) throw error
    return machine.fail(L, error.message)
  }

  return {
    tick: L => number(L, sim.tick),
    branch: L => {
      machine.pushString(L, host.branch)
      return 1
    },
    random: L => {
      lua.lua_pushnumber(L, sim.random())
      return 1
    },
    script: L => number(L, running.number),
    self: L => number(L, words[(control + 16) >> 2]),
    slot: L => number(L, running.slot),
    log: L => {
      lua.charge(LOG_CHARGE + Math.min(bindings.length(L, 1), LOG_BYTES))
      host.log(running.name, machine.text(L, 1, LOG_BYTES))
      return 0
    },
    emit: L => {
      const kind = data.name(L, 1)
      const payload = data.read(L, 2, 'the payload')
      const when = lua.lua_toboolean(L, 3) === 1 ? 'confirmed' : 'first'
      try {
        host.emit(kind, payload, running.slot, when)
      } catch (error) {
        refused(L, error)
      }
      return 0
    },
    /** What the rules may hear at the next tick must be data now, while there is somebody to blame. */
    check: L => {
      data.check(L, 1, 'echo.emit: the payload')
      return 0
    },
    raise: L => {
      const kind = data.name(L, 1)
      const payload = data.read(L, 2, 'the payload')
      const key = data.read(L, 3, 'the key')
      if (key !== null && typeof key !== 'string' && typeof key !== 'number')
        return machine.fail(L, 'the key must be a name or a number')
      guarded(L, () => sim.raise(kind, payload, key ?? undefined))
      return 0
    },
    plain: L => {
      if (access.isView(L, 1)) access.plain(L, 1)
      else lua.lua_pushnil(L)
      return 1
    },
    spawn: L => {
      const names = components(L)
      return entity(
        L,
        guarded(L, () => sim.spawn(...names)),
      )
    },
    destroy: L => {
      const e = access.argument(L, 1)
      guarded(L, () => sim.destroy(e))
      return 0
    },
    alive: L => {
      if (lua.lua_type(L, 1) !== TYPE.userdata) return boolean(L, false)
      return boolean(L, fields.entity(access.referenceAt(L, 1)) !== NONE)
    },
    has: L => {
      const e = access.argument(L, 1)
      return boolean(L, sim.has(e, known(L, text(L, 2, 'the component'), fields.layout.components, 'component')))
    },
    add: L => {
      const e = access.argument(L, 1)
      sim.add(e, known(L, text(L, 2, 'the component'), fields.layout.components, 'component'))
      return 0
    },
    remove: L => {
      const e = access.argument(L, 1)
      sim.remove(e, known(L, text(L, 2, 'the component'), fields.layout.components, 'component'))
      return 0
    },
    ref: L => number(L, fields.reference(access.argument(L, 1))),
    deref: L => entity(L, fields.entity(whole(L, 1, 'the reference') >>> 0)),
    entity: L => {
      const e = whole(L, 1, 'the index')
      return entity(L, e >= 0 && e < fields.masks.length && fields.masks[e] !== 0 ? e : NONE)
    },
    mask: L => {
      const names = components(L)
      return number(L, fields.maskOf(names))
    },
    /** `for e in echo.query(…)`: the mask, and the entity before. All of the loop's state is Lua's. */
    next: L => {
      const mask = lua.lua_tonumberx(L, 1, 0) >>> 0
      const after = lua.lua_type(L, 2) === TYPE.userdata ? (access.referenceAt(L, 2) & 0xfffff) + 1 : 0
      const next = fields.next(mask, after)
      lua.charge(Math.max(0, (next < 0 ? fields.high : next) - after) * LOOK_CHARGE)
      return entity(L, next)
    },
    held: L => boolean(L, input(L).held(button(L))),
    pressed: L => boolean(L, input(L).pressed(button(L))),
    released: L => boolean(L, input(L).released(button(L))),
    axis: L => number(L, input(L).axis(known(L, text(L, 2, 'the axis'), host.axes, 'axis'))),
    present: L => boolean(L, sim.present(whole(L, 1, 'the slot'))),
    ...Object.fromEntries(
      Object.entries(host.methods).map(([name, method]) => [`self.${name}`, methodCall(name, method)]),
    ),
  }

  function methodCall(name: string, method: ScriptMethod): HostCall {
    return L => {
      const e = access.argument(L, 1)
      const args: ScriptData[] = []
      for (let i = 2; i <= lua.lua_gettop(L); i++) args.push(data.read(L, i, `${name}: argument ${i - 1}`))
      const result = guarded(L, () => method(sim, e, ...args))
      data.push(L, result ?? null)
      return 1
    }
  }
}

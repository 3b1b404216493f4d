// The door for rules: declare a game, and compute the same everywhere.

export {
  NONE,
  defineGame,
  payload,
  type AnyGame,
  type ColumnsOf,
  type EmitKinds,
  type EmitPayload,
  type Entity,
  type Game,
  type GameSpec,
  type GameTypes,
  type HandlersOf,
  type InputReader,
  type InputValues,
  type Payload,
  type RaisedKinds,
  type RaisedPayload,
  type RaisesOf,
  type Sim,
  type SimEvent,
  type SimOf,
  type TypesOf,
} from './sim/game.ts'
export type { EventRights, RightsSpec } from './sim/event-rights.ts'
export { RulesError } from './sim/rules-error.ts'
export type { Predict } from './input/input-log.ts'
export { fx } from './math/fixed.ts'
export { acos, asin, atan, atan2, cos, exp, hypot, log, pow, sin, tan } from './math/functions.ts'

// Types of fields and axes, as values: a schema must exist when the game runs. `as const`, because the type of a plain
// constant widens to string as soon as it stands in an object that is declared apart.
export const i8 = 'i8' as const
export const u8 = 'u8' as const
export const i16 = 'i16' as const
export const u16 = 'u16' as const
export const i32 = 'i32' as const
export const u32 = 'u32' as const
export const f32 = 'f32' as const
export const f64 = 'f64' as const
export const bool = 'bool' as const
export const fixed = 'fixed' as const
export const ref = 'ref' as const

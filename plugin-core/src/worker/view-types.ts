// The types that flow from a game's components to whoever draws it: names of components and fields, and columns.

import type { AnyGame, ColumnsOf, ComponentsOf } from '../sim/game.ts'

export type ComponentName<G extends AnyGame> = keyof ComponentsOf<G> & string

/** `'x'` or `'Body.x'`, for each field of the queried components. */
export type FieldName<G extends AnyGame, Q extends ComponentName<G>> = {
  [K in Q]: (keyof ComponentsOf<G>[K] & string) | `${K}.${keyof ComponentsOf<G>[K] & string}`
}[Q]

/** One state as the page reads it: `frame.Body.x[e]`, and the entities that there are. */
export type FrameOf<G extends AnyGame> = ColumnsOf<ComponentsOf<G>> & {
  /** The tick after which this is the state; 0 before the first one. */
  readonly tick: number
  /** Counts the match's rounds from 1; 0 before the first state. */
  readonly round: number
  /** Whether the entity exists and has this component. */
  has(e: number, component: ComponentName<G>): boolean
  /** Counts up each time the index is given to another entity of the round. */
  generation(e: number): number
  /**
   * The entities that have all of these components, in index order. May be nested, and left by `break`; allocates
   * nothing once it has run. Reads the state as it is when the loop runs.
   */
  query(...components: ComponentName<G>[]): Iterable<number>
  /** The first entity that has all of these components, or -1: for the things of which there is one. */
  first(...components: ComponentName<G>[]): number
}

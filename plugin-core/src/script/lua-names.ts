// Strings that cross into Lua again and again: names in payloads, kinds, handlers. They are made once, at start, and go by number from then
// on. Which ones they are follows from the scripts and the game, and so it is the same on every machine. Their numbers have their order.

import type { WorldLayout } from '../sim/schema.ts'
import type { Script } from './script-host.ts'

/** Others cross as bytes. */
const MAX_NAMES = 2000
const MAX_LENGTH = 32

export function knownNames(layout: WorldLayout, scripts: readonly Script[]): ReadonlyMap<string, number> {
  const names = new Set<string>()
  const add = (name: string): void => {
    if (names.size < MAX_NAMES && name.length <= MAX_LENGTH) names.add(name)
  }
  for (const name of ['kind', 'tick', 'slot', 'payload', 'on_start', 'on_tick', 'x', 'y', 'z']) add(name)
  for (const { field } of layout.columns) add(field)
  for (const { text } of scripts)
    for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) {
      add(word)
      if (word.startsWith('on_')) add(word.slice(3))
    }
  return new Map([...names].sort().map((name, number) => [name, number]))
}

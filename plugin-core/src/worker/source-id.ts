// Stands for the code of the rules when the build supplies nothing: the text of the game's functions. Equal in every
// browser that loads the same bundle, another one after an edit.

import type { Game } from '../sim/game.ts'

export function sourceIdOf(game: Game): string {
  const { setup, join, leave, step, on } = game
  const functions = [
    setup,
    join,
    leave,
    step,
    ...Object.keys(on)
      .sort()
      .map(kind => on[kind]),
  ]
  return functions.map(f => (f === undefined ? '' : String(f))).join('\n')
}

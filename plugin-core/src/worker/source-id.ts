// Stands for the code of the rules when the build supplies nothing: the text of the game's functions. Equal in every
// browser that loads the same bundle, another one after an edit.

import type { Game } from '../sim/game.ts'

export function sourceIdOf(game: Game): string {
  const { setup, join, leave, step, on, methods, rights, validate, predict } = game
  const functions = [
    setup,
    join,
    leave,
    step,
    ...Object.keys(on)
      .sort()
      .map(kind => on[kind]),
    ...Object.values(methods),
    ...Object.values(rights?.draws ?? {}),
    // What a host makes of an input that is forbidden, or missing, is what happened.
    validate,
    predict,
  ]
  return functions.map(f => String(f ?? '')).join('\n')
}

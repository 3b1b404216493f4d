// What steers a wrestler, in both engines.

export const KEYS = {
  left: ['A', 'LEFT'],
  right: ['D', 'RIGHT'],
  up: ['W', 'UP'],
  down: ['S', 'DOWN'],
  dash: ['SPACE', 'SHIFT'],
} as const

/** Numbers of the standard gamepad: the left stick; A, X and the right trigger. */
export const PAD = { axes: { moveX: 0, moveY: 1 }, buttons: { dash: [0, 2, 7] } } as const

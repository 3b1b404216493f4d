// Which way an angle of the rules turns a thing in space. A flat game lies on two axes of the scene; its angle turns
// the first of them towards the second, about the third.

import type { PoseSpec } from '@lockstride/core'

export type RotationAxis = 'x' | 'y' | 'z' | '-x' | '-y' | '-z'

export interface Turn {
  /** 0, 1, 2: x, y, z. */
  readonly axis: number
  /** 1, or -1 for the other way round. */
  readonly sign: number
}

const NAMES = ['x', 'y', 'z']
const ABOUT_Z: Turn = { axis: 2, sign: 1 }
/** Babylon is left-handed with y up: about y, x turns away from z. */
const ABOUT_Y: Turn = { axis: 1, sign: -1 }
const ABOUT_X: Turn = { axis: 0, sign: 1 }

export function turnOf(spec: PoseSpec & { readonly rotationAxis?: RotationAxis }): Turn {
  if (spec.rotationAxis !== undefined) {
    const axis = NAMES.indexOf(spec.rotationAxis.slice(-1))
    if (axis < 0)
      throw new Error(`rotationAxis: 'x', 'y' or 'z', or with '-' the other way, not '${spec.rotationAxis}'`)
    return { axis, sign: spec.rotationAxis.startsWith('-') ? -1 : 1 }
  }
  const [x, y, z] = [0, 1, 2].map(k => typeof spec.position?.[k] === 'string')
  if (x && z && !y) return ABOUT_Y
  if (y && z && !x) return ABOUT_X
  return ABOUT_Z
}

// Writes poses into Phaser's game objects.

import { POSE, type BinderSink, type PoseSpec } from '@lockstride/core'
import type { PhaserObject } from './phaser-types.ts'

export const spriteSink: BinderSink<PhaserObject> = {
  placer(spec: PoseSpec) {
    const [x, y, z] = spec.position ?? []
    const turns = typeof spec.rotation === 'string'
    if (Array.isArray(spec.rotation))
      throw new Error('rotation: Phaser draws flat: name one field with an angle in radians, not a quaternion')
    return (object, pose) => {
      if (typeof x === 'string') object.x = pose[POSE.x]
      if (typeof y === 'string') object.y = pose[POSE.y]
      if (typeof z === 'string') object.z = pose[POSE.z]
      if (turns) object.rotation = pose[POSE.angle]
    }
  },
  destroy: object => object.destroy(),
}

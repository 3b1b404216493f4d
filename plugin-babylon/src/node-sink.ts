// Writes poses into Babylon's nodes.

import { POSE, type BinderSink, type Pose, type PoseSpec } from '@lockstride/core'
import type { BabylonNode } from './babylon-types.ts'
import { turnOf, type RotationAxis, type Turn } from './turn.ts'

export const nodeSink: BinderSink<BabylonNode> = {
  placer(spec: PoseSpec & { readonly rotationAxis?: RotationAxis }) {
    const [x, y, z] = spec.position ?? []
    const turn = turnOf(spec)
    const byAngle = typeof spec.rotation === 'string'
    const byQuaternion = Array.isArray(spec.rotation)
    return (node, pose) => {
      const { position } = node
      if (typeof x === 'string') position.x = pose[POSE.x]
      if (typeof y === 'string') position.y = pose[POSE.y]
      if (typeof z === 'string') position.z = pose[POSE.z]
      if (byAngle) turnNode(node, pose[POSE.angle], turn)
      if (byQuaternion) orientNode(node, pose)
    }
  },
  destroy: node => node.dispose(),
}

function turnNode(node: BabylonNode, angle: number, { axis, sign }: Turn): void {
  const { rotation, rotationQuaternion } = node
  const turn = angle * sign
  if (rotationQuaternion) {
    // Imported models have one, and then `rotation` is not looked at.
    const sine = Math.sin(turn / 2)
    rotationQuaternion.copyFromFloats(
      axis === 0 ? sine : 0,
      axis === 1 ? sine : 0,
      axis === 2 ? sine : 0,
      Math.cos(turn / 2),
    )
  } else if (rotation) {
    if (axis === 0) rotation.x = turn
    else if (axis === 1) rotation.y = turn
    else rotation.z = turn
  }
}

function orientNode(node: BabylonNode, pose: Pose): void {
  // Null at first: the node's own class knows how to make one.
  if (!node.rotationQuaternion && node.rotation) node.rotationQuaternion = node.rotation.toQuaternion()
  const q = POSE.quaternion
  node.rotationQuaternion?.copyFromFloats(pose[q], pose[q + 1], pose[q + 2], pose[q + 3])
}

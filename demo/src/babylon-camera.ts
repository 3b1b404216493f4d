// The seat at the ring: a camera that keeps the whole ring in any page, follows its shrinking, and trembles when somebody
// is hit hard.

import { TargetCamera } from '@babylonjs/core/Cameras/targetCamera'
import { Vector3 } from '@babylonjs/core/Maths/math.vector'
import type { Scene } from '@babylonjs/core/scene'
import { isCalm } from './motion.ts'

const FIELD_OF_VIEW = 0.72
/** The camera's height above the ring as an angle. */
const ELEVATION = 0.86
/** The ring lies so much above the middle of the picture. */
const OFFSET_Z = 0.75

export interface Seat {
  readonly camera: TargetCamera
  /** `radius`: of the ring. `seconds`: since the last frame. */
  place(radius: number, seconds: number): void
  shake(strength: number): void
  /** At the next frame the ring fits at once, not slowly. */
  refit(): void
}

export function createSeat(scene: Scene): Seat {
  const camera = new TargetCamera('camera', new Vector3(0, 16, 12), scene)
  camera.fov = FIELD_OF_VIEW
  camera.minZ = 1
  camera.maxZ = 160
  const target = new Vector3()
  const halfHeight = Math.tan(FIELD_OF_VIEW / 2)
  let distance = 0
  let trembling = 0
  let time = 0

  /** A wide page is bound by the ring's height on screen, a tall one by its width. */
  function fitting(radius: number): number {
    const reach = Math.max(4.4, radius) + 1.7
    const depth = reach * Math.cos(ELEVATION)
    const byWidth = reach / (halfHeight * scene.getEngine().getAspectRatio(camera)) + depth * 0.55
    const byHeight = (reach * (Math.sin(ELEVATION) + 0.06)) / halfHeight + depth * 0.5
    return Math.max(byWidth, byHeight)
  }

  return {
    camera,
    place(radius, seconds) {
      time += seconds
      const wanted = fitting(radius)
      distance = distance === 0 ? wanted : distance + (wanted - distance) * Math.min(1, seconds * 2.2)
      // Behind the ring only, however far a tall page moves the camera away.
      scene.fogStart = distance * 1.25
      scene.fogEnd = distance * 1.25 + 60
      trembling = Math.max(0, trembling - seconds * 4)
      const sway = isCalm() ? 0 : Math.sin(time * 0.22) * 0.05
      const x = (Math.random() - 0.5) * trembling * 0.5
      const y = (Math.random() - 0.5) * trembling * 0.5
      camera.position.set(
        Math.sin(sway) * distance * Math.cos(ELEVATION) + x,
        distance * Math.sin(ELEVATION) + y,
        Math.cos(sway) * distance * Math.cos(ELEVATION) + OFFSET_Z,
      )
      target.set(x * 0.6, y * 0.6, OFFSET_Z)
      camera.setTarget(target)
    },
    shake(strength) {
      if (!isCalm()) trembling = Math.max(trembling, strength)
    },
    refit() {
      distance = 0
    },
  }
}

// Weak machines get fewer pixels and no shadows rather than few frames.

import type { Engine } from '@babylonjs/core/Engines/engine'

/** Seconds of slow frames before the picture becomes simpler. */
const PATIENCE_S = 1.5
const SLOW_FRAME_S = 1 / 40
/** The first ones build the shaders, and are slow everywhere. */
const FIRST_FRAMES = 20

/** Answers what to call after each frame. `full`: the best picture, whatever it costs. */
export function watchQuality(
  engine: Engine,
  setShadows: (on: boolean) => void,
  full: boolean,
): (seconds: number) => void {
  const sharpest = 1 / Math.min(2, window.devicePixelRatio || 1)
  const levels = [
    { scaling: sharpest, shadows: true },
    { scaling: Math.max(1, sharpest), shadows: true },
    { scaling: Math.max(1, sharpest), shadows: false },
    { scaling: 1.6, shadows: false },
    { scaling: 2.4, shadows: false },
  ]
  let level = -1
  let frames = 0
  let slowSeconds = 0

  function set(next: number): void {
    level = next
    slowSeconds = 0
    engine.setHardwareScalingLevel(levels[level].scaling)
    setShadows(levels[level].shadows)
  }

  const isSoftware = /swiftshader|llvmpipe|software|basic render/i.test(engine.getGlInfo().renderer)
  set(isSoftware && !full ? levels.length - 1 : 0)
  return seconds => {
    if (full || ++frames < FIRST_FRAMES || document.hidden) return
    slowSeconds = seconds > SLOW_FRAME_S ? slowSeconds + seconds : Math.max(0, slowSeconds - seconds * 2)
    if (slowSeconds > PATIENCE_S && level < levels.length - 1) set(level + 1)
  }
}

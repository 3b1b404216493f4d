// What all parts of the 2D picture agree on: its scale, what lies over what, and how a texture is painted.

import type * as Phaser from 'phaser'
import { paintGlow } from './art.ts'

/** Pixels of the drawing for one unit of the rules; the camera scales it to the page. */
export const UNIT = 64

export const DEPTH = {
  halo: 1,
  /** Who falls is behind the mound, or before it. */
  fallingBehind: 2,
  side: 3,
  fallingBefore: 3.5,
  clay: 4,
  rim: 5,
  dust: 6,
  shadow: 7,
  bowl: 8,
  ghost: 9,
  tumbling: 9.5,
  disc: 10,
  spark: 11,
} as const

/** Paints a texture once; whoever asks again under the same key gets what is there. */
export function paintTexture(
  scene: Phaser.Scene,
  key: string,
  width: number,
  height: number,
  paint: (context: CanvasRenderingContext2D) => void,
): void {
  if (scene.textures.exists(key)) return
  const texture = scene.textures.createCanvas(key, width, height)!
  paint(texture.getContext())
  texture.refresh()
}

/** What lies under wrestlers and bowls. */
export function shadowTexture(scene: Phaser.Scene): string {
  paintTexture(scene, 'shadow', 128, 128, context => paintGlow(context, 128, '#1c0c24', 0.45))
  return 'shadow'
}

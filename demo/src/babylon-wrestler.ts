// A wrestler in 3D: a root that the binder places, and a figure inside it that leans, squashes, cheers and falls.

import type { ShadowGenerator } from '@babylonjs/core/Lights/Shadows/shadowGenerator'
import { StandardMaterial } from '@babylonjs/core/Materials/standardMaterial'
import { Color3 } from '@babylonjs/core/Maths/math.color'
import { CreateSphere } from '@babylonjs/core/Meshes/Builders/sphereBuilder'
import { CreateTorus } from '@babylonjs/core/Meshes/Builders/torusBuilder'
import type { Mesh } from '@babylonjs/core/Meshes/mesh'
import { TransformNode } from '@babylonjs/core/Meshes/transformNode'
import type { Scene } from '@babylonjs/core/scene'
import { paintGlow, paintMarker } from './art.ts'
import { SEA_Y, flatDisc, paintedTexture, plain } from './babylon-arena.ts'
import { noBoost } from './boost-look.ts'
import { mix } from './palette.ts'
import { BOT_SLOT, DISC_RADIUS } from './sumo-terms.ts'

export interface Wrestlers {
  create(slot: number, hex: string, own: boolean): Wrestler
  remove(wrestler: Wrestler): void
}

export class Wrestler {
  readonly slot: number
  readonly root: TransformNode
  readonly figure: TransformNode
  readonly hands: readonly Mesh[]
  readonly ground: TransformNode
  readonly skins: readonly { material: StandardMaterial; from: (hex: string) => string }[]
  charge = 1
  standing = true
  squash = 0
  cheerSeconds = 0
  readonly boost = noBoost()
  #push = 0
  #lean = 0
  #sunk = false
  #hex = ''

  constructor(slot: number, parts: Pick<Wrestler, 'root' | 'figure' | 'hands' | 'ground' | 'skins'>) {
    this.slot = slot
    this.root = parts.root
    this.figure = parts.figure
    this.hands = parts.hands
    this.ground = parts.ground
    this.skins = parts.skins
  }

  setColor(hex: string): void {
    if (hex === this.#hex) return
    this.#hex = hex
    for (const { material, from } of this.skins) material.diffuseColor = Color3.FromHexString(from(hex))
  }

  stand(seconds: number, speed: number, dashing: boolean): void {
    this.#sunk = false
    this.squash = Math.max(0, this.squash - seconds * 4)
    this.cheerSeconds = Math.max(0, this.cheerSeconds - seconds)
    this.#push = dashing ? 1 : Math.max(0, this.#push - seconds * 3.5)
    this.#lean += (Math.min(0.4, speed * 1.6) - this.#lean) * Math.min(1, seconds * 10)
    const hop = this.cheerSeconds > 0 ? Math.abs(Math.sin(this.cheerSeconds * 7)) : 0
    this.root.position.y = hop * 0.8
    this.ground.position.y = 0.03 - hop * 0.8
    this.figure.rotation.z = -this.#lean - 0.25 * this.#push
    this.figure.rotation.x = 0
    const { size } = this.boost
    const wide = size * (1 + 0.16 * this.squash + 0.05 * this.#push)
    this.figure.scaling.set(wide, size * (1 - 0.18 * this.squash - 0.08 * hop), wide)
    const reach = DISC_RADIUS * (0.62 + 0.4 * this.#push)
    const spread = DISC_RADIUS * (0.82 - 0.32 * this.#push)
    const lift = this.cheerSeconds > 0 ? 0.9 * hop : 0
    this.hands[0].position.set(reach, 0.75 + lift, -spread)
    this.hands[1].position.set(reach, 0.75 + lift, spread)
    this.ground.setEnabled(true)
  }

  /** `gone` runs from 0 to 1. True once, when the water is reached. */
  fall(gone: number): boolean {
    const depth = Math.min(1, gone)
    this.ground.setEnabled(false)
    this.root.position.y = -8.2 * depth * depth
    this.figure.rotation.z = -0.3 - depth * 3.6
    this.figure.rotation.x = depth * 1.4
    this.figure.scaling.setAll(1)
    if (this.#sunk || this.root.position.y > SEA_Y + 0.6) return false
    this.#sunk = true
    return true
  }
}

export function createWrestlers(scene: Scene, shadows: ShadowGenerator): Wrestlers {
  const shade = paintedTexture('shade', 128, scene, context => paintGlow(context, 128, '#120818', 0.35))
  const marker = paintedTexture('marker', 256, scene, context => paintMarker(context, 256))
  const white = plain('eye', '#ffffff', scene)
  white.emissiveColor = new Color3(0.25, 0.25, 0.25)
  const pupil = plain('pupil', '#1b1020', scene)
  const screen = plain('bot eye', '#6cf0ff', scene)
  screen.emissiveColor = Color3.FromHexString('#35b9d0')
  const hair = plain('hair', '#1f1428', scene)
  hair.specularColor = new Color3(0.35, 0.3, 0.4)
  const metal = plain('metal', '#4a5274', scene)

  return {
    create(slot, hex, own) {
      const bot = slot === BOT_SLOT
      const root = new TransformNode(`wrestler ${slot}`, scene)
      const figure = new TransformNode('figure', scene)
      figure.parent = root
      const skin = plain('skin', hex, scene)
      skin.specularColor = new Color3(0.25, 0.25, 0.25)
      skin.specularPower = 36
      const belt = plain('belt', hex, scene)
      const face = plain('face', hex, scene)
      const ball = (
        name: string,
        size: number,
        x: number,
        y: number,
        z: number,
        material: StandardMaterial,
        flat = 1,
      ): Mesh => {
        const mesh = CreateSphere(
          name,
          { diameterX: size, diameterY: size * flat, diameterZ: size, segments: size > 0.5 ? 20 : 10 },
          scene,
        )
        mesh.position.set(x, y, z)
        mesh.material = material
        mesh.parent = figure
        return mesh
      }
      const body = ball('body', DISC_RADIUS * 2, 0, 0.66, 0, skin, 0.76)
      const girdle = CreateTorus('girdle', { diameter: DISC_RADIUS * 1.86, thickness: 0.26, tessellation: 32 }, scene)
      girdle.position.y = 0.5
      girdle.material = belt
      girdle.parent = figure
      ball('knot', 0.36, -DISC_RADIUS * 0.98, 0.55, 0, belt)
      const head = ball('head', 1.1, 0.16, 1.52, 0, face, 0.94)
      const cap = CreateSphere('hair', { diameter: 1.17, segments: 16, slice: 0.46 }, scene)
      cap.position.set(0.1, 1.54, 0)
      cap.rotation.z = 0.8
      cap.material = bot ? metal : hair
      cap.parent = figure
      const bun = ball('bun', 0.38, -0.2, 2.08, 0, bot ? metal : hair, 0.8)
      for (const side of [-1, 1]) {
        ball('eye', bot ? 0.27 : 0.26, 0.6, 1.58, side * 0.22, bot ? screen : white)
        if (!bot) ball('pupil', 0.15, 0.69, 1.6, side * 0.21, pupil)
      }
      const hands = [ball('hand', 0.44, 0.6, 0.75, -0.7, skin), ball('hand', 0.44, 0.6, 0.75, 0.7, skin)]

      const ground = new TransformNode('ground', scene)
      ground.parent = root
      ground.position.y = 0.03
      const blob = flatDisc('blob', scene, shade)
      ;(blob.material as StandardMaterial).alphaMode = 2
      ;(blob.material as StandardMaterial).emissiveColor = Color3.Black()
      ;(blob.material as StandardMaterial).emissiveTexture = null
      blob.scaling.setAll(DISC_RADIUS * 1.35)
      blob.visibility = 0.6
      blob.parent = ground
      if (own) {
        const circle = flatDisc('marker', scene, marker)
        ;(circle.material as StandardMaterial).alphaMode = 2
        circle.scaling.setAll(DISC_RADIUS * 1.5)
        circle.position.y = 0.02
        circle.visibility = 0.85
        circle.parent = ground
      }
      for (const mesh of [body, girdle, head, cap, bun, ...hands]) shadows.addShadowCaster(mesh, false)

      const wrestler = new Wrestler(slot, {
        root,
        figure,
        hands,
        ground,
        skins: [
          { material: skin, from: color => color },
          { material: belt, from: color => mix(color, '#150d22', 0.68) },
          { material: face, from: color => (bot ? '#cfd6ea' : mix('#f8d9b4', color, 0.08)) },
        ],
      })
      wrestler.setColor(hex)
      return wrestler
    },
    remove(wrestler) {
      for (const mesh of wrestler.root.getChildMeshes()) shadows.removeShadowCaster(mesh, false)
      wrestler.root.getChildMeshes().forEach(mesh => {
        if (['blob', 'marker', 'aura'].includes(mesh.name)) mesh.material?.dispose(false, false)
      })
      for (const { material } of wrestler.skins) material.dispose()
      wrestler.root.dispose()
    },
  }
}

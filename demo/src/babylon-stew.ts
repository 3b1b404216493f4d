// The power-up in 3D: steaming bowls on the clay, and the light and steam of who ate.

import { StandardMaterial } from '@babylonjs/core/Materials/standardMaterial'
import { Color3 } from '@babylonjs/core/Maths/math.color'
import type { Vector3 } from '@babylonjs/core/Maths/math.vector'
import { CreateCylinder } from '@babylonjs/core/Meshes/Builders/cylinderBuilder'
import { CreateDisc } from '@babylonjs/core/Meshes/Builders/discBuilder'
import { CreateTorus } from '@babylonjs/core/Meshes/Builders/torusBuilder'
import type { Mesh } from '@babylonjs/core/Meshes/mesh'
import { TransformNode } from '@babylonjs/core/Meshes/transformNode'
import type { ShadowGenerator } from '@babylonjs/core/Lights/Shadows/shadowGenerator'
import type { Scene } from '@babylonjs/core/scene'
import { paintGlow, paintHalo } from './art.ts'
import { flatDisc, paintedTexture, plain } from './babylon-arena.ts'
import type { Effects } from './babylon-effects.ts'
import type { BoostLook } from './boost-look.ts'
import { paintBroth } from './stew-art.ts'
import { DISC_RADIUS, TICKS } from './sumo-terms.ts'

const GOLD = '#ff9d2e'
const BOWL_RADIUS = 0.64
const BOWL_HEIGHT = 0.56
const DROP_SECONDS = 0.3
const STEAM_SECONDS = 0.1

export interface Bowl {
  readonly root: TransformNode
  readonly figure: TransformNode
  readonly light: Mesh
  readonly lacquered: readonly Mesh[]
  age: number
  nextPuff: number
}

export interface Aura {
  readonly light: Mesh
  nextPuff: number
}

export interface Stews {
  create(): Bowl
  /** `ticks`: until it is taken away. */
  update(bowl: Bowl, ticks: number, seconds: number): void
  remove(bowl: Bowl): void
  /** A light on the ground beneath a figure. */
  aura(ground: TransformNode): Aura
  shine(aura: Aura, at: Vector3, look: BoostLook, seconds: number): void
}

export function createStews(scene: Scene, shadows: ShadowGenerator, effects: Effects): Stews {
  const lacquer = plain('lacquer', '#b3262e', scene)
  lacquer.specularColor = new Color3(0.7, 0.6, 0.55)
  lacquer.specularPower = 60
  const gold = plain('bowl rim', '#c8862e', scene)
  const broth = new StandardMaterial('broth', scene)
  broth.diffuseTexture = paintedTexture('broth', 256, scene, context => {
    context.translate(128, 128)
    paintBroth(context, 124)
  })
  broth.diffuseTexture.hasAlpha = false
  broth.specularColor = new Color3(0.4, 0.35, 0.25)
  broth.emissiveColor = new Color3(0.18, 0.14, 0.1)
  broth.backFaceCulling = false
  const shine = paintedTexture('stew light', 128, scene, context => paintGlow(context, 128, GOLD, 0.1))
  const halo = paintedTexture('aura', 256, scene, context => paintHalo(context, 256, GOLD, 0.62))

  return {
    create() {
      const root = new TransformNode('stew', scene)
      const figure = new TransformNode('stew figure', scene)
      figure.parent = root
      const bowl = CreateCylinder(
        'bowl',
        { diameterTop: BOWL_RADIUS * 2, diameterBottom: BOWL_RADIUS * 1.1, height: BOWL_HEIGHT, tessellation: 36 },
        scene,
      )
      bowl.position.y = BOWL_HEIGHT / 2 + 0.06
      bowl.material = lacquer
      const foot = CreateCylinder('bowl foot', { diameter: BOWL_RADIUS, height: 0.12, tessellation: 24 }, scene)
      foot.position.y = 0.06
      foot.material = lacquer
      const rim = CreateTorus('bowl rim', { diameter: BOWL_RADIUS * 2, thickness: 0.075, tessellation: 36 }, scene)
      rim.position.y = BOWL_HEIGHT + 0.06
      rim.material = gold
      const surface = CreateDisc('broth', { radius: BOWL_RADIUS * 0.94, tessellation: 36 }, scene)
      surface.rotation.x = Math.PI / 2
      surface.position.y = BOWL_HEIGHT + 0.075
      surface.material = broth
      const lacquered = [bowl, foot, rim]
      for (const mesh of [...lacquered, surface]) mesh.parent = figure
      for (const mesh of lacquered) shadows.addShadowCaster(mesh, false)
      const light = flatDisc('stew light', scene, shine)
      light.position.y = 0.05
      light.scaling.setAll(BOWL_RADIUS * 2)
      light.parent = root
      return { root, figure, light, lacquered, age: 0, nextPuff: 0 }
    },
    update(bowl, ticks, seconds) {
      bowl.age += seconds
      // It is put down.
      const fall = Math.max(0, 1 - bowl.age / DROP_SECONDS)
      bowl.figure.position.y = 3 * fall * fall
      bowl.figure.rotation.y = bowl.age * 0.7
      const { x, z } = bowl.root.position
      bowl.light.visibility = 0.34 + 0.12 * Math.sin(bowl.age * 4.2)
      bowl.figure.setEnabled(ticks > TICKS.boostEnds || Math.floor(ticks / 8) % 2 === 0)
      if (bowl.age < bowl.nextPuff) return
      bowl.nextPuff = bowl.age + STEAM_SECONDS
      effects.steam(x, bowl.figure.position.y + BOWL_HEIGHT, z, 1)
    },
    remove(bowl) {
      for (const mesh of bowl.lacquered) shadows.removeShadowCaster(mesh, false)
      bowl.light.material?.dispose(false, false)
      bowl.root.dispose()
    },
    aura(ground) {
      const light = flatDisc('aura', scene, halo)
      light.position.y = 0.04
      light.parent = ground
      light.setEnabled(false)
      return { light, nextPuff: 0 }
    },
    shine(aura, at, look, seconds) {
      aura.light.setEnabled(look.light > 0.02)
      if (look.light <= 0.02) return
      aura.light.scaling.setAll(((DISC_RADIUS * look.size) / 0.6) * (1 + 0.06 * Math.sin(performance.now() / 90)))
      aura.light.visibility = look.light
      aura.nextPuff -= seconds
      if (aura.nextPuff > 0) return
      aura.nextPuff = STEAM_SECONDS
      effects.steam(at.x, at.y + 1.5 * look.size, at.z, 1)
      effects.glitter(at.x, at.y + 0.4, at.z, 1)
    },
  }
}

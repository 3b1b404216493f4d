// The ring in 3D: clay on a rock over the night sea, straw bales around it, lanterns further out.

import { ShadowGenerator } from '@babylonjs/core/Lights/Shadows/shadowGenerator'
import type { DirectionalLight } from '@babylonjs/core/Lights/directionalLight'
import { StandardMaterial } from '@babylonjs/core/Materials/standardMaterial'
import { DynamicTexture } from '@babylonjs/core/Materials/Textures/dynamicTexture'
import { Texture } from '@babylonjs/core/Materials/Textures/texture'
import { Color3 } from '@babylonjs/core/Maths/math.color'
import { Matrix, Quaternion, Vector3 } from '@babylonjs/core/Maths/math.vector'
import { CreateCapsule } from '@babylonjs/core/Meshes/Builders/capsuleBuilder'
import { CreateCylinder } from '@babylonjs/core/Meshes/Builders/cylinderBuilder'
import { CreateDisc } from '@babylonjs/core/Meshes/Builders/discBuilder'
import { CreateGround } from '@babylonjs/core/Meshes/Builders/groundBuilder'
import { CreatePlane } from '@babylonjs/core/Meshes/Builders/planeBuilder'
import { CreateSphere } from '@babylonjs/core/Meshes/Builders/sphereBuilder'
import { AbstractMesh } from '@babylonjs/core/Meshes/abstractMesh'
import type { Mesh } from '@babylonjs/core/Meshes/mesh'
import type { Scene } from '@babylonjs/core/scene'
import { paintClay, paintHalo, paintSea } from './art.ts'
import { THEME, mix } from './palette.ts'
import { BALES, BALE_UNITS, HALO_INNER, RING_REACH, balesAround } from './ring-look.ts'
import type { RingLook } from './ring-look.ts'

export const SEA_Y = -6.5
const LANTERNS = 9

export interface Arena {
  readonly shadows: ShadowGenerator
  update(ring: RingLook, time: number): void
  setShadows(on: boolean): void
}

export function createArena(scene: Scene, sun: DirectionalLight): Arena {
  const sea = CreateGround('sea', { width: 220, height: 220 }, scene)
  sea.position.y = SEA_Y
  sea.material = seaMaterial(scene)

  const seaLight = flatDisc(
    'sea light',
    scene,
    paintedTexture('sea light', 256, scene, c => paintHalo(c, 256, THEME.glow, 0.3)),
  )
  seaLight.position.y = SEA_Y + 0.06
  const halo = flatDisc(
    'halo',
    scene,
    paintedTexture('halo', 512, scene, c => paintHalo(c, 512, THEME.glow, HALO_INNER)),
  )
  halo.position.y = -1.7

  const rock = CreateCylinder(
    'rock',
    { diameterTop: 2.12, diameterBottom: 0.7, height: 3.4, tessellation: 22, subdivisions: 3 },
    scene,
  )
  rock.position.y = -3.2
  rock.material = plain('rock', '#4a2a2c', scene)
  rock.convertToFlatShadedMesh()
  const step = CreateCylinder('step', { diameterTop: 2.03, diameterBottom: 2.2, height: 1.5, tessellation: 96 }, scene)
  step.position.y = -0.76
  const slope = plain('slope', '#ffffff', scene)
  slope.diffuseTexture = slopeTexture(scene)
  step.material = slope

  const clayTexture = paintedTexture('clay', 1024, scene, c => paintClay(c, 1024, RING_REACH))
  clayTexture.anisotropicFilteringLevel = 8
  const top = CreateDisc('clay', { radius: 1, tessellation: 96 }, scene)
  top.rotation.x = Math.PI / 2
  top.position.y = 0.005
  const clay = new StandardMaterial('clay', scene)
  clay.diffuseTexture = clayTexture
  clay.specularColor = new Color3(0.05, 0.04, 0.03)
  clay.backFaceCulling = false
  top.material = clay
  top.receiveShadows = true

  const bale = CreateCapsule(
    'bale',
    { radius: 0.21, height: BALE_UNITS * 1.04, tessellation: 10, capSubdivisions: 3 },
    scene,
  )
  const straw = plain('straw', '#ffffff', scene)
  straw.specularColor = new Color3(0.08, 0.07, 0.04)
  straw.diffuseTexture = baleTexture(scene)
  bale.material = straw
  bale.alwaysSelectAsActiveMesh = true
  const bales = new Float32Array(BALES * 16)
  bale.thinInstanceSetBuffer('matrix', bales, 16, false)

  const lanterns = createLanterns(scene)

  const shadows = new ShadowGenerator(1024, sun)
  shadows.usePercentageCloserFiltering = true
  shadows.filteringQuality = ShadowGenerator.QUALITY_MEDIUM
  shadows.bias = 0.002
  shadows.setDarkness(0.38)

  const cold = Color3.White()
  const hot = Color3.FromHexString('#ff4a26')
  const black = Color3.Black()
  let builtRadius = -1

  return {
    shadows,
    setShadows(on) {
      sun.shadowEnabled = on
    },
    update({ radius, heat }, time) {
      const pulse = heat * (0.55 + 0.45 * Math.sin(time * 7.6))
      Color3.LerpToRef(cold, hot, pulse * 0.75, straw.diffuseColor)
      Color3.LerpToRef(black, hot, pulse * 0.5, straw.emissiveColor)
      const size = (radius * 1.09) / HALO_INNER
      halo.scaling.setAll(size)
      halo.visibility = Math.min(1, 0.6 + 0.4 * pulse)
      seaLight.scaling.setAll(radius * 2.6)
      seaLight.visibility = 0.3 + 0.25 * pulse
      lanterns(time)
      if (Math.abs(radius - builtRadius) < 0.004) return
      builtRadius = radius
      const visible = radius > 0.15
      for (const mesh of [top, rock, step, bale, halo]) mesh.setEnabled(visible)
      top.scaling.set(radius, radius, 1)
      step.scaling.set(radius, 1, radius)
      rock.scaling.set(radius, 1, radius)
      // The clay stays where it is while its edge comes closer.
      const share = radius / RING_REACH
      clayTexture.uScale = clayTexture.vScale = share
      clayTexture.uOffset = clayTexture.vOffset = (1 - share) / 2
      const count = balesAround(radius)
      layBales(bales, count, radius)
      bale.thinInstanceCount = count
      bale.thinInstanceBufferUpdated('matrix')
    },
  }
}

const turn = new Quaternion()
const lying = Quaternion.RotationAxis(new Vector3(1, 0, 0), Math.PI / 2)
const around = new Quaternion()
const at = new Vector3()
const stretch = new Vector3(1, 1, 1)
const matrix = new Matrix()

function layBales(into: Float32Array, count: number, radius: number): void {
  if (count > 0) stretch.y = (2 * Math.PI * radius) / count / BALE_UNITS
  for (let i = 0; i < count; i++) {
    const angle = (i / count) * Math.PI * 2
    at.set(Math.cos(angle) * radius, 0.08, Math.sin(angle) * radius)
    Quaternion.RotationYawPitchRollToRef(-angle, 0, 0, around)
    around.multiplyToRef(lying, turn)
    Matrix.ComposeToRef(stretch, turn, at, matrix)
    matrix.copyToArray(into, i * 16)
  }
}

function createLanterns(scene: Scene): (time: number) => void {
  const paper = plain('paper', '#000000', scene)
  paper.emissiveColor = Color3.FromHexString('#ff6a3a')
  paper.disableLighting = true
  const wood = plain('lantern wood', '#2b1a24', scene)
  const light = paintedTexture('lantern light', 128, scene, c => paintHalo(c, 128, THEME.glow, 0.02))
  const lanterns: { body: Mesh; phase: number; y: number }[] = []
  for (let i = 0; i < LANTERNS; i++) {
    const angle = ((i + 0.5) / LANTERNS) * Math.PI * 2
    const body = CreateSphere(`lantern ${i}`, { diameterX: 1.1, diameterY: 1.3, diameterZ: 1.1, segments: 10 }, scene)
    body.material = paper
    const y = -3.4 + (i % 3) * 0.7
    body.position.set(Math.cos(angle) * (15.5 + (i % 2) * 3), y, Math.sin(angle) * (13.5 + (i % 2) * 3))
    for (const side of [-1, 1]) {
      const cap = CreateCylinder(`cap ${i}`, { diameter: 0.55, height: 0.16, tessellation: 12 }, scene)
      cap.position.y = side * 0.66
      cap.material = wood
      cap.parent = body
    }
    const glow = CreatePlane(`lantern glow ${i}`, { size: 5 }, scene)
    glow.material = lightMaterial('lantern glow', scene, light)
    glow.billboardMode = AbstractMesh.BILLBOARDMODE_ALL
    glow.visibility = 0.75
    glow.parent = body
    lanterns.push({ body, phase: i * 1.7, y })
  }
  return time => {
    for (const { body, phase, y } of lanterns) body.position.y = y + Math.sin(time * 0.9 + phase) * 0.22
  }
}

function seaMaterial(scene: Scene): StandardMaterial {
  const material = new StandardMaterial('sea', scene)
  const texture = new DynamicTexture('sea', { width: 512, height: 256 }, scene, true)
  paintSea(texture.getContext() as CanvasRenderingContext2D, 512, 256)
  texture.update()
  texture.wrapU = texture.wrapV = Texture.WRAP_ADDRESSMODE
  texture.uScale = 26
  texture.vScale = -52
  texture.anisotropicFilteringLevel = 8
  material.emissiveTexture = texture
  material.disableLighting = true
  return material
}

/** A disc of light lying flat, added to what is behind it. */
export function flatDisc(name: string, scene: Scene, texture: Texture): Mesh {
  const disc = CreateGround(name, { width: 2, height: 2 }, scene)
  disc.material = lightMaterial(name, scene, texture)
  return disc
}

function lightMaterial(name: string, scene: Scene, texture: Texture): StandardMaterial {
  const material = new StandardMaterial(name, scene)
  material.emissiveTexture = texture
  material.opacityTexture = texture
  material.disableLighting = true
  material.alphaMode = 1
  material.fogEnabled = false
  material.disableDepthWrite = true
  material.backFaceCulling = false
  return material
}

/** Wraps around the mound: packed earth, darker towards the water. */
function slopeTexture(scene: Scene): DynamicTexture {
  const texture = new DynamicTexture('slope', { width: 512, height: 64 }, scene, true)
  const context = texture.getContext() as CanvasRenderingContext2D
  const earth = context.createLinearGradient(0, 0, 0, 64)
  earth.addColorStop(0, THEME.clayDark)
  earth.addColorStop(0.45, '#a0683a')
  earth.addColorStop(1, '#57301f')
  context.fillStyle = earth
  context.fillRect(0, 0, 512, 64)
  for (let i = 0; i < 420; i++) {
    context.fillStyle = i % 2 === 0 ? 'rgba(255, 226, 180, 0.12)' : 'rgba(60, 28, 14, 0.16)'
    context.fillRect((i * 83) % 512, (i * 29) % 64, 10 + (i % 13), 1.5)
  }
  texture.update()
  texture.wrapU = Texture.WRAP_ADDRESSMODE
  texture.uScale = 3
  return texture
}

/** Wraps around a capsule: bands across its length. */
function baleTexture(scene: Scene): DynamicTexture {
  const texture = new DynamicTexture('bale', { width: 64, height: 128 }, scene, true)
  const context = texture.getContext() as CanvasRenderingContext2D
  context.fillStyle = THEME.straw
  context.fillRect(0, 0, 64, 128)
  for (let i = 0; i < 150; i++) {
    context.fillStyle = i % 2 === 0 ? 'rgba(255, 240, 190, 0.25)' : 'rgba(120, 76, 30, 0.22)'
    context.fillRect((i * 37) % 64, (i * 53) % 128, 1.5, 26)
  }
  context.fillStyle = THEME.strawDark
  for (const band of [0.3, 0.5, 0.7]) context.fillRect(0, 128 * band - 3, 64, 6)
  texture.update()
  return texture
}

export function paintedTexture(
  name: string,
  size: number,
  scene: Scene,
  paint: (context: CanvasRenderingContext2D) => void,
): DynamicTexture {
  const texture = new DynamicTexture(name, size, scene, true)
  paint(texture.getContext() as CanvasRenderingContext2D)
  texture.update()
  texture.hasAlpha = true
  return texture
}

export function plain(name: string, hex: string, scene: Scene): StandardMaterial {
  const material = new StandardMaterial(name, scene)
  material.diffuseColor = Color3.FromHexString(hex)
  material.specularColor = Color3.FromHexString(mix(hex, '#000000', 0.82))
  return material
}

// Sparks, dust, trails, splashes, steam and confetti in 3D. Each kind is one particle system that lives as long as the scene.

import { ParticleSystem } from '@babylonjs/core/Particles/particleSystem'
import type { StandardMaterial } from '@babylonjs/core/Materials/standardMaterial'
import { Color3, Color4 } from '@babylonjs/core/Maths/math.color'
import { Vector3 } from '@babylonjs/core/Maths/math.vector'
import type { DynamicTexture } from '@babylonjs/core/Materials/Textures/dynamicTexture'
import type { Mesh } from '@babylonjs/core/Meshes/mesh'
import type { Scene } from '@babylonjs/core/scene'
import { paintGlow, ring } from './art.ts'
import { SEA_Y, flatDisc, paintedTexture } from './babylon-arena.ts'
import { PLAYER_COLORS } from './palette.ts'

const RIPPLES = 18
const RIPPLE_SECONDS = 1

export interface Effects {
  hit(x: number, z: number, power: number): void
  dust(x: number, z: number, count: number): void
  trail(position: Vector3, hex: string): void
  splash(x: number, z: number): void
  steam(x: number, y: number, z: number, count: number): void
  glitter(x: number, y: number, z: number, count: number): void
  confetti(x: number, z: number): void
  /** All of it is gone. */
  endConfetti(): void
  update(seconds: number): void
}

type Range = readonly [from: number, to: number]
/** Two corners, or two directions: x, y, z of the one and of the other. */
type Span = readonly [number, number, number, number, number, number]

interface Look {
  /** Light that adds up; others cover what is behind them. */
  readonly isBright?: boolean
  readonly texture?: DynamicTexture
  readonly box?: Span
  readonly direction?: Span
  readonly power: Range
  readonly seconds: Range
  readonly size: Range
  /** Radians a second, either way. */
  readonly spin?: number
  /** Downwards. */
  readonly gravity?: number
  /** Of one half, of the other, and at the end: with their opacity. */
  readonly colors?: readonly [string, string, string]
}

interface Burst {
  readonly system: ParticleSystem
  readonly at: Vector3
  waiting: number
}

export function createEffects(scene: Scene): Effects {
  const glow = paintedTexture('glow', 64, scene, context => paintGlow(context, 64, '#ffffff'))
  const paper = paintedTexture('paper', 16, scene, context => {
    context.fillStyle = '#ffffff'
    context.fillRect(1, 3, 14, 10)
  })

  const burst = (name: string, capacity: number, look: Look): Burst => {
    const system = new ParticleSystem(name, capacity, scene)
    const at = new Vector3()
    system.emitter = at
    system.particleTexture = look.texture ?? glow
    system.blendMode = look.isBright ? ParticleSystem.BLENDMODE_ADD : ParticleSystem.BLENDMODE_STANDARD
    system.emitRate = 0
    system.manualEmitCount = 0
    ;[system.minEmitBox, system.maxEmitBox] = vectors(look.box ?? [-0.1, 0, -0.1, 0.1, 0.1, 0.1])
    if (look.direction !== undefined) [system.direction1, system.direction2] = vectors(look.direction)
    ;[system.minEmitPower, system.maxEmitPower] = look.power
    ;[system.minLifeTime, system.maxLifeTime] = look.seconds
    ;[system.minSize, system.maxSize] = look.size
    if (look.spin !== undefined) [system.minAngularSpeed, system.maxAngularSpeed] = [-look.spin, look.spin]
    if (look.gravity !== undefined) system.gravity = new Vector3(0, -look.gravity, 0)
    if (look.colors !== undefined)
      [system.color1, system.color2, system.colorDead] = look.colors.map(hex => Color4.FromHexString(hex))
    system.disposeOnStop = false
    system.start()
    return { system, at, waiting: 0 }
  }
  const emit = (from: Burst, x: number, y: number, z: number, count: number): void => {
    // A hidden page draws nothing: effects would pile up until it is seen again.
    if (document.hidden) return
    from.at.set(x, y, z)
    from.waiting += count
  }

  const sparks = burst('sparks', 300, {
    isBright: true,
    direction: [-1, 0.2, -1, 1, 1.4, 1],
    power: [3, 9],
    seconds: [0.15, 0.45],
    size: [0.14, 0.42],
    gravity: 14,
    colors: ['#fff1c4ff', '#ffb347ff', '#ff5b2a00'],
  })
  const dust = burst('dust', 220, {
    direction: [-1, 0.3, -1, 1, 1, 1],
    power: [0.3, 1.8],
    seconds: [0.3, 0.8],
    size: [0.5, 1.3],
    colors: ['#f7e3c070', '#e3c49470', '#e3c49400'],
  })
  const trails = burst('trails', 260, {
    isBright: true,
    box: [-0.5, -0.3, -0.5, 0.5, 0.6, 0.5],
    power: [0, 0.3],
    seconds: [0.22, 0.42],
    size: [0.5, 1.1],
  })
  const drops = burst('drops', 200, {
    isBright: true,
    direction: [-0.6, 1, -0.6, 0.6, 2.4, 0.6],
    power: [3, 6.5],
    seconds: [0.4, 0.9],
    size: [0.14, 0.4],
    gravity: 16,
    colors: ['#b9b2ffff', '#8f86d8ff', '#33296a00'],
  })
  const steam = burst('steam', 160, {
    box: [-0.35, 0, -0.35, 0.35, 0.1, 0.35],
    direction: [-0.15, 1, -0.15, 0.15, 1.6, 0.15],
    power: [0.7, 1.3],
    seconds: [0.7, 1.3],
    size: [0.5, 1],
    colors: ['#ffffff4d', '#fff7eb33', '#ffffff00'],
  })
  const glitter = burst('glitter', 120, {
    isBright: true,
    box: [-0.8, 0, -0.8, 0.8, 0.4, 0.8],
    direction: [-1, 0.8, -1, 1, 2.4, 1],
    power: [1, 3],
    seconds: [0.3, 0.8],
    size: [0.15, 0.42],
    gravity: 5,
    colors: ['#ffe9a0ff', '#ffc53dff', '#ff8a2a00'],
  })
  const papers = PLAYER_COLORS.slice(0, 4).map(({ hex }, i) =>
    burst(`confetti ${i}`, 60, {
      texture: paper,
      direction: [-0.55, 1, -0.55, 0.55, 2, 0.55],
      power: [3, 7],
      seconds: [1, 2],
      size: [0.16, 0.3],
      spin: 9,
      gravity: 9,
      colors: [`${hex}ff`, `${hex}ff`, `${hex}00`],
    }),
  )
  const bursts = [sparks, dust, trails, drops, steam, glitter, ...papers]

  const wave = paintedTexture('wave', 256, scene, context => {
    ring(context, 128, 128, 116, 8, '#ffffff')
    ring(context, 128, 128, 92, 3, 'rgba(255, 255, 255, 0.5)')
  })
  const ripples: { mesh: Mesh; age: number; size: number }[] = []
  for (let i = 0; i < RIPPLES; i++) {
    const mesh = flatDisc(`ripple ${i}`, scene, wave)
    mesh.setEnabled(false)
    ripples.push({ mesh, age: RIPPLE_SECONDS, size: 1 })
  }
  let nextRipple = 0
  const ripple = (x: number, y: number, z: number, size: number, delay: number, color: Color3): void => {
    const next = ripples[nextRipple++ % RIPPLES]
    next.age = -delay
    next.size = size
    next.mesh.position.set(x, y, z)
    ;(next.mesh.material as StandardMaterial).emissiveColor = color
  }
  const water = Color3.FromHexString('#8f86d8')
  const flash = Color3.FromHexString('#ffe2a0')

  return {
    hit(x, z, power) {
      emit(sparks, x, 0.8, z, Math.round(6 + 26 * power))
      emit(dust, x, 0.2, z, Math.round(2 + 4 * power))
      if (power > 0.15) ripple(x, 0.12, z, 0.8 + 2.2 * power, 0, flash)
    },
    dust: (x, z, count) => emit(dust, x, 0.2, z, count),
    trail(position, hex) {
      const color = Color3.FromHexString(hex)
      trails.system.color1 = new Color4(color.r, color.g, color.b, 0.4)
      trails.system.color2 = new Color4(color.r, color.g, color.b, 0.25)
      trails.system.colorDead = new Color4(color.r, color.g, color.b, 0)
      emit(trails, position.x, position.y + 0.7, position.z, 4)
    },
    splash(x, z) {
      emit(drops, x, SEA_Y, z, 40)
      for (const delay of [0, 0.14, 0.28]) ripple(x, SEA_Y + 0.12, z, 3.4, delay, water)
    },
    steam: (x, y, z, count) => emit(steam, x, y, z, count),
    glitter: (x, y, z, count) => emit(glitter, x, y, z, count),
    confetti(x, z) {
      for (const one of papers) emit(one, x, 1.4, z, 26)
    },
    endConfetti() {
      for (const one of papers) {
        one.waiting = 0
        one.system.reset()
      }
    },
    update(seconds) {
      for (const one of bursts) {
        one.system.manualEmitCount = one.waiting
        one.waiting = 0
      }
      for (const one of ripples) {
        if (one.age >= RIPPLE_SECONDS) continue
        one.age += seconds
        const share = Math.max(0, one.age / RIPPLE_SECONDS)
        one.mesh.setEnabled(one.age > 0 && share < 1)
        one.mesh.scaling.setAll(0.2 + one.size * Math.sqrt(share))
        one.mesh.visibility = 0.8 * (1 - share)
      }
    },
  }
}

function vectors([ax, ay, az, bx, by, bz]: Span): [Vector3, Vector3] {
  return [new Vector3(ax, ay, az), new Vector3(bx, by, bz)]
}

// Sparks, dust, trails, splashes, steam and confetti in 3D. Each kind is one particle system that lives as long as the scene.

import { ParticleSystem } from '@babylonjs/core/Particles/particleSystem'
import type { StandardMaterial } from '@babylonjs/core/Materials/standardMaterial'
import { Color3, Color4 } from '@babylonjs/core/Maths/math.color'
import { Vector3 } from '@babylonjs/core/Maths/math.vector'
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

  const burst = (name: string, capacity: number, set: (system: ParticleSystem) => void): Burst => {
    const system = new ParticleSystem(name, capacity, scene)
    const at = new Vector3()
    system.emitter = at
    system.particleTexture = glow
    system.emitRate = 0
    system.manualEmitCount = 0
    system.minEmitBox = new Vector3(-0.1, 0, -0.1)
    system.maxEmitBox = new Vector3(0.1, 0.1, 0.1)
    system.disposeOnStop = false
    set(system)
    system.start()
    return { system, at, waiting: 0 }
  }
  const emit = (from: Burst, x: number, y: number, z: number, count: number): void => {
    // A hidden page draws nothing: effects would pile up until it is seen again.
    if (document.hidden) return
    from.at.set(x, y, z)
    from.waiting += count
  }

  const sparks = burst('sparks', 300, system => {
    system.blendMode = ParticleSystem.BLENDMODE_ADD
    system.direction1 = new Vector3(-1, 0.2, -1)
    system.direction2 = new Vector3(1, 1.4, 1)
    system.minEmitPower = 3
    system.maxEmitPower = 9
    system.minLifeTime = 0.15
    system.maxLifeTime = 0.45
    system.minSize = 0.14
    system.maxSize = 0.42
    system.gravity = new Vector3(0, -14, 0)
    system.color1 = Color4.FromHexString('#fff1c4ff')
    system.color2 = Color4.FromHexString('#ffb347ff')
    system.colorDead = Color4.FromHexString('#ff5b2a00')
  })
  const dust = burst('dust', 220, system => {
    system.blendMode = ParticleSystem.BLENDMODE_STANDARD
    system.direction1 = new Vector3(-1, 0.3, -1)
    system.direction2 = new Vector3(1, 1, 1)
    system.minEmitPower = 0.3
    system.maxEmitPower = 1.8
    system.minLifeTime = 0.3
    system.maxLifeTime = 0.8
    system.minSize = 0.5
    system.maxSize = 1.3
    system.color1 = Color4.FromHexString('#f7e3c070')
    system.color2 = Color4.FromHexString('#e3c49470')
    system.colorDead = Color4.FromHexString('#e3c49400')
  })
  const trails = burst('trails', 260, system => {
    system.blendMode = ParticleSystem.BLENDMODE_ADD
    system.minEmitBox = new Vector3(-0.5, -0.3, -0.5)
    system.maxEmitBox = new Vector3(0.5, 0.6, 0.5)
    system.minEmitPower = 0
    system.maxEmitPower = 0.3
    system.minLifeTime = 0.22
    system.maxLifeTime = 0.42
    system.minSize = 0.5
    system.maxSize = 1.1
  })
  const drops = burst('drops', 200, system => {
    system.blendMode = ParticleSystem.BLENDMODE_ADD
    system.direction1 = new Vector3(-0.6, 1, -0.6)
    system.direction2 = new Vector3(0.6, 2.4, 0.6)
    system.minEmitPower = 3
    system.maxEmitPower = 6.5
    system.minLifeTime = 0.4
    system.maxLifeTime = 0.9
    system.minSize = 0.14
    system.maxSize = 0.4
    system.gravity = new Vector3(0, -16, 0)
    system.color1 = Color4.FromHexString('#b9b2ffff')
    system.color2 = Color4.FromHexString('#8f86d8ff')
    system.colorDead = Color4.FromHexString('#33296a00')
  })
  const steam = burst('steam', 160, system => {
    system.blendMode = ParticleSystem.BLENDMODE_STANDARD
    system.minEmitBox = new Vector3(-0.35, 0, -0.35)
    system.maxEmitBox = new Vector3(0.35, 0.1, 0.35)
    system.direction1 = new Vector3(-0.15, 1, -0.15)
    system.direction2 = new Vector3(0.15, 1.6, 0.15)
    system.minEmitPower = 0.7
    system.maxEmitPower = 1.3
    system.minLifeTime = 0.7
    system.maxLifeTime = 1.3
    system.minSize = 0.5
    system.maxSize = 1
    system.color1 = new Color4(1, 1, 1, 0.3)
    system.color2 = new Color4(1, 0.97, 0.9, 0.2)
    system.colorDead = new Color4(1, 1, 1, 0)
  })
  const glitter = burst('glitter', 120, system => {
    system.blendMode = ParticleSystem.BLENDMODE_ADD
    system.minEmitBox = new Vector3(-0.8, 0, -0.8)
    system.maxEmitBox = new Vector3(0.8, 0.4, 0.8)
    system.direction1 = new Vector3(-1, 0.8, -1)
    system.direction2 = new Vector3(1, 2.4, 1)
    system.minEmitPower = 1
    system.maxEmitPower = 3
    system.minLifeTime = 0.3
    system.maxLifeTime = 0.8
    system.minSize = 0.15
    system.maxSize = 0.42
    system.gravity = new Vector3(0, -5, 0)
    system.color1 = Color4.FromHexString('#ffe9a0ff')
    system.color2 = Color4.FromHexString('#ffc53dff')
    system.colorDead = Color4.FromHexString('#ff8a2a00')
  })
  const papers = PLAYER_COLORS.slice(0, 4).map((color, i) =>
    burst(`confetti ${i}`, 60, system => {
      system.particleTexture = paper
      system.blendMode = ParticleSystem.BLENDMODE_STANDARD
      system.direction1 = new Vector3(-0.55, 1, -0.55)
      system.direction2 = new Vector3(0.55, 2, 0.55)
      system.minEmitPower = 3
      system.maxEmitPower = 7
      system.minLifeTime = 1
      system.maxLifeTime = 2
      system.minSize = 0.16
      system.maxSize = 0.3
      system.minAngularSpeed = -9
      system.maxAngularSpeed = 9
      system.gravity = new Vector3(0, -9, 0)
      system.color1 = Color4.FromHexString(`${color.hex}ff`)
      system.color2 = Color4.FromHexString(`${color.hex}ff`)
      system.colorDead = Color4.FromHexString(`${color.hex}00`)
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

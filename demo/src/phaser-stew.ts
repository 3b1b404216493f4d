// The power-up in 2D: steaming bowls on the clay, and the light and steam of who ate.

import * as Phaser from 'phaser'
import { paintGlow, paintHalo } from './art.ts'
import type { BoostLook } from './boost-look.ts'
import { DEPTH, UNIT, paintTexture, shadowTexture } from './phaser-layers.ts'
import { paintStew } from './stew-art.ts'
import { DISC_RADIUS, TICKS } from './sumo-terms.ts'

const GOLD = '#ffb52e'
/** Of a bowl, in units. */
const BOWL_SIZE = 1.5
const STEAM_MS = 130

interface Steaming {
  nextPuffMs: number
}

export type Bowl = Phaser.GameObjects.Container & {
  readonly bowl: Steaming & { readonly light: Phaser.GameObjects.Image }
}
export type Aura = Phaser.GameObjects.Image & { readonly aura: Steaming }

export class Stews {
  readonly #scene: Phaser.Scene
  readonly #steam: Phaser.GameObjects.Particles.ParticleEmitter
  readonly #sparkles: Phaser.GameObjects.Particles.ParticleEmitter
  readonly #puffs: Phaser.GameObjects.Particles.ParticleEmitter

  constructor(scene: Phaser.Scene) {
    this.#scene = scene
    paintTexture(scene, 'stew', 192, 192, context => paintStew(context, 192))
    paintTexture(scene, 'stew-light', 128, 128, context => paintGlow(context, 128, GOLD, 0.1))
    paintTexture(scene, 'steam', 64, 64, context => paintGlow(context, 64, '#ffffff'))
    paintTexture(scene, 'aura', 256, 256, context => paintHalo(context, 256, GOLD, 0.58))
    this.#steam = scene.add
      .particles(0, 0, 'steam', {
        speedX: { min: -14, max: 14 },
        speedY: { min: -95, max: -50 },
        lifespan: { min: 700, max: 1200 },
        scale: { start: 0.35, end: 1.15 },
        alpha: { start: 0.34, end: 0 },
        emitting: false,
      })
      .setDepth(DEPTH.spark)
    this.#sparkles = scene.add
      .particles(0, 0, 'stew-light', {
        speed: { min: 90, max: 380 },
        lifespan: { min: 300, max: 800 },
        scale: { start: 0.22, end: 0 },
        blendMode: Phaser.BlendModes.ADD,
        emitting: false,
      })
      .setDepth(DEPTH.spark)
    this.#puffs = scene.add
      .particles(0, 0, 'steam', {
        speed: { min: 30, max: 150 },
        lifespan: { min: 300, max: 700 },
        scale: { start: 0.4, end: 1.2 },
        alpha: { start: 0.5, end: 0 },
        emitting: false,
      })
      .setDepth(DEPTH.spark)
  }

  create(): Bowl {
    const { add } = this.#scene
    const size = BOWL_SIZE * UNIT
    const light = add.image(0, 0, 'stew-light').setDisplaySize(size * 2, size * 2)
    const shadow = add
      .image(size * 0.06, size * 0.1, shadowTexture(this.#scene))
      .setDisplaySize(size * 1.25, size * 1.25)
      .setAlpha(0.6)
    const bowl = add.image(0, 0, 'stew').setDisplaySize(size, size)
    const made = Object.assign(add.container(0, 0, [light, shadow, bowl]).setDepth(DEPTH.bowl), {
      bowl: { light, nextPuffMs: 0 },
    })
    // It is put down.
    made.setScale(1.7).setAlpha(0)
    this.#scene.tweens.add({ targets: made, scale: 1, alpha: 1, duration: 260, ease: 'Back.out' })
    return made
  }

  /** `ticks`: until it is taken away. */
  update(made: Bowl, ticks: number): void {
    const { now } = this.#scene.time
    const { bowl } = made
    bowl.light.setAlpha(0.5 + 0.25 * Math.sin(now / 240))
    made.setVisible(ticks > TICKS.boostEnds || Math.floor(ticks / 8) % 2 === 0)
    if (!this.#isDue(bowl)) return
    const far = BOWL_SIZE * UNIT * 0.22
    this.#steam.emitParticleAt(made.x + (Math.random() - 0.5) * 2 * far, made.y - far, 1)
  }

  destroy(made: Bowl): void {
    this.#scene.tweens.killTweensOf(made)
    made.destroy()
  }

  aura(): Aura {
    const image = this.#scene.add.image(0, 0, 'aura').setDepth(DEPTH.shadow).setVisible(false)
    return Object.assign(image, { aura: { nextPuffMs: 0 } })
  }

  /** Puts the light around a disc. */
  shine(aura: Aura, disc: { readonly x: number; readonly y: number }, look: BoostLook): void {
    aura.setVisible(look.light > 0.02)
    if (!aura.visible) return
    const { now } = this.#scene.time
    const size = (DISC_RADIUS * UNIT * 2 * look.size) / 0.6
    const pulse = 1 + 0.05 * Math.sin(now / 90)
    aura
      .setPosition(disc.x, disc.y)
      .setDisplaySize(size * pulse, size * pulse)
      .setAlpha(look.light)
    if (!this.#isDue(aura.aura)) return
    const far = DISC_RADIUS * UNIT * 0.5
    this.#steam.emitParticleAt(disc.x + (Math.random() - 0.5) * 2 * far, disc.y - far, 1)
  }

  served(x: number, y: number): void {
    if (!document.hidden) this.#puffs.explode(7, x, y)
  }

  eaten(x: number, y: number): void {
    if (document.hidden) return
    this.#sparkles.explode(22, x, y)
    this.#puffs.explode(5, x, y)
  }

  gone(x: number, y: number): void {
    if (!document.hidden) this.#puffs.explode(9, x, y)
  }

  /** A hidden page draws nothing: puffs would pile up until it is seen again. */
  #isDue(one: Steaming): boolean {
    const { now } = this.#scene.time
    if (document.hidden || now < one.nextPuffMs) return false
    one.nextPuffMs = now + STEAM_MS * (0.6 + 0.8 * Math.random())
    return true
  }
}

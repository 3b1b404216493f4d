// Sparks, dust, waves, trails and confetti in 2D. They are made once and live as long as the scene.

import * as Phaser from 'phaser'
import { paintGlow, ring } from './art.ts'
import { PLAYER_COLORS, THEME } from './palette.ts'
import { DEPTH, paintTexture } from './phaser-layers.ts'

const GHOSTS = 28

export class Effects {
  readonly #scene: Phaser.Scene
  readonly #sparks: Phaser.GameObjects.Particles.ParticleEmitter
  readonly #dust: Phaser.GameObjects.Particles.ParticleEmitter
  readonly #confetti: Phaser.GameObjects.Particles.ParticleEmitter
  readonly #ghosts: Phaser.GameObjects.Image[] = []
  #nextGhost = 0

  constructor(scene: Phaser.Scene) {
    this.#scene = scene
    paintTextures(scene)
    this.#sparks = scene.add
      .particles(0, 0, 'spark', {
        speed: { min: 140, max: 620 },
        lifespan: { min: 160, max: 460 },
        scale: { start: 0.75, end: 0 },
        alpha: { start: 1, end: 0.2 },
        blendMode: Phaser.BlendModes.ADD,
        emitting: false,
      })
      .setDepth(DEPTH.spark)
    this.#dust = scene.add
      .particles(0, 0, 'puff', {
        speed: { min: 20, max: 130 },
        lifespan: { min: 300, max: 750 },
        scale: { start: 0.5, end: 1.5 },
        alpha: { start: 0.5, end: 0 },
        emitting: false,
      })
      .setDepth(DEPTH.dust)
    this.#confetti = scene.add
      .particles(0, 0, 'confetti', {
        speed: { min: 200, max: 760 },
        angle: { min: 230, max: 310 },
        gravityY: 900,
        lifespan: { min: 1100, max: 2000 },
        rotate: { start: 0, end: 720 },
        scale: { min: 0.8, max: 1.8 },
        frame: [...PLAYER_COLORS.keys()],
        emitting: false,
      })
      .setDepth(DEPTH.spark)
    for (let i = 0; i < GHOSTS; i++)
      this.#ghosts.push(scene.add.image(0, 0, 'puff').setDepth(DEPTH.ghost).setVisible(false))
  }

  /** The wave of a hit, to be hidden if it did not happen; null while nothing is drawn. */
  hit(x: number, y: number, power: number): Phaser.GameObjects.Image | null {
    // A hidden page draws nothing: effects would pile up until it is seen again.
    if (document.hidden) return null
    this.#sparks.explode(Math.round(5 + 22 * power), x, y)
    this.#dust.explode(Math.round(2 + 5 * power), x, y)
    const wave = this.#scene.add
      .image(x, y, 'wave')
      .setDepth(DEPTH.spark)
      .setScale(0.12)
      .setAlpha(0.5 + 0.5 * power)
      .setBlendMode(Phaser.BlendModes.ADD)
    this.#scene.tweens.add({
      targets: wave,
      scale: 0.35 + 0.75 * power,
      alpha: 0,
      duration: 260,
      ease: 'Quad.out',
      onComplete: () => wave.destroy(),
    })
    return wave
  }

  dust(x: number, y: number, count: number): void {
    if (!document.hidden) this.#dust.explode(count, x, y)
  }

  /** Rings on the water. */
  ripple(x: number, y: number, size: number): void {
    if (document.hidden) return
    for (const delay of [0, 130, 260]) {
      const wave = this.#scene.add.image(x, y, 'ripple').setDepth(DEPTH.fallingBehind).setScale(0.08).setAlpha(0)
      this.#scene.tweens.add({
        targets: wave,
        scale: { from: 0.08, to: 0.85 * size },
        alpha: { from: 0.75, to: 0 },
        delay,
        duration: 900,
        ease: 'Cubic.out',
        onComplete: () => wave.destroy(),
      })
    }
    this.#dust.explode(6, x, y)
  }

  /** Leaves a picture of a disc behind, which fades. */
  ghost(of: Phaser.GameObjects.Image, x: number, y: number, rotation: number): void {
    if (document.hidden) return
    const ghost = this.#ghosts[this.#nextGhost++ % GHOSTS]
    this.#scene.tweens.killTweensOf(ghost)
    ghost
      .setTexture(of.texture.key)
      .setPosition(x, y)
      .setRotation(rotation)
      .setDisplaySize(of.displayWidth, of.displayHeight)
      .setAlpha(0.42)
      .setVisible(true)
    this.#scene.tweens.add({
      targets: ghost,
      alpha: 0,
      scale: ghost.scale * 0.7,
      duration: 300,
      onComplete: () => ghost.setVisible(false),
    })
  }

  confetti(x: number, y: number): void {
    if (!document.hidden) this.#confetti.explode(70, x, y)
  }

  endConfetti(): void {
    this.#confetti.killAll()
  }
}

function paintTextures(scene: Phaser.Scene): void {
  paintTexture(scene, 'spark', 32, 32, context => paintGlow(context, 32, '#fff1c4'))
  paintTexture(scene, 'puff', 64, 64, context => paintGlow(context, 64, '#f7e3c0'))
  paintTexture(scene, 'wave', 256, 256, context => {
    ring(context, 128, 128, 118, 7, '#ffffff')
    ring(context, 128, 128, 96, 3, 'rgba(255, 255, 255, 0.5)')
  })
  paintTexture(scene, 'ripple', 256, 256, context => {
    ring(context, 128, 128, 118, 8, THEME.wave)
    ring(context, 128, 128, 96, 3, THEME.wave)
  })
  // One frame a colour: the CANVAS renderer knows no tint.
  paintTexture(scene, 'confetti', 16 * PLAYER_COLORS.length, 16, context => {
    PLAYER_COLORS.forEach(({ hex }, i) => {
      context.fillStyle = hex
      context.fillRect(16 * i + 2, 4, 12, 8)
    })
  })
  PLAYER_COLORS.forEach((_, i) => scene.textures.get('confetti').add(i, 0, 16 * i, 0, 16, 16))
}

// The ring in 2D: clay whose edge comes closer, straw bales around it, the mound's side and a glow below.

import * as Phaser from 'phaser'
import { canvas, paintBale, paintClay, paintHalo } from './art.ts'
import { THEME } from './palette.ts'
import { DEPTH, UNIT, paintTexture } from './phaser-layers.ts'
import { BALES, HALO_INNER, RING_REACH, balesAround } from './ring-look.ts'
import type { RingLook } from './ring-look.ts'

const CLAY_PX = 1024
/** The mound's side: how far below the clay each shade reaches, the lowest first. */
const SIDES = [
  [44, 0x2b1420],
  [34, 0x57311f],
  [20, 0x7d4c2a],
] as const

export class Arena {
  readonly #scene: Phaser.Scene
  readonly #clay: Phaser.Textures.CanvasTexture
  readonly #clayArt: HTMLCanvasElement
  readonly #side: Phaser.GameObjects.Graphics
  readonly #halo: Phaser.GameObjects.Image
  readonly #bales: Phaser.GameObjects.Image[] = []
  #builtRadius = -1

  constructor(scene: Phaser.Scene) {
    this.#scene = scene
    this.#clayArt = canvas(CLAY_PX).canvas
    paintClay(this.#clayArt.getContext('2d')!, CLAY_PX, RING_REACH)
    this.#clay = scene.textures.createCanvas('clay', CLAY_PX, CLAY_PX)!
    paintTexture(scene, 'bale', 128, 44, context => paintBale(context, 128, 44))
    paintTexture(scene, 'halo', 512, 512, context => paintHalo(context, 512, THEME.glow, HALO_INNER))

    this.#halo = scene.add.image(0, 0, 'halo').setDepth(DEPTH.halo)
    this.#side = scene.add.graphics().setDepth(DEPTH.side)
    scene.add
      .image(0, 0, 'clay')
      .setDisplaySize(2 * RING_REACH * UNIT, 2 * RING_REACH * UNIT)
      .setDepth(DEPTH.clay)
    for (let i = 0; i < BALES; i++)
      this.#bales.push(scene.add.image(0, 0, 'bale').setDepth(DEPTH.rim).setVisible(false))
  }

  draw({ radius, heat }: RingLook): void {
    const pulse = heat * (0.5 + 0.5 * Math.sin(this.#scene.time.now / 130))
    const glow = (radius * UNIT * 2) / HALO_INNER
    this.#halo.setDisplaySize(glow, glow).setAlpha(Math.min(1, 0.62 + 0.38 * pulse))
    if (Math.abs(radius - this.#builtRadius) >= 0.012) {
      this.#builtRadius = radius
      this.#cutClay(radius)
      this.#drawSide(radius)
      this.#layBales(radius)
    }
    this.#tintBales(pulse)
  }

  // Cut out of the painted clay: a mask costs more in both renderers, and this changes a few times a second.
  #cutClay(radius: number): void {
    const context = this.#clay.getContext()
    context.clearRect(0, 0, CLAY_PX, CLAY_PX)
    context.save()
    context.beginPath()
    context.arc(CLAY_PX / 2, CLAY_PX / 2, Math.max(0, (radius / RING_REACH) * (CLAY_PX / 2)), 0, Math.PI * 2)
    context.clip()
    context.drawImage(this.#clayArt, 0, 0)
    context.restore()
    this.#clay.refresh()
  }

  #drawSide(radius: number): void {
    this.#side.clear()
    for (const [drop, color] of SIDES) {
      this.#side.fillStyle(color, 1)
      this.#side.fillCircle(0, drop, radius * UNIT + 6)
    }
  }

  #layBales(radius: number): void {
    const count = balesAround(radius)
    const length = count > 0 ? ((2 * Math.PI * radius * UNIT) / count) * 1.02 : 0
    this.#bales.forEach((bale, i) => {
      bale.setVisible(i < count && radius > 0.3)
      if (i >= count) return
      const turn = (i / count) * Math.PI * 2
      bale.setPosition(Math.cos(turn) * radius * UNIT, Math.sin(turn) * radius * UNIT)
      bale.setRotation(turn - Math.PI / 2)
      bale.setDisplaySize(length, UNIT * 0.4)
    })
  }

  #tintBales(pulse: number): void {
    // In steps: a new tint costs something.
    const step = Math.round(pulse * 12) / 12
    const tint = Phaser.Display.Color.GetColor(255, Math.round(255 - 120 * step), Math.round(255 - 165 * step))
    for (const bale of this.#bales) if (bale.visible && bale.tintTopLeft !== tint) bale.setTint(tint)
  }
}

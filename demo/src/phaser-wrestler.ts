// A wrestler in 2D: a container that the binder places, with the body and two hands in it; what does not turn with them
// (shadow, marker, light) lies on the clay below.

import * as Phaser from 'phaser'
import { paintHand, paintMarker, paintWrestler } from './art.ts'
import { noBoost } from './boost-look.ts'
import type { PlayerColor } from './palette.ts'
import { DEPTH, UNIT, paintTexture, shadowTexture } from './phaser-layers.ts'
import type { Aura } from './phaser-stew.ts'
import { BOT_SLOT, DISC_RADIUS } from './sumo-terms.ts'

const RADIUS = DISC_RADIUS * UNIT
/** Of the body's picture, whose disc has a radius of 0.44 of it. */
const SIZE = RADIUS / 0.44

export class Wrestler extends Phaser.GameObjects.Container {
  readonly slot: number
  readonly aura: Aura
  readonly boost = noBoost()
  /** 0 to 1, how far the next dash has loaded. */
  charge = 1
  standing = true
  /** 0 to 1, what a hit does to the body, and how far the hands are pushed out; both decay. */
  squash = 0
  push = 0
  cheerSeconds = 0
  /** Where the binder put it, before a fall moves the picture. */
  boundX = 0
  boundY = 0
  readonly figure: Phaser.GameObjects.Image
  readonly #hands: readonly [Phaser.GameObjects.Image, Phaser.GameObjects.Image]
  readonly #shadow: Phaser.GameObjects.Image
  readonly #marker: Phaser.GameObjects.Image | null
  #color = ''
  #sunk = false

  constructor(scene: Phaser.Scene, slot: number, color: PlayerColor, own: boolean, aura: Aura) {
    super(scene, 0, 0)
    this.slot = slot
    this.aura = aura
    this.#shadow = scene.add
      .image(0, 0, shadowTexture(scene))
      .setDisplaySize(SIZE * 1.1, SIZE * 1.1)
      .setAlpha(0.55)
      .setDepth(DEPTH.shadow)
    this.#marker = own ? createMarker(scene) : null
    paintColor(scene, slot, color)
    const hand = (): Phaser.GameObjects.Image =>
      scene.add.image(0, 0, `hand-${color.id}`).setDisplaySize(SIZE * 0.27, SIZE * 0.27)
    this.#hands = [hand(), hand()]
    this.figure = scene.add.image(0, 0, `wrestler-${color.id}`).setDisplaySize(SIZE, SIZE)
    this.#color = color.id
    this.add([...this.#hands, this.figure])
    this.setDepth(DEPTH.disc)
    scene.add.existing(this)
  }

  setColor(color: PlayerColor): void {
    if (color.id === this.#color) return
    this.#color = color.id
    paintColor(this.scene, this.slot, color)
    this.figure.setTexture(`wrestler-${color.id}`)
    for (const hand of this.#hands) hand.setTexture(`hand-${color.id}`)
  }

  /** Whether it is on the clay, or to be seen at all. */
  show(standing: boolean, shown: boolean): void {
    this.standing = standing
    this.setVisible(shown)
    this.#shadow.setVisible(standing)
    this.#marker?.setVisible(standing)
  }

  stand(seconds: number, dashing: boolean): void {
    this.#sunk = false
    this.push = dashing ? 1 : Math.max(0, this.push - seconds * 3.6)
    this.squash = Math.max(0, this.squash - seconds * 4.2)
    this.cheerSeconds = Math.max(0, this.cheerSeconds - seconds)
    const reach = RADIUS * (0.74 + 0.3 * this.push)
    const spread = RADIUS * (0.72 - 0.3 * this.push)
    this.#hands[0].setPosition(reach, -spread)
    this.#hands[1].setPosition(reach, spread)
    const hop = this.cheerSeconds > 0 ? Math.abs(Math.sin(this.cheerSeconds * 7)) : 0
    const size = this.boost.size * (1 + 0.12 * this.squash + 0.16 * hop)
    this.setDepth(DEPTH.disc).setAlpha(1)
    this.setScale(size + (dashing ? 0.08 : 0), size - (dashing ? 0.07 : 0))
    this.#shadow.setPosition(this.x + 7 + 5 * hop, this.y + 13 + 9 * hop)
    this.#marker?.setPosition(this.x, this.y).setRotation(this.scene.time.now / 900)
  }

  /** `gone` runs from 0 to 1. True once, when the water is reached. */
  fall(gone: number): boolean {
    // Over the rim at first. The near side of the mound is seen, so who falls there stays before it.
    const below = this.y > 0 ? DEPTH.fallingBefore : DEPTH.fallingBehind
    this.setDepth(gone > 0.16 ? below : DEPTH.tumbling)
    this.setScale(1 - 0.78 * gone * gone).setAlpha(1 - Math.max(0, gone - 0.75) * 4)
    this.y += gone * gone * UNIT * 1.6
    this.rotation += gone * gone * 7
    if (gone <= 0.9 || this.#sunk) return false
    this.#sunk = true
    return true
  }

  override destroy(fromScene?: boolean): void {
    this.#shadow.destroy(fromScene)
    this.#marker?.destroy(fromScene)
    this.aura.destroy(fromScene)
    super.destroy(fromScene)
  }
}

function paintColor(scene: Phaser.Scene, slot: number, { id, hex }: PlayerColor): void {
  paintTexture(scene, `wrestler-${id}`, 256, 256, context => paintWrestler(context, 256, hex, slot === BOT_SLOT))
  paintTexture(scene, `hand-${id}`, 64, 64, context => paintHand(context, 64, hex))
}

function createMarker(scene: Phaser.Scene): Phaser.GameObjects.Image {
  paintTexture(scene, 'marker', 256, 256, context => paintMarker(context, 256))
  return scene.add
    .image(0, 0, 'marker')
    .setDisplaySize(SIZE * 1.12, SIZE * 1.12)
    .setAlpha(0.75)
    .setDepth(DEPTH.shadow)
}

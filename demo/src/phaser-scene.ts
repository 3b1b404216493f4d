// Sumo from above, in 2D by Phaser. The scene binds sprites to the match's entities and listens to what the rules raise;
// it steers nothing and keeps no state of the game.

import * as Phaser from 'phaser'
import { LockstridePlugin, gamepadSampler, keyboardSampler } from '@lockstride/phaser'
import { followBoost } from './boost-look.ts'
import { KEYS, PAD } from './controls.ts'
import { isCalm } from './motion.ts'
import { Arena } from './phaser-arena.ts'
import { Effects } from './phaser-effects.ts'
import { UNIT } from './phaser-layers.ts'
import { Stews } from './phaser-stew.ts'
import { Wrestler } from './phaser-wrestler.ts'
import { followRing, newRing } from './ring-look.ts'
import type { DrawnDisc, SceneHandle, SceneOptions } from './scene.ts'
import { DISC_RADIUS, DISC_STATE, DRAW, TICKS } from './sumo-terms.ts'

/** A ghost stays behind so often while a wrestler dashes. */
const GHOST_MS = 33
const CHEER_SECONDS = 2.6

export async function startPhaser(options: SceneOptions): Promise<SceneHandle> {
  // Phaser draws CSS pixels; on a sharp screen the canvas is made larger and shown smaller.
  const sharpness = Math.min(2, window.devicePixelRatio || 1)
  const sizeOf = (element: HTMLElement): { width: number; height: number } => ({
    width: Math.max(1, Math.round(element.clientWidth * sharpness)),
    height: Math.max(1, Math.round(element.clientHeight * sharpness)),
  })
  const scene = new SumoScene(options, sharpness)
  const game = new Phaser.Game({
    type: options.canvas ? Phaser.CANVAS : Phaser.AUTO,
    parent: options.parent,
    transparent: true,
    antialias: true,
    banner: false,
    audio: { noAudio: true },
    input: { gamepad: true, mouse: { preventDefaultWheel: false } },
    scale: { mode: Phaser.Scale.NONE, ...sizeOf(options.parent), zoom: 1 / sharpness },
    plugins: { scene: [{ key: 'LockstridePlugin', plugin: LockstridePlugin, mapping: 'net' }] },
    scene,
  })
  await scene.created
  const resized = new ResizeObserver(() => {
    const { width, height } = sizeOf(options.parent)
    if (width !== game.scale.width || height !== game.scale.height) game.scale.resize(width, height)
  })
  resized.observe(options.parent)
  return {
    kind: 'phaser',
    get frames() {
      return scene.frames
    },
    discs: () => scene.drawnDiscs(),
    dispose() {
      resized.disconnect()
      game.destroy(true)
    },
  }
}

class SumoScene extends Phaser.Scene {
  frames = 0
  readonly created: Promise<void>
  #created!: () => void
  readonly #options: SceneOptions
  /** Canvas pixels of one CSS pixel. */
  readonly #sharpness: number
  readonly #wrestlers = new Set<Wrestler>()
  readonly #ring = newRing()
  #arena!: Arena
  #effects!: Effects
  #stews!: Stews
  #zoom = 0
  /** Since the last frame. */
  #seconds = 1 / 60
  #nextGhostMs = 0
  #leaveGhosts = false

  constructor(options: SceneOptions, sharpness: number) {
    super('sumo')
    this.#options = options
    this.#sharpness = sharpness
    this.created = new Promise(resolve => (this.#created = resolve))
  }

  create(): void {
    this.#arena = new Arena(this)
    this.#effects = new Effects(this)
    this.#stews = new Stews(this)
    // A page of another size is fitted at once; only the ring's own shrinking is followed slowly.
    this.scale.on('resize', () => (this.#zoom = 0))
    this.#bindMatch()
    this.#created()
  }

  #bindMatch(): void {
    const { match, script, touch } = this.#options
    const net = this.net.use(match)
    if (script) net.sample(script)
    else net.sample(keyboardSampler(this, KEYS), gamepadSampler(PAD), touch)

    net.bind({
      query: ['Body', 'Disc'],
      create: e => this.#createWrestler(match.view.Disc.slot[e]),
      update: (wrestler, e) => this.#updateWrestler(wrestler, e),
      destroy: wrestler => {
        this.#wrestlers.delete(wrestler)
        wrestler.destroy()
      },
      position: ['x', 'y'],
      rotation: 'angle',
      scale: UNIT,
    })

    net.bind({
      query: ['Body', 'Stew'],
      create: () => this.#stews.create(),
      update: (bowl, e) => this.#stews.update(bowl, match.view.Stew.ticks[e]),
      destroy: bowl => this.#stews.destroy(bowl),
      position: ['x', 'y'],
      scale: UNIT,
    })

    net.on('hit', ({ payload }) => this.#showHit(payload.x * UNIT, payload.y * UNIT, payload.power), {
      // Sparks are gone in a moment; the wave is what one sees.
      cancel: wave => wave?.setVisible(false),
    })
    net.on('dash', ({ payload }) => {
      const { view } = match
      if (!view.has(payload.e, 'Body')) return
      const foot = DISC_RADIUS * 0.8
      const { x, y } = view.Body
      this.#effects.dust((x[payload.e] - payload.x * foot) * UNIT, (y[payload.e] - payload.y * foot) * UNIT, 10)
    })
    net.on('stewServed', ({ payload }) => this.#stews.served(payload.x * UNIT, payload.y * UNIT))
    net.on('stewEaten', ({ payload }) => this.#stews.eaten(payload.x * UNIT, payload.y * UNIT))
    net.on('stewGone', ({ payload }) => this.#stews.gone(payload.x * UNIT, payload.y * UNIT))
    net.on('go', () => this.#shake(180, 0.006))
    net.on('gone', ({ payload }) => this.#effects.ripple(payload.x * UNIT, payload.y * UNIT, 0.8))
    net.on('roundOver', ({ payload }) => this.#celebrate(payload.winner), {
      // Somebody held on after all.
      cancel: () => {
        for (const wrestler of this.#wrestlers) wrestler.cheerSeconds = 0
        this.#effects.endConfetti()
      },
    })
  }

  /** The binder has placed the sprites when this runs. */
  override update(timeMs: number, deltaMs: number): void {
    this.frames++
    this.#seconds = Math.min(0.1, deltaMs / 1000)
    this.#leaveGhosts = timeMs >= this.#nextGhostMs
    if (this.#leaveGhosts) this.#nextGhostMs = timeMs + GHOST_MS
    followRing(this.#ring, this.#options.match, this.#seconds)
    this.#arena.draw(this.#ring)
    this.#fitCamera()
    this.#placeLabels()
  }

  #fitCamera(): void {
    const { width, height } = this.scale
    // The HUD takes the upper corners: a tall page has room above, a wide one beside.
    const reach = (Math.max(4.2, this.#ring.radius) + 1.5) * UNIT * 2
    const fit = Math.min(width / reach, height / (reach * 1.02))
    this.#zoom = this.#zoom === 0 ? fit : this.#zoom + (fit - this.#zoom) * Math.min(1, this.#seconds * 2.5)
    this.cameras.main.setZoom(this.#zoom).centerOn(0, UNIT * 0.3)
  }

  #placeLabels(): void {
    const { labels } = this.#options
    const { midPoint, zoom } = this.cameras.main
    labels.begin()
    for (const wrestler of this.#wrestlers) {
      if (!wrestler.standing) continue
      const x = (wrestler.x - midPoint.x) * zoom + this.scale.width / 2
      const y = (wrestler.y - DISC_RADIUS * UNIT * 1.12 - midPoint.y) * zoom + this.scale.height / 2
      labels.place(wrestler.slot, x / this.#sharpness, y / this.#sharpness, wrestler.charge)
    }
    labels.end(performance.now())
  }

  drawnDiscs(): DrawnDisc[] {
    return [...this.#wrestlers]
      .filter(wrestler => wrestler.visible)
      .map(({ slot, boundX, boundY }) => ({ slot, x: boundX / UNIT, y: boundY / UNIT }))
  }

  #createWrestler(slot: number): Wrestler {
    const { match, roster } = this.#options
    const wrestler = new Wrestler(this, slot, roster.color(slot), slot === match.slot, this.#stews.aura())
    this.#wrestlers.add(wrestler)
    return wrestler
  }

  #updateWrestler(wrestler: Wrestler, e: number): void {
    const { match, roster } = this.#options
    const { view } = match
    const state = view.Disc.state[e]
    const standing = state === DISC_STATE.standing
    wrestler.boundX = wrestler.x
    wrestler.boundY = wrestler.y
    wrestler.setColor(roster.color(wrestler.slot))
    wrestler.show(standing, state !== DISC_STATE.out)
    wrestler.charge = 1 - view.Disc.cooldown[e] / TICKS.cooldown
    followBoost(wrestler.boost, view.Disc.weight[e], standing ? view.Disc.boost[e] : 0, this.#seconds)
    this.#stews.shine(wrestler.aura, wrestler, wrestler.boost)
    switch (state) {
      case DISC_STATE.standing: {
        const dashing = view.Disc.dashTicks[e] > 0
        wrestler.stand(this.#seconds, dashing)
        if (dashing && this.#leaveGhosts)
          this.#effects.ghost(wrestler.figure, wrestler.x, wrestler.y, wrestler.rotation)
        break
      }
      case DISC_STATE.falling: {
        const ticks = view.Disc.fallTicks[e] + view.alpha(performance.timeOrigin + performance.now())
        if (wrestler.fall(Math.min(1, ticks / TICKS.fall))) this.#effects.ripple(wrestler.x, wrestler.y, 1)
        break
      }
    }
  }

  #showHit(x: number, y: number, power: number): Phaser.GameObjects.Image | null {
    for (const wrestler of this.#wrestlers) {
      if (Math.hypot(wrestler.x - x, wrestler.y - y) > DISC_RADIUS * UNIT * 1.7) continue
      wrestler.squash = Math.max(wrestler.squash, power)
      wrestler.push = Math.max(wrestler.push, 0.5)
    }
    if (power > 0.3) this.#shake(90 + 130 * power, 0.002 + 0.009 * power)
    return this.#effects.hit(x, y, power)
  }

  #celebrate(winner: number): void {
    if (winner === DRAW) return
    for (const wrestler of this.#wrestlers) {
      if (wrestler.slot !== winner) continue
      wrestler.cheerSeconds = CHEER_SECONDS
      this.#effects.confetti(wrestler.x, wrestler.y)
    }
  }

  #shake(milliseconds: number, strength: number): void {
    if (!isCalm() && !document.hidden) this.cameras.main.shake(milliseconds, strength)
  }
}

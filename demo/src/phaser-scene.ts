// Sumo from above, in 2D by Phaser. The scene binds sprites to the match's discs and listens to what the rules raise;
// it steers nothing and keeps no state of the game.

import * as Phaser from 'phaser'
import { LockstridePlugin, gamepadSampler, keyboardSampler } from '@lockstride/phaser'
import { canvas, paintBale, paintClay, paintGlow, paintHalo, paintHand, paintWrestler, ring } from './art.ts'
import { followBoost, noBoost } from './boost-look.ts'
import type { BoostLook } from './boost-look.ts'
import { KEYS, PAD } from './controls.ts'
import { PLAYER_COLORS, THEME } from './palette.ts'
import { Stews } from './phaser-stew.ts'
import type { Aura } from './phaser-stew.ts'
import type { DrawnDisc, SceneHandle, SceneOptions } from './scene.ts'
import { BOT_SLOT, DISC_RADIUS, DISC_STATE, DRAW, PHASE, TICKS } from './sumo-terms.ts'

/** Pixels of the drawing for one unit of the rules; the camera scales it to the page. */
const UNIT = 64
/** The largest platform, for eight players, and a rim. */
const REACH = 11.2
const CLAY_PX = 1024
const BALE_UNITS = 1.15
const GHOSTS = 28

const DEPTH = {
  sea: 0,
  halo: 1,
  falling: 2,
  side: 3,
  clay: 4,
  rim: 5,
  dust: 6,
  shadow: 7,
  bowl: 8,
  ghost: 9,
  disc: 10,
  spark: 11,
} as const

interface DiscSprite extends Phaser.GameObjects.Container {
  readonly parts: DiscParts
}

interface DiscParts {
  slot: number
  color: string
  body: Phaser.GameObjects.Image
  hands: [Phaser.GameObjects.Image, Phaser.GameObjects.Image]
  shadow: Phaser.GameObjects.Image
  marker: Phaser.GameObjects.Image | null
  /** 0..1, how far the hands are pushed out; decays. */
  push: number
  /** 0..1, flash of a hit; decays. */
  squash: number
  readonly aura: Aura
  readonly boost: BoostLook
  sunk: boolean
  drawnX: number
  drawnY: number
}

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
  readonly #discs = new Set<DiscSprite>()
  #clay!: Phaser.Textures.CanvasTexture
  #clayArt!: HTMLCanvasElement
  #paintedRadius = -1
  #side!: Phaser.GameObjects.Graphics
  #halo!: Phaser.GameObjects.Image
  #bales: Phaser.GameObjects.Image[] = []
  #sparks!: Phaser.GameObjects.Particles.ParticleEmitter
  #dust!: Phaser.GameObjects.Particles.ParticleEmitter
  #confetti!: Phaser.GameObjects.Particles.ParticleEmitter
  #stews!: Stews
  #ghosts: Phaser.GameObjects.Image[] = []
  #nextGhost = 0
  #radius = 8
  #zoom = 0
  #heat = 0
  #seconds = 1 / 60

  constructor(options: SceneOptions, sharpness: number) {
    super('sumo')
    this.#options = options
    this.#sharpness = sharpness
    this.created = new Promise(resolve => (this.#created = resolve))
  }

  create(): void {
    this.#makeTextures()
    this.#makePlatform()
    this.#makeEffects()
    this.#stews = new Stews(this, UNIT, { ground: DEPTH.shadow, bowl: DEPTH.bowl, above: DEPTH.spark })
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
      create: e => this.#createDisc(match.view.Disc.slot[e]),
      update: (disc, e) => this.#updateDisc(disc, e),
      destroy: disc => this.#destroyDisc(disc),
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
    net.on('dash', ({ payload }) => this.#showDash(payload.e, payload.x, payload.y))
    net.on('stewServed', ({ payload }) => this.#stews.served(payload.x * UNIT, payload.y * UNIT))
    net.on('stewEaten', ({ payload }) => this.#stews.eaten(payload.x * UNIT, payload.y * UNIT))
    net.on('stewGone', ({ payload }) => this.#stews.gone(payload.x * UNIT, payload.y * UNIT))
    net.on('go', () => this.cameras.main.shake(180, 0.006))
    net.on('gone', ({ payload }) => this.#ripple(payload.x * UNIT, payload.y * UNIT, 0.8))
    net.on('roundOver', ({ payload }) => this.#celebrate(payload.winner), {
      // Somebody held on after all.
      cancel: () => this.#confetti.killAll(),
    })
  }

  override update(_time: number, deltaMs: number): void {
    const { match, labels } = this.#options
    const { view } = match
    this.frames++
    const seconds = Math.min(0.1, deltaMs / 1000)
    this.#seconds = seconds
    for (const e of view.query('Arena')) {
      this.#radius += (view.Arena.radius[e] - this.#radius) * Math.min(1, seconds * 12)
      const shrinking = view.Arena.phase[e] === PHASE.play && view.Arena.ticks[e] > TICKS.calm
      const danger = shrinking ? 0.45 + 0.55 * (1 - view.Arena.radius[e] / view.Arena.fullRadius[e]) : 0
      this.#heat += (danger - this.#heat) * Math.min(1, seconds * 3)
    }
    this.#fitCamera(seconds)
    this.#drawPlatform()

    labels.begin()
    const camera = this.cameras.main
    for (const disc of this.#discs) {
      if (!disc.visible || disc.depth !== DEPTH.disc) continue
      const x = (disc.x - camera.midPoint.x) * camera.zoom + this.scale.width / 2
      const y = (disc.y - DISC_RADIUS * UNIT * 1.12 - camera.midPoint.y) * camera.zoom + this.scale.height / 2
      labels.place(disc.parts.slot, x / this.#sharpness, y / this.#sharpness, disc.getData('charge') as number)
    }
    labels.end(performance.now())
  }

  drawnDiscs(): DrawnDisc[] {
    return [...this.#discs]
      .filter(disc => disc.visible)
      .map(({ parts }) => ({ slot: parts.slot, x: parts.drawnX / UNIT, y: parts.drawnY / UNIT }))
  }

  // The platform.

  #makeTextures(): void {
    this.#clayArt = canvas(CLAY_PX).canvas
    paintClay(this.#clayArt.getContext('2d')!, CLAY_PX, REACH)
    this.#clay = this.textures.createCanvas('clay', CLAY_PX, CLAY_PX)!
    this.#texture('bale', 128, 44, context => paintBale(context, 128, 44))
    this.#texture('halo', 512, 512, context => paintHalo(context, 512, THEME.glow, 0.78))
    this.#texture('spark', 32, 32, context => paintGlow(context, 32, '#fff1c4'))
    this.#texture('puff', 64, 64, context => paintGlow(context, 64, '#f7e3c0'))
    this.#texture('shadow', 128, 128, context => paintGlow(context, 128, '#1c0c24', 0.45))
    this.#texture('wave', 256, 256, context => {
      ring(context, 128, 128, 118, 7, '#ffffff')
      ring(context, 128, 128, 96, 3, 'rgba(255, 255, 255, 0.5)')
    })
    this.#texture('ripple', 256, 256, context => {
      ring(context, 128, 128, 118, 8, THEME.wave)
      ring(context, 128, 128, 96, 3, THEME.wave)
    })
    // One frame a colour: the CANVAS renderer knows no tint.
    this.#texture('confetti', 16 * PLAYER_COLORS.length, 16, context => {
      PLAYER_COLORS.forEach(({ hex }, i) => {
        context.fillStyle = hex
        context.fillRect(16 * i + 2, 4, 12, 8)
      })
    })
    PLAYER_COLORS.forEach((_, i) => this.textures.get('confetti').add(i, 0, 16 * i, 0, 16, 16))
    this.#texture('marker', 256, 256, context => {
      context.setLineDash([26, 18.4])
      context.lineCap = 'round'
      ring(context, 128, 128, 116, 9, '#fff4e0')
    })
  }

  #texture(key: string, width: number, height: number, paint: (context: CanvasRenderingContext2D) => void): void {
    if (this.textures.exists(key)) return
    const texture = this.textures.createCanvas(key, width, height)!
    paint(texture.getContext())
    texture.refresh()
  }

  #makePlatform(): void {
    // A page of another size is fitted at once; only the ring's own shrinking is followed slowly.
    this.scale.on('resize', () => (this.#zoom = 0))
    this.#halo = this.add.image(0, 0, 'halo').setDepth(DEPTH.halo)
    this.#side = this.add.graphics().setDepth(DEPTH.side)
    this.add
      .image(0, 0, 'clay')
      .setDisplaySize(2 * REACH * UNIT, 2 * REACH * UNIT)
      .setDepth(DEPTH.clay)
    const most = Math.ceil((2 * Math.PI * REACH) / BALE_UNITS)
    for (let i = 0; i < most; i++) this.#bales.push(this.add.image(0, 0, 'bale').setDepth(DEPTH.rim).setVisible(false))
  }

  #drawPlatform(): void {
    const radius = this.#radius * UNIT
    const pulse = this.#heat * (0.5 + 0.5 * Math.sin(this.time.now / 130))
    this.#halo.setDisplaySize((radius * 2) / 0.78, (radius * 2) / 0.78).setAlpha(Math.min(1, 0.62 + 0.38 * pulse))
    if (Math.abs(this.#radius - this.#paintedRadius) < 0.012) {
      this.#tintRim(pulse)
      return
    }
    this.#paintedRadius = this.#radius

    // Cut out of the painted clay: a mask costs more in both renderers, and this changes a few times a second.
    const context = this.#clay.getContext()
    context.clearRect(0, 0, CLAY_PX, CLAY_PX)
    context.save()
    context.beginPath()
    context.arc(CLAY_PX / 2, CLAY_PX / 2, Math.max(0, (this.#radius / REACH) * (CLAY_PX / 2)), 0, Math.PI * 2)
    context.clip()
    context.drawImage(this.#clayArt, 0, 0)
    context.restore()
    this.#clay.refresh()

    this.#side.clear()
    for (const [drop, color] of [
      [44, 0x2b1420],
      [34, 0x57311f],
      [20, 0x7d4c2a],
    ] as const) {
      this.#side.fillStyle(color, 1)
      this.#side.fillCircle(0, drop, radius + 6)
    }

    const count = Math.max(0, Math.floor((2 * Math.PI * this.#radius) / BALE_UNITS))
    const length = count > 0 ? ((2 * Math.PI * radius) / count) * 1.02 : 0
    this.#bales.forEach((bale, i) => {
      bale.setVisible(i < count && radius > 20)
      if (i >= count) return
      const turn = (i / count) * Math.PI * 2
      bale.setPosition(Math.cos(turn) * radius, Math.sin(turn) * radius)
      bale.setRotation(turn - Math.PI / 2)
      bale.setDisplaySize(length, UNIT * 0.4)
    })
    this.#tintRim(pulse)
  }

  #tintRim(pulse: number): void {
    const step = Math.round(pulse * 12) / 12
    const tint = Phaser.Display.Color.GetColor(255, Math.round(255 - 120 * step), Math.round(255 - 165 * step))
    for (const bale of this.#bales) if (bale.visible && bale.tintTopLeft !== tint) bale.setTint(tint)
  }

  #fitCamera(seconds: number): void {
    const { width, height } = this.scale
    // The HUD takes the upper corners: a tall page has room above, a wide one beside.
    const reach = (Math.max(4.2, this.#radius) + 1.5) * UNIT * 2
    const fit = Math.min(width / reach, height / (reach * 1.02))
    this.#zoom = this.#zoom === 0 ? fit : this.#zoom + (fit - this.#zoom) * Math.min(1, seconds * 2.5)
    this.cameras.main.setZoom(this.#zoom).centerOn(0, UNIT * 0.3)
  }

  // The discs.

  #createDisc(slot: number): DiscSprite {
    const color = this.#options.roster.color(slot)
    this.#makeWrestlerTextures(color.id, color.hex, slot === BOT_SLOT)
    const size = ((DISC_RADIUS * UNIT) / 0.44) * 1.0
    const body = this.add.image(0, 0, `wrestler-${color.id}`).setDisplaySize(size, size)
    const hand = (): Phaser.GameObjects.Image =>
      this.add.image(0, 0, `hand-${color.id}`).setDisplaySize(size * 0.27, size * 0.27)
    const hands: [Phaser.GameObjects.Image, Phaser.GameObjects.Image] = [hand(), hand()]
    const own = slot === this.#options.match.slot
    const marker = own
      ? this.add
          .image(0, 0, 'marker')
          .setDisplaySize(size * 1.12, size * 1.12)
          .setAlpha(0.75)
          .setDepth(DEPTH.shadow)
      : null
    const shadow = this.add
      .image(0, 0, 'shadow')
      .setDisplaySize(size * 1.1, size * 1.1)
      .setAlpha(0.55)
      .setDepth(DEPTH.shadow)
    const disc = this.add.container(0, 0, [...hands, body]).setDepth(DEPTH.disc) as DiscSprite
    disc.setData('charge', 1)
    const parts: DiscParts = {
      slot,
      color: color.id,
      body,
      hands,
      shadow,
      marker,
      push: 0,
      squash: 0,
      aura: this.#stews.aura(),
      boost: noBoost(),
      sunk: false,
      drawnX: 0,
      drawnY: 0,
    }
    Object.assign(disc, { parts })
    this.#discs.add(disc)
    return disc
  }

  #makeWrestlerTextures(id: string, hex: string, bot: boolean): void {
    this.#texture(`wrestler-${id}`, 256, 256, context => paintWrestler(context, 256, hex, bot))
    this.#texture(`hand-${id}`, 64, 64, context => paintHand(context, 64, hex))
  }

  #updateDisc(disc: DiscSprite, e: number): void {
    const { match, roster } = this.#options
    const { view } = match
    const { parts } = disc
    const state = view.Disc.state[e]
    const color = roster.color(parts.slot)
    if (color.id !== parts.color) {
      this.#makeWrestlerTextures(color.id, color.hex, false)
      parts.color = color.id
      parts.body.setTexture(`wrestler-${color.id}`)
      for (const hand of parts.hands) hand.setTexture(`hand-${color.id}`)
    }
    parts.drawnX = disc.x
    parts.drawnY = disc.y
    disc.setVisible(state !== DISC_STATE.out)
    parts.shadow.setVisible(state === DISC_STATE.standing)
    parts.marker?.setVisible(state === DISC_STATE.standing)
    disc.setData('charge', 1 - view.Disc.cooldown[e] / TICKS.cooldown)
    const standing = state === DISC_STATE.standing
    followBoost(parts.boost, view.Disc.weight[e], standing ? view.Disc.boost[e] : 0, this.#seconds)
    this.#stews.shine(parts.aura, disc, parts.boost)

    switch (state) {
      case DISC_STATE.standing: {
        parts.sunk = false
        const dashing = view.Disc.dashTicks[e] > 0
        parts.push = dashing ? 1 : Math.max(0, parts.push - 0.06)
        parts.squash = Math.max(0, parts.squash - 0.07)
        const reach = DISC_RADIUS * UNIT * (0.74 + 0.3 * parts.push)
        const spread = DISC_RADIUS * UNIT * (0.72 - 0.3 * parts.push)
        parts.hands[0].setPosition(reach, -spread)
        parts.hands[1].setPosition(reach, spread)
        disc.setDepth(DEPTH.disc).setAlpha(1)
        const { size } = parts.boost
        const squashed = 1 + 0.12 * parts.squash
        disc.setScale(size * (squashed + (dashing ? 0.08 : 0)), size * (squashed - (dashing ? 0.07 : 0)))
        parts.shadow.setPosition(disc.x + 7, disc.y + 13)
        parts.marker?.setPosition(disc.x, disc.y).setRotation(this.time.now / 900)
        if (dashing && this.frames % 2 === 0) this.#leaveGhost(disc)
        break
      }
      case DISC_STATE.falling: {
        const alpha = view.alpha(performance.timeOrigin + performance.now())
        const gone = Math.min(1, (view.Disc.fallTicks[e] + alpha) / TICKS.fall)
        disc.setDepth(gone > 0.16 ? DEPTH.falling : DEPTH.disc - 0.5)
        disc.setScale(1 - 0.78 * gone * gone).setAlpha(1 - Math.max(0, gone - 0.75) * 4)
        disc.y += gone * gone * UNIT * 1.6
        disc.rotation += gone * gone * 7
        if (gone > 0.9 && !parts.sunk) {
          parts.sunk = true
          this.#ripple(disc.x, disc.y, 1)
        }
        break
      }
    }
  }

  #destroyDisc(disc: DiscSprite): void {
    this.#discs.delete(disc)
    disc.parts.shadow.destroy()
    disc.parts.marker?.destroy()
    disc.parts.aura.destroy()
    disc.destroy()
  }

  #leaveGhost(disc: DiscSprite): void {
    const ghost = this.#ghosts[this.#nextGhost++ % this.#ghosts.length]
    this.tweens.killTweensOf(ghost)
    ghost
      .setTexture(disc.parts.body.texture.key)
      .setPosition(disc.x, disc.y)
      .setRotation(disc.rotation)
      .setDisplaySize(disc.parts.body.displayWidth, disc.parts.body.displayHeight)
      .setAlpha(0.42)
      .setVisible(true)
    this.tweens.add({
      targets: ghost,
      alpha: 0,
      scale: ghost.scale * 0.7,
      duration: 300,
      onComplete: () => ghost.setVisible(false),
    })
  }

  // Effects.

  #makeEffects(): void {
    this.#sparks = this.add
      .particles(0, 0, 'spark', {
        speed: { min: 140, max: 620 },
        lifespan: { min: 160, max: 460 },
        scale: { start: 0.75, end: 0 },
        alpha: { start: 1, end: 0.2 },
        blendMode: Phaser.BlendModes.ADD,
        emitting: false,
      })
      .setDepth(DEPTH.spark)
    this.#dust = this.add
      .particles(0, 0, 'puff', {
        speed: { min: 20, max: 130 },
        lifespan: { min: 300, max: 750 },
        scale: { start: 0.5, end: 1.5 },
        alpha: { start: 0.5, end: 0 },
        emitting: false,
      })
      .setDepth(DEPTH.dust)
    this.#confetti = this.add
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
      this.#ghosts.push(this.add.image(0, 0, 'puff').setDepth(DEPTH.ghost).setVisible(false))
  }

  #showHit(x: number, y: number, power: number): Phaser.GameObjects.Image | null {
    // A hidden page draws nothing: effects would pile up until it is seen again.
    if (document.hidden) return null
    this.#sparks.explode(Math.round(5 + 22 * power), x, y)
    this.#dust.explode(Math.round(2 + 5 * power), x, y)
    const wave = this.add
      .image(x, y, 'wave')
      .setDepth(DEPTH.spark)
      .setScale(0.12)
      .setAlpha(0.5 + 0.5 * power)
      .setBlendMode(Phaser.BlendModes.ADD)
    this.tweens.add({
      targets: wave,
      scale: 0.35 + 0.75 * power,
      alpha: 0,
      duration: 260,
      ease: 'Quad.out',
      onComplete: () => wave.destroy(),
    })
    for (const disc of this.#discs) {
      if (Math.hypot(disc.x - x, disc.y - y) > DISC_RADIUS * UNIT * 1.7) continue
      disc.parts.squash = Math.max(disc.parts.squash, power)
      disc.parts.push = Math.max(disc.parts.push, 0.5)
    }
    if (power > 0.3) this.cameras.main.shake(90 + 130 * power, 0.002 + 0.009 * power)
    return wave
  }

  #showDash(e: number, x: number, y: number): void {
    const { view } = this.#options.match
    if (document.hidden || !view.has(e, 'Body')) return
    const foot = DISC_RADIUS * 0.8
    this.#dust.explode(10, (view.Body.x[e] - x * foot) * UNIT, (view.Body.y[e] - y * foot) * UNIT)
  }

  #ripple(x: number, y: number, size: number): void {
    if (document.hidden) return
    for (const delay of [0, 130, 260]) {
      const wave = this.add.image(x, y, 'ripple').setDepth(DEPTH.falling).setScale(0.08).setAlpha(0)
      this.tweens.add({
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

  #celebrate(winner: number): void {
    if (document.hidden || winner === DRAW) return
    for (const disc of this.#discs) {
      if (disc.parts.slot !== winner) continue
      this.#confetti.explode(70, disc.x, disc.y)
      this.tweens.add({
        targets: disc.parts.body,
        scale: disc.parts.body.scale * 1.18,
        yoyo: true,
        repeat: 3,
        duration: 190,
        ease: 'Sine.inOut',
      })
    }
  }
}

// Paints what the views and the lobby show, once, on plain canvases: no pictures to download, sharp at any size.

import { THEME, mix } from './palette.ts'

const SKIN = '#f8d9b4'
const HAIR = '#2a1d33'

export function canvas(width: number, height = width): CanvasRenderingContext2D {
  const made = document.createElement('canvas')
  made.width = width
  made.height = height
  const context = made.getContext('2d')
  if (!context) throw new Error('this browser gives no 2D canvas')
  return context
}

/** A wrestler from above, looking right, in a square of `size` pixels; the body's radius is 0.44 of it. */
export function paintWrestler(context: CanvasRenderingContext2D, size: number, hex: string, bot = false): void {
  const radius = size * 0.44
  context.save()
  context.translate(size / 2, size / 2)

  const body = context.createRadialGradient(-radius * 0.3, -radius * 0.35, radius * 0.1, 0, 0, radius)
  body.addColorStop(0, mix(hex, '#ffffff', 0.38))
  body.addColorStop(0.55, hex)
  body.addColorStop(1, mix(hex, THEME.ink, 0.34))
  circle(context, 0, 0, radius)
  context.fillStyle = body
  context.fill()

  // The belt, with its knot at the back.
  ring(context, 0, 0, radius * 0.86, radius * 0.13, mix(hex, THEME.ink, 0.62))
  ring(context, 0, 0, radius * 0.86, radius * 0.03, mix(hex, '#ffffff', 0.1))
  context.fillStyle = mix(hex, THEME.ink, 0.7)
  roundedRect(context, -radius * 1.02, -radius * 0.16, radius * 0.3, radius * 0.32, radius * 0.08)
  context.fill()
  ring(context, 0, 0, radius * 0.985, radius * 0.05, mix(hex, THEME.ink, 0.75))

  // The head: skin, hair behind, the knot on top.
  const head = radius * 0.56
  const headX = radius * 0.1
  circle(context, headX + radius * 0.03, radius * 0.06, head * 1.04)
  context.fillStyle = 'rgba(20, 10, 30, 0.25)'
  context.fill()
  const skin = context.createRadialGradient(headX + head * 0.2, -head * 0.3, head * 0.1, headX, 0, head)
  skin.addColorStop(0, bot ? '#e8edf8' : '#ffeacb')
  skin.addColorStop(1, bot ? '#aab3cc' : mix(SKIN, hex, 0.16))
  circle(context, headX, 0, head)
  context.fillStyle = skin
  context.fill()

  context.save()
  circle(context, headX, 0, head)
  context.clip()
  context.fillStyle = bot ? '#535c7c' : HAIR
  context.beginPath()
  context.ellipse(headX - head * 0.62, 0, head * 0.82, head * 1.15, 0, 0, Math.PI * 2)
  context.fill()
  context.restore()
  context.fillStyle = bot ? '#39415c' : '#150d1c'
  context.beginPath()
  context.ellipse(headX - head * 0.5, 0, head * 0.42, head * 0.2, 0, 0, Math.PI * 2)
  context.fill()
  context.strokeStyle = bot ? '#ff6b5a' : mix(hex, '#ffffff', 0.25)
  context.lineWidth = head * 0.09
  context.beginPath()
  context.moveTo(headX - head * 0.62, -head * 0.17)
  context.lineTo(headX - head * 0.62, head * 0.17)
  context.stroke()

  // The face looks ahead.
  for (const side of [-1, 1]) {
    context.fillStyle = 'rgba(255, 110, 110, 0.45)'
    circle(context, headX + head * 0.42, side * head * 0.62, head * 0.15)
    context.fill()
    context.fillStyle = bot ? '#12203a' : '#ffffff'
    context.beginPath()
    context.ellipse(headX + head * 0.5, side * head * 0.33, head * 0.17, head * 0.19, 0, 0, Math.PI * 2)
    context.fill()
    context.fillStyle = bot ? '#6cf0ff' : '#1b1020'
    circle(context, headX + head * 0.56, side * head * 0.32, head * 0.105)
    context.fill()
    context.strokeStyle = bot ? '#39415c' : HAIR
    context.lineWidth = head * 0.085
    context.lineCap = 'round'
    context.beginPath()
    context.moveTo(headX + head * 0.3, side * head * 0.12)
    context.lineTo(headX + head * 0.3, side * head * 0.5)
    context.stroke()
  }
  context.strokeStyle = bot ? '#39415c' : '#8a3d33'
  context.lineWidth = head * 0.08
  context.beginPath()
  context.moveTo(headX + head * 0.8, -head * 0.13)
  context.lineTo(headX + head * 0.8, head * 0.13)
  context.stroke()

  // Light from the upper left would turn with the disc, so it is a soft rim all around.
  ring(context, 0, 0, radius * 0.95, radius * 0.02, 'rgba(255, 255, 255, 0.35)')
  context.restore()
}

export function paintHand(context: CanvasRenderingContext2D, size: number, hex: string): void {
  const paint = context.createRadialGradient(size * 0.4, size * 0.36, size * 0.05, size / 2, size / 2, size * 0.46)
  paint.addColorStop(0, mix(hex, '#ffffff', 0.5))
  paint.addColorStop(0.7, mix(hex, '#ffffff', 0.12))
  paint.addColorStop(1, mix(hex, THEME.ink, 0.3))
  circle(context, size / 2, size / 2, size * 0.44)
  context.fillStyle = paint
  context.fill()
  context.lineWidth = size * 0.07
  context.strokeStyle = mix(hex, THEME.ink, 0.72)
  context.stroke()
}

/** The dashes around one's own disc. */
export function paintMarker(context: CanvasRenderingContext2D, size: number): void {
  context.setLineDash([size * 0.1, size * 0.072])
  context.lineCap = 'round'
  ring(context, size / 2, size / 2, size * 0.453, size * 0.035, THEME.ivory)
}

/** The clay of the platform; `size` pixels stand for `2 * reach` units around the middle. */
export function paintClay(context: CanvasRenderingContext2D, size: number, reach: number): void {
  const unit = size / (2 * reach)
  context.save()
  context.translate(size / 2, size / 2)
  const ground = context.createRadialGradient(-size * 0.08, -size * 0.12, size * 0.05, 0, 0, size / 2)
  ground.addColorStop(0, mix(THEME.clay, '#ffffff', 0.26))
  ground.addColorStop(0.55, THEME.clay)
  ground.addColorStop(1, THEME.clayDark)
  context.fillStyle = ground
  context.fillRect(-size / 2, -size / 2, size, size)

  // Strokes of the broom, and grains, from a fixed sequence: every page has the same clay.
  let seed = 7
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0
    return (seed >>> 8) / 16777216
  }
  for (let i = 0; i < 260; i++) {
    const at = Math.sqrt(random()) * (size / 2)
    const from = random() * Math.PI * 2
    context.strokeStyle = random() < 0.5 ? 'rgba(255, 246, 225, 0.10)' : 'rgba(120, 72, 34, 0.07)'
    context.lineWidth = unit * (0.04 + random() * 0.16)
    context.lineCap = 'round'
    context.beginPath()
    context.arc(0, 0, at, from, from + 0.15 + random() * 0.6)
    context.stroke()
  }
  for (let i = 0; i < 1500; i++) {
    const at = Math.sqrt(random()) * (size / 2)
    const turn = random() * Math.PI * 2
    context.fillStyle = random() < 0.5 ? 'rgba(255, 250, 235, 0.35)' : 'rgba(110, 64, 30, 0.22)'
    const grain = unit * (0.015 + random() * 0.03)
    context.fillRect(Math.cos(turn) * at, Math.sin(turn) * at, grain, grain)
  }

  // Rings that the shrinking edge passes one by one, and the two starting lines.
  context.lineCap = 'butt'
  for (let at = 2.4; at < reach; at += 1.6) ring(context, 0, 0, at * unit, unit * 0.05, 'rgba(255, 244, 220, 0.5)')
  ring(context, 0, 0, 1.15 * unit, unit * 0.09, 'rgba(255, 90, 60, 0.42)')
  context.fillStyle = THEME.clayLine
  for (const side of [-1, 1]) {
    roundedRect(context, side * unit * 0.62 - unit * 0.07, -unit * 0.5, unit * 0.14, unit, unit * 0.05)
    context.fill()
  }
  context.restore()
}

/** One straw bale of the rim, lying across the square. */
export function paintBale(context: CanvasRenderingContext2D, width: number, height: number): void {
  const straw = context.createLinearGradient(0, 0, 0, height)
  straw.addColorStop(0, mix(THEME.straw, '#ffffff', 0.4))
  straw.addColorStop(0.45, THEME.straw)
  straw.addColorStop(1, THEME.strawDark)
  roundedRect(context, 1, 1, width - 2, height - 2, height * 0.42)
  context.fillStyle = straw
  context.fill()
  context.lineWidth = Math.max(1, height * 0.06)
  context.strokeStyle = mix(THEME.strawDark, THEME.ink, 0.4)
  context.stroke()
  context.fillStyle = 'rgba(96, 54, 20, 0.55)'
  for (const at of [0.24, 0.5, 0.76]) context.fillRect(width * at - width * 0.018, 2, width * 0.036, height - 4)
}

/** A round light that fades outwards. */
export function paintGlow(context: CanvasRenderingContext2D, size: number, hex: string, core = 0): void {
  const light = context.createRadialGradient(size / 2, size / 2, (size / 2) * core, size / 2, size / 2, size / 2)
  light.addColorStop(0, `${hex}ff`)
  light.addColorStop(0.35, `${hex}70`)
  light.addColorStop(1, `${hex}00`)
  context.fillStyle = light
  context.fillRect(0, 0, size, size)
}

/** Light around a disc: nothing inside `inner` (a share of the half), brightest there, gone at the rim. */
export function paintHalo(context: CanvasRenderingContext2D, size: number, hex: string, inner: number): void {
  const light = context.createRadialGradient(size / 2, size / 2, 0, size / 2, size / 2, size / 2)
  light.addColorStop(0, `${hex}00`)
  light.addColorStop(Math.max(0, inner - 0.06), `${hex}00`)
  light.addColorStop(inner, `${hex}d0`)
  light.addColorStop(inner + (1 - inner) * 0.35, `${hex}4c`)
  light.addColorStop(1, `${hex}00`)
  context.fillStyle = light
  context.fillRect(0, 0, size, size)
}

export function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath()
  context.arc(x, y, radius, 0, Math.PI * 2)
}

export function ring(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  width: number,
  style: string,
): void {
  circle(context, x, y, radius)
  context.lineWidth = width
  context.strokeStyle = style
  context.stroke()
}

function roundedRect(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  corner: number,
): void {
  context.beginPath()
  context.roundRect(x, y, width, height, corner)
}

/** Waves in the manner of seigaiha; repeats in both directions when `width` is twice `height`. */
export function paintSea(context: CanvasRenderingContext2D, width: number, height: number): void {
  context.fillStyle = THEME.night
  context.fillRect(0, 0, width, height)
  const radius = width / 4
  for (let row = 0; row <= 8; row++) {
    const y = (row * radius) / 2
    for (let column = -1; column <= 3; column++) {
      const x = column * radius * 2 + (row % 2) * radius
      for (const share of [0.98, 0.78, 0.58, 0.38, 0.18]) {
        circle(context, x, y, radius * share)
        context.fillStyle = mix(THEME.nightDeep, THEME.nightLight, 0.25 + 0.35 * share)
        context.fill()
        context.lineWidth = radius * 0.045
        context.strokeStyle = mix(THEME.night, THEME.wave, 0.38)
        context.stroke()
      }
    }
  }
}

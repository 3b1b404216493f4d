// Paints a bowl of chanko stew from above: lacquer, broth, and what swims in it. Both views show this picture.

import { circle, ring } from './art.ts'
import { mix } from './palette.ts'

const LACQUER = '#b3262e'
const LACQUER_DARK = '#3a0f18'
const BROTH = '#c9792f'

/** The bowl fills a square of `size` pixels; its rim is at 0.46 of it. */
export function paintStew(context: CanvasRenderingContext2D, size: number): void {
  const radius = size * 0.46
  context.save()
  context.translate(size / 2, size / 2)
  const bowl = context.createRadialGradient(-radius * 0.3, -radius * 0.35, radius * 0.1, 0, 0, radius)
  bowl.addColorStop(0, mix(LACQUER, '#ffffff', 0.35))
  bowl.addColorStop(0.6, LACQUER)
  bowl.addColorStop(1, LACQUER_DARK)
  circle(context, 0, 0, radius)
  context.fillStyle = bowl
  context.fill()
  ring(context, 0, 0, radius * 0.97, radius * 0.05, '#ffd98a')
  paintBroth(context, radius * 0.8)
  context.restore()
}

/** What is in the bowl, around the origin. */
export function paintBroth(context: CanvasRenderingContext2D, radius: number): void {
  const broth = context.createRadialGradient(-radius * 0.2, -radius * 0.25, radius * 0.1, 0, 0, radius)
  broth.addColorStop(0, mix(BROTH, '#fff0c0', 0.5))
  broth.addColorStop(0.75, BROTH)
  broth.addColorStop(1, mix(BROTH, LACQUER_DARK, 0.55))
  circle(context, 0, 0, radius)
  context.fillStyle = broth
  context.fill()
  ring(context, 0, 0, radius, radius * 0.07, 'rgba(46, 10, 16, 0.6)')

  // Drops of fat.
  for (const [x, y, r] of [
    [0.5, 0.55, 0.09],
    [-0.1, 0.78, 0.06],
    [0.78, 0.1, 0.07],
    [-0.75, -0.28, 0.06],
  ])
    ring(context, x * radius, y * radius, r * radius, radius * 0.03, 'rgba(255, 236, 170, 0.75)')

  leek(context, radius, -0.42, 0.5)
  leek(context, radius, -0.1, 0.3)
  tofu(context, radius, -0.4, -0.34, 0.35)
  tofu(context, radius, 0.08, -0.62, -0.2)
  carrot(context, radius, 0.44, -0.26)
  fishcake(context, radius, 0.2, 0.38)
  mushroom(context, radius, -0.6, 0.14)
}

function tofu(context: CanvasRenderingContext2D, radius: number, x: number, y: number, turn: number): void {
  context.save()
  context.translate(x * radius, y * radius)
  context.rotate(turn)
  const side = radius * 0.34
  context.fillStyle = 'rgba(70, 26, 14, 0.45)'
  context.fillRect(-side / 2 + side * 0.09, -side / 2 + side * 0.13, side, side)
  context.fillStyle = '#fff6e2'
  context.fillRect(-side / 2, -side / 2, side, side)
  context.fillStyle = '#e6d4b0'
  context.fillRect(-side / 2, side * 0.32, side, side * 0.18)
  context.restore()
}

function leek(context: CanvasRenderingContext2D, radius: number, x: number, y: number): void {
  ring(context, x * radius, y * radius, radius * 0.13, radius * 0.09, '#7fc55b')
  ring(context, x * radius, y * radius, radius * 0.08, radius * 0.03, '#dff2b4')
}

function carrot(context: CanvasRenderingContext2D, radius: number, x: number, y: number): void {
  context.fillStyle = '#ff7b2e'
  for (let i = 0; i < 5; i++) {
    const turn = (i / 5) * Math.PI * 2 - 0.5
    circle(
      context,
      x * radius + Math.cos(turn) * radius * 0.12,
      y * radius + Math.sin(turn) * radius * 0.12,
      radius * 0.11,
    )
    context.fill()
  }
  circle(context, x * radius, y * radius, radius * 0.07)
  context.fillStyle = '#ffb066'
  context.fill()
}

/** Narutomaki, with its pink whirl. */
function fishcake(context: CanvasRenderingContext2D, radius: number, x: number, y: number): void {
  const size = radius * 0.25
  circle(context, x * radius + size * 0.1, y * radius + size * 0.14, size)
  context.fillStyle = 'rgba(70, 26, 14, 0.45)'
  context.fill()
  circle(context, x * radius, y * radius, size)
  context.fillStyle = '#fffaf2'
  context.fill()
  context.strokeStyle = '#ff6fa5'
  context.lineWidth = size * 0.2
  context.lineCap = 'round'
  context.beginPath()
  for (let i = 0; i <= 24; i++) {
    const turn = i * 0.4
    const far = size * 0.07 + (i / 24) * size * 0.62
    context.lineTo(x * radius + Math.cos(turn) * far, y * radius + Math.sin(turn) * far)
  }
  context.stroke()
}

function mushroom(context: CanvasRenderingContext2D, radius: number, x: number, y: number): void {
  const size = radius * 0.2
  circle(context, x * radius, y * radius, size)
  context.fillStyle = '#5b3522'
  context.fill()
  context.strokeStyle = '#e9cfa4'
  context.lineWidth = size * 0.2
  context.lineCap = 'round'
  for (const turn of [0.3, 1.35, 2.4]) {
    context.beginPath()
    context.moveTo(x * radius - Math.cos(turn) * size * 0.6, y * radius - Math.sin(turn) * size * 0.6)
    context.lineTo(x * radius + Math.cos(turn) * size * 0.6, y * radius + Math.sin(turn) * size * 0.6)
    context.stroke()
  }
}

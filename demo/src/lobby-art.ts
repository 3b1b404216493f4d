// The small pictures of the lobby's form: who you are, and what the two views look like.

import { canvas, paintClay, paintHand, paintWrestler } from './art.ts'
import type { ViewKind } from './params.ts'
import { PLAYER_COLORS, THEME } from './palette.ts'

export function paintPortrait(context: CanvasRenderingContext2D, colorId: string): void {
  const hex = (PLAYER_COLORS.find(color => color.id === colorId) ?? PLAYER_COLORS[0]).hex
  const size = context.canvas.width
  context.clearRect(0, 0, size, size)
  context.save()
  context.translate(size / 2, size / 2)
  context.rotate(Math.PI / 2)
  wrestler(context, 0, 0, size * 0.82, hex)
  context.restore()
}

export function paintThumb(context: CanvasRenderingContext2D, kind: ViewKind): void {
  const { width, height } = context.canvas
  const sky = context.createLinearGradient(0, 0, 0, height)
  sky.addColorStop(0, THEME.nightDeep)
  sky.addColorStop(1, THEME.nightLight)
  context.fillStyle = sky
  context.fillRect(0, 0, width, height)
  const clay = canvas(256)
  paintClay(clay, 256, 6)
  context.save()
  context.translate(width / 2, height * (kind === 'phaser' ? 0.56 : 0.5))
  if (kind === 'babylon') {
    context.scale(1, 0.5)
    context.beginPath()
    context.ellipse(0, 34, 118, 118, 0, 0, Math.PI * 2)
    context.fillStyle = '#8a5a30'
    context.fill()
  }
  context.beginPath()
  context.arc(0, 0, 118, 0, Math.PI * 2)
  context.save()
  context.clip()
  context.drawImage(clay.canvas, -128, -128)
  context.restore()
  context.lineWidth = 10
  context.strokeStyle = THEME.straw
  context.stroke()
  context.restore()
  const [a, b] = [PLAYER_COLORS[0].hex, PLAYER_COLORS[1].hex]
  if (kind === 'phaser') {
    context.save()
    context.translate(width / 2 - 42, height * 0.5)
    context.rotate(0.15)
    wrestler(context, 0, 0, 66, a)
    context.restore()
    context.save()
    context.translate(width / 2 + 42, height * 0.56)
    context.rotate(Math.PI + 0.15)
    wrestler(context, 0, 0, 66, b)
    context.restore()
    return
  }
  for (const [x, y, hex] of [
    [-44, -10, a],
    [40, 12, b],
  ] as const) {
    const cx = width / 2 + x
    const cy = height / 2 + y
    context.fillStyle = 'rgba(20, 8, 30, 0.4)'
    context.beginPath()
    context.ellipse(cx + 6, cy + 8, 30, 14, 0, 0, Math.PI * 2)
    context.fill()
    const body = context.createRadialGradient(cx - 10, cy - 28, 4, cx, cy - 12, 36)
    body.addColorStop(0, '#ffffff')
    body.addColorStop(0.25, hex)
    body.addColorStop(1, THEME.ink)
    context.fillStyle = body
    context.beginPath()
    context.ellipse(cx, cy - 10, 28, 24, 0, 0, Math.PI * 2)
    context.fill()
    context.fillStyle = '#f8d9b4'
    context.beginPath()
    context.ellipse(cx, cy - 34, 15, 14, 0, 0, Math.PI * 2)
    context.fill()
    context.fillStyle = '#2a1d33'
    context.beginPath()
    context.ellipse(cx, cy - 40, 15, 9, 0, Math.PI, 0)
    context.ellipse(cx, cy - 50, 5, 5, 0, 0, Math.PI * 2)
    context.fill()
  }
}

function wrestler(context: CanvasRenderingContext2D, x: number, y: number, size: number, hex: string): void {
  const body = canvas(256)
  paintWrestler(body, 256, hex)
  const hand = canvas(64)
  paintHand(hand, 64, hex)
  const handSize = size * 0.26
  for (const side of [-1, 1])
    context.drawImage(
      hand.canvas,
      x + size * 0.32 - handSize / 2,
      y + side * size * 0.34 - handSize / 2,
      handSize,
      handSize,
    )
  context.drawImage(body.canvas, x - size / 2, y - size / 2, size, size)
}

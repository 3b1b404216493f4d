// The look that lobby, HUD and both views share: a clay ring over a night sea. `lobby.css` repeats the page's own colours.

export interface PlayerColor {
  readonly id: string
  readonly label: string
  readonly hex: string
}

/** Who sees red and green, or blue and yellow, alike tells them apart by their lightness. */
export const PLAYER_COLORS: readonly PlayerColor[] = [
  { id: 'vermilion', label: 'Vermilion', hex: '#ec3d48' },
  { id: 'azure', label: 'Azure', hex: '#3a74ff' },
  { id: 'gold', label: 'Gold', hex: '#ffa824' },
  { id: 'matcha', label: 'Matcha', hex: '#a2e06c' },
  { id: 'violet', label: 'Violet', hex: '#c088ff' },
  { id: 'sakura', label: 'Sakura', hex: '#ffb8e8' },
  { id: 'teal', label: 'Teal', hex: '#12b092' },
  { id: 'ivory', label: 'Ivory', hex: '#f6f1e2' },
]

export const BOT_COLOR: PlayerColor = { id: 'bot', label: 'Bot', hex: '#757890' }

export const THEME = {
  nightDeep: '#0f0c22',
  night: '#191437',
  nightLight: '#33296a',
  wave: '#8f86d8',
  clay: '#ecca9b',
  clayDark: '#c8955c',
  clayLine: '#fff3da',
  straw: '#e2b76a',
  strawDark: '#a9743a',
  glow: '#ff7a45',
  ink: '#1b1426',
  ivory: '#fff4e0',
} as const

/** `#rrggbb` as 0xrrggbb. */
export function colorNumber(hex: string): number {
  return Number.parseInt(hex.slice(1), 16)
}

/** Mixes towards another colour: `amount` 0 keeps, 1 replaces. */
export function mix(hex: string, other: string, amount: number): string {
  const a = colorNumber(hex)
  const b = colorNumber(other)
  let out = 0
  for (const shift of [16, 8, 0]) {
    const from = (a >> shift) & 255
    const to = (b >> shift) & 255
    out |= Math.round(from + (to - from) * amount) << shift
  }
  return `#${out.toString(16).padStart(6, '0')}`
}

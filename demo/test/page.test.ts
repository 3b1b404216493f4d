// What the page makes of its address and of the roster, and what it must not load.

import { readFileSync, readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { BOT_COLOR, PLAYER_COLORS, colorNumber, mix } from '../src/palette.ts'
import { cleanRoom, inventRoom, readParams, roomLink, visitAddress } from '../src/params.ts'
import { Roster } from '../src/roster.ts'
import { BOT_SLOT } from '../src/sumo-terms.ts'

const player = (slot: number, profile: string, name = '') => ({
  slot,
  name,
  profile,
  ready: true,
  playing: true,
  self: slot === 0,
})

it('reads the switches of an address, and nonsense as absent', () => {
  expect(
    readParams(
      '?room=ka-ki&view=babylon&autoready=1&players=2&script=7&conditions=50,5,0.02&delay=3&transport=broadcast',
    ),
  ).toMatchObject({
    room: 'ka-ki',
    view: 'babylon',
    autoready: true,
    players: 2,
    script: 7,
    conditions: { delayMs: 50, jitterMs: 5, loss: 0.02 },
    inputDelay: 3,
    transport: 'broadcast',
  })
  expect(readParams('?view=vr&script=abc&delay=&room=%20%20')).toMatchObject({
    room: null,
    view: null,
    script: null,
    inputDelay: null,
    conditions: null,
    transport: 'websocket',
  })
})

it('makes room names that a link carries unchanged', () => {
  expect(cleanRoom(' a/b?c=d&e ')).toBe('abcde')
  for (let i = 0; i < 20; i++) {
    const room = inventRoom()
    expect(cleanRoom(room)).toBe(room)
  }
})

it("invites into the room without the inviter's own settings", () => {
  const page = new URL('https://play.example/sumo/?room=x&name=Ann&script=1&transport=broadcast')
  expect(roomLink('x', page as unknown as Location)).toBe('https://play.example/sumo/?room=x&transport=broadcast')
})

it('carries a duel in its link, watching only in the own address', () => {
  const duel = visitAddress({ room: 'x', transport: 'webrtc', watch: false }, 'https://play.example/?name=Ann&watch=1')
  expect(duel.search).toBe('?name=Ann&room=x&transport=webrtc')
  expect(roomLink('x', duel as unknown as Location)).toBe('https://play.example/?room=x&transport=webrtc')
  const watched = visitAddress({ room: 'y', transport: 'websocket', watch: true }, duel.href)
  expect(watched.search).toBe('?name=Ann&room=y&watch=1')
  expect(readParams(watched.search)).toMatchObject({ room: 'y', transport: 'websocket', watch: true })
  expect(roomLink('y', watched as unknown as Location)).toBe('https://play.example/?room=y')
  expect(visitAddress({ room: null, transport: 'websocket', watch: false }, watched.href).search).toBe('?name=Ann')
  // Nobody can watch a duel.
  expect(readParams('?room=x&transport=webrtc&watch=1').watch).toBe(false)
})

it('gives everyone another colour, the same on every page', () => {
  const players = [player(0, 'gold'), player(1, 'gold'), player(4, 'no such colour'), player(2, 'vermilion')]
  const here = new Roster()
  const there = new Roster()
  here.update(players)
  there.update(players.toReversed())
  const colors = [0, 1, 2, 4].map(slot => here.color(slot).id)
  expect(new Set(colors).size).toBe(4)
  expect(colors[0]).toBe('gold')
  expect([0, 1, 2, 4].map(slot => there.color(slot).id)).toEqual(colors)
})

it('finds a colour for each of eight players who all like the same one', () => {
  const roster = new Roster()
  roster.update(PLAYER_COLORS.map((_, slot) => player(slot, 'teal')))
  expect(new Set(PLAYER_COLORS.map((_, slot) => roster.color(slot).id)).size).toBe(PLAYER_COLORS.length)
})

it('names players who gave no name, who left, and the bot', () => {
  const roster = new Roster()
  roster.update([player(0, 'gold', 'Ann'), player(3, 'teal')])
  roster.update([player(3, 'teal')])
  expect([roster.name(0), roster.name(3), roster.name(BOT_SLOT)]).toEqual(['Ann', 'Player 4', 'Bot'])
})

it('mixes colours channel by channel', () => {
  expect(mix('#000000', '#ffffff', 0.5)).toBe('#808080')
  expect(mix('#ff0000', '#0000ff', 1)).toBe('#0000ff')
})

// Machado and others, 2009: how somebody without red, green or blue cones sees linear RGB.
it.each([
  ['every cone', [1, 0, 0], [0, 1, 0], [0, 0, 1]],
  ['no red', [0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
  ['no green', [0.367, 0.861, -0.228], [0.28, 0.673, 0.047], [-0.012, 0.043, 0.969]],
  ['no blue', [1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
])('tells the wrestlers apart by their colours: %s', (_who, ...seen) => {
  const linear = (channel: number): number => (channel / 255) ** 2.2
  const lab = (hex: string): number[] => {
    const color = colorNumber(hex)
    const rgb = [color >> 16, (color >> 8) & 255, color & 255].map(linear)
    const mixed = (row: number[]): number => row.reduce((sum, share, i) => sum + share * rgb[i], 0)
    const [r, g, b] = seen.map(row => Math.max(0, Math.min(1, mixed(row))))
    const x = Math.cbrt((0.412 * r + 0.358 * g + 0.18 * b) / 0.95)
    const y = Math.cbrt(0.213 * r + 0.715 * g + 0.072 * b)
    const z = Math.cbrt((0.019 * r + 0.119 * g + 0.951 * b) / 1.089)
    return [116 * y, 500 * (x - y), 200 * (y - z)]
  }
  const colors = [...PLAYER_COLORS, BOT_COLOR]
  for (const [i, one] of colors.entries())
    for (const other of colors.slice(i + 1)) {
      const [a, b] = [lab(one.hex), lab(other.hex)]
      expect(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]), `${one.id} and ${other.id}`).toBeGreaterThan(15)
    }
})

// A page that loaded the rules would reload whenever they are saved, instead of letting the workers swap them.
it('takes types and terms of the rules, never the rules', () => {
  const folder = new URL('../src/', import.meta.url)
  const rules = /^sumo(-(collisions|discs|round|schema))?\.ts$/
  const sources = readdirSync(folder).filter(name => name.endsWith('.ts') && !rules.test(name))
  const loaders = sources.filter(name =>
    readFileSync(new URL(name, folder), 'utf8')
      .split(/^(?=import |export )/m)
      .some(part => rules.test(/from '\.\/(.*)'/.exec(part)?.[1] ?? '') && !part.startsWith('import type ')),
  )
  expect(loaders).toEqual(['sumo.worker.ts'])
})

// What both views share on top of the picture: scores, the count, net numbers, the bad-network panel, buttons.

import type { NetworkConditions } from '@lockstride/core'
import type { Chat } from './chat.ts'
import { el, icon, roundButton, setText } from './dom.ts'
import type { Moderator } from './moderator.ts'
import { networkPanel } from './network-panel.ts'
import type { ViewKind } from './params.ts'
import { pathLabel } from './path-text.ts'
import type { Roster } from './roster.ts'
import type { SumoMatch } from './scene.ts'
import { createScoreboard } from './scoreboard.ts'
import { DRAW, EMOTES, PHASE, TICKS } from './sumo-terms.ts'

export interface HudOptions {
  match: SumoMatch
  chat: Chat
  moderator: Moderator
  parent: HTMLElement
  roster: Roster
  view: ViewKind
  muted: boolean
  initialConditions: NetworkConditions | null
  onView: (view: ViewKind) => void
  onMute: (muted: boolean) => void
  onLeave: () => void
  onScripts: () => void
}

export interface Hud {
  setView(view: ViewKind): void
  /** While a view's code loads. */
  setLoading(text: string | null): void
  /** Whether a script is wrong. */
  setTrouble(trouble: boolean): void
  dispose(): void
}

/** The numbers need no more than a few looks a second. */
const REFRESH_MS = 200

export function createHud(options: HudOptions): Hud {
  const { match, parent, roster, chat, moderator } = options
  const watching = match.slot === null
  const undo: (() => void)[] = []

  const scores = createScoreboard({ match, roster, moderator, say: text => chat.say(text) })
  const big = el('div', { class: 'big', 'aria-live': 'polite' })
  const banner = el('div', { class: 'banner hidden', role: 'status' })
  const loading = el('div', { class: 'banner loading hidden', role: 'status' })
  const numbers = el('dl', { class: 'numbers' })
  const shown = new Map<string, HTMLElement>()
  for (const [id, title] of [
    ['ping', match.path === null ? 'Round trip to the relay' : 'Round trip to the other player'],
    ['rollbacks', 'Times that the past was corrected'],
    ['tick', 'Newest simulated tick'],
    ['confirmed', 'Newest tick that can no longer change'],
    ...(match.path === null ? [] : [['path', 'How the packets of this duel travel'] as const]),
  ] as const) {
    const value = el('dd', { id: `hud-${id}` })
    shown.set(id, value)
    numbers.append(el('div', { title }, el('dt', { text: id }), value))
  }

  const panel = networkPanel(match, options.initialConditions)
  const network = roundButton('network', 'Bad network', () => fold(network, panel))
  const view = roundButton('solid', '', () => options.onView(current === 'phaser' ? 'babylon' : 'phaser'))
  view.classList.add('wide')
  let muted = options.muted
  const mute = roundButton(muted ? 'silent' : 'sound', 'Sound (M)', () => setMuted(!muted))
  const scripts = roundButton('script', 'Scripts (L)', options.onScripts)
  const leave = roundButton('leave', 'Leave the match', options.onLeave)

  const emotes = el('div', { class: 'emotes hidden' })
  EMOTES.forEach((text, index) => {
    const say = el('button', { type: 'button', text, title: `Key ${index + 1}`, on: { click: () => emote(index) } })
    emotes.append(say)
  })
  const talk = roundButton('smile', 'Call out (keys 1 to 6)', () => fold(talk, emotes))

  const root = el(
    'div',
    { class: 'hud' },
    big,
    scores.root,
    el(
      'div',
      { class: 'corner' },
      el('div', { class: 'buttons' }, view, scripts, network, mute, leave),
      numbers,
      panel,
    ),
    watching ? el('div', { class: 'watching' }, icon('watch'), 'Watching') : null,
    el(
      'div',
      { class: 'talk' },
      chat.root,
      watching ? null : el('div', { class: 'talk-row' }, chat.button, talk, emotes),
    ),
    el('div', { class: 'notices' }, banner, loading),
  )
  parent.append(root)

  let current = options.view
  function setView(kind: ViewKind): void {
    current = kind
    const other = kind === 'phaser' ? '3D' : '2D'
    view.replaceChildren(icon(kind === 'phaser' ? 'solid' : 'flat'), el('span', { text: other }))
    view.title =
      kind === 'phaser' ? 'Show this match in 3D with Babylon.js (V)' : 'Show this match in 2D with Phaser (V)'
    view.ariaLabel = view.title
  }
  setView(current)

  function setMuted(value: boolean): void {
    muted = value
    mute.replaceChildren(icon(muted ? 'silent' : 'sound'))
    mute.ariaPressed = String(!muted)
    options.onMute(muted)
  }

  function emote(index: number): void {
    if (watching) return
    match.emit('emote', { emote: index })
    if (!emotes.classList.contains('hidden')) fold(talk, emotes)
  }

  const keys = (event: KeyboardEvent): void => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLButtonElement) return
    const digit = Number(event.key)
    if (digit >= 1 && digit <= EMOTES.length) emote(digit - 1)
    else if (event.key === 'm' || event.key === 'M') setMuted(!muted)
    else if (event.key === 'v' || event.key === 'V') view.click()
    else if (event.key === 'l' || event.key === 'L') scripts.click()
    else if (event.key === 't' || event.key === 'T' || event.key === 'Enter') {
      chat.open()
      // Or the letter would be the first one that is typed.
      event.preventDefault()
    }
  }
  window.addEventListener('keydown', keys)
  undo.push(() => window.removeEventListener('keydown', keys))

  function announce(text: string, className: string, color?: string): void {
    const line = el('div', { class: `word ${className}`, text })
    line.style.setProperty('--length', String(text.length))
    if (color) line.style.setProperty('--color', color)
    big.replaceChildren(line)
  }

  let clearWord = 0
  undo.push(
    match.handle('countdown', ({ payload }) => announce(String(payload.n), 'count')),
    match.handle('go', () => {
      announce('Hakkeyoi!', 'go')
      clearTimeout(clearWord)
      clearWord = window.setTimeout(() => big.replaceChildren(), 1000)
    }),
    match.handle('roundOver', ({ payload }) => {
      clearTimeout(clearWord)
      if (payload.winner === DRAW) return announce('Draw', 'result')
      const own = payload.winner === match.slot
      announce(own ? 'You win!' : `${roster.name(payload.winner)} wins`, 'result', roster.color(payload.winner).hex)
    }),
    match.on('start', () => big.replaceChildren()),
    match.on('stall', ({ slots, names }) => {
      banner.classList.toggle('hidden', slots.length === 0)
      if (slots.length > 0) banner.textContent = stallText(slots, names, match.slot)
    }),
    match.on('rules', ({ message }) => {
      loading.textContent = message
      loading.classList.remove('hidden')
      setTimeout(() => loading.classList.add('hidden'), 3000)
    }),
    match.on('path', () => refresh()),
    // A round's start names everyone anew; only who leaves gives the slot to another.
    match.on('peer', ({ slot, joined }) => void (joined || moderator.forget(slot))),
    () => clearTimeout(clearWord),
  )

  const timer = setInterval(refresh, REFRESH_MS)
  undo.push(() => clearInterval(timer))
  refresh()

  function refresh(): void {
    const { stats } = match
    shown.get('ping')!.textContent = `${Math.round(stats.pingMs)} ms`
    shown.get('rollbacks')!.textContent = String(stats.rollbacks)
    shown.get('tick')!.textContent = String(stats.tick)
    shown.get('confirmed')!.textContent = String(stats.confirmedTick)
    const path = shown.get('path')
    if (path) {
      setText(path, pathLabel(match.path))
      path.className = `path-mark ${match.path ?? ''}`
    }
    scores.refresh()
    // Somebody whose page was in the background sees the result without having heard the event.
    const { view: world } = match
    for (const e of world.query('Arena')) {
      if (
        world.Arena.phase[e] === PHASE.play &&
        world.Arena.ticks[e] > TICKS.count &&
        big.querySelector('.count, .result')
      )
        big.replaceChildren()
    }
  }

  return {
    setView,
    setLoading(text) {
      loading.classList.toggle('hidden', text === null)
      if (text !== null) loading.textContent = text
    },
    setTrouble: trouble => void scripts.classList.toggle('trouble', trouble),
    dispose() {
      for (const run of undo) run()
      root.remove()
    },
  }
}

/** Opens what a button opens, or closes it. */
function fold(button: HTMLButtonElement, panel: HTMLElement): void {
  button.ariaExpanded = String(!panel.classList.toggle('hidden'))
}

/** Whom the match waits for. Somebody else's slowness comes first: one's own may only be its echo. */
function stallText(slots: readonly number[], names: readonly string[], own: number | null): string {
  const others = names.filter((_, i) => slots[i] !== own)
  return others.length > 0 ? `Waiting for ${listOf(others)}…` : 'Your connection is slow: catching up…'
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

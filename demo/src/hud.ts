// What both views share on top of the picture: scores, the count, net numbers, the bad-network panel, buttons.

import { PHASE, TICKS, BOT_SLOT, DRAW, EMOTES } from './sumo-terms.ts'
import type { Chat } from './chat.ts'
import type { Moderator } from './moderator.ts'
import { conditions } from './params.ts'
import type { ViewKind } from './params.ts'
import { pathLabel } from './path-text.ts'
import type { Roster } from './roster.ts'
import type { SumoMatch } from './scene.ts'
import { el, icon } from './dom.ts'
import type { IconName } from './dom.ts'

export interface HudOptions {
  match: SumoMatch
  chat: Chat
  moderator: Moderator
  parent: HTMLElement
  roster: Roster
  view: ViewKind
  muted: boolean
  initialConditions: { delayMs: number; jitterMs: number; loss: number } | null
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

interface ScoreRow {
  readonly root: HTMLElement
  readonly name: HTMLElement
  readonly score: HTMLElement
  /** Mutes the player. Null: this row is nobody who talks to us. */
  readonly mute: HTMLButtonElement | null
}

/** The numbers need no more than a few looks a second. */
const REFRESH_MS = 200

export function createHud(options: HudOptions): Hud {
  const { match, parent, roster, chat, moderator } = options
  const watching = match.slot === null
  const undo: (() => void)[] = []

  const scores = el('ol', { class: 'scores', 'aria-label': 'Scores' })
  const rows = new Map<number, ScoreRow>()
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
  const network = button('network', 'Bad network', () => panel.classList.toggle('hidden'))
  const view = button('solid', '', () => options.onView(current === 'phaser' ? 'babylon' : 'phaser'))
  view.classList.add('wide')
  let muted = options.muted
  const mute = button(muted ? 'silent' : 'sound', 'Sound (M)', () => setMuted(!muted))
  const scripts = button('script', 'Scripts (L)', options.onScripts)
  const leave = button('leave', 'Leave the match', options.onLeave)

  const emotes = el('div', { class: 'emotes hidden' })
  EMOTES.forEach((text, index) => {
    const say = el('button', { type: 'button', text, title: `Key ${index + 1}`, on: { click: () => emote(index) } })
    emotes.append(say)
  })
  const talk = button('smile', 'Call out (keys 1 to 6)', () => emotes.classList.toggle('hidden'))

  const root = el(
    'div',
    { class: 'hud' },
    scores,
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
    big,
  )
  parent.append(root)

  let current = options.view
  function setView(kind: ViewKind): void {
    current = kind
    const other = kind === 'phaser' ? '3D' : '2D'
    view.replaceChildren(icon(kind === 'phaser' ? 'solid' : 'flat'), el('span', { text: other }))
    view.title =
      kind === 'phaser' ? 'Show this match in 3D with Babylon.js (V)' : 'Show this match in 2D with Phaser (V)'
  }
  setView(current)

  function setMuted(value: boolean): void {
    muted = value
    mute.replaceChildren(icon(muted ? 'silent' : 'sound'))
    options.onMute(muted)
  }

  function emote(index: number): void {
    if (watching) return
    match.emit('emote', { emote: index })
    emotes.classList.add('hidden')
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
    match.on('stall', ({ names }) => {
      banner.classList.toggle('hidden', names.length === 0)
      if (names.length > 0) banner.textContent = `Waiting for ${listOf(names)}…`
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
    refreshScores()
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

  function refreshScores(): void {
    const { view: world } = match
    const entries: { slot: number; score: number | null }[] = []
    const playing = new Set<number>()
    for (const e of world.query('Disc')) {
      const slot = world.Disc.slot[e]
      playing.add(slot)
      entries.push({ slot, score: world.Disc.score[e] })
    }
    for (const player of roster.players) if (!playing.has(player.slot)) entries.push({ slot: player.slot, score: null })
    entries.sort((a, b) => (b.score ?? -1) - (a.score ?? -1) || a.slot - b.slot)
    const seen = new Set<number>()
    entries.forEach(({ slot, score }, index) => {
      seen.add(slot)
      const row = rows.get(slot) ?? createRow(slot)
      row.root.style.setProperty('--color', roster.color(slot).hex)
      row.root.style.order = String(index)
      row.root.classList.toggle('own', slot === match.slot)
      row.root.classList.toggle('waiting', score === null)
      setText(row.name, roster.name(slot))
      setText(row.score, score === null ? 'next round' : String(score))
      if (row.mute) showMute(row.mute, slot)
    })
    for (const [slot, row] of rows) {
      if (seen.has(slot)) continue
      row.root.remove()
      rows.delete(slot)
    }
  }

  function createRow(slot: number): ScoreRow {
    const name = el('span', { class: 'name' })
    const score = el('b')
    const mute = slot === BOT_SLOT || slot === match.slot ? null : muteButton(slot)
    const root = el('li', { class: slot === BOT_SLOT ? 'bot' : '' }, el('i'), name, score, mute)
    const row = { root, name, score, mute }
    rows.set(slot, row)
    scores.append(row.root)
    return row
  }

  function muteButton(slot: number): HTMLButtonElement {
    return button('talk', '', () => {
      void moderator.mute(slot, !moderator.isMuted(slot), roster.name(slot)).then(sentence => {
        chat.say(sentence)
        refreshScores()
      })
    })
  }

  function showMute(mute: HTMLButtonElement, slot: number): void {
    const muted = moderator.isMuted(slot)
    const title = `${muted ? 'Let' : 'Mute'} ${roster.name(slot)}${muted ? ' talk again' : ''}`
    mute.classList.toggle('hidden', !moderator.is)
    if (mute.title === title) return
    mute.title = title
    mute.setAttribute('aria-label', title)
    mute.setAttribute('aria-pressed', String(muted))
    mute.replaceChildren(icon(muted ? 'muted' : 'talk'))
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

function networkPanel(match: SumoMatch, initial: HudOptions['initialConditions']): HTMLElement {
  const values = { delay: initial?.delayMs ?? 0, jitter: initial?.jitterMs ?? 0, loss: (initial?.loss ?? 0) * 100 }
  const apply = (): void => match.setConditions(conditions(values.delay, values.jitter, values.loss / 100))
  const fields: { input: HTMLInputElement; show(): void; name: keyof typeof values }[] = []
  const slider = (name: keyof typeof values, max: number, step: number, unit: string, hint: string): HTMLElement => {
    const out = el('output')
    const input = el('input', { type: 'range', min: 0, max, step, 'aria-label': `${name}: ${hint}` })
    const show = (): void => {
      input.value = String(values[name])
      out.textContent = `${values[name]} ${unit}`
    }
    input.addEventListener('input', () => {
      values[name] = Number(input.value)
      show()
      apply()
    })
    // The slider must not keep the arrow keys that steer.
    input.addEventListener('change', () => input.blur())
    show()
    fields.push({ input, show, name })
    return el('label', { title: hint }, el('span', { text: name }), input, out)
  }
  const reset = el('button', { type: 'button', class: 'link', text: 'Good network again' })
  reset.addEventListener('click', () => {
    for (const field of fields) {
      values[field.name] = 0
      field.show()
    }
    apply()
  })
  return el(
    'div',
    { class: 'network hidden' },
    el('h2', { text: 'Bad network' }),
    slider('delay', 200, 5, 'ms', 'Added to each message, in each direction'),
    slider('jitter', 100, 5, 'ms', 'At most this much more, by chance'),
    slider('loss', 30, 1, '%', 'Messages that never arrive'),
    reset,
  )
}

function button(name: IconName, title: string, run: () => void): HTMLButtonElement {
  const made = el('button', { type: 'button', class: 'round', title, 'aria-label': title }, icon(name))
  made.addEventListener('click', () => {
    run()
    // Or space would press it again instead of dashing.
    made.blur()
  })
  return made
}

function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

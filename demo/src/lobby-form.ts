// The first card: who are you, how do you want to see it, and which match. What was chosen goes to the lobby.

import { canvas } from './art.ts'
import { el, icon } from './dom.ts'
import { paintPortrait, paintThumb } from './lobby-art.ts'
import { PLAYER_COLORS } from './palette.ts'
import { cleanRoom, inventRoom } from './params.ts'
import type { TransportName, ViewKind } from './params.ts'

/** What the form changes in place. */
export interface Self {
  name: string
  color: string
  view: ViewKind
}

export interface Visit {
  room: string
  /** Two players, directly from browser to browser. */
  duel: boolean
  watch: boolean
}

export interface FormOptions {
  self: Self
  /** The address names a room. */
  invited: { room: string; transport: TransportName } | null
  onEnter: (visit: Visit) => void
}

export function lobbyForm({ self, invited, onEnter }: FormOptions): HTMLElement {
  const toDuel = invited?.transport === 'webrtc'
  const name = el('input', {
    type: 'text',
    id: 'name',
    maxlength: 16,
    value: self.name,
    autocomplete: 'nickname',
    spellcheck: 'false',
    'aria-label': 'Your name',
  })
  const enter = (room: string | null, { duel = false, watch = false } = {}): void => {
    self.name = name.value.trim().slice(0, 16) || self.name
    if (room) onEnter({ room, duel, watch })
  }

  const form = el(
    'form',
    { class: 'card form' },
    whoAreYou(self, name),
    viewChoice(self),
    invited ? invitation(invited.room, toDuel, enter) : beginnings(enter),
    roomByName(invited !== null, toDuel, enter),
    invited && button('link', 'or create a room of your own', () => enter(inventRoom())),
  )
  form.addEventListener('submit', event => {
    event.preventDefault()
    enter(invited?.room ?? inventRoom(), { duel: toDuel })
  })
  return form
}

type Enter = (room: string | null, how?: { duel?: boolean; watch?: boolean }) => void

function beginnings(enter: Enter): HTMLElement {
  const duel = button('secondary', 'Duel, direct', () => enter(inventRoom(), { duel: true }))
  duel.id = 'duel'
  duel.title = 'Two players, from browser to browser: the least delay that there is'
  return el('div', { class: 'actions' }, submit('Create a room'), duel)
}

function invitation(room: string, duel: boolean, enter: Enter): HTMLElement {
  if (duel) return el('div', { class: 'actions' }, submit(`Join duel ${room}`))
  return el(
    'div',
    { class: 'actions' },
    submit(`Join ${room}`),
    watchButton(() => enter(room, { watch: true })),
  )
}

function roomByName(invited: boolean, duel: boolean, enter: Enter): HTMLElement {
  const field = el('input', {
    type: 'text',
    id: 'room',
    maxlength: 32,
    placeholder: invited ? 'another name' : 'name of a room',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': 'Room name',
  })
  const join = (): void => enter(cleanRoom(field.value), { duel })
  field.addEventListener('keydown', event => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    join()
  })
  return el(
    'div',
    { class: 'by-name' },
    invited ? el('span', { text: 'Not this one?' }) : null,
    field,
    button('secondary', 'Join', join),
    duel || invited ? null : watchButton(() => enter(cleanRoom(field.value), { watch: true })),
  )
}

function watchButton(run: () => void): HTMLElement {
  const watch = button('secondary', 'Watch', run)
  watch.prepend(icon('watch'))
  watch.title = 'Only watch'
  return watch
}

function whoAreYou(self: Self, name: HTMLElement): HTMLElement {
  const portrait = canvas(220)
  portrait.canvas.className = 'portrait'
  paintPortrait(portrait, self.color)
  const swatches = PLAYER_COLORS.map(color => {
    const choose = el('button', {
      type: 'button',
      class: 'swatch',
      title: color.label,
      'aria-label': color.label,
      'aria-pressed': String(color.id === self.color),
      style: { '--color': color.hex },
    })
    choose.addEventListener('click', () => {
      self.color = color.id
      for (const other of swatches) other.setAttribute('aria-pressed', String(other === choose))
      paintPortrait(portrait, color.id)
    })
    return choose
  })
  return el(
    'div',
    { class: 'who' },
    portrait.canvas,
    el(
      'div',
      { class: 'who-fields' },
      el('label', { for: 'name', text: 'Your name' }),
      name,
      el('div', { class: 'swatches', role: 'group', 'aria-label': 'Your colour' }, ...swatches),
    ),
  )
}

function viewChoice(self: Self): HTMLElement {
  const option = (kind: ViewKind, title: string, engine: string): HTMLElement => {
    const thumb = canvas(300, 150)
    paintThumb(thumb, kind)
    const choose = el(
      'button',
      { type: 'button', class: 'view-option', 'data-view': kind, 'aria-pressed': String(self.view === kind) },
      thumb.canvas,
      el('span', {}, el('b', { text: title }), ` ${engine}`),
    )
    choose.addEventListener('click', () => {
      self.view = kind
      for (const other of choose.parentElement!.children) other.setAttribute('aria-pressed', String(other === choose))
    })
    return choose
  }
  return el(
    'fieldset',
    { class: 'views' },
    el('legend', { text: 'See the match in' }),
    el('div', {}, option('phaser', '2D', 'Phaser'), option('babylon', '3D', 'Babylon.js')),
  )
}

function submit(text: string): HTMLElement {
  return el('button', { type: 'submit', class: 'primary', id: 'enter', text })
}

function button(style: 'secondary' | 'link', text: string, run: () => void): HTMLElement {
  return el('button', { type: 'button', class: style, text, on: { click: run } })
}

// The page's entry: from a name and a colour to a running match, and back. One `Session` a match; the page never reloads.

import { ConnectError, broadcast, connect, webSocket } from '@lockstride/core'
import type { MatchEnd } from '@lockstride/core'
import { canvas } from './art.ts'
import { el, icon } from './dom.ts'
import { openGamePage } from './game-page.ts'
import type { GamePage } from './game-page.ts'
import { paintPortrait, paintThumb } from './lobby-art.ts'
import { PLAYER_COLORS } from './palette.ts'
import { cleanRoom, inventRoom, readParams, roomLink } from './params.ts'
import type { ViewKind } from './params.ts'
import { Roster } from './roster.ts'
import type { SceneHandle, SumoMatch } from './scene.ts'
import { createSound } from './sound.ts'
import type { sumo } from './sumo.ts'

declare global {
  interface Window {
    /** For tests and tinkering: `lockstride.match.stats` in the console. */
    lockstride: { match: SumoMatch | null; view: ViewKind | null; scene: SceneHandle | null }
  }
}

window.lockstride = { match: null, view: null, scene: null }

const NAME_KEY = 'sumo.name'
const COLOR_KEY = 'sumo.color'
const VIEW_KEY = 'sumo.view'
const NAMES = ['Taiho', 'Raiden', 'Hana', 'Kenji', 'Yuki', 'Mika', 'Goro', 'Emi', 'Sora', 'Rin', 'Daichi', 'Nao']

const params = readParams(location.search)
const sound = createSound()
const app = document.querySelector<HTMLElement>('#app')!

const self = {
  name: params.name?.slice(0, 16) ?? localStorage.getItem(NAME_KEY) ?? pick(NAMES),
  color: params.color ?? localStorage.getItem(COLOR_KEY) ?? pick(PLAYER_COLORS).id,
  view: params.view ?? storedView(),
}

if (params.autoready && params.room) void enter(params.room)
else showForm()

// The form: who are you, how do you want to see it, which room.

function showForm(error?: string): void {
  setRoomInAddress(params.room)
  const invited = params.room
  const name = el('input', {
    type: 'text',
    id: 'name',
    maxlength: 16,
    value: self.name,
    autocomplete: 'nickname',
    spellcheck: 'false',
    'aria-label': 'Your name',
  })
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

  const roomInput = el('input', {
    type: 'text',
    id: 'room',
    maxlength: 32,
    placeholder: 'room name',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': 'Room name',
  })
  const join = (room: string | null): void => {
    self.name = name.value.trim().slice(0, 16) || self.name
    localStorage.setItem(NAME_KEY, self.name)
    localStorage.setItem(COLOR_KEY, self.color)
    localStorage.setItem(VIEW_KEY, self.view)
    if (room) void enter(room)
  }

  const main = el(
    'button',
    { type: 'submit', class: 'primary', id: 'enter' },
    invited ? `Join ${invited}` : 'Create a room',
  )
  const byName = el(
    'div',
    { class: 'by-name' },
    el('span', { text: invited ? 'Not this one?' : 'Know a room?' }),
    roomInput,
    el('button', {
      type: 'button',
      class: 'secondary',
      text: 'Join',
      on: { click: () => join(cleanRoom(roomInput.value)) },
    }),
  )
  roomInput.addEventListener('keydown', event => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    join(cleanRoom(roomInput.value))
  })

  const form = el(
    'form',
    { class: 'card form' },
    error ? el('p', { class: 'error', role: 'alert', text: error }) : null,
    el(
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
    ),
    viewChoice(),
    main,
    byName,
    invited
      ? el('button', {
          type: 'button',
          class: 'link',
          text: 'or create a room of your own',
          on: { click: () => join(inventRoom()) },
        })
      : null,
  )
  form.addEventListener('submit', event => {
    event.preventDefault()
    join(invited ?? inventRoom())
  })
  showLobby(form)
}

function viewChoice(): HTMLElement {
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

// Connecting, waiting in the room, playing.

async function enter(room: string): Promise<void> {
  params.room = room
  setRoomInAddress(room)
  showLobby(el('div', { class: 'card busy' }, el('div', { class: 'spinner' }), el('p', { text: `Joining ${room}…` })))

  const worker = new Worker(new URL('./sumo.worker.ts', import.meta.url), { type: 'module', name: 'sumo' })
  let match: SumoMatch
  try {
    match = await connect<typeof sumo>({
      worker,
      room,
      transport: params.transport === 'broadcast' ? broadcast() : webSocket('/relay'),
      name: self.name,
      profile: self.color,
      ready: false,
      ...(params.inputDelay === null ? {} : { inputDelay: params.inputDelay }),
      ...(params.conditions === null ? {} : { conditions: params.conditions }),
    })
  } catch (error) {
    worker.terminate()
    showEnd('Not joined', error instanceof ConnectError ? error.message : `Joining failed: ${String(error)}`, room)
    return
  }
  runSession(match, worker, room)
}

function runSession(match: SumoMatch, worker: Worker, room: string): void {
  const roster = new Roster()
  roster.update(match.players)
  let game: GamePage | null = null
  let leaving = false
  let readySaid = false
  window.lockstride.match = match

  const play = (): void => {
    if (game) return
    app.replaceChildren()
    game = openGamePage({
      match,
      parent: app,
      roster,
      sound,
      params,
      view: self.view,
      onLeave: () => void leave(),
      onScene(view, scene) {
        if (scene) self.view = view
        window.lockstride.view = view
        window.lockstride.scene = scene
      },
    })
  }
  const closeGame = (): void => {
    game?.dispose()
    game = null
  }
  const refresh = (): void => {
    roster.update(match.players)
    // Who opens the link during a round is in it without another click.
    const wanted = match.state === 'waiting' || (params.autoready && match.players.length >= params.players)
    if (wanted && !readySaid) {
      readySaid = true
      match.setReady(true)
    }
    if (match.state === 'running') play()
    else if (match.state === 'lobby' || match.state === 'waiting') {
      closeGame()
      showRoom(match, roster, room, () => void leave())
    }
  }
  const finish = (end: MatchEnd): void => {
    for (const run of undo) run()
    closeGame()
    window.removeEventListener('pagehide', goodbye)
    window.lockstride.match = null
    worker.terminate()
    if (leaving) showForm()
    else showEnd('The match is over', end.reason, room)
  }
  const leave = async (): Promise<void> => {
    if (leaving) return
    leaving = true
    await match.leave()
  }
  // A closed tab says goodbye, so that nobody waits for it.
  const goodbye = (): void => void match.leave()
  window.addEventListener('pagehide', goodbye)

  const undo = [
    match.on('roster', refresh),
    match.on('start', refresh),
    match.on('reconnected', refresh),
    match.on('end', finish),
  ]
  if (match.ended) finish(match.ended)
  else refresh()
}

function showRoom(match: SumoMatch, roster: Roster, room: string, onLeave: () => void): void {
  const link = roomLink(room, location)
  const own = roster.self
  const waiting = match.state === 'waiting'
  const field = el('input', { type: 'text', readonly: true, value: link, 'aria-label': 'Link to this room' })
  field.addEventListener('focus', () => field.select())
  const copyLabel = el('span', { text: 'Copy link' })
  const copy = el('button', { type: 'button', class: 'secondary', id: 'copy' }, icon('copy'), copyLabel)
  copy.addEventListener('click', () => {
    void copyText(link, field).then(done => {
      copyLabel.textContent = done ? 'Copied' : 'Press Ctrl+C'
      setTimeout(() => (copyLabel.textContent = 'Copy link'), 1600)
    })
  })

  const list = roster.players.map(player =>
    el(
      'li',
      { class: player.self ? 'own' : '', style: { '--color': roster.color(player.slot).hex } },
      el('i'),
      el('span', { class: 'name', text: roster.name(player.slot) + (player.self ? ' (you)' : '') }),
      el(
        'span',
        { class: player.playing || player.ready ? 'mark on' : 'mark' },
        player.playing ? 'playing' : player.ready ? icon('check') : 'not ready',
      ),
    ),
  )
  const notReady = roster.players.filter(player => !player.ready).length
  const hint = waiting
    ? 'A round is being played: you come right in.'
    : roster.players.length === 1
      ? 'Send the link to somebody, or press ready: a bot takes the empty seat.'
      : own?.ready
        ? `Waiting for ${notReady} of ${roster.players.length} to be ready.`
        : 'The match begins when everyone is ready.'

  const ready = el('button', {
    type: 'button',
    class: own?.ready ? 'primary ready on' : 'primary ready',
    id: 'ready',
    'aria-pressed': String(own?.ready === true),
  })
  ready.append(own?.ready ? 'Ready! (press to wait)' : 'Ready')
  ready.addEventListener('click', () => match.setReady(!own?.ready))

  const focused = document.activeElement?.id
  showLobby(
    el(
      'div',
      { class: 'card room' },
      el('h2', {}, 'Room ', el('em', { text: room })),
      el('div', { class: 'share' }, field, copy),
      el('ol', { class: 'players' }, ...list),
      el('p', { class: waiting ? 'hint waiting' : 'hint', role: 'status', text: hint }),
      ready,
      el('button', { type: 'button', class: 'link', id: 'back', text: 'Leave the room', on: { click: onLeave } }),
    ),
  )
  // The end of the link says more than its beginning.
  field.scrollLeft = field.scrollWidth
  if (focused) document.getElementById(focused)?.focus()
}

function showEnd(title: string, reason: string, room: string): void {
  showLobby(
    el(
      'div',
      { class: 'card end' },
      el('h2', { text: title }),
      el('p', { class: 'error', role: 'alert', text: sentence(reason) }),
      el('button', {
        type: 'button',
        class: 'primary',
        id: 'again',
        text: `Try ${room} again`,
        on: { click: () => void enter(room) },
      }),
      el('button', {
        type: 'button',
        class: 'link',
        id: 'back',
        text: 'Back to the start',
        on: {
          click: () => {
            params.room = null
            showForm()
          },
        },
      }),
    ),
  )
}

function showLobby(card: HTMLElement): void {
  const again = app.querySelector('.lobby')
  if (again) {
    again.querySelector('.card')?.replaceWith(card)
    return
  }
  app.replaceChildren(
    el(
      'div',
      { class: 'lobby' },
      el(
        'header',
        {},
        el('h1', { text: 'Sumo' }),
        el('p', {
          text: 'Push the others off the ring. One match, the same on every screen: yours in 2D, theirs in 3D.',
        }),
      ),
      card,
      el(
        'footer',
        {},
        el('span', {}, el('kbd', { text: 'WASD' }), ' or arrows to move'),
        el('span', {}, el('kbd', { text: 'Space' }), ' to dash'),
        el('span', { text: 'gamepads and touch work too' }),
      ),
    ),
  )
}

function storedView(): ViewKind {
  return localStorage.getItem(VIEW_KEY) === 'babylon' ? 'babylon' : 'phaser'
}

function sentence(reason: string): string {
  const text = reason.charAt(0).toUpperCase() + reason.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}

function setRoomInAddress(room: string | null): void {
  const url = new URL(location.href)
  if (room) url.searchParams.set('room', room)
  else url.searchParams.delete('room')
  history.replaceState(null, '', url)
}

async function copyText(text: string, field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // No permission, or a plain http address: leave it selected for the keyboard.
    field.focus()
    field.select()
    return false
  }
}

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]
}

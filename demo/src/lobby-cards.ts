// The cards between the form and the picture: the way in, the room with who is there, and why there is no match.

import { el, icon } from './dom.ts'
import { pathText } from './path-text.ts'
import type { Roster } from './roster.ts'
import type { SumoMatch } from './scene.ts'

export function busyCard(text: string): HTMLElement {
  return el('div', { class: 'card busy' }, el('div', { class: 'spinner' }), el('p', { role: 'status', text }))
}

/** A duel begins to exist with its second player: until then there is a link, and no room. */
export function duelCard(room: string, link: string, onBack: () => void): HTMLElement {
  return el(
    'div',
    { class: 'card room' },
    el('h2', {}, 'Duel ', el('em', { text: room })),
    share(link),
    el(
      'div',
      { class: 'awaited' },
      el('div', { class: 'spinner' }),
      el('p', { class: 'hint', role: 'status', text: 'Send the link to one other player. Waiting for them…' }),
    ),
    el('p', {
      class: 'hint',
      text: 'You play from browser to browser where the network lets you, over the relay where it does not.',
    }),
    back('Leave the duel', onBack),
  )
}

export interface RoomCardOptions {
  match: SumoMatch
  roster: Roster
  room: string
  link: string
  duel: boolean
  onLeave: () => void
}

export function roomCard({ match, roster, room, link, duel, onLeave }: RoomCardOptions): HTMLElement {
  const watching = match.slot === null
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
  const marked = match.state === 'waiting' || match.state === 'reconnecting'
  return el(
    'div',
    { class: 'card room' },
    el('h2', {}, duel ? 'Duel ' : 'Room ', el('em', { text: room })),
    // Nobody else can come into a duel.
    duel ? pathLine(match) : share(link),
    el('ol', { class: 'players' }, ...list),
    el('p', { class: marked ? 'hint waiting' : 'hint', role: 'status', text: hint(match, roster, duel) }),
    watching ? null : readyButton(match, roster),
    back(watching ? 'Stop watching' : duel ? 'Leave the duel' : 'Leave the room', onLeave),
  )
}

function hint(match: SumoMatch, { players, self }: Roster, duel: boolean): string {
  const notReady = players.filter(player => !player.ready).length
  if (match.state === 'reconnecting') return 'Connection lost: trying again…'
  if (match.slot === null)
    return players.some(player => player.playing)
      ? 'You watch: the picture is on its way.'
      : 'You watch: the picture comes when they begin.'
  if (match.state === 'waiting') return 'A round is being played: you come right in.'
  if (players.length === 1) return 'Send the link to somebody, or press ready: a bot takes the empty seat.'
  if (self?.ready) return `Waiting for ${notReady} of ${players.length} to be ready.`
  return duel ? 'The duel begins when both of you are ready.' : 'The match begins when everyone is ready.'
}

function readyButton(match: SumoMatch, { self }: Roster): HTMLElement {
  const ready = self?.ready === true
  return el('button', {
    type: 'button',
    class: ready ? 'primary ready on' : 'primary ready',
    id: 'ready',
    'aria-pressed': String(ready),
    text: ready ? 'Ready! (press to wait)' : 'Ready',
    on: { click: () => match.setReady(!ready) },
  })
}

function pathLine(match: SumoMatch): HTMLElement {
  return el('p', { class: 'hint path' }, el('i', { class: `path-mark ${match.path ?? ''}` }), pathText(match.path))
}

export interface EndCardOptions {
  title: string
  reason: string
  /** What to do now, the likeliest first. */
  choices: readonly { id: string; text: string; run: () => void }[]
}

export function endCard({ title, reason, choices }: EndCardOptions): HTMLElement {
  return el(
    'div',
    { class: 'card end' },
    el('h2', { text: title }),
    el('p', { class: 'error', role: 'alert', text: sentence(reason) }),
    ...choices.map(({ id, text, run }, i) =>
      el('button', { type: 'button', class: i === 0 ? 'primary' : 'link', id, text, on: { click: run } }),
    ),
  )
}

function share(link: string): HTMLElement {
  const field = el('input', {
    type: 'text',
    id: 'link',
    readonly: true,
    value: link,
    'aria-label': 'Link to this room',
  })
  field.addEventListener('focus', () => field.select())
  // The end of the link says more than its beginning.
  requestAnimationFrame(() => {
    field.scrollLeft = field.scrollWidth
    field.classList.toggle('cut', field.scrollLeft > 0)
  })
  return el('div', { class: 'share' }, field, canSend() ? sendButton(link) : copyButton(link, field))
}

/** Phones send links by what is installed there. */
function canSend(): boolean {
  return 'share' in navigator && matchMedia('(pointer: coarse)').matches
}

function sendButton(link: string): HTMLElement {
  const send = (): void => void navigator.share({ title: 'Sumo', url: link }).catch(() => {})
  return el('button', { type: 'button', class: 'secondary', id: 'copy', text: 'Send link', on: { click: send } })
}

function copyButton(link: string, field: HTMLInputElement): HTMLElement {
  const label = el('span', { text: 'Copy link' })
  const copy = el('button', { type: 'button', class: 'secondary', id: 'copy' }, icon('copy'), label)
  copy.addEventListener('click', () => {
    void copyText(link, field).then(done => {
      label.textContent = done ? 'Copied' : 'Press Ctrl+C'
      setTimeout(() => (label.textContent = 'Copy link'), 1600)
    })
  })
  return copy
}

async function copyText(text: string, field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // No permission, or a plain http address: the older way; else it stays selected for the keyboard.
    field.focus()
    field.select()
    return document.execCommand('copy')
  }
}

function back(text: string, run: () => void): HTMLElement {
  return el('button', { type: 'button', class: 'link', id: 'back', text, on: { click: run } })
}

function sentence(reason: string): string {
  const text = reason.charAt(0).toUpperCase() + reason.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}

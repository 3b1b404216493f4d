// What players write to each other: a field to type into, the last lines, and a bubble over the disc. Text stays text.

import { el, icon } from './dom.ts'
import type { Labels } from './labels.ts'
import type { Roster } from './roster.ts'
import type { SumoMatch } from './scene.ts'
import type { Sound } from './sound.ts'
import { CHAT_LENGTH, chatText } from './sumo-terms.ts'
import { keepKeys } from './typing.ts'

/** Lines that are kept, and for how long one is seen while nobody looks back. */
const LINES = 40
const LINE_MS = 11_000
const NOTE_MS = 6000

export interface ChatOptions {
  match: SumoMatch
  roster: Roster
  labels: Labels
  sound: Sound
}

export interface Chat {
  /** The lines, and the field when it is open. */
  readonly root: HTMLElement
  readonly button: HTMLElement
  open(): void
  /** A line that nobody wrote. */
  say(text: string): void
  dispose(): void
}

type Fault = { readonly slot: number; readonly kind: string; readonly code: string; readonly reason: string }

export function createChat(options: ChatOptions): Chat {
  const { match, roster, labels, sound } = options
  const watching = match.slot === null
  const lines = el('ol', { class: 'chat-lines', 'aria-label': 'Chat', 'aria-live': 'polite' })
  const note = el('p', { class: 'chat-note hidden', role: 'status' })
  const field = el('input', {
    class: 'chat-field',
    type: 'text',
    placeholder: 'Say something, Enter sends',
    'aria-label': 'Message',
    autocomplete: 'off',
    enterkeyhint: 'send',
  })
  const form = el('form', { class: 'chat-form hidden' }, field, el('button', { class: 'round', text: 'Send' }))
  const root = el('div', { class: 'chat-box' }, lines, note, form)
  const button = el(
    'button',
    { type: 'button', class: 'round', title: 'Chat (T or Enter)', 'aria-label': 'Chat (T or Enter)' },
    icon('talk'),
  )
  keepKeys(field)

  let noteTimer = 0
  function tell(text: string): void {
    clearTimeout(noteTimer)
    note.textContent = text
    note.classList.toggle('hidden', text === '')
    if (text !== '') noteTimer = window.setTimeout(() => tell(''), NOTE_MS)
  }

  function open(): void {
    if (watching) return
    form.classList.remove('hidden')
    root.classList.add('open')
    field.focus()
    lines.scrollTop = lines.scrollHeight
  }
  function close(): void {
    form.classList.add('hidden')
    root.classList.remove('open')
    tell('')
    field.blur()
  }

  const tooLong = (): number => Array.from(field.value.trim()).length - CHAT_LENGTH
  function measure(): void {
    const more = tooLong()
    if (more > 0) tell(`A message has at most ${CHAT_LENGTH} characters: ${more} too many.`)
    else if (note.textContent?.startsWith('A message has')) tell('')
  }
  field.addEventListener('input', measure)
  field.addEventListener('keydown', event => event.key === 'Escape' && close())
  field.addEventListener('blur', () => {
    // Whoever clicks into the game goes on playing; what is half written waits.
    if (field.value === '') close()
  })
  form.addEventListener('submit', event => {
    event.preventDefault()
    if (tooLong() > 0) return measure()
    const text = chatText(field.value)
    if (text !== '') match.emit('chat', { text })
    field.value = ''
    close()
  })
  button.addEventListener('click', () => (form.classList.contains('hidden') ? open() : close()))

  function add(line: HTMLElement): HTMLElement {
    lines.append(line)
    while (lines.childElementCount > LINES) lines.firstElementChild?.remove()
    lines.scrollTop = lines.scrollHeight
    setTimeout(() => line.classList.add('old'), LINE_MS)
    return line
  }

  const undo = [
    match.handle(
      'chat',
      ({ payload: { slot, text } }) => {
        const name = el('b', { text: slot === match.slot ? 'You' : roster.name(slot) })
        name.style.setProperty('--color', roster.color(slot).hex)
        sound.tick()
        return { line: add(el('li', {}, name, el('bdi', { text }))), unsay: labels.say(slot, text, 'chat') }
      },
      {
        cancel({ line, unsay }) {
          line.remove()
          unsay()
        },
      },
    ),
    match.on('fault', fault => {
      const sentence = faultSentence(fault, match.slot)
      if (sentence === null) return
      tell(sentence)
    }),
  ]

  return {
    root,
    button,
    open,
    say: text => void add(el('li', { class: 'system', text })),
    dispose() {
      for (const run of undo) run()
      clearTimeout(noteTimer)
    },
  }
}

/** What became of something that this player said; null: it was not this player's, or not said. */
function faultSentence({ slot, kind, code, reason }: Fault, own: number | null): string | null {
  if (slot !== own || (kind !== 'chat' && kind !== 'emote')) return null
  switch (code) {
    case 'ERR_CAPABILITY_REVOKED':
      return 'You are muted in this room: the others did not get that.'
    case 'ERR_CAPABILITY_DENIED':
      return 'You may not talk in this room: the others did not get that.'
    case 'ERR_QUEUE_OVERFLOW':
      return 'That was too much at once: the others did not get all of it.'
    default:
      return `The others did not get that: ${reason}.`
  }
}

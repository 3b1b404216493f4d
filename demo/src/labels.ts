// Names and call-outs over the discs, as page elements: crisp at any zoom, and the same in both views.

import { BOT_SLOT } from './sumo-terms.ts'
import type { Roster } from './roster.ts'

/** A bubble stays this long, and longer by so much a character. */
const BUBBLE_MS = 1600
const BUBBLE_MS_PER_CHARACTER = 55

interface Label {
  readonly root: HTMLElement
  readonly name: HTMLElement
  readonly bubble: HTMLElement
  readonly cooldown: HTMLElement
  text: string
  color: string
  shown: boolean
  ready: number
  bubbleUntil: number
}

export class Labels {
  readonly #parent: HTMLElement
  readonly #roster: Roster
  readonly #labels = new Map<number, Label>()
  readonly #seen = new Set<number>()
  readonly #selfSlot: () => number | null

  constructor(parent: HTMLElement, roster: Roster, selfSlot: () => number | null) {
    this.#parent = parent
    this.#roster = roster
    this.#selfSlot = selfSlot
  }

  /** Call once a frame before the frame's `place` calls. */
  begin(): void {
    this.#seen.clear()
  }

  /** The label's foot in page pixels; `charge` 0..1 is how far the next dash has loaded. */
  place(slot: number, x: number, y: number, charge: number): void {
    const label = this.#labels.get(slot) ?? this.#create(slot)
    this.#seen.add(slot)
    label.root.style.transform = `translate3d(${x.toFixed(1)}px, ${y.toFixed(1)}px, 0)`
    const own = slot === this.#selfSlot()
    const text = own ? 'You' : this.#roster.name(slot)
    if (label.text !== text) label.name.textContent = label.text = text
    const color = this.#roster.color(slot).hex
    if (label.color !== color) {
      label.color = color
      label.root.style.setProperty('--color', color)
    }
    const ready = own ? Math.round(charge * 40) / 40 : 1
    if (label.ready !== ready) {
      label.ready = ready
      label.cooldown.style.transform = `scaleX(${ready})`
      label.cooldown.parentElement?.classList.toggle('hidden', ready >= 1)
    }
    if (!label.shown) {
      label.shown = true
      label.root.classList.remove('hidden')
    }
  }

  /** Hides the labels that this frame did not place. */
  end(nowMs: number): void {
    for (const [slot, label] of this.#labels) {
      if (label.shown && !this.#seen.has(slot)) {
        label.shown = false
        label.root.classList.add('hidden')
      }
      if (label.bubbleUntil !== 0 && nowMs > label.bubbleUntil) {
        label.bubbleUntil = 0
        label.bubble.classList.remove('open')
      }
    }
  }

  /** Whether a disc is there to say something. */
  shows(slot: number): boolean {
    return this.#labels.get(slot)?.shown ?? false
  }

  /** What a player says, over the disc. Answers how it is taken back. */
  say(slot: number, text: string, look: 'call' | 'chat'): () => void {
    const label = this.#labels.get(slot) ?? this.#create(slot)
    label.bubble.textContent = text
    label.bubble.className = `label-bubble ${look}`
    void label.bubble.offsetWidth
    label.bubble.classList.add('open')
    const until = performance.now() + BUBBLE_MS + BUBBLE_MS_PER_CHARACTER * text.length
    label.bubbleUntil = until
    return () => {
      if (label.bubbleUntil === until) label.bubbleUntil = 1
    }
  }

  clear(): void {
    for (const label of this.#labels.values()) label.root.remove()
    this.#labels.clear()
  }

  #create(slot: number): Label {
    const root = element('div', 'label hidden')
    const bubble = element('div', 'label-bubble')
    const name = element('div', 'label-name')
    const track = element('div', 'label-cooldown hidden')
    const cooldown = element('i', '')
    track.append(cooldown)
    root.append(bubble, name, track)
    if (slot === BOT_SLOT) root.classList.add('bot')
    this.#parent.append(root)
    const label = { root, name, bubble, cooldown, text: '', color: '', shown: false, ready: 1, bubbleUntil: 0 }
    this.#labels.set(slot, label)
    return label
  }
}

function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  return made
}

// Lies over the picture while a broken line is tried again: what is seen stands still, and nobody should wonder why.

import { el } from './dom.ts'
import type { SumoMatch } from './scene.ts'

/** Returns its stop. */
export function attachConnectionVeil(match: SumoMatch, parent: HTMLElement): () => void {
  const veil = el(
    'div',
    { class: 'veil hidden', role: 'status' },
    el('div', { class: 'spinner' }),
    el('p', { text: 'Connection lost: trying again…' }),
  )
  const show = (): void => void veil.classList.toggle('hidden', match.state !== 'reconnecting')
  parent.append(veil)
  show()
  const undo = (['reconnecting', 'reconnected', 'ready', 'start'] as const).map(type => match.on(type, show))
  return () => {
    for (const run of undo) run()
    veil.remove()
  }
}

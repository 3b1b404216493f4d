// The bad network: what the match does to each message of this page, set while it runs.

import type { NetworkConditions } from '@lockstride/core'
import { el } from './dom.ts'
import { conditions } from './params.ts'
import type { SumoMatch } from './scene.ts'
import { keepKeys } from './typing.ts'

export function networkPanel(match: SumoMatch, initial: NetworkConditions | null): HTMLElement {
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
    // Arrow keys steer: the slider has them only while somebody came to it by keyboard.
    input.addEventListener('pointerup', () => input.blur())
    keepKeys(input)
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

// A stick that appears where the left thumb lands, and a dash button for the right one. Only shown after a first touch.

import { el } from './dom.ts'
import type { SumoInput, SumoMatch } from './scene.ts'
import { TICKS } from './sumo-terms.ts'

const REACH_PX = 56
const DEAD_ZONE = 0.16

export interface TouchControls {
  sample: () => SumoInput
  dispose(): void
}

export function createTouchControls(parent: HTMLElement, match: SumoMatch): TouchControls {
  const knob = el('i')
  const stick = el('div', { class: 'stick' }, knob)
  const pad = el('div', { class: 'stick-area' }, stick)
  const dashButton = el(
    'button',
    { class: 'dash-button', type: 'button', 'aria-label': 'Dash' },
    el('span', { text: 'Dash' }),
  )
  const root = el('div', { class: 'touch-controls' }, pad, dashButton)
  parent.append(root)

  let pointer = -1
  let originX = 0
  let originY = 0
  let moveX = 0
  let moveY = 0
  let dash = false

  const release = (): void => {
    pointer = -1
    moveX = moveY = 0
    stick.classList.remove('held')
    stick.style.removeProperty('left')
    stick.style.removeProperty('top')
    knob.style.transform = ''
  }
  pad.addEventListener('pointerdown', event => {
    if (pointer !== -1) return
    pointer = event.pointerId
    pad.setPointerCapture(pointer)
    const box = pad.getBoundingClientRect()
    originX = event.clientX
    originY = event.clientY
    stick.style.left = `${originX - box.left}px`
    stick.style.top = `${originY - box.top}px`
    stick.classList.add('held')
    event.preventDefault()
  })
  pad.addEventListener('pointermove', event => {
    if (event.pointerId !== pointer) return
    let x = (event.clientX - originX) / REACH_PX
    let y = (event.clientY - originY) / REACH_PX
    const length = Math.hypot(x, y)
    if (length > 1) {
      x /= length
      y /= length
    }
    knob.style.transform = `translate(${x * REACH_PX * 0.7}px, ${y * REACH_PX * 0.7}px)`
    const alive = length > DEAD_ZONE
    moveX = alive ? Math.round(x * 127) : 0
    moveY = alive ? Math.round(y * 127) : 0
  })
  for (const type of ['pointerup', 'pointercancel', 'lostpointercapture'] as const)
    pad.addEventListener(type, event => event.pointerId === pointer && release())

  const setDash = (held: boolean): void => {
    dash = held
    dashButton.classList.toggle('held', held)
  }
  dashButton.addEventListener('pointerdown', event => {
    setDash(true)
    event.preventDefault()
  })
  for (const type of ['pointerup', 'pointercancel', 'pointerleave'] as const)
    dashButton.addEventListener(type, () => setDash(false))

  // Who steers by thumbs looks at the button: it fills while the next dash loads.
  let charge = 1
  const stopCharging = match.view.onUpdate(() => {
    const { view } = match
    for (const e of view.query('Disc')) {
      if (view.Disc.slot[e] !== match.slot) continue
      const next = 1 - Math.ceil((view.Disc.cooldown[e] / TICKS.cooldown) * 20) / 20
      if (next === charge) return
      charge = next
      dashButton.style.setProperty('--charge', String(charge))
    }
  })

  const show = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') document.documentElement.classList.add('has-touch')
  }
  const neutral = (): void => {
    release()
    setDash(false)
  }
  if (matchMedia('(pointer: coarse)').matches) document.documentElement.classList.add('has-touch')
  window.addEventListener('pointerdown', show, { capture: true })
  window.addEventListener('blur', neutral)

  return {
    sample: () => ({ moveX, moveY, dash }),
    dispose() {
      stopCharging()
      window.removeEventListener('pointerdown', show, { capture: true })
      window.removeEventListener('blur', neutral)
      root.remove()
    },
  }
}

// Who is in the match, best first; and for who may, a button in each row that mutes.

import { el, icon, roundButton, setText } from './dom.ts'
import type { Moderator } from './moderator.ts'
import type { Roster } from './roster.ts'
import type { SumoMatch } from './scene.ts'
import { BOT_SLOT, DISC_STATE, PHASE } from './sumo-terms.ts'

export interface ScoreboardOptions {
  match: SumoMatch
  roster: Roster
  moderator: Moderator
  /** A line in the chat that nobody wrote. */
  say: (text: string) => void
}

export interface Scoreboard {
  readonly root: HTMLElement
  refresh(): void
}

interface Row {
  readonly root: HTMLElement
  readonly name: HTMLElement
  readonly score: HTMLElement
  /** Null: this row is nobody who talks to us. */
  readonly mute: HTMLButtonElement | null
}

interface Entry {
  readonly slot: number
  /** Null: is not in this round. */
  readonly score: number | null
  readonly fell: boolean
}

export function createScoreboard({ match, roster, moderator, say }: ScoreboardOptions): Scoreboard {
  const root = el('ol', { class: 'scores', 'aria-label': 'Scores' })
  const rows = new Map<number, Row>()

  function entries(): Entry[] {
    const { view } = match
    const found: Entry[] = []
    let plays = false
    for (const e of view.query('Arena')) plays = view.Arena.phase[e] === PHASE.play
    for (const e of view.query('Disc'))
      found.push({
        slot: view.Disc.slot[e],
        score: view.Disc.score[e],
        fell: plays && view.Disc.state[e] !== DISC_STATE.standing,
      })
    for (const { slot } of roster.players)
      if (!found.some(entry => entry.slot === slot)) found.push({ slot, score: null, fell: false })
    return found.sort((a, b) => (b.score ?? -1) - (a.score ?? -1) || a.slot - b.slot)
  }

  function refresh(): void {
    const seen = new Set<number>()
    entries().forEach(({ slot, score, fell }, index) => {
      seen.add(slot)
      const row = rows.get(slot) ?? createRow(slot)
      row.root.style.setProperty('--color', roster.color(slot).hex)
      row.root.style.order = String(index)
      row.root.classList.toggle('own', slot === match.slot)
      row.root.classList.toggle('waiting', score === null)
      row.root.classList.toggle('fell', fell)
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

  function createRow(slot: number): Row {
    const name = el('span', { class: 'name' })
    const score = el('b')
    const mute = slot === BOT_SLOT || slot === match.slot ? null : muteButton(slot)
    const row = { root: el('li', {}, el('i'), name, score, mute), name, score, mute }
    rows.set(slot, row)
    root.append(row.root)
    return row
  }

  function muteButton(slot: number): HTMLButtonElement {
    return roundButton('talk', '', () => {
      void moderator.mute(slot, !moderator.isMuted(slot), roster.name(slot)).then(sentence => {
        say(sentence)
        refresh()
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

  return { root, refresh }
}

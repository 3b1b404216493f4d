// The scripts of the match, to read and to change while it is played: what is applied here runs on every machine from one tick on.

import { el, icon } from './dom.ts'
import type { Roster } from './roster.ts'
import type { SumoMatch } from './scene.ts'
import type { ScriptEditor } from './script-editor.ts'
import { keepKeys } from './typing.ts'

type Editor = typeof import('./script-editor.ts')

export interface ScriptPanel {
  toggle(): void
  dispose(): void
}

export interface ScriptPanelOptions {
  match: SumoMatch
  /** The game's element; it makes room for the panel. */
  game: HTMLElement
  roster: Roster
  /** Tells everyone here in a line. */
  say: (text: string) => void
  /** A script is wrong, or none is any more. */
  onTrouble: (trouble: boolean) => void
}

interface Trouble {
  /** 0: no line is known. */
  readonly line: number
  readonly text: string
  /** It is about what was sent and not taken; else about what runs. */
  readonly ofDraft: boolean
  readonly tick: number
}

/** What is known of a script. */
interface Known {
  /** The text that runs; null: not asked for yet. */
  running: string | null
  /** What was typed and not applied; null: nothing. */
  draft: string | null
  /** What is wrong with it, and where. */
  trouble: Trouble | null
  /** What happened to it last. */
  status: string
}

export function createScriptPanel(options: ScriptPanelOptions): ScriptPanel {
  const { match, game, roster, say, onTrouble } = options
  const watching = match.slot === null
  const known = new Map<string, Known>()
  const tabs = el('div', { class: 'script-tabs', role: 'tablist' })
  const host = el('div', { class: 'script-text' })
  const status = el('p', { class: 'script-status', role: 'status' })
  const applyButton = el('button', {
    type: 'button',
    class: 'primary',
    title: 'Ctrl+Enter',
    on: { click: () => apply() },
  })
  applyButton.textContent = 'Apply for everyone'
  const runningButton = el('button', {
    type: 'button',
    class: 'link',
    text: 'Undo my changes',
    on: { click: () => revert() },
  })
  const resetButton = el('button', { type: 'button', class: 'link', text: 'Original', on: { click: () => reset() } })
  resetButton.title = 'The text that Sumo came with'
  const close = el(
    'button',
    { type: 'button', class: 'round', title: 'Close', 'aria-label': 'Close the scripts', on: { click: () => hide() } },
    icon('close'),
  )
  const root = el(
    'section',
    { class: 'script-panel hidden', 'aria-label': 'Scripts' },
    el('header', {}, tabs, close),
    host,
    status,
    el('footer', {}, runningButton, resetButton, applyButton),
  )
  game.append(root)
  keepKeys(root)

  let loading: Promise<Editor> | null = null
  let module: Editor | null = null
  let editor: ScriptEditor | null = null
  let current = ''
  /** The editor shows a text, and nobody types. */
  let showing = false
  let disposed = false

  const of = (name: string): Known => {
    let one = known.get(name)
    if (!one) known.set(name, (one = { running: null, draft: null, trouble: null, status: '' }))
    return one
  }

  async function show(): Promise<void> {
    root.classList.remove('hidden')
    game.classList.add('coding')
    if (editor) {
      editor.focus()
      return
    }
    status.textContent = 'Loading the editor…'
    try {
      loading ??= import('./script-editor.ts')
      module = await loading
    } catch (error) {
      loading = null
      status.textContent = `The editor could not be loaded (${error instanceof Error ? error.message : String(error)}). Close it and try again.`
      return
    }
    if (disposed || editor) return
    editor = module.createScriptEditor({ parent: host, readOnly: watching, onApply: () => apply(), onChange: typed })
    for (const name of Object.keys(module.originalScripts())) {
      const tab = el('button', { type: 'button', role: 'tab', text: name, on: { click: () => void pick(name) } })
      tab.dataset.name = name
      tabs.append(tab)
    }
    await pick(Object.keys(module.originalScripts())[0])
    editor.focus()
  }

  function hide(): void {
    root.classList.add('hidden')
    game.classList.remove('coding')
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  }

  async function pick(name: string): Promise<void> {
    current = name
    const one = of(name)
    if (one.running === null) await ask(name)
    // Meanwhile another one was picked.
    if (current === name && !disposed) showText(one)
  }

  /** Learns the text that runs. A match that is over, or comes back just now, has none to tell. */
  async function ask(name: string): Promise<void> {
    const one = of(name)
    try {
      one.running = await match.script(name)
    } catch (error) {
      one.status = error instanceof Error ? error.message : String(error)
    }
  }

  function showText(one: Known): void {
    showing = true
    editor?.show(one.draft ?? one.running ?? '')
    showing = false
    refresh()
  }

  function typed(): void {
    if (showing || !editor) return
    const one = of(current)
    one.draft = editor.text === one.running ? null : editor.text
    // What is marked is about another text now.
    if (one.trouble?.ofDraft) one.trouble = null
    one.status = ''
    refresh()
  }

  function refresh(): void {
    const one = of(current)
    for (const tab of tabs.children as Iterable<HTMLElement> & HTMLCollection) {
      const { name = '' } = tab.dataset
      tab.setAttribute('aria-selected', String(name === current))
      tab.classList.toggle('changed', of(name).draft !== null)
      tab.classList.toggle('trouble', of(name).trouble !== null)
    }
    status.textContent = one.trouble?.text ?? (one.status || hint(one))
    status.classList.toggle('trouble', one.trouble !== null)
    // A mistake in what runs is not marked in another text.
    const fits = one.trouble !== null && (one.trouble.ofDraft || one.draft === null)
    editor?.mark(fits ? one.trouble!.line : 0)
    const original = module?.originalScripts()[current]?.text
    applyButton.disabled = watching || one.draft === null
    runningButton.classList.toggle('hidden', one.draft === null)
    resetButton.classList.toggle(
      'hidden',
      watching || original === undefined || (one.draft ?? one.running) === original,
    )
    onTrouble([...known.values()].some(each => each.trouble !== null))
  }

  function hint(one: Known): string {
    if (watching) return 'Who watches can read the scripts; players change them.'
    return one.draft === null
      ? 'This runs on every machine of the match. Change it while you play.'
      : 'Not applied yet: Ctrl+Enter.'
  }

  function apply(): void {
    const one = of(current)
    if (watching || one.draft === null) return
    const name = current
    one.trouble = null
    one.status = 'Sent to everyone…'
    refresh()
    match.setScript(name, one.draft).catch((error: unknown) => {
      one.status = ''
      one.trouble = { line: 0, text: error instanceof Error ? error.message : String(error), ofDraft: true, tick: 0 }
      refresh()
    })
  }

  function revert(): void {
    const one = of(current)
    one.draft = null
    if (one.trouble?.ofDraft) one.trouble = null
    showText(one)
    editor?.focus()
  }

  function reset(): void {
    const original = module?.originalScripts()[current]?.text
    const one = of(current)
    if (original === undefined) return
    one.draft = original === one.running ? null : original
    showText(one)
    apply()
  }

  const undo = match.on('script', news => {
    const { what, script: name, line, tick, message, slot } = news
    if (what === 'log') return
    const one = of(name)
    const own = slot === match.slot
    if (what === 'replaced') {
      // That it runs is told once it is certain: what is wrong with it may be known already.
      if (one.trouble !== null && (one.trouble.ofDraft || one.trouble.tick < tick)) one.trouble = null
      if (slot >= 0) say(`${own ? 'You' : roster.name(slot)} changed ${name}.`)
      one.status =
        slot < 0 ? `Replaced at tick ${tick}.` : `${own ? 'You' : roster.name(slot)} applied this at tick ${tick}.`
      void take(name, own)
      return
    }
    // Another player's text that was of no use changed nothing here.
    if (what === 'refused' && !own) return
    const place = line > 0 ? `${name}:${line}: ` : `${name}: `
    one.trouble = { line, text: `${place}${message}`, ofDraft: what === 'refused', tick }
    one.status = ''
    refresh()
  })

  /** Another text runs. Who was typing keeps the draft. */
  async function take(name: string, own: boolean): Promise<void> {
    const one = of(name)
    const typing = one.draft !== null && !own
    const sent = one.draft
    await ask(name)
    if (disposed) return
    // What was typed since it was sent is a draft still.
    const mine = own && name === current && editor ? editor.text : sent
    one.draft = mine !== null && mine !== one.running && (typing || own) ? mine : null
    if (typing) one.status += ' Yours is not applied.'
    if (name !== current || !editor) return refresh()
    if (editor.text === (one.draft ?? one.running)) refresh()
    else showText(one)
  }

  return {
    toggle: () => (root.classList.contains('hidden') ? void show() : hide()),
    dispose() {
      disposed = true
      undo()
      editor?.dispose()
      root.remove()
      game.classList.remove('coding')
    },
  }
}

// Shows on the page what went wrong in the rules or their scripts, while developing: the message, the file and line, the tick. Text
// only: what it shows comes from errors, and may hold anything.

import type { Match, MatchEvents, RulesFault } from './match.ts'

/**
 * Shows this match's errors of rules and scripts, until the rules, or the script's text, are replaced. Does nothing without a document.
 * Returns its stop.
 */
export function attachOverlay(match: Pick<Match, 'on'>): () => void {
  if (typeof document === 'undefined') return () => {}
  let panel: HTMLElement | null = null
  let shown = 0
  let scriptTick = 0
  const hide = (): void => {
    shown++
    panel?.remove()
    panel = null
  }
  const show = (fault: RulesFault): void => {
    hide()
    const current = shown
    const place = element('div', PLACE, whereText(fault.file, fault.line, fault.tick))
    // The place is shown below, where the written line takes that of the line that ran.
    const message = fault.message.replace(` (${fault.file}:${fault.line})`, '')
    panel = buildPanel('The rules threw an error', message, place, hide)
    document.body.append(panel)
    // The worker runs what the dev server made of the source: its line is found in the map, when there is one.
    void import('./source-position.ts')
      .then(({ sourcePosition }) => sourcePosition(fault.stack, fault.file, fault.line))
      .then(
        found => {
          if (found !== null && current === shown) place.textContent = whereText(found.file, found.line, fault.tick)
        },
        () => {},
      )
  }
  const tell = (news: MatchEvents['script']): void => {
    // That another text runs is told once it is certain: what is shown may be of that text.
    if (news.what === 'replaced' && news.tick > scriptTick) hide()
    if (news.level !== 'error') return
    hide()
    scriptTick = news.tick
    const place = element('div', PLACE, whereText(news.script, news.line, news.tick))
    panel = buildPanel(SCRIPT_TITLES[news.what] ?? 'A script has an error', news.message, place, hide)
    panel.append(element('div', 'opacity:.75;margin-top:6px;white-space:pre-wrap', news.traceback))
    document.body.append(panel)
  }
  const escape = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') hide()
  }
  document.addEventListener('keydown', escape)
  const stops = [match.on('error', show), match.on('script', tell), match.on('rules', hide)]
  return () => {
    hide()
    document.removeEventListener('keydown', escape)
    for (const stop of stops) stop()
  }
}

const PLACE = 'opacity:.75;margin-top:6px'
const SCRIPT_TITLES: Readonly<Record<string, string | undefined>> = {
  stopped: 'A script was stopped',
  refused: "A script's new text is of no use: the old one goes on",
}

function buildPanel(title: string, message: string, place: HTMLElement, dismiss: () => void): HTMLElement {
  const panel = element(
    'div',
    'position:fixed;z-index:2147483647;left:16px;right:16px;bottom:16px;max-width:760px;max-height:50vh;margin:0 auto;' +
      'overflow:auto;box-sizing:border-box;padding:14px 44px 14px 18px;border-left:4px solid #ff5c57;border-radius:6px;' +
      'background:#1b1d23;color:#f3f4f6;box-shadow:0 8px 32px rgba(0,0,0,.45);font:13px/1.5 ui-monospace,Menlo,Consolas,monospace',
  )
  panel.setAttribute('role', 'alert')
  panel.dataset.lockstride = 'overlay'
  const close = element(
    'button',
    'position:absolute;top:8px;right:10px;padding:2px 8px;border:0;background:none;color:inherit;font:inherit;cursor:pointer',
    '×',
  )
  close.setAttribute('aria-label', 'Dismiss')
  close.addEventListener('click', dismiss)
  panel.append(
    close,
    element('div', 'color:#ff8a85;font-weight:700', title),
    element('div', 'margin-top:6px;white-space:pre-wrap;overflow-wrap:anywhere', message),
    place,
    element('div', 'opacity:.75', 'Save the file: it is loaded again.'),
  )
  return panel
}

function whereText(file: string, line: number, tick: number): string {
  const at = file === '' ? '' : `${file}:${line} · `
  return `${at}tick ${tick}`
}

function element(tag: string, style: string, text = ''): HTMLElement {
  const made = document.createElement(tag)
  made.style.cssText = style
  made.textContent = text
  return made
}

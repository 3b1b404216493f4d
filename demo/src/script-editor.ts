// The text field of the script panel: CodeMirror with Lua's words in colour, and a mark at the line of an error. Loaded when the
// panel is opened for the first time, with the texts that Sumo came with.

import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { HighlightStyle, StreamLanguage, bracketMatching, indentUnit, syntaxHighlighting } from '@codemirror/language'
import { lua } from '@codemirror/legacy-modes/mode/lua'
import { EditorState, StateEffect, StateField } from '@codemirror/state'
import { Decoration, EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import type { DecorationSet } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { sumoScripts } from './sumo-scripts.ts'

export interface ScriptEditor {
  readonly text: string
  /** Another text: what was typed before cannot be brought back by undo. */
  show(text: string): void
  /** Marks a line, from 1 on, and scrolls to it; 0: none. */
  mark(line: number): void
  focus(): void
  dispose(): void
}

let originals: Readonly<Record<string, { readonly text: string }>> = sumoScripts

/** Names and texts as they came with Sumo. */
export function originalScripts(): typeof originals {
  return originals
}

// Saving a script swaps it in the workers; here it is only the text to come back to.
if (import.meta.hot) {
  import.meta.hot.accept('./sumo-scripts.ts', changed => {
    if (changed) originals = (changed as unknown as typeof import('./sumo-scripts.ts')).sumoScripts
  })
}

const markLine = StateEffect.define<number>()
const errorLine = Decoration.line({ class: 'cm-error-line' })
const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(set, transaction) {
    let next = set.map(transaction.changes)
    for (const effect of transaction.effects) {
      if (!effect.is(markLine)) continue
      const { doc } = transaction.state
      const is = effect.value >= 1 && effect.value <= doc.lines
      next = is ? Decoration.set([errorLine.range(doc.line(effect.value).from)]) : Decoration.none
    }
    return next
  },
  provide: field => EditorView.decorations.from(field),
})

const colors = HighlightStyle.define([
  { tag: tags.comment, color: '#9a8fc4', fontStyle: 'italic' },
  { tag: tags.keyword, color: '#ff9d7a' },
  { tag: [tags.string, tags.special(tags.string)], color: '#a9dc86' },
  { tag: [tags.number, tags.bool, tags.atom], color: '#ffcf5c' },
  { tag: tags.standard(tags.variableName), color: '#7fc4ff' },
])

const look = EditorView.theme(
  {
    '&': { height: '100%', backgroundColor: 'transparent', color: '#fff4e0' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': { fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace' },
    '.cm-content': { caretColor: '#ffc53d', paddingBottom: '40%' },
    '.cm-cursor': { borderLeftColor: '#ffc53d', borderLeftWidth: '2px' },
    '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: '#5b49a880 !important' },
    '.cm-gutters': { backgroundColor: 'transparent', color: '#7a6fa8', border: '0' },
    '.cm-activeLine': { backgroundColor: 'rgba(255, 244, 224, 0.05)' },
    '.cm-error-line': { backgroundColor: 'rgba(255, 91, 74, 0.28)', boxShadow: 'inset 3px 0 0 #ff5b4a' },
    '.cm-matchingBracket': { backgroundColor: 'rgba(255, 197, 61, 0.3) !important' },
  },
  { dark: true },
)

export function createScriptEditor(options: {
  parent: HTMLElement
  readOnly: boolean
  onApply: () => void
  onChange: () => void
}): ScriptEditor {
  const { onApply, onChange } = options
  const apply = (): boolean => {
    onApply()
    return true
  }
  const extensions = [
    lineNumbers(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    bracketMatching(),
    indentUnit.of('  '),
    StreamLanguage.define(lua),
    syntaxHighlighting(colors),
    look,
    marked,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': 'Script', spellcheck: 'false', autocapitalize: 'off' }),
    EditorState.readOnly.of(options.readOnly),
    EditorView.updateListener.of(update => update.docChanged && onChange()),
    keymap.of([
      { key: 'Mod-Enter', run: apply },
      { key: 'Mod-s', run: apply },
      indentWithTab,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
  ]
  const view = new EditorView({ parent: options.parent, state: EditorState.create({ extensions }) })

  return {
    get text() {
      return view.state.doc.toString()
    },
    show(text) {
      view.setState(EditorState.create({ doc: text, extensions }))
    },
    mark(line) {
      const { doc } = view.state
      const at = line >= 1 && line <= doc.lines ? doc.line(line).from : null
      view.dispatch({
        effects: [markLine.of(line), ...(at === null ? [] : [EditorView.scrollIntoView(at, { y: 'center' })])],
      })
    },
    focus: () => view.focus(),
    dispose: () => view.destroy(),
  }
}

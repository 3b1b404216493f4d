// As much of a page as the page's files touch: windows that lose the focus, documents with elements.

import { vi } from 'vitest'

/** A target that counts its listeners. */
export class FakeTarget {
  readonly #listeners = new Map<string, Set<(event: never) => void>>()

  addEventListener(type: string, run: (event: never) => void): void {
    if (!this.#listeners.has(type)) this.#listeners.set(type, new Set())
    this.#listeners.get(type)!.add(run)
  }

  removeEventListener(type: string, run: (event: never) => void): void {
    this.#listeners.get(type)?.delete(run)
  }

  dispatch(type: string, event: object = {}): void {
    for (const run of this.#listeners.get(type) ?? []) run(event as never)
  }

  get listenerCount(): number {
    let count = 0
    for (const set of this.#listeners.values()) count += set.size
    return count
  }
}

export class FakeElement extends FakeTarget {
  readonly tagName: string
  readonly style = { cssText: '' }
  readonly dataset: Record<string, string> = {}
  readonly attributes: Record<string, string> = {}
  readonly children: FakeElement[] = []
  parent: FakeElement | null = null
  #text = ''

  constructor(tagName: string) {
    super()
    this.tagName = tagName.toUpperCase()
  }

  get textContent(): string {
    return this.#text + this.children.map(child => child.textContent).join('\n')
  }

  set textContent(text: string) {
    this.#text = text
    this.children.length = 0
  }

  append(...children: FakeElement[]): void {
    for (const child of children) {
      child.parent = this
      this.children.push(child)
    }
  }

  remove(): void {
    const { parent } = this
    if (parent !== null) parent.children.splice(parent.children.indexOf(this), 1)
    this.parent = null
  }

  setAttribute(name: string, value: string): void {
    this.attributes[name] = value
  }

  getAttribute(name: string): string | null {
    return this.attributes[name] ?? null
  }
}

export class FakeDocument extends FakeTarget {
  readonly body = new FakeElement('body')
  hidden = false
  focused = true
  activeElement: FakeElement | null = null

  createElement(tagName: string): FakeElement {
    return new FakeElement(tagName)
  }

  hasFocus(): boolean {
    return this.focused
  }
}

/** Puts a page around the test; `vi.unstubAllGlobals()` takes it away. */
export function stubPage(): { window: FakeTarget; document: FakeDocument } {
  const page = { window: new FakeTarget(), document: new FakeDocument() }
  vi.stubGlobal('window', page.window)
  vi.stubGlobal('document', page.document)
  return page
}

// Page elements without markup strings: what players type lands in text nodes only.

type Child = Node | string | null | false | undefined

type Handlers = Partial<Record<keyof HTMLElementEventMap, (event: Event) => void>>

interface Attributes {
  class?: string
  text?: string
  on?: Handlers
  style?: Record<string, string>
  [name: string]: string | number | boolean | null | undefined | Handlers | Record<string, string>
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  const { class: className, text, on, style, ...others } = attributes
  if (className !== undefined) made.className = className
  if (text !== undefined) made.textContent = text
  for (const [type, run] of Object.entries(on ?? {})) made.addEventListener(type, run)
  for (const [name, value] of Object.entries(style ?? {})) made.style.setProperty(name, value)
  for (const [name, value] of Object.entries(others)) {
    if (value === true) made.setAttribute(name, '')
    else if (typeof value === 'string' || typeof value === 'number') made.setAttribute(name, String(value))
  }
  for (const child of children) if (child) made.append(child)
  return made
}

const ICONS = {
  copy: 'M9 9V5a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-4M5 9h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1z',
  check: 'M4 12.5l5.5 5.5L20 6.5',
  sound: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  silent: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  network: 'M4 18v-3M9 18v-6M14 18V9M19 18V5',
  flat: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
  solid: 'M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12L4 7.5',
  leave: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  watch: 'M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  talk: 'M4 5h16v11H11l-4.5 4v-4H4z',
  smile: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM8.2 14a4.6 4.6 0 0 0 7.6 0M9 9.4v.4M15 9.4v.4',
  script: 'M8.5 7L4 12l4.5 5M15.5 7l4.5 5-4.5 5M13.6 5l-3.2 14',
  close: 'M6 6l12 12M18 6L6 18',
  muted: 'M4 5h16v11H11l-4.5 4v-4H4zM9 8.3l6 5M15 8.3l-6 5',
} as const

export type IconName = keyof typeof ICONS

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', ICONS[name])
  svg.append(path)
  return svg
}

export function roundButton(name: IconName, title: string, run: () => void): HTMLButtonElement {
  const made = el('button', { type: 'button', class: 'round', title, 'aria-label': title }, icon(name))
  made.addEventListener('click', () => {
    run()
    // Or space would press it again instead of dashing.
    made.blur()
  })
  return made
}

export function setText(node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

// What a duel's path is called on the page.

import type { SumoMatch } from './scene.ts'

type Path = SumoMatch['path']

/** In a sentence. */
export function pathText(path: Path): string {
  if (path === null) return 'Connecting…'
  return path === 'direct' ? 'Connected directly, browser to browser.' : 'Connected over the relay.'
}

/** In the corner. */
export function pathLabel(path: Path): string {
  if (path === null) return '…'
  return path === 'direct' ? 'direct' : 'over the relay'
}

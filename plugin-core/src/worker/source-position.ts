// Finds the line that a developer wrote from the line that ran: reads the inline source map that a dev server puts at
// the end of a module. Loaded by the overlay only, when there is an error to show.

export interface SourcePosition {
  readonly file: string
  readonly line: number
}

interface SourceMap {
  readonly sources: readonly (string | null)[]
  readonly sourceRoot?: string
  readonly mappings: string
}

const INLINE_MAP = /\/\/[#@] sourceMappingURL=data:application\/json[^,]*;base64,([A-Za-z0-9+/=]+)\s*$/

/**
 * The written position of a position that ran. The column is taken from the stack, where it names the same line; the
 * first of the line otherwise. Null when the module has no inline map, or cannot be read.
 */
export async function sourcePosition(stack: string, file: string, line: number): Promise<SourcePosition | null> {
  const frame = frameAt(stack, file, line)
  if (frame === null) return null
  const answer = await fetch(frame.url)
  if (!answer.ok) return null
  const inline = INLINE_MAP.exec(await answer.text())
  if (inline === null) return null
  const bytes = Uint8Array.from(atob(inline[1]), character => character.charCodeAt(0))
  const map = JSON.parse(new TextDecoder().decode(bytes)) as SourceMap
  const found = originalPosition(map, line, frame.column)
  if (found === null) return null
  // Vite names the source by its file name alone: the module's own address says the folder.
  const { pathname } = new URL(found.file, frame.url)
  return { file: decodeURIComponent(pathname).replace(/^\//, ''), line: found.line }
}

/** The address and column of the stack's line that names this position; any engine's stack ends it by `url:line:column`. */
function frameAt(stack: string, file: string, line: number): { url: string; column: number } | null {
  for (const text of stack.split('\n')) {
    const match = /((?:https?|file|blob):[^\s()]+?):(\d+):(\d+)\)?$/.exec(text.trim())
    if (match === null || Number(match[2]) !== line) continue
    const url = match[1]
    if (url.includes(file.replace(/[?#].*$/, ''))) return { url, column: Number(match[3]) }
  }
  return /^https?:/.test(file) ? { url: file, column: 1 } : null
}

/** @internal Line and column count from 1. The last mapping at or before the column, else the line's first. */
export function originalPosition(map: SourceMap, line: number, column: number): SourcePosition | null {
  const lines = map.mappings.split(';')
  let source = 0
  let sourceLine = 0
  let found: SourcePosition | null = null
  for (let l = 0; l < Math.min(line, lines.length); l++) {
    let generatedColumn = 0
    for (const segment of lines[l].split(',')) {
      if (segment === '') continue
      const deltas = decodeVlq(segment)
      generatedColumn += deltas[0]
      if (deltas.length < 4) continue
      source += deltas[1]
      sourceLine += deltas[2]
      const here = l === line - 1 && (found === null || generatedColumn < column)
      if (here) found = { file: `${map.sourceRoot ?? ''}${map.sources[source] ?? ''}`, line: sourceLine + 1 }
    }
  }
  return found
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 VLQ of source maps: five bits a digit, low ones first, the sign in the lowest. */
function decodeVlq(segment: string): number[] {
  const numbers: number[] = []
  let value = 0
  let shift = 0
  for (const character of segment) {
    const digit = DIGITS.indexOf(character)
    value |= (digit & 31) << shift
    shift += 5
    if ((digit & 32) !== 0) continue
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1)
    value = 0
    shift = 0
  }
  return numbers
}

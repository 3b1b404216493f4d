// What the rules threw, with the place where they did: file, line and tick.

/** A mistake of the rules' author that our own code found. `below` is what the rules called: the stack begins with who called it. */
export function mistake(message: string, below: (...args: never[]) => unknown): Error {
  const error = new Error(message)
  const capture = (Error as { captureStackTrace?: (error: Error, below: unknown) => void }).captureStackTrace
  capture?.(error, below)
  return error
}

export class RulesError extends Error {
  readonly tick: number
  /** Where the rules threw; empty when the engine does not say. */
  readonly file: string
  readonly line: number

  constructor(tick: number, cause: unknown) {
    // What is no error has no stack: nobody knows where it was thrown.
    const [text, stack, frames] =
      cause instanceof Error ? [cause.message, cause.stack, framesOf(cause)] : [String(cause), '', '']
    const { file, line } = placeOf(frames)
    const place = file === '' ? '' : ` (${file}:${line})`
    super(`the rules threw at tick ${tick}${place}: ${text}`, { cause })
    this.name = 'RulesError'
    this.tick = tick
    this.file = file
    this.line = line
    this.stack = `${this.name}: ${this.message}\n${stack ?? ''}`
  }
}

// V8 puts the message before the frames, and a message may look like one.
function framesOf(error: Error): string {
  const stack = error.stack ?? ''
  const at = error.message === '' ? -1 : stack.indexOf(error.message)
  return at < 0 || at > 100 ? stack : stack.slice(at + error.message.length)
}

/**
 * The place in the rules that a stack names: the first one that is not in this library, else the first one. Reads the
 * stacks of V8, SpiderMonkey and JavaScriptCore.
 */
export function placeOf(stack: string, ours = LIBRARY_FOLDER): { file: string; line: number } {
  let first = NOWHERE
  for (const row of stack.split('\n')) {
    const place = placeIn(row.trim())
    if (place === null || place.file.startsWith('node:')) continue
    if (ours === '' || !place.file.replace(FILE_SCHEME, '').startsWith(ours)) return place
    if (first === NOWHERE) first = place
  }
  return first
}

const NOWHERE = { file: '', line: 0 }
const FILE_SCHEME = /^file:\/\//

// Unbundled, all of this library lies beside this file. In a bundle nobody can tell it from the rules by its place;
// there the cut that `mistake` makes has to do.
const LIBRARY_FOLDER = libraryFolder()
function libraryFolder(): string {
  const here = /^(.*\/)sim\/rules-error\.[jt]s$/.exec(import.meta.url.replace(/[?#].*$/, ''))
  return here === null ? '' : here[1].replace(FILE_SCHEME, '')
}

function placeIn(row: string): { file: string; line: number } | null {
  const found =
    // V8: `at step (file:1:2)`, `at async file:1:2`
    /^at .*?\((.+):(\d+):\d+\)$/.exec(row) ??
    /^at (?:async )?(.+):(\d+):\d+$/.exec(row) ??
    // The others: `step@file:1:2`; a function without a name may lack the @. Addresses may hold an @ of their own.
    /^(?:(?!\w+:\/\/)[^@]*@)?(.+?):(\d+)(?::\d+)?$/.exec(row)
  return found === null ? null : { file: found[1], line: Number(found[2]) }
}

// What the rules threw, with the place where they did: file, line and tick.

/** A mistake of the rules' author that our own code found: its stack begins in the rules. */
export function mistake(message: string, below: (...args: never[]) => unknown): Error {
  const error = new Error(message)
  const capture = (Error as { captureStackTrace?: (error: Error, below: unknown) => void }).captureStackTrace
  if (capture !== undefined) capture(error, below)
  else if (error.stack !== undefined) error.stack = error.stack.split('\n').slice(2).join('\n')
  return error
}

export class RulesError extends Error {
  readonly tick: number
  /** Where the rules threw; empty when the engine does not say. */
  readonly file: string
  readonly line: number

  constructor(tick: number, cause: unknown) {
    const thrown = cause instanceof Error ? cause : new Error(String(cause))
    const { file, line } = placeOf(thrown.stack ?? '')
    const place = file === '' ? '' : ` (${file}:${line})`
    super(`the rules threw at tick ${tick}${place}: ${thrown.message}`, { cause })
    this.name = 'RulesError'
    this.tick = tick
    this.file = file
    this.line = line
    this.stack = `${this.name}: ${this.message}\n${thrown.stack ?? ''}`
  }
}

/** The first place that a stack names, in the words of V8, SpiderMonkey and JavaScriptCore. */
export function placeOf(stack: string): { file: string; line: number } {
  for (const row of stack.split('\n')) {
    const v8 = /^\s*at .*?\(?([^()\s]+):(\d+):\d+\)?$/.exec(row)
    const others = /^[^@]*@(.+?):(\d+)(?::\d+)?$/.exec(row)
    const place = v8 ?? others
    if (place !== null) return { file: place[1].replace(/^.*\(/, ''), line: Number(place[2]) }
  }
  return { file: '', line: 0 }
}

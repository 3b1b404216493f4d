// Writes down what a transport tells, as lines that a test can compare.

import type { TransportEvents } from '../../src/transport/transport.ts'

export interface Recorder extends TransportEvents {
  /** 'joined 0', 'message 0: 1 2 3', 'left 0: reason (cause)', in their order. */
  readonly lines: string[]
  /** Resolves when a line begins with this; rejects with what came instead after `withinMs`. */
  until(beginning: string, withinMs?: number): Promise<string>
}

export function recorder(): Recorder {
  const lines: string[] = []
  const waiting: { beginning: string; tell: (line: string) => void }[] = []
  const add = (line: string): void => {
    lines.push(line)
    for (const each of waiting.splice(0)) {
      if (line.startsWith(each.beginning)) each.tell(line)
      else waiting.push(each)
    }
  }
  return {
    lines,
    joined: peer => add(`joined ${peer}`),
    message: (peer, bytes) => add(`message ${peer}: ${bytes.join(' ')}`),
    left: (peer, reason, cause) => add(`left ${peer}: ${reason}${cause === undefined ? '' : ` (${cause})`}`),
    until(beginning, withinMs = 5000) {
      const known = lines.find(line => line.startsWith(beginning))
      if (known !== undefined) return Promise.resolve(known)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no '${beginning}' within ${withinMs} ms, but: ${lines.join(', ') || 'nothing'}`)),
          withinMs,
        )
        waiting.push({
          beginning,
          tell(line) {
            clearTimeout(timer)
            resolve(line)
          },
        })
      })
    },
  }
}

export function bytesOf(...values: number[]): Uint8Array {
  return Uint8Array.from(values)
}

// A finding as a line, and again from it.

import { decoders } from './decoders.ts'
import { Life, type Finding } from './life.ts'
import { machines } from './machines.ts'

export function replayLine({ target, seed, inputs }: Finding): string {
  return `npm run fuzz -- --replay '${target}/${seed}/${inputs.map(bytes => Buffer.from(bytes).toString('hex')).join(',')}'`
}

/** What is wrong with it still; null: nothing. */
export function replayed(line: string): string | null {
  const [name, seed, hex] = line.split('/')
  const target = [...decoders(), ...machines()].find(each => each.name === name)
  if (target === undefined || hex === undefined) throw new Error(`"${name}" is no target, or the line is cut short`)
  return new Life(target).check(
    Number(seed),
    hex.split(',').map(each => new Uint8Array(Buffer.from(each, 'hex'))),
  )
}

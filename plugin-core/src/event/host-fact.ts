// What the host itself says inside of a tick's events: who may do what, and whose envelope it did not relay. A map, where
// all that players say is a list; so a host tells by the first byte what no player may say.

import { decode, encode } from 'cborg'
import { FAULT_CODES, type FaultCode } from './event-fault.ts'

/** Of the slot that carries it. */
export type HostFact =
  | { readonly kind: 'net/grant' | 'net/revoke'; readonly caps: readonly string[] }
  /** The host left out an envelope; `of` is its kind where it could be read. */
  | { readonly kind: 'net/fault'; readonly code: FaultCode; readonly of: string }

/** CBOR's major type of maps. */
const MAP = 5

export function isHostFact(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[0] >> 5 === MAP
}

export function encodeHostFact(fact: HostFact): Uint8Array {
  const said = fact.kind === 'net/fault' ? [FAULT_CODES.indexOf(fact.code), fact.of] : [...fact.caps]
  // A copy: in Node cborg answers views of a shared pool.
  return new Uint8Array(encode({ [fact.kind]: said }))
}

/** Null when it is none, or one of a later version. Never throws. */
export function readHostFact(bytes: Uint8Array): HostFact | null {
  let map: Record<string, unknown>
  try {
    map = decode(bytes, { strict: true, allowIndefinite: false }) as Record<string, unknown>
  } catch {
    return null
  }
  const [kind, ...more] = Object.keys(map)
  const said = map[kind]
  if (more.length > 0 || !Array.isArray(said)) return null
  if (kind === 'net/fault') {
    const [code, of] = said as unknown[]
    const name = FAULT_CODES[code as number] as FaultCode | undefined
    return name === undefined || typeof of !== 'string' ? null : { kind, code: name, of }
  }
  if (kind !== 'net/grant' && kind !== 'net/revoke') return null
  return said.every(cap => typeof cap === 'string') ? { kind, caps: said } : null
}

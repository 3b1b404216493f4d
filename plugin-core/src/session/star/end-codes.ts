// Why a player's match ends, as it stands on the wire and as its fact says it.

import { BYE } from '../../wire/messages.ts'
import { CODE } from '../../wire/packet.ts'
import type { EndCode } from '../fact.ts'

/** REFUSED. */
export function endOfRefusal(code: number): EndCode {
  return code === CODE.versionMismatch ? 'version' : code === CODE.bufferOverflow ? 'full' : 'refused'
}

/** BYE of the host. */
export function endOfBye(code: number): EndCode {
  return END_OF_BYE[code] ?? 'host-gone'
}

const END_OF_BYE: readonly (EndCode | undefined)[] = [
  'host-gone',
  'host-gone',
  'timeout',
  'desync',
  'protocol',
  'rules',
  'replaced',
]

/** BYE of this player. */
export function byeOf(code: EndCode): number {
  return code === 'rules' ? BYE.rules : code === 'desync' ? BYE.desync : BYE.left
}

// Two ends of a reliable channel and a line between them that a test may lose, repeat and reorder packets on.

import { ReliableOrdered, type ReliableOrderedOptions } from '../../src/channel/reliable-ordered.ts'

export interface Flying {
  seq: number
  type: number
  bytes: Uint8Array
}

export interface FlyingAck {
  next: number
  maskLo: number
  maskHi: number
}

export const OPTIONS: ReliableOrderedOptions = { window: 64, messageBytes: 32, resendTicks: 6 }

/** One message of four bytes that says which it is. */
export function numbered(n: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, n, true)
  return bytes
}

export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
}

export function flushed(channel: ReliableOrdered, tick: number): Flying[] {
  const out: Flying[] = []
  channel.flush(tick, (seq, type, bytes) => out.push({ seq, type, bytes: bytes.slice() }))
  return out
}

export function receive(channel: ReliableOrdered, { seq, type, bytes }: Flying): 'taken' | 'repeated' | 'outside' {
  return channel.receive(seq, type, bytes, 0, bytes.length)
}

/** Everything that is in order, as numbers. */
export function takeAll(channel: ReliableOrdered): number[] {
  const out: number[] = []
  for (let m = channel.take(); m !== null; m = channel.take()) out.push(numberOf(m.bytes))
  return out
}

/** Hands the ack of one end to the other. */
export function acknowledge(from: ReliableOrdered, to: ReliableOrdered): boolean {
  const { next, maskLo, maskHi } = from.ack
  from.markAckSent()
  return to.receiveAck(next, maskLo, maskHi)
}

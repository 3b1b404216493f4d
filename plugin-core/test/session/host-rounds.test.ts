import { expect, test } from 'vitest'
import type { HostPeer } from '../../src/session/star/host-peer.ts'
import { HostRounds, agreedEnd, decidedEnd } from '../../src/session/star/host-rounds.ts'
import { playing } from './host-peers.ts'

/** Players who say that their round ended at these ticks; 0: nothing yet. */
function sayingEnds(...ends: readonly { tick: number; carry?: number }[]): HostPeer[] {
  return ends.map(({ tick, carry = 0 }, slot) => {
    const p = playing(slot)
    p.endTick = tick
    p.carry = new Uint8Array([carry])
    return p
  })
}

const carry = new Uint8Array([0])

test('who is waited for ends a round together, or nobody does', () => {
  expect(agreedEnd(sayingEnds({ tick: 9 }, { tick: 0 }))).toBe(null)
  expect(agreedEnd(sayingEnds({ tick: 9 }, { tick: 9 }))).toEqual({ tick: 9, carry })
  expect(agreedEnd(sayingEnds({ tick: 9 }, { tick: 8 }))).toBe('disputed')
  expect(agreedEnd(sayingEnds({ tick: 9 }, { tick: 9, carry: 1 }))).toBe('disputed')
})

test('more than half end a round that waits for nobody, against silence and against a lie', () => {
  expect(decidedEnd(sayingEnds({ tick: 9 }, { tick: 0 }), null)).toBe(null)
  expect(decidedEnd(sayingEnds({ tick: 0 }, { tick: 9 }, { tick: 9 }), null)).toEqual({ tick: 9, carry })
  expect(decidedEnd(sayingEnds({ tick: 9, carry: 1 }, { tick: 9 }, { tick: 9 }), null)).toEqual({ tick: 9, carry })
  expect(decidedEnd(sayingEnds({ tick: 9, carry: 1 }, { tick: 9 }), null)).toBe('disputed')
})

test('where the rules run beside the host theirs is the only word', () => {
  const roundEnd = { tick: 7, carry }
  const referee = {
    closed: () => {},
    allows: () => true,
    predict: () => false,
    checksum: () => null,
    roundEnd: () => roundEnd,
    state: () => null,
  }
  expect(decidedEnd(sayingEnds({ tick: 9 }, { tick: 9 }), referee)).toBe(roundEnd)
})

test('an end counts for the round that is played, and where nobody is waited for not before it began', () => {
  const rounds = new HostRounds()
  rounds.name(1, [0], carry)
  rounds.name(50, [0], carry)
  const [p] = sayingEnds({ tick: 0 })
  const say = (round: number, endTick: number, isAuthoritative: boolean): number => {
    p.endTick = 0
    rounds.heard(p, { ready: true, round, endTick, carry }, isAuthoritative)
    return p.endTick
  }
  expect(say(1, 60, false)).toBe(0)
  expect(say(2, 60, false)).toBe(60)
  expect(say(2, 40, false)).toBe(40)
  expect(say(2, 40, true)).toBe(0)
})

import { expect, test } from 'vitest'
import { ClientRounds } from '../../src/session/star/client-rounds.ts'

const carry = new Uint8Array([7])

test('the end of a round is said until the next one is named, or begins', () => {
  const rounds = new ClientRounds()
  rounds.named(1)
  rounds.begun(1)
  rounds.ended(60, carry)
  expect(rounds).toMatchObject({ round: 1, isOver: true, endTick: 60, carry })
  rounds.named(2)
  expect(rounds).toMatchObject({ round: 2, played: 1, isOver: false })
  rounds.ended(60, carry)
  rounds.begun(2)
  expect(rounds).toMatchObject({ round: 2, played: 2, isOver: false })
})

test('what is handed on is a copy: the rules use their bytes again', () => {
  const rounds = new ClientRounds()
  const bytes = carry.slice()
  rounds.ended(60, bytes)
  bytes[0] = 8
  expect(rounds.carry).toEqual(carry)
})

test('another host is told once more of an end that it can know, and of a round that had begun', () => {
  const rounds = new ClientRounds()
  rounds.begun(1)
  rounds.ended(60, carry)
  rounds.named(2)
  rounds.resume(59)
  expect(rounds).toMatchObject({ round: 1, isOver: false })
  rounds.named(2)
  rounds.resume(60)
  expect(rounds).toMatchObject({ round: 1, isOver: true, endTick: 60 })
  rounds.begun(2)
  rounds.resume(100)
  expect(rounds).toMatchObject({ round: 2, isOver: false })
})

test('the beginning of a round before the one that was named changes nothing that is said', () => {
  const rounds = new ClientRounds()
  rounds.named(3)
  rounds.ended(60, carry)
  rounds.begun(2)
  expect(rounds).toMatchObject({ round: 3, played: 2, isOver: true })
})

test('a state of an older round is played on from, and the newer one that was named stays named', () => {
  const rounds = new ClientRounds()
  rounds.named(3)
  rounds.joined(2)
  expect(rounds).toMatchObject({ round: 3, played: 2 })
  rounds.joined(4)
  expect(rounds).toMatchObject({ round: 4, played: 4 })
  rounds.clear()
  expect(rounds).toMatchObject({ round: 0, played: 0, isOver: false })
  rounds.resume(100)
  expect(rounds.isOver).toBe(false)
})

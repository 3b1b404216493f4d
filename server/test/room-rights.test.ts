import { expect, test } from 'vitest'
import { RoomRights } from '../src/room-rights.ts'

test('what was said last of a capability holds, beside what the player brings', () => {
  const rights = new RoomRights()
  rights.note('ann', 'revoke', ['chat:send', 'room:moderate'])
  rights.note('ann', 'grant', ['chat:send', 'room:paint'])
  expect(rights.of('ann', ['room:moderate', 'room:sing'])).toEqual({
    grants: ['room:sing', 'chat:send', 'room:paint'],
    revoked: ['room:moderate'],
  })
  expect(rights.of('bob', ['room:moderate'])).toEqual({ grants: ['room:moderate'] })
})

test('of the players of whom nothing was said for longest nothing is kept', () => {
  const rights = new RoomRights()
  for (let i = 0; i < 1024; i++) rights.note(`player ${i}`, 'revoke', ['chat:send'])
  rights.note('player 0', 'revoke', ['room:paint'])
  rights.note('one more', 'revoke', ['chat:send'])
  expect(rights.of('player 0', []).revoked).toEqual(['chat:send', 'room:paint'])
  expect(rights.of('player 1', [])).toEqual({ grants: [] })
  expect(rights.of('player 2', []).revoked).toEqual(['chat:send'])
})

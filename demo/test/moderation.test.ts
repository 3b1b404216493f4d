// The first in a room may mute, nobody may mute in another's name, and the next one takes over.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { moderation } from '../moderation.ts'

const ANN = 'a'.repeat(32)
const BOB = 'b'.repeat(32)

function room() {
  const said: unknown[] = []
  let nowMs = 0
  const relay = {
    grant: (...words: [string, number, ...string[]]) => said.push(['grant', ...words]) > 0,
    revoke: (...words: [string, number, ...string[]]) => {
      said.push(['revoke', ...words])
      return words[1] < 2
    },
  }
  const handle = moderation(relay, () => nowMs)
  const post = async (body: unknown, url = '/moderation'): Promise<unknown> => {
    const request = Object.assign(new PassThrough(), { method: 'POST', url })
    return new Promise(resolve => {
      let status = 0
      const response = {
        writeHead: (code: number) => void (status = code),
        end: (text: string) => resolve(status === 200 ? JSON.parse(text) : status),
      }
      if (!handle(request as unknown as IncomingMessage, response as unknown as ServerResponse)) resolve('not mine')
      request.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  }
  return { said, post, pass: (ms: number) => void (nowMs += ms) }
}

it('lets the first one mute, and only that one', async () => {
  const { said, post } = room()
  expect(await post({ room: 'x', secret: ANN })).toEqual({ moderator: true, done: false })
  const mute = { slot: 1, muted: true }
  expect(await post({ room: 'x', secret: BOB, mute })).toEqual({ moderator: false, done: false })
  expect(said).toEqual([])
  expect(await post({ room: 'x', secret: ANN, mute })).toEqual({ moderator: true, done: true })
  expect(await post({ room: 'x', secret: ANN, mute: { slot: 1, muted: false } })).toEqual({
    moderator: true,
    done: true,
  })
  expect(said).toEqual([
    ['revoke', 'x', 1, 'chat:send'],
    ['grant', 'x', 1, 'chat:send'],
  ])
  // Nobody plays there.
  expect(await post({ room: 'x', secret: ANN, mute: { slot: 5, muted: true } })).toEqual({
    moderator: true,
    done: false,
  })
  expect(await post({ room: 'y', secret: BOB })).toEqual({ moderator: true, done: false })
})

it('hands over when the first one is silent', async () => {
  const { post, pass } = room()
  await post({ room: 'x', secret: ANN })
  pass(10_000)
  await post({ room: 'x', secret: ANN })
  pass(10_000)
  expect(await post({ room: 'x', secret: BOB })).toMatchObject({ moderator: false })
  pass(6_000)
  expect(await post({ room: 'x', secret: BOB })).toMatchObject({ moderator: true })
  expect(await post({ room: 'x', secret: ANN })).toMatchObject({ moderator: false })
})

it.each([
  'no json',
  null,
  7,
  [],
  { room: 'x' },
  { room: 'x', secret: 'short' },
  { room: 7, secret: ANN },
  { room: 'x', secret: ANN, mute: null },
  { room: 'x', secret: ANN, mute: { slot: -1, muted: true } },
  { room: 'x', secret: ANN, mute: { slot: 1.5, muted: true } },
  { room: 'x', secret: ANN, mute: { slot: 1, muted: 'yes' } },
])('refuses %j', async body => {
  const { said, post } = room()
  expect(await post(body)).toBe(400)
  expect(said).toEqual([])
})

it('leaves other addresses to others', async () => {
  expect(await room().post({}, '/relay')).toBe('not mine')
})

// Who may mute in a room: whoever was here first. The page of each player asks now and then; when the first one has been silent
// for a while, the next who asks takes over. Muting takes a capability away, and the relay tells everyone from which tick on.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Relay } from '@lockstride/server'

/** Where pages ask. */
const PATH = '/moderation'
const CAPABILITY = 'chat:send'
const BODY_BYTES = 512
/** Pages ask three times as often. */
const SILENT_MS = 15_000
/** More rooms at once have no moderators: somebody invents names. */
const MOST_ROOMS = 10_000

/** What a page says. `secret` is the page's own, so that nobody else can speak for it. */
interface Question {
  readonly room: string
  readonly secret: string
  readonly mute?: { readonly slot: number; readonly muted: boolean }
}

interface Moderator {
  readonly secret: string
  heardMs: number
}

/** Answers `{ moderator, done }` to what is posted to `/moderation`; false: the request is somebody else's. */
export function moderation(relay: Pick<Relay, 'grant' | 'revoke'>, nowMs: () => number = Date.now) {
  const moderators = new Map<string, Moderator>()

  const moderates = ({ room, secret }: Question): boolean => {
    const now = nowMs()
    for (const [name, { heardMs }] of moderators) if (now - heardMs > SILENT_MS) moderators.delete(name)
    const known = moderators.get(room)
    if (known === undefined && moderators.size < MOST_ROOMS) moderators.set(room, { secret, heardMs: now })
    if (known?.secret === secret) known.heardMs = now
    return moderators.get(room)?.secret === secret
  }

  const answer = (question: Question): { moderator: boolean; done: boolean } => {
    const moderator = moderates(question)
    const { mute, room } = question
    if (!moderator || mute === undefined) return { moderator, done: false }
    return { moderator, done: relay[mute.muted ? 'revoke' : 'grant'](room, mute.slot, CAPABILITY) }
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (request.url !== PATH || request.method !== 'POST') return false
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
      if (text.length > BODY_BYTES) request.destroy()
    })
    request.on('end', () => {
      const question = readQuestion(text)
      response.writeHead(question === null ? 400 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(question === null ? { error: 'a room and a secret are missing' } : answer(question)))
    })
    return true
  }
}

/** Null: a stranger's. */
function readQuestion(text: string): Question | null {
  let value: Partial<Question>
  try {
    value = JSON.parse(text) as Partial<Question>
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { room, secret, mute } = value
  if (typeof room !== 'string' || typeof secret !== 'string' || secret.length < 16) return null
  if (mute === undefined) return { room, secret }
  const valid = Number.isInteger(mute?.slot) && mute.slot >= 0 && mute.slot < 64 && typeof mute.muted === 'boolean'
  return valid ? { room, secret, mute: { slot: mute.slot, muted: mute.muted } } : null
}

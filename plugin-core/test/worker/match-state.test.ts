// What `match.state` says while a worker tells of a match: the page's side alone, with a worker that says what a test wants.

import * as Comlink from 'comlink'
import { expect, test } from 'vitest'
import { connect } from '../../src/worker/connect.ts'
import type { Match } from '../../src/worker/match.ts'
import type { ToPage } from '../../src/worker/port-messages.ts'
import { arena } from '../matches/arena.ts'

const PLAYER = { name: '', profile: '', ready: true }

/** What a page is told by when a word of its worker has come. */
const EVENT_OF = {
  welcome: 'ready',
  roster: 'roster',
  start: 'start',
  lost: 'reconnecting',
  resumed: 'reconnected',
  end: 'end',
} as const

type Word = Extract<ToPage, { type: keyof typeof EVENT_OF }>

/** A match, and what to say as its worker; each word is waited for. */
async function page(slot: number): Promise<{ match: Match; tell: (word: Word) => Promise<void>; close: () => void }> {
  const { port1, port2 } = new MessageChannel()
  let line: MessagePort | null = null
  Comlink.expose(
    {
      hello: () => {},
      open: (_options: unknown, port: MessagePort) => {
        line = port
        line.postMessage({ type: 'schema', schema: arena.schema } satisfies ToPage)
        line.postMessage({ type: 'welcome', slot } satisfies ToPage)
        return 1
      },
    },
    port2 as unknown as Comlink.Endpoint,
  )
  port1.start()
  const match = await connect({ worker: port1 as unknown as Worker, overlay: false, spectate: slot < 0 })
  const tell = (word: Word): Promise<void> =>
    new Promise(resolve => {
      const off = match.on(EVENT_OF[word.type], () => {
        off()
        resolve()
      })
      line!.postMessage(word)
    })
  const close = (): void => {
    for (const port of [port1, port2, line!]) port.close()
  }
  return { match, tell, close }
}

test('a spectator waits for the round that is played, watches it, and a later one', async () => {
  const { match, tell, close } = await page(-1)
  expect(match.state).toBe('lobby')
  await tell({ type: 'roster', players: [{ ...PLAYER, slot: 0, playing: true }] })
  expect(match.state).toBe('waiting')
  const rounds: number[] = []
  match.on('start', ({ round }) => rounds.push(round))
  await tell({ type: 'start', tick: 90, round: 2 })
  expect([match.state, match.slot, rounds]).toEqual(['watching', null, [2]])
  await tell({ type: 'roster', players: [{ ...PLAYER, slot: 0, playing: false }] })
  expect(match.state).toBe('watching')
  // Its line broke; it has to be given what it missed.
  await tell({ type: 'lost', reason: 'a test' })
  expect(match.state).toBe('reconnecting')
  await tell({ type: 'resumed', slot: -1, plays: false })
  expect(match.state).toBe('waiting')
  await tell({ type: 'start', tick: 300, round: 2 })
  expect(match.state).toBe('watching')
  // Another match under the same name.
  await tell({ type: 'welcome', slot: -1 })
  expect(match.state).toBe('lobby')
  close()
})

test('a player is in the lobby, waits while others play, and runs', async () => {
  const { match, tell, close } = await page(1)
  await tell({ type: 'roster', players: [{ ...PLAYER, slot: 1, playing: false }] })
  expect(match.state).toBe('lobby')
  await tell({ type: 'roster', players: [0, 1].map(slot => ({ ...PLAYER, slot, playing: slot === 0 })) })
  expect(match.state).toBe('waiting')
  await tell({ type: 'start', tick: 40, round: 1 })
  expect(match.state).toBe('running')
  await tell({ type: 'end', end: { code: 'left', reason: 'a test' } })
  expect(match.state).toBe('ended')
  close()
})

// A match on the page, while its worker tells of it: the page's side alone, with a worker that says what a test wants.

import { getEventListeners } from 'node:events'
import * as Comlink from 'comlink'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { connect } from '../../src/worker/connect.ts'
import type { Match } from '../../src/worker/match.ts'
import type { ToPage, ToWorker } from '../../src/worker/port-messages.ts'
import { arena } from '../matches/arena.ts'
import { catchMistakes } from './mistakes.ts'

afterEach(() => vi.unstubAllGlobals())

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

interface Told {
  match: Match
  /** Says it as the worker; done when the page has told of it. */
  tell: (word: Word) => Promise<void>
  /** The worker's end of the match's port. */
  line: MessagePort
  worker: MessagePort
  /** What came to it there. */
  heard: ToWorker[]
  /** Matches that the worker was told to leave. */
  left: number[]
  close: () => void
}

/** A match, and what to say as its worker; each word is waited for. */
async function page(slot: number): Promise<Told> {
  const { port1, port2 } = new MessageChannel()
  let line!: MessagePort
  const heard: ToWorker[] = []
  const left: number[] = []
  Comlink.expose(
    {
      hello: () => {},
      open: (_options: unknown, port: MessagePort) => {
        line = port
        line.addEventListener('message', ({ data }) => heard.push(data as ToWorker))
        line.start()
        line.postMessage({ type: 'schema', schema: arena.schema } satisfies ToPage)
        line.postMessage({ type: 'welcome', slot } satisfies ToPage)
        return 1
      },
      leave: (id: number) => void left.push(id),
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
      line.postMessage(word)
    })
  const close = (): void => {
    for (const port of [port1, port2, line]) port.close()
  }
  return { match, tell, line, heard, worker: port1, left, close }
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

describe('a mistake of the page', () => {
  const mistake = (): never => {
    throw new Error('a mistake of the page')
  }

  test('in a handler is reported, and keeps neither other handlers nor the match from anything', async () => {
    const { match, tell, line, worker, close } = await page(0)
    const closed = new Promise(done => line.addEventListener('close', done))
    const mistakes = catchMistakes()
    const heard: string[] = []
    for (const type of ['roster', 'desync', 'end'] as const) {
      match.on(type, mistake)
      match.on(type, () => heard.push(type))
    }
    await tell({ type: 'roster', players: [{ ...PLAYER, slot: 0, playing: true }] })
    await tell({ type: 'end', end: { code: 'desync', reason: 'a test', tick: 5 } })
    expect(heard).toEqual(['roster', 'desync', 'end'])
    expect(mistakes).toEqual(heard.map(() => 'a mistake of the page'))
    expect(match.state).toBe('ended')
    // It has let go of its worker.
    await closed
    expect(getEventListeners(worker, 'error')).toHaveLength(0)
    close()
  })

  test('while it is shown a state keeps no buffer from its worker', async () => {
    const { match, line, heard, close } = await page(0)
    const mistakes = catchMistakes()
    match.view.onUpdate(mistake)
    const buffer = new ArrayBuffer(2 * arena.schema.layout.sizeBytes)
    line.postMessage({ type: 'state', buffer, tick: 3, dueMs: 0, stats: new Float64Array(17) } satisfies ToPage, [
      buffer,
    ])
    await expect
      .poll(() => heard)
      .toMatchObject([{ type: 'buffer', buffer: { byteLength: 2 * arena.schema.layout.sizeBytes } }])
    expect(match.view.tick).toBe(3)
    expect(mistakes).toEqual(['a mistake of the page'])
    close()
  })
})

test('an error of the worker ends the match, and a worker that lives on leaves it', async () => {
  const { match, worker, left, close } = await page(0)
  const ended = new Promise(resolve => match.on('end', resolve))
  worker.dispatchEvent(Object.assign(new Event('error'), { message: 'x is not a function' }))
  expect(await ended).toEqual({ code: 'rules', reason: 'The worker stopped: x is not a function' })
  await expect.poll(() => left).toEqual([1])
  await match.leave()
  close()
})

test('a state of a former schema is not shown, and its buffer goes back', async () => {
  const { match, line, heard, close } = await page(0)
  const buffer = new ArrayBuffer(8)
  line.postMessage({ type: 'state', buffer, tick: 3, dueMs: 0, stats: new Float64Array(17).fill(9) } satisfies ToPage)
  await expect.poll(() => heard).toMatchObject([{ type: 'buffer', buffer: { byteLength: 8 } }])
  expect([match.view.tick, match.stats.rollbacks]).toEqual([0, 9])
  close()
})

test('inputs are sampled every frame, and sent when they change', async () => {
  const { match, heard, close } = await page(0)
  for (const values of [{ left: true }, { left: true }, { left: true, aim: 5 }, { left: true, aim: 5 }, {}, {}])
    match.setInput(values as never)
  await expect.poll(() => heard.map(({ type }) => type)).toEqual(['input', 'input', 'input'])
  close()
})

test('who is waited for is told by name, once each time that it changes', async () => {
  const { match, tell, line, close } = await page(0)
  const told: unknown[] = []
  match.on('stall', event => told.push(event))
  await tell({
    type: 'roster',
    players: [0, 2].map(slot => ({ ...PLAYER, name: slot === 2 ? '' : 'Ann', slot, playing: true })),
  })
  for (const slots of [[2], [2], [0, 2], [], []]) line.postMessage({ type: 'stall', slots } satisfies ToPage)
  await tell({ type: 'roster', players: [] })
  expect(told).toEqual([
    { slots: [2], names: ['player 3'] },
    { slots: [0, 2], names: ['Ann', 'player 3'] },
    { slots: [], names: [] },
  ])
  close()
})

test.each(['end', 'schema'] as const)('what was shown and is not settled is taken back at the %s', async what => {
  const { match, tell, line, close } = await page(0)
  const cancelled: unknown[] = []
  match.handle('shot' as never, () => 'a sound', { cancel: shown => void cancelled.push(shown) })
  const news = { change: 'shown', id: 1, kind: 'shot', tick: 1, payload: null, again: 0 } as const
  line.postMessage({ type: 'raised', news: [news] } satisfies ToPage)
  if (what === 'end') await tell({ type: 'end', end: { code: 'left', reason: 'a test' } })
  else {
    line.postMessage({ type: 'schema', schema: arena.schema } satisfies ToPage)
    await tell({ type: 'roster', players: [] })
  }
  expect(cancelled).toEqual(['a sound'])
  close()
})

test('what a scene still asks of a match that is over goes nowhere; its last state can be read', async () => {
  const { match, tell, line, heard, close } = await page(0)
  const { sizeBytes } = arena.schema.layout
  const state = { type: 'state', tick: 3, dueMs: 0, stats: new Float64Array(17) } as const
  line.postMessage({ ...state, buffer: new ArrayBuffer(2 * sizeBytes) } satisfies ToPage)
  await tell({ type: 'end', end: { code: 'left', reason: 'a test' } })
  heard.length = 0
  match.setInput({ left: true } as never)
  match.emit('say' as never, { n: 1 } as never)
  match.pause()
  await expect(match.setScript('bot.lua', '')).rejects.toThrow('setScript: the match is over')
  await match.leave()
  expect([match.view.tick, match.state]).toEqual([3, 'ended'])
  expect(heard).toEqual([])
  close()
})

test('rules that threw end the match, and new ones bring it back through the same port', async () => {
  const { match, tell, line, heard, left, close } = await page(0)
  const { view } = match
  await tell({ type: 'end', end: { code: 'rules', reason: 'planted', tick: 7 } })
  expect(match.state).toBe('ended')
  // Nothing is said to rules that run no more.
  match.emit('say' as never, { n: 1 } as never)
  line.postMessage({ type: 'schema', schema: arena.schema } satisfies ToPage)
  await tell({ type: 'welcome', slot: 1 })
  expect([match.state, match.ended, match.slot]).toEqual(['lobby', null, 1])
  // Whoever holds its view holds it still.
  expect(match.view).toBe(view)
  await tell({ type: 'end', end: { code: 'rules', reason: 'planted', tick: 9 } })
  // Nobody waits for new ones any more.
  await match.leave()
  expect(left).toEqual([1])
  await new Promise(done => setImmediate(done))
  expect(heard).toEqual([])
  close()
})

test('a worker that fails while it opens a match is told to leave it, once it has opened it', async () => {
  const { port1, port2 } = new MessageChannel()
  const left: number[] = []
  let opened!: (id: number) => void
  const asked = new Promise<void>(resolve =>
    Comlink.expose(
      {
        hello: () => {},
        open: () => {
          resolve()
          return new Promise<number>(answer => (opened = answer))
        },
        leave: (id: number) => void left.push(id),
      },
      port2 as unknown as Comlink.Endpoint,
    ),
  )
  port1.start()
  const joined = connect({ worker: port1 as unknown as Worker, overlay: false })
  await asked
  port1.dispatchEvent(new Event('error'))
  await expect(joined).rejects.toThrow('The worker stopped: it could not be loaded')
  expect(left).toEqual([])
  opened(5)
  await expect.poll(() => left).toEqual([5])
  for (const port of [port1, port2]) port.close()
})

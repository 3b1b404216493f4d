// Opens a match in the application's worker: what may be asked for, and a worker that does not answer.

import * as Comlink from 'comlink'
import type { AnyGame } from '../sim/game.ts'
import { broadcast } from '../transport/description.ts'
import { ConnectError, type ConnectOptions, type Match } from './match.ts'
import { PageMatch } from './page-match.ts'
import type { OpenOptions, WorkerApi } from './port-messages.ts'

/** A worker that does not answer within this time does not run `serve`. */
const HELLO_MS = 10_000

/**
 * Joins a room. Resolves once the host has given this player a slot; rejects with a `ConnectError` whose message is a
 * sentence: no worker, no relay, a full room, other rules.
 */
export async function connect<G extends AnyGame = AnyGame>(options: ConnectOptions): Promise<Match<G>> {
  const settings = check(options)
  const worker = options.worker
  const api = apiOf(worker)
  await answering(worker, api)
  const { port1, port2 } = new MessageChannel()
  const match = new PageMatch<G>(port1, api)
  const failed = (event: ErrorEvent | Event): void =>
    match.fail(`The worker stopped: ${'message' in event ? event.message : 'it could not be loaded'}`)
  worker.addEventListener('error', failed)
  match.whenClosed(() => worker.removeEventListener('error', failed))
  // Not awaited: an election among tabs may take a while, and `joined` hears of every end.
  api.open(settings, Comlink.transfer(port2, [port2])).then(
    id => match.opened(id),
    (error: unknown) =>
      match.fail(`The match could not be opened: ${error instanceof Error ? error.message : String(error)}`),
  )
  await match.joined
  if (options.overlay ?? isDevelopment())
    void import('./development.ts').then(({ help }) =>
      match.whenClosed(help(match as unknown as Match, () => api.hello())),
    )
  return match
}

function check(options: ConnectOptions): OpenOptions {
  if (options?.worker === undefined || typeof options.worker.postMessage !== 'function')
    throw new ConnectError(
      'options',
      "connect() needs the game's worker: worker: new Worker(new URL('./game.worker.ts', import.meta.url), { type: 'module' })",
    )
  const { mode = 'rollback', inputDelay = 2, room = 'lobby', name = '', profile = '', spectate = false } = options
  const predictionWindow = mode === 'lockstep' ? 0 : (options.predictionWindow ?? 8)
  whole('inputDelay', inputDelay, 0, 15)
  if (mode === 'rollback' || mode === 'authoritative') whole('predictionWindow', predictionWindow, 1, 16)
  else if (mode !== 'lockstep')
    throw new ConnectError(
      'options',
      `mode: '${String(mode)}' is not known; 'rollback', 'lockstep' and 'authoritative' are`,
    )
  if (mode === 'authoritative' && options.transport?.kind === 'webrtc')
    throw new ConnectError(
      'options',
      "mode: 'authoritative' needs a host, and a duel has none; take webSocket() or broadcast()",
    )
  if (options.transport !== undefined && !options.transport.kind)
    throw new ConnectError('options', "transport: webSocket('/relay'), broadcast() or webRtc({ relay: '/relay' })")
  if (room.length === 0 || room.length > 64) throw new ConnectError('options', 'room: a name of 1 to 64 characters')
  return {
    room,
    transport: options.transport ?? broadcast(),
    name,
    profile,
    ready: options.ready ?? true,
    inputDelay,
    predictionWindow,
    authoritative: mode === 'authoritative',
    spectate: spectate === false ? null : { delayTicks: spectate === true ? 0 : (spectate.delayTicks ?? 0) },
    reconnect: options.reconnect ?? true,
    sharedMemory: options.sharedMemory !== false && globalThis.crossOriginIsolated,
    conditions: options.conditions ?? null,
    ticket: options.ticket ?? null,
  }
}

function whole(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max)
    throw new ConnectError('options', `${name}: a whole number from ${min} to ${max}, not ${value}`)
}

/**
 * One for each worker, kept as long as it: once the last proxy of a worker is collected, Comlink tells the worker to listen
 * no more, and the next match of that worker would never hear from it.
 */
const apis = new WeakMap<Worker, Comlink.Remote<WorkerApi>>()

function apiOf(worker: Worker): Comlink.Remote<WorkerApi> {
  let api = apis.get(worker)
  if (api === undefined) apis.set(worker, (api = Comlink.wrap<WorkerApi>(worker)))
  return api
}

// Comlink alone would wait for ever for a worker that fails to load, or that serves nothing.
function answering(worker: Worker, api: Comlink.Remote<WorkerApi>): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (fault?: string): void => {
      clearTimeout(timer)
      worker.removeEventListener('error', failed)
      if (fault === undefined) resolve()
      else reject(new ConnectError('worker', `The game's worker ${fault}`))
    }
    const failed = (event: ErrorEvent): void =>
      settle(
        `failed to load${
          event.message
            ? `: ${event.message} (${event.filename}:${event.lineno})`
            : ". Open its file's address in the browser: does it answer, as JavaScript?"
        }`,
      )
    worker.addEventListener('error', failed)
    const timer = setTimeout(
      () => settle(`did not answer for ${HELLO_MS / 1000} s: does it call serve(game) at its top level?`),
      HELLO_MS,
    )
    api.hello().then(
      () => settle(),
      (error: unknown) => settle(`answered with an error: ${String(error)}`),
    )
  })
}

function isDevelopment(): boolean {
  return (import.meta as { env?: { DEV?: boolean } }).env?.DEV === true
}

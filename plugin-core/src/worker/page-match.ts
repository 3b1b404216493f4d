// A match on the page: what its worker tells becomes state, events and views; what the page wants goes to the worker.

import type * as Comlink from 'comlink'
import { encodeInput } from '../input/input-schema.ts'
import type { AnyGame, InputValues } from '../sim/game.ts'
import type { GameSchema } from '../sim/schema.ts'
import type { MeetingPlace } from '../transport/description.ts'
import type { PathName } from '../transport/duel-path.ts'
import type { NetworkConditions } from '../transport/faults.ts'
import {
  ConnectError,
  DesyncError,
  type Match,
  type MatchEnd,
  type MatchEvents,
  type MatchState,
  type MatchStats,
  type Player,
} from './match.ts'
import type { MatchBranches } from './match-branches.ts'
import { STAT_NAMES, type ToPage, type ToWorker, type WorkerApi } from './port-messages.ts'
import { RaisedHandlers, type HandleOptions, type RaisedEvent } from './raised-handlers.ts'
import { reportMistake } from './report-mistake.ts'
import type { SharedFeed } from './shared-feed.ts'
import { StateView } from './state-view.ts'

type Handlers = { [K in keyof MatchEvents]?: Set<(event: MatchEvents[K]) => void> }

export class PageMatch<G extends AnyGame> implements Match<G> {
  state: MatchState = 'connecting'
  slot: number | null = null
  players: readonly Player[] = []
  path: PathName | null = null
  ended: MatchEnd | null = null
  readonly stats: MatchStats = Object.fromEntries(STAT_NAMES.map(name => [name, 0])) as unknown as MatchStats
  readonly joined: Promise<void>
  #schema: GameSchema | null = null
  #view: StateView<G> | null = null
  /** Where states come through shared memory. */
  #feed: SharedFeed | null = null
  /** Of a duel: ends the search for a direct path. */
  #meeting: AbortController | null = null
  #id = 0
  readonly #port: MessagePort
  readonly #control: Comlink.Remote<WorkerApi>
  readonly #handlers: Handlers = {}
  readonly #raised = new RaisedHandlers()
  #resolve: () => void = () => {}
  #reject: (error: Error) => void = () => {}
  #input = new Uint8Array(0)
  #sent = new Uint8Array(0)
  #stalled = ''
  #closed = false
  readonly #undo: (() => void)[] = []
  /** Said before the worker answered with the match's number. */
  readonly #early: ((id: number) => unknown)[] = []

  constructor(port: MessagePort, control: Comlink.Remote<WorkerApi>) {
    this.#port = port
    this.#control = control
    this.joined = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Whoever does not await it must not see an unhandled rejection.
    this.joined.catch(() => {})
    port.addEventListener('message', e => this.#onWorker(e.data as ToPage))
    port.start()
  }

  get schema(): GameSchema {
    if (this.#schema === null) throw new Error('the worker has not sent its schema yet')
    return this.#schema
  }

  get view(): StateView<G> {
    if (this.#view === null) throw new Error('the worker has not sent its schema yet')
    return this.#view
  }

  on<K extends keyof MatchEvents>(type: K, handler: (event: MatchEvents[K]) => void): () => void {
    const set = (this.#handlers[type] ??= new Set() as Handlers[K])!
    set.add(handler)
    return () => set.delete(handler)
  }

  handle(kind: string, handler: (event: never) => unknown, options?: HandleOptions<never, never>): () => void {
    return this.#raised.add(kind, handler as (event: RaisedEvent) => unknown, options as HandleOptions)
  }

  setReady(ready: boolean): void {
    this.#call(id => this.#control.setReady(id, ready))
  }

  setInput(values: InputValues<G>): void {
    if (this.#schema === null || this.ended !== null) return
    encodeInput(this.#schema.input, values, this.#input, 0)
    // Sampled every frame, sent when it changes.
    if (sameBytes(this.#input, this.#sent)) return
    this.#sent.set(this.#input)
    this.#post({ type: 'input', bytes: this.#sent })
  }

  emit(kind: string, payload: unknown): void {
    this.#post({ type: 'emit', kind, payload })
  }

  setScript(name: string, text: string): Promise<void> {
    if (this.ended !== null) return Promise.reject(new Error('setScript: the match is over'))
    return new Promise((resolve, reject) =>
      this.#call(id => this.#control.setScript(id, name, text).then(resolve, reject)),
    )
  }

  script(name: string): Promise<string> {
    return this.#control.script(this.#id, name)
  }

  setConditions(conditions: NetworkConditions): void {
    this.#call(id => this.#control.setConditions(id, conditions))
  }

  async branches(): Promise<MatchBranches<G>> {
    return (await import('./match-branches.ts')).openBranches(this.schema, this.#control.branches, this.#id)
  }

  pause(): void {
    this.#call(id => this.#control.pause(id, true))
  }

  resume(): void {
    this.#call(id => this.#control.pause(id, false))
  }

  async leave(): Promise<void> {
    // A match whose rules threw is kept in the worker for new ones, until it is left.
    const waitsForRules = this.ended?.code === 'rules'
    if (this.ended !== null && !waitsForRules) return
    const id = this.#id
    // Who hears of the end may terminate the worker at once: then it answers nothing any more.
    const over = new Promise<void>(done => this.whenClosed(done))
    if (id > 0) await Promise.race([this.#control.leave(id), over])
    if (waitsForRules) this.#close()
    else this.#end({ code: 'left', reason: 'this player left' })
  }

  opened(id: number): void {
    this.#id = id
    if (this.ended !== null) void this.#control.leave(id)
    for (const run of this.#early) run(id)
    this.#early.length = 0
  }

  /** Runs once nothing will come of this match any more; at once if that is so. */
  whenClosed(run: () => void): void {
    if (this.#closed) run()
    else this.#undo.push(run)
  }

  /** The worker is gone, or has made a mistake; one that lives on must not go on playing without its page. */
  fail(reason: string): void {
    if (this.ended === null && this.#id > 0) void this.#control.leave(this.#id)
    this.#end({ code: 'rules', reason })
  }

  #call(run: (id: number) => unknown): void {
    if (this.ended !== null) return
    if (this.#id > 0) run(this.#id)
    else this.#early.push(run)
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (this.ended === null) this.#port.postMessage(message, transfer)
  }

  #onWorker(message: ToPage): void {
    // All that `look` asks for.
    this.#feed?.look()
    switch (message.type) {
      case 'state':
        this.#onState(message)
        break
      case 'shared':
        void this.#share(message.memory)
        break
      case 'raised':
        this.#raised.take(message.news)
        break
      case 'schema':
        this.#onSchema(message.schema)
        break
      case 'welcome':
        this.slot = message.slot < 0 ? null : message.slot
        this.state = 'lobby'
        this.#emit('ready', { slot: message.slot })
        this.#resolve()
        break
      case 'lost':
        this.state = 'reconnecting'
        this.#emit('reconnecting', { reason: message.reason })
        break
      case 'resumed':
        this.slot = message.slot < 0 ? null : message.slot
        this.state = message.plays ? 'running' : 'waiting'
        this.#emit('reconnected', { slot: message.slot, plays: message.plays })
        break
      case 'roster':
        this.#onRoster(message.players)
        break
      case 'start':
        this.state = this.slot === null ? 'watching' : 'running'
        this.#emit('start', { tick: message.tick, round: message.round })
        break
      case 'peers':
        for (const slot of message.leaves) this.#emit('peer', { slot, joined: false, tick: message.tick })
        for (const slot of message.joins) this.#emit('peer', { slot, joined: true, tick: message.tick })
        break
      case 'stall':
        this.#onStall(message.slots)
        break
      case 'refusedEvent':
        // The page's own mistake: loud where its developer looks.
        console.error(message.message)
        break
      case 'fault':
        // A built game has no overlay, and may hear nothing.
        console.error(message.fault.stack)
        this.#emit('error', message.fault)
        break
      case 'eventFault':
        this.#emit('fault', message.fault)
        break
      case 'script':
        for (const one of message.news) {
          console[one.level](one.text)
          this.#emit('script', one)
        }
        break
      case 'meet':
        this.#meet(message.meeting)
        break
      case 'path':
        this.path = message.path
        this.#emit('path', { path: message.path })
        break
      case 'rules':
        this.#emit('rules', { tick: message.tick, restarted: message.restarted, message: message.message })
        break
      case 'end':
        this.#end(message.end)
        break
    }
  }

  // Where the page is isolated: elsewhere its code is not needed.
  async #share(memory: SharedArrayBuffer): Promise<void> {
    const { view } = this
    const { SharedFeed } = await import('./shared-feed.ts')
    // Meanwhile it may have ended, or begun anew with another schema.
    if (this.ended === null && this.view === view)
      this.#feed = new SharedFeed(memory, view as unknown as StateView, stats => this.#onStats(stats))
  }

  #onState(message: Extract<ToPage, { type: 'state' }>): void {
    this.#onStats(message.stats)
    this.#view?.publish(message.buffer, message.tick, message.dueMs)
    this.#post({ type: 'buffer', buffer: message.buffer }, [message.buffer])
  }

  #onStats(stats: Float64Array): void {
    for (let i = 0; i < STAT_NAMES.length; i++) this.stats[STAT_NAMES[i]] = stats[i]
  }

  #onSchema(schema: GameSchema): void {
    this.#schema = schema
    this.#stopFeed()
    this.#raised.end()
    this.#input = new Uint8Array(schema.input.sizeBytes)
    this.#sent = new Uint8Array(schema.input.sizeBytes)
    if (this.#view === null) this.#view = new StateView<G>(schema.layout, schema.tickRate)
    else this.#view.reset(schema.layout, schema.tickRate)
    if (this.ended?.code === 'rules') {
      this.ended = null
      this.state = 'connecting'
    }
  }

  #onRoster(players: readonly Omit<Player, 'self'>[]): void {
    this.players = players.map(p => ({ ...p, self: p.slot === this.slot }))
    const self = this.players.find(p => p.self)
    if (this.state === 'lobby' || this.state === 'waiting')
      this.state = self?.playing !== true && players.some(p => p.playing) ? 'waiting' : 'lobby'
    this.#emit('roster', { players: this.players })
  }

  #onStall(slots: readonly number[]): void {
    const key = slots.join()
    if (key === this.#stalled) return
    this.#stalled = key
    const names = slots.map(slot => this.players.find(p => p.slot === slot)?.name || `player ${slot + 1}`)
    this.#emit('stall', { slots, names })
  }

  #end(end: MatchEnd): void {
    if (this.ended !== null) return
    this.ended = end
    this.state = 'ended'
    this.#stopFeed()
    this.#raised.end()
    if (end.code === 'desync') this.#emit('desync', new DesyncError(end.tick ?? 0, end.reason))
    this.#emit('end', end)
    this.#reject(new ConnectError(end.code, end.reason))
    // After rules that threw, new ones may come by hot reload through the same port.
    if (end.code !== 'rules') this.#close()
  }

  // Its code is loaded by duels alone.
  #meet(place: MeetingPlace | null): void {
    this.#meeting?.abort()
    this.#meeting = null
    if (place === null) return
    const { signal } = (this.#meeting = new AbortController())
    import('../webrtc/meeting.ts').then(
      ({ meet }) => meet(place, signal, (message, transfer) => this.#post(message, transfer)),
      (error: unknown) => this.#post({ type: 'noDirect', reason: `WebRTC could not be loaded: ${String(error)}` }),
    )
  }

  #stopFeed(): void {
    this.#feed?.stop()
    this.#feed = null
  }

  #close(): void {
    this.#closed = true
    this.#meeting?.abort()
    this.#port.close()
    for (const run of this.#undo) run()
    this.#undo.length = 0
  }

  #emit<K extends keyof MatchEvents>(type: K, event: MatchEvents[K]): void {
    for (const handler of this.#handlers[type] ?? []) {
      try {
        ;(handler as (event: MatchEvents[K]) => void)(event)
      } catch (error) {
        reportMistake(error)
      }
    }
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

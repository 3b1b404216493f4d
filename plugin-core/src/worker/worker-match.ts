// One match inside of the worker: its loop on the grid, its line to the host, and its port to the page.

import type { HostRunner } from '../loop/host-runner.ts'
import { Loop } from '../loop/loop.ts'
import { Pacer } from '../loop/pacer.ts'
import { sinceEpoch } from '../loop/clock.ts'
import type { Fact } from '../session/fact.ts'
import type { ClientPace } from '../session/star/client-pace.ts'
import { StarClient } from '../session/star/star-client.ts'
import type { Game } from '../sim/game.ts'
import { SCRIPT_EDIT, type ScriptNews, type ScriptSet } from '../sim/sim-scripts.ts'
import type { RulesError } from '../sim/rules-error.ts'
import type { Clock } from '../transport/clock.ts'
import { Detour } from '../transport/detour.ts'
import type { NetworkConditions } from '../transport/faults.ts'
import type { Transport } from '../transport/transport.ts'
import { TICKET_BYTES } from '../wire/limits.ts'
import type { Terms } from '../wire/messages.ts'
import { connectWebSocket } from '../transport/websocket.ts'
import type { DuelParts } from './duel-parts.ts'
import { EventBatch } from './event-batch.ts'
import type { EventParts } from './event-parts.ts'
import type { OpenOptions, ToPage, ToWorker } from './port-messages.ts'
import { StatePublisher, type Publisher } from './state-publisher.ts'

export interface WorkerMatchOptions {
  game: Game
  scripts: ScriptSet | null
  sourceId: string
  open: OpenOptions
  port: MessagePort
  clock: Clock
  onEnd: () => void
}

/** A line that broke is tried again for so long. Tries are not counted: browsers make each one wait longer than the one before. */
const RETRY_MS = 20_000
/** How long, and how often, new rules knock at a room that still plays the old ones; and the time between two tries. */
const REJOIN_MS = 500
const REJOIN_TIMES = 40
/** Why a tab that hosts is gone, when new rules came to it first. */
const REPLACED = 'the rules were replaced'

export class WorkerMatch {
  readonly #options: WorkerMatchOptions
  #game: Game
  #scripts: ScriptSet | null
  #sourceId: string
  /** Of texts for scripts: they wait for their turn. */
  readonly #edits: unknown[] = []
  #loop: Loop | null = null
  #transport: Detour | null = null
  #conditions: NetworkConditions | null
  #host: HostRunner | null = null
  #duel: DuelParts | null = null
  #tabs: typeof import('./tab-host.ts') | null = null
  /** Null: events travel as they are. */
  #events: EventParts | null = null
  #stopPacer: (() => void) | null = null
  #publisher: Publisher | null = null
  #ready: boolean
  #rejoinsLeft = 0
  #cancelRejoin: (() => void) | null = null
  /** Since when a broken line is tried again; null: none is broken. */
  #lostAtMs: number | null = null
  /** Another line is made. */
  #reopens = false
  /** Who comes again with it gets the same slot. */
  readonly #ticket = crypto.getRandomValues(new Uint8Array(16))
  #over = false

  constructor(options: WorkerMatchOptions) {
    this.#options = options
    this.#game = options.game
    this.#scripts = options.scripts
    this.#sourceId = options.sourceId
    this.#ready = options.open.ready
    this.#conditions = options.open.conditions
    options.port.addEventListener('message', e => this.#onPage(e.data as ToWorker))
    options.port.start()
  }

  async start(): Promise<void> {
    this.#tell({ type: 'schema', schema: this.#game.schema })
    await this.#build()
  }

  setReady(ready: boolean): void {
    this.#ready = ready
    this.#loop?.session.setReady(ready)
  }

  /** Rejects with a sentence for numbers that make no sense. */
  async setConditions(conditions: NetworkConditions): Promise<void> {
    this.#conditions = conditions
    await this.#transport?.set(conditions)
  }

  async branches(port: MessagePort): Promise<void> {
    const { serveBranches } = await import('./branch-server.ts')
    serveBranches(this.#loop, port, this.#options.clock)
  }

  pause(paused: boolean): void {
    if (this.#loop !== null) this.#loop.paused = paused
  }

  /** Throws a sentence. */
  setScript(name: string, text: string): void {
    if (this.#scripts === null) throw new Error('setScript: this game has no scripts')
    this.#edits.push(...this.#scripts.edit(name, text))
  }

  /** Throws a sentence. */
  script(name: string): string {
    const scripts = this.#loop?.simulation.scripts
    if (scripts == null) throw new Error('script: no scripts run here')
    return scripts.textOf(name)
  }

  leave(): void {
    this.#loop?.leave()
    this.#finish()
  }

  /** Other rules: the loop swaps them when the schema is the same; else this match starts anew with everyone who has them. */
  replace(game: Game, sourceId: string, scripts: ScriptSet | null): void {
    if (this.#over) return
    if (scripts !== null && scripts.mistakes.length > 0) {
      // Half written: what runs goes on until it is whole.
      this.#onScripts(scripts.mistakes)
      return
    }
    const before = this.#scripts
    const fits = scripts === null || before === null ? scripts === before : scripts.fits(before)
    const same = game.schema.hash === this.#game.schema.hash && fits
    this.#game = game
    this.#scripts = scripts
    this.#sourceId = sourceId
    if (same && this.#loop?.running === true) {
      this.#loop.replaceGame(game, sourceId, scripts)
      return
    }
    // In the lobby, or after rules that threw: there is no round to go on with.
    const message = same
      ? 'The rules were replaced: the round starts anew.'
      : 'The rules have another schema now: the round starts anew.'
    this.#tell({ type: 'rules', tick: 0, restarted: true, message })
    this.#rejoinsLeft = REJOIN_TIMES
    this.#rejoin()
  }

  #rejoin(): void {
    this.#rejoinsLeft--
    this.#loop?.leave()
    this.#host?.stop(REPLACED)
    this.#dismantle()
    this.#tell({ type: 'schema', schema: this.#game.schema })
    // One knock at a time: rules may be saved again before it.
    this.#cancelRejoin?.()
    this.#cancelRejoin = this.#options.clock.schedule(REJOIN_MS, () => {
      this.#cancelRejoin = null
      if (!this.#over) void this.#build().catch(error => this.#fail(error))
    })
  }

  // ---- a line that broke

  #onLost(reason: string): void {
    // One round of tries at a time: each of them may fail by the same fact.
    const nowMs = this.#options.clock.now()
    if (this.#lostAtMs === null) {
      this.#lostAtMs = nowMs
      this.#tell({ type: 'lost', reason })
    } else if (nowMs - this.#lostAtMs >= RETRY_MS) {
      this.#fail(new Error(`${reason} (tried for ${RETRY_MS / 1000} seconds)`))
      return
    }
    // Heard once more while another line is made: that one is not to be replaced when it is up.
    if (this.#reopens) return
    // The tabs of one browser find their next host at once.
    const waitMs = this.#options.open.transport.kind === 'broadcast' ? 0 : REJOIN_MS
    this.#cancelRejoin?.()
    this.#cancelRejoin = this.#options.clock.schedule(waitMs, () => {
      this.#cancelRejoin = null
      void this.#reopen().catch(error => this.#onLost(error instanceof Error ? error.message : String(error)))
    })
  }

  async #reopen(): Promise<void> {
    const loop = this.#loop
    if (loop === null) return
    this.#reopens = true
    const transport = await this.#newTransport().finally(() => (this.#reopens = false))
    if (this.#over || this.#loop !== loop) transport.close()
    else loop.reopen(transport)
  }

  async #newTransport(): Promise<Transport> {
    const { clock } = this.#options
    const transport = new Detour(await this.#line(), clock)
    if (this.#conditions !== null) await transport.set(this.#conditions)
    this.#transport = transport
    return transport
  }

  async #build(): Promise<void> {
    const { open, clock } = this.#options
    const game = this.#game
    this.#events = this.#game.rights === null ? null : await this.#newEvents()
    const pace = open.authoritative ? await this.#newPace() : null
    const shared = open.sharedMemory ? await import('./shared-publisher.ts') : null
    // Packs states for others; not needed before somebody comes, so it is no part of the worker's first code.
    const [transport, { deflate }, { Outputs }] = await Promise.all([
      this.#newTransport(),
      import('../loop/deflate.ts'),
      import('../loop/outputs.ts'),
    ])
    // Left meanwhile, or begun anew by newer rules.
    if (this.#over || this.#game !== game) {
      transport.close()
      if (this.#over) this.#dismantle()
      return
    }
    const batch = new EventBatch(news => this.#tell({ type: 'raised', news }))
    const loop = new Loop({
      game,
      scripts: this.#scripts,
      sourceId: this.#sourceId,
      transport,
      clock,
      session: terms => this.#duel?.session(terms) ?? this.#starClient(terms, pace),
      compression: deflate,
      outputs: new Outputs(message => this.#tell({ type: 'refusedEvent', message })),
      inputDelay: open.inputDelay,
      predictionWindow: open.predictionWindow,
      authoritative: open.authoritative,
      events: this.#events?.line,
      hooks: {
        fact: fact => this.#onFact(fact),
        raised: news => batch.add(news),
        fault: error => this.#onFault(error),
        scripts: news => this.#onScripts(news),
        astray: console.error,
        swapped: tick =>
          this.#tell({ type: 'rules', tick, restarted: false, message: `The rules were replaced at tick ${tick}.` }),
      },
    })
    this.#loop = loop
    loop.session.setReady(this.#ready)
    const publisher = shared
      ? new shared.SharedPublisher(loop, message => this.#tell(message))
      : new StatePublisher(loop, (buffer, tick, dueMs, stats) =>
          this.#tell({ type: 'state', buffer, tick, dueMs: sinceEpoch(dueMs), stats }, [buffer]),
        )
    this.#publisher = publisher
    const pacer = new Pacer(clock, this.#game.schema.tickRate, dueMs => {
      if (loop.call(dueMs)) {
        publisher.publish()
        // A tick carries two. Where nothing moves, because of the line or another player, they wait here, and not in a queue that ends.
        for (let i = 0; i < 2 && this.#edits.length > 0 && loop.running; i++)
          if (!this.#emit(SCRIPT_EDIT, this.#edits.shift())) this.#edits.length = 0
      }
      batch.flush()
    })
    loop.open()
    this.#stopPacer = pacer.start()
  }

  // For one mode alone: no part of the worker's first code, either.
  async #newPace(): Promise<ClientPace> {
    const { inputDelay, predictionWindow } = this.#options.open
    const { ClientPace } = await import('../session/star/client-pace.ts')
    return new ClientPace(inputDelay, predictionWindow, message => this.#tell({ type: 'refusedEvent', message }))
  }

  async #newEvents(): Promise<EventParts> {
    const { ticket, transport } = this.#options.open
    return (await import('./event-parts.ts')).eventParts({
      game: this.#game,
      hosted: transport.kind !== 'webrtc',
      ticket,
      told: (fault, count) => this.#tell({ type: 'eventFault', fault: { ...fault, count } }),
    })
  }

  #starClient(terms: Terms, pace: ClientPace | null): StarClient {
    const { name, profile, spectate, reconnect, ticket } = this.#options.open
    const shown = typeof ticket === 'string' ? new TextEncoder().encode(ticket) : this.#ticket
    if (shown.length > TICKET_BYTES) throw new RangeError(`connect: a ticket has at most ${TICKET_BYTES} bytes`)
    return new StarClient({
      terms,
      name,
      profile,
      spectate,
      ticket: shown,
      lateJoin: this.#game.lateJoin,
      comesBack: reconnect,
      history: this.#tabs?.newHistory(terms),
      pace,
    })
  }

  async #line(): Promise<Transport> {
    const { open, clock } = this.#options
    switch (open.transport.kind) {
      case 'websocket':
        return connectWebSocket(open.transport.url, open.room, { clock })
      case 'broadcast': {
        this.#tabs = await import('./tab-host.ts')
        this.#host?.abandon()
        this.#host = null
        const session = this.#loop?.session
        const known = session instanceof StarClient ? session.hostedMatch() : null
        const relay = this.#events?.relay(known === null ? null : this.#loop)
        const { transport, host } = await this.#tabs.joinTabs(this.#game.schema.name, open.room, clock, known, relay)
        this.#host = host
        return transport
      }
      case 'webrtc': {
        const { DuelParts } = await import('./duel-parts.ts')
        const game = this.#game.schema.name
        this.#duel = new DuelParts({
          open,
          description: open.transport,
          game,
          clock,
          tell: message => this.#tell(message),
        })
        return this.#duel.line
      }
    }
  }

  #onPage(message: ToWorker): void {
    switch (message.type) {
      case 'input':
        this.#loop?.setInput(message.bytes)
        break
      case 'emit':
        this.#emit(message.kind, message.payload)
        break
      case 'buffer':
        this.#publisher?.takeBack?.(message.buffer)
        break
      case 'direct':
      case 'noDirect':
        this.#duel?.onPage(message)
        break
    }
  }

  #emit(kind: string, payload: unknown): boolean {
    try {
      this.#loop?.emit(kind, payload)
      return true
    } catch (error) {
      this.#tell({ type: 'refusedEvent', message: error instanceof Error ? error.message : String(error) })
      return false
    }
  }

  #onScripts(news: readonly ScriptNews[]): void {
    for (const { level, text } of news) console[level](text)
    this.#tell({ type: 'script', news })
  }

  #onFact(fact: Fact): void {
    switch (fact.kind) {
      case 'welcome':
        this.#rejoinsLeft = 0
        this.#lostAtMs = null
        this.#tell({ type: 'welcome', slot: fact.slot })
        break
      case 'lost':
        this.#onLost(fact.reason)
        break
      case 'resumed':
        this.#lostAtMs = null
        this.#tell({ type: 'resumed', slot: fact.slot, plays: fact.plays })
        break
      case 'roster':
        this.#tell({ type: 'roster', players: fact.peers.map(p => ({ ...p })) })
        break
      case 'start':
      case 'entered':
        this.#events?.entered(this.#loop!)
        this.#tell({ type: 'start', tick: fact.tick, round: fact.round })
        break
      case 'tick':
        if (fact.control !== null && (fact.control.joins.length > 0 || fact.control.leaves.length > 0))
          this.#tell({
            type: 'peers',
            tick: fact.tick,
            joins: [...fact.control.joins],
            leaves: [...fact.control.leaves],
          })
        break
      case 'waiting':
        this.#tell({ type: 'stall', slots: [...fact.slots] })
        break
      case 'end':
        this.#onEnd(fact)
        break
    }
  }

  #onEnd(fact: Extract<Fact, { kind: 'end' }>): void {
    // They are about to come here, too.
    if (fact.reason === REPLACED) this.#rejoinsLeft = REJOIN_TIMES
    // It left only to meet the others again.
    if (this.#rejoinsLeft > 0 && fact.code === 'left') return
    // Others of the room may still play the old rules for a moment: knock again.
    if (this.#rejoinsLeft > 0 && fact.code !== 'refused' && fact.code !== 'desync') {
      this.#options.clock.schedule(0, () => this.#rejoin())
      return
    }
    this.#tell({
      type: 'end',
      end: { code: fact.code, reason: fact.reason, ...(fact.tick > 0 ? { tick: fact.tick } : {}) },
    })
    // Rules that threw keep the port: new ones may come by hot reload. They keep hosting, too: the others are about to
    // throw at the same tick, and should hear of that, not of a host that went.
    if (fact.code === 'rules') this.#stopLoop()
    else this.#options.clock.schedule(0, () => this.#finish())
  }

  #onFault(error: RulesError): void {
    this.#tell({
      type: 'fault',
      fault: { message: error.message, tick: error.tick, file: error.file, line: error.line, stack: error.stack ?? '' },
    })
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#tell({ type: 'end', end: { code: 'refused', reason } })
    this.#finish()
  }

  #stopLoop(): void {
    this.#stopPacer?.()
    this.#stopPacer = null
    this.#loop?.close()
    this.#loop = null
    this.#publisher = null
  }

  #dismantle(): void {
    this.#stopLoop()
    // Without a word: another tab goes on hosting.
    this.#host?.abandon()
    this.#host = null
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#cancelRejoin?.()
    this.#dismantle()
    this.#options.onEnd()
  }

  #tell(message: ToPage, transfer: Transferable[] = []): void {
    this.#options.port.postMessage(message, transfer)
  }
}

// The branches of a match on its page: for a debugger, a coach that shows what might have been, a bot that looks ahead. Loaded
// when it is asked for; everything is computed in the worker.

import * as Comlink from 'comlink'
import type { BranchFacts } from '../loop/branches.ts'
import type { FieldDifference } from '../sim/diff.ts'
import type { AnyGame, InputValues } from '../sim/game.ts'
import type { GameSchema } from '../sim/schema.ts'
import type {
  BranchApi,
  CrossingEvent,
  HeldInput,
  PageCrossing,
  PageMerged,
  PageMergeRule,
  PageParadox,
  WhatIfNews,
} from './branch-messages.ts'
import { StateFrame } from './state-frame.ts'
import type { FrameOf } from './view-types.ts'

export interface MatchForkOptions<G extends AnyGame = AnyGame> {
  /** It begins with the state after this tick. Default: the newest certain one. */
  readonly tick?: number
  /** Own inputs from then on; whatever is not named is as in the match. */
  readonly inputs?: readonly HeldInput<InputValues<G>>[]
}

/** Asks the worker for those of the match with this id. */
export async function openBranches<G extends AnyGame>(
  schema: GameSchema,
  ask: (id: number, port: MessagePort) => Promise<void>,
  id: number,
): Promise<MatchBranches<G>> {
  const { port1, port2 } = new MessageChannel()
  await ask(id, Comlink.transfer(port2, [port2]))
  return new MatchBranches<G>(Comlink.wrap<BranchApi>(port1), port1, schema)
}

export class MatchBranches<G extends AnyGame = AnyGame> {
  readonly #api: Comlink.Remote<BranchApi>
  readonly #port: MessagePort
  readonly #schema: GameSchema

  constructor(api: Comlink.Remote<BranchApi>, port: MessagePort, schema: GameSchema) {
    this.#api = api
    this.#port = port
    this.#schema = schema
  }

  /** Every branch that is kept, the oldest first; and the newest tick at which a fork may begin. */
  list(): Promise<{ readonly certainTick: number; readonly branches: BranchFacts[] }> {
    return this.#api.list()
  }

  /** Events that were refused because they would change a past that others have seen. */
  paradoxes(): Promise<{ readonly count: number; readonly newest: PageParadox[] }> {
    return this.#api.paradoxes()
  }

  /** Predictions that were left are kept for so many ticks, 32 to 3600. Default 120. */
  setWindow(ticks: number): Promise<void> {
    return this.#api.setWindow(ticks)
  }

  /** A universe beside the match. Rejects with a sentence for a tick that is not certain yet, or forgotten. */
  async fork(options: MatchForkOptions<G> = {}): Promise<MatchWhatIf<G>> {
    return this.#whatIf(await this.#api.fork(null, options))
  }

  /** Two universes become one; every decision is listed. `rules` by `Component.field`, for cells that both changed. */
  async merge(
    a: MatchWhatIf<G>,
    b: MatchWhatIf<G>,
    rules: Readonly<Record<string, PageMergeRule>> = {},
  ): Promise<Omit<PageMerged, 'whatIf'> & { readonly whatIf: MatchWhatIf<G> }> {
    const merged = await this.#api.merge(a.id, b.id, rules)
    return { ...merged, whatIf: this.#whatIf(merged.whatIf) }
  }

  /** Takes an event to the branch that it names: once, at its next tick or later. */
  cross(event: CrossingEvent): Promise<PageCrossing> {
    return this.#api.cross(event)
  }

  /** Disposes what was forked; nothing is watched any more. */
  async stop(): Promise<void> {
    await this.#api.stop()
    this.#port.close()
  }

  #whatIf(news: WhatIfNews): MatchWhatIf<G> {
    return new MatchWhatIf<G>(this.#api, news, this.#schema)
  }
}

export class MatchWhatIf<G extends AnyGame = AnyGame> {
  readonly id: number
  readonly forkTick: number
  /** Newest tick that it has computed. */
  tick: number
  /** `main` as long as nothing of it differs from the match. */
  branch: string
  readonly #api: Comlink.Remote<BranchApi>
  readonly #schema: GameSchema

  constructor(api: Comlink.Remote<BranchApi>, { id, tick, forkTick, branch }: WhatIfNews, schema: GameSchema) {
    this.id = id
    this.forkTick = forkTick
    this.tick = tick
    this.branch = branch
    this.#api = api
    this.#schema = schema
  }

  /** Computes so many ticks more, in slices that leave the worker to the match. Rejects where the rules throw. */
  async advance(ticks = 1): Promise<void> {
    const { tick, branch } = await this.#api.advance(this.id, ticks)
    this.tick = tick
    this.branch = branch
  }

  /** Its state, to be read as `match.view` is: `(await whatIf.look()).Body.x[e]`. It stays as it is. */
  async look(): Promise<FrameOf<G>> {
    const { tick } = this
    const frame = new StateFrame(this.#schema.layout)
    frame.load(new Uint8Array(await this.#api.state(this.id)), tick)
    return frame as unknown as FrameOf<G>
  }

  /** As `match.stats.checksum`. */
  checksum(): Promise<number> {
    return this.#api.checksum(this.id)
  }

  /** What is other here (`b`) than in the match at the same tick (`a`). Null: the match has not come so far. */
  difference(limit = 20): Promise<readonly FieldDifference[] | null> {
    return this.#api.difference(this.id, limit)
  }

  /** A universe beside this one. */
  async fork(options: Pick<MatchForkOptions<G>, 'inputs'> = {}): Promise<MatchWhatIf<G>> {
    return new MatchWhatIf<G>(this.#api, await this.#api.fork(this.id, options), this.#schema)
  }

  dispose(): Promise<void> {
    return this.#api.dispose(this.id)
  }
}

// Carries events from branch to branch: a new envelope that names the first as its cause, delivered at the target's next
// tick or later, once. What would change a past that others have seen is a paradox: kept apart, counted, and shown.

import { readdressed, type EventEnvelope } from '../event/envelope.ts'
import { hashKey } from '../event/hash.ts'
import type { Branch, BranchTree } from './branch-tree.ts'

/** What the ticks of `main` have read; a ReadLog, or whoever can say it. */
export interface Reads {
  /** The first tick in `from`…`to` that read one of the columns (null: of any); -1: none did. */
  firstReader(from: number, to: number, columns: readonly string[] | null): number
}

export interface BridgeOptions<S> {
  readonly tree: BranchTree<S>
  /** Of `main`: only what is canonical can be contradicted. */
  readonly reads: Reads
  /** Columns that the rules write when they hear such an event; null: it may be any. */
  readonly writes: (envelope: EventEnvelope) => readonly string[] | null
  /** The sender's next id at a tick of a branch. By default counted here: nobody else emits there. */
  readonly nextId?: (kairos: string, slot: number, chronos: number) => number
  /** In authoritative mode the host alone decides about a paradox: true lets it pass. */
  readonly decide?: ((paradox: Paradox) => boolean) | null
}

export interface Paradox {
  readonly envelope: EventEnvelope
  /** Branch that it was to reach. */
  readonly kairos: string
  /** The tick that has read what it writes. */
  readonly readerTick: number
  readonly reason: string
}

export type Crossing =
  | { readonly kind: 'crossed'; readonly envelope: EventEnvelope }
  /** It crossed before. */
  | { readonly kind: 'repeated' }
  /** Nobody is there: the target is unknown or was left behind. */
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'paradox'; readonly paradox: Paradox }

/** Paradoxes that are kept to be shown: what fits a screen. */
export const QUARANTINE = 32
/** Crossings that are remembered: what tools send in a few minutes. */
export const CROSSINGS = 1024

export class Bridge<S> {
  /** Paradoxes so far. */
  paradoxes = 0
  /** The newest of them, oldest first. */
  readonly quarantine: Paradox[] = []
  readonly #options: BridgeOptions<S>
  readonly #crossed = new Set<string>()
  readonly #ids = new Map<string, { chronos: number; next: number }>()

  constructor(options: BridgeOptions<S>) {
    this.#options = options
  }

  cross(envelope: EventEnvelope): Crossing {
    const { tree } = this.#options
    const named = tree.branch(envelope.kairos)
    if (named === null) return { kind: 'lost', reason: `no branch ${envelope.kairos} is kept` }
    const target = tree.resolve(named)
    if (target.state === 'abandoned' || target.state === 'predicted')
      return { kind: 'lost', reason: `branch ${target.id} is ${target.state}: nobody goes on there` }
    // By target, too: what collapsed into another branch may arrive there by both names.
    const key = `${hashKey(envelope.envelopeHash)} ${target.id}`
    if (this.#crossed.has(key)) return { kind: 'repeated' }
    const paradox = this.#paradox(envelope, target)
    if (paradox !== null && this.#options.decide?.(paradox) !== true) return this.#refuse(paradox)
    if (this.#crossed.size === CROSSINGS) this.#crossed.delete(this.#crossed.values().next().value!)
    this.#crossed.add(key)
    const chronos = Math.max(envelope.chronos, target.tip.tick + 1)
    const id = this.#nextId(target.id, envelope.slot, chronos)
    return { kind: 'crossed', envelope: readdressed(envelope, { kairos: target.id, chronos, id }) }
  }

  // Forks are not canonical: their tools run them as they like. On `main`, what is past is not replayed.
  #paradox(envelope: EventEnvelope, target: Branch<S>): Paradox | null {
    const { reads, writes, tree } = this.#options
    if (target !== tree.main || envelope.chronos > target.tip.tick) return null
    const columns = writes(envelope)
    const readerTick = reads.firstReader(envelope.chronos, target.tip.tick, columns)
    if (readerTick < 0) return null
    const what = columns === null ? 'anything' : columns.join(', ')
    const reason = `'${envelope.kind}' for tick ${envelope.chronos} writes ${what}, which tick ${readerTick} has read`
    return { envelope, kairos: target.id, readerTick, reason }
  }

  #refuse(paradox: Paradox): Crossing {
    this.paradoxes++
    if (this.quarantine.length === QUARANTINE) this.quarantine.shift()
    this.quarantine.push(paradox)
    return { kind: 'paradox', paradox }
  }

  #nextId(kairos: string, slot: number, chronos: number): number {
    const { nextId } = this.#options
    if (nextId !== undefined) return nextId(kairos, slot, chronos)
    const sender = `${kairos} ${slot}`
    const last = this.#ids.get(sender)
    const next = last?.chronos === chronos ? last.next : 0
    this.#ids.set(sender, { chronos, next: next + 1 })
    return next
  }
}

// The timeline as a tree. What is confirmed is the branch `main`; what is predicted is a branch of its own, that `main`
// takes over tick by tick, or leaves behind where facts contradict it. Tools fork on purpose. For them and the debugger:
// a match runs without it.

import { equalBytes } from '../bytes/equal.ts'
import { encodeCanonical } from '../event/canonical-cbor.ts'

/** BLAKE3: handed in, so that whoever has no tree does not load it. */
export type Hash = (bytes: Uint8Array) => Uint8Array

/**
 * `canonical`: confirmed. `predicted`: the loop goes on here. `forked`: a tool's. `abandoned`: facts contradicted it.
 * `collapsed`: all of it is part of another branch now.
 */
export type BranchState = 'canonical' | 'predicted' | 'forked' | 'abandoned' | 'collapsed'

export interface Branch<S> {
  /** `main`, or 64 digits. */
  readonly id: string
  readonly parent: Branch<S> | null
  /** Newest tick that it shared with its parent when it began. */
  readonly forkTick: number
  readonly state: BranchState
  /** Of a collapsed one: where its events go now. */
  readonly mergedInto: Branch<S> | null
  /** Its newest node; where it has none of its own, the one that it forked from. */
  readonly tip: BranchNode<S>
}

export interface BranchNode<S> {
  readonly branch: Branch<S>
  /** Null where the tree begins, or where what was before is forgotten. */
  readonly parent: BranchNode<S> | null
  readonly tick: number
  readonly inputs: Uint8Array
  snapshot: S | null
}

export interface BranchTreeOptions {
  readonly hash: Hash
  /** Tick of the state that the tree begins with. */
  readonly tick: number
  /** Ticks that are kept behind the confirmed one: what the debugger shows. */
  readonly windowTicks: number
}

/** Name of the branch that is confirmed: the same on every machine. */
export const MAIN = 'main'

/** Most branches that are kept, where the window is no longer: one that was left at each tick of it. Beyond it the oldest of those goes. */
export const BRANCHES = 128

const NOTHING = new Uint8Array()

type Own<S> = { -readonly [K in keyof Branch<S>]: Branch<S>[K] }
type OwnNode<S> = Omit<BranchNode<S>, 'branch' | 'parent'> & { branch: Own<S>; parent: OwnNode<S> | null }

export class BranchTree<S> {
  /** Ticks that are kept behind the confirmed one. A smaller one lets go at the next confirmed tick. */
  windowTicks: number
  readonly #hash: Hash
  readonly #main: Own<S>
  /** Nodes of `main` by tick. */
  readonly #line = new Map<number, OwnNode<S>>()
  /** Ticks of `main` below are forgotten. */
  #oldest: number
  /** Branches that go no further, by their last tick. */
  readonly #closed = new Map<number, Own<S>[]>()
  /** Those whose last tick is below are forgotten. */
  #swept: number
  /** By id, in the order of their making. */
  readonly #branches = new Map<string, Own<S>>()
  /** The newest simulated node: on `main`, or on what is predicted. */
  #head: OwnNode<S>

  constructor(options: BranchTreeOptions) {
    this.windowTicks = options.windowTicks
    this.#hash = options.hash
    const main: Partial<Own<S>> = {
      id: MAIN,
      parent: null,
      forkTick: options.tick,
      state: 'canonical',
      mergedInto: null,
    }
    this.#main = main as Own<S>
    const root: OwnNode<S> = {
      ...{ branch: this.#main, parent: null, tick: options.tick },
      ...{ inputs: NOTHING, snapshot: null },
    }
    this.#oldest = options.tick
    this.#swept = options.tick - options.windowTicks
    this.#tip(root)
    this.#head = root
    this.#branches.set(MAIN, this.#main)
  }

  get main(): Branch<S> {
    return this.#main
  }

  get head(): BranchNode<S> {
    return this.#head as BranchNode<S>
  }

  /** Every branch that is kept, the oldest first. */
  get branches(): readonly Branch<S>[] {
    return [...this.#branches.values()]
  }

  branch(id: string): Branch<S> | null {
    return this.#branches.get(id) ?? null
  }

  /**
   * The loop simulated `tick`: the one after the head, or an earlier one again. `inputs` is all that the tick was computed
   * from. The same inputs as before change nothing; others leave what was predicted there, and go on beside it.
   */
  advance(tick: number, inputs: Uint8Array): BranchNode<S> {
    const head = this.#head
    if (tick > head.tick + 1) throw new Error(`tick ${tick} after tick ${head.tick}`)
    const known = tick <= head.tick ? this.#at(head, tick) : null
    if (known !== null && equalBytes(known.inputs, inputs)) return known as BranchNode<S>
    if (tick <= this.#main.tip.tick) throw new Error(`tick ${tick} is confirmed with other inputs`)
    const parent = this.#at(head, tick - 1)
    if (known !== null) this.#abandon(known, head)
    // On what is predicted already, or a new branch: of `main`, or of what was left.
    const grows = parent.branch.state === 'predicted'
    this.#head = grows ? this.#grow(parent, inputs) : this.#fork(parent, inputs, 'predicted')
    return this.#head as BranchNode<S>
  }

  /** A tick's facts, whole; ticks follow one another. Where the loop predicted them, `main` takes its node over. */
  confirm(tick: number, inputs: Uint8Array): BranchNode<S> {
    const tip = this.#main.tip as OwnNode<S>
    if (tick !== tip.tick + 1) throw new Error(`tick ${tick} confirmed after tick ${tip.tick}`)
    const head = this.#head
    const predicted = head.tick >= tick ? this.#at(head, tick) : null
    if (predicted !== null && equalBytes(predicted.inputs, inputs)) {
      this.#adopt(predicted)
      this.#forget()
      return predicted as BranchNode<S>
    }
    if (predicted !== null) this.#abandon(predicted, head)
    const node = this.#grow(tip, inputs)
    // Not simulated yet, or not so: the loop goes on from here.
    this.#head = node
    this.#forget()
    return node as BranchNode<S>
  }

  /** Everything goes on from `tick`, older or newer: what was predicted is left, and what is between is not known. */
  rebase(tick: number): void {
    const tip = this.#main.tip as OwnNode<S>
    if (this.#head.tick > tip.tick) this.#abandon(this.#at(this.#head, tip.tick + 1), this.#head)
    const root: OwnNode<S> = { branch: this.#main, parent: null, tick, inputs: NOTHING, snapshot: null }
    this.#line.clear()
    this.#oldest = tick
    for (const last of this.#closed.keys()) if (last < tick - this.windowTicks) this.#sweep(last)
    this.#swept = tick - this.windowTicks
    this.#tip(root)
    this.#head = root
  }

  /** The node of a confirmed tick. What is older than the window gets one of its own, without a way to the others. */
  mainNode(tick: number): BranchNode<S> {
    const { tip } = this.#main
    if (tick > tip.tick) throw new Error(`tick ${tick} is not confirmed: tick ${tip.tick} is the newest`)
    const kept = this.#line.get(tick)
    if (kept !== undefined) return kept as BranchNode<S>
    return { branch: this.#main as Branch<S>, parent: null, tick, inputs: NOTHING, snapshot: null }
  }

  /** A universe beside the match: the state of `from`, and `inputs` of its own for the next tick. The same ones give the same branch. */
  fork(from: BranchNode<S>, inputs: Uint8Array): Branch<S> {
    const id = this.#idOf(from as OwnNode<S>, inputs)
    const known = this.#branches.get(id)
    return known?.state === 'forked' ? known : this.#fork(from as OwnNode<S>, inputs, 'forked').branch
  }

  /**
   * The tick after `node` in a universe beside the match. The same inputs lead to the same node; others than those that are known
   * there begin a branch. What comes after a branch's tip is that branch for whoever `owns` it, and a branch for everyone else.
   */
  step(node: BranchNode<S>, inputs: Uint8Array, owns: boolean): BranchNode<S> {
    const { branch } = node
    if (branch.state === 'forked') {
      if (branch.tip === node)
        return owns ? this.extend(branch, inputs) : (this.#fork(node as OwnNode<S>, inputs, 'forked') as BranchNode<S>)
      const next = this.#at(branch.tip as OwnNode<S>, node.tick + 1)
      if (equalBytes(next.inputs, inputs)) return next as BranchNode<S>
    }
    const fork = this.fork(node, inputs)
    return this.#at(fork.tip as OwnNode<S>, node.tick + 1) as BranchNode<S>
  }

  /** A universe that two became: it goes on at the later tick of the two. Forks among them are part of it from now on. */
  merge(a: BranchNode<S>, b: BranchNode<S>): Branch<S> {
    const base = this.commonAncestor(a, b) as OwnNode<S> | null
    if (base === null) throw new Error('these branches have no ancestor that is kept: nothing says what either changed')
    // In the order of the names, so that both ways round give one universe.
    const parts = [a, b].map(node => [node.branch.id, node.tick] as const)
    parts.sort((x, y) => (x[0] === y[0] ? x[1] - y[1] : x[0] < y[0] ? -1 : 1))
    const inputs = encodeCanonical(parts)
    const id = this.#idOf(base, inputs)
    const branch = this.#open(id, base, 'forked')
    const tick = Math.max(a.tick, b.tick)
    branch.tip = { branch, parent: base, tick, inputs, snapshot: null } as unknown as BranchNode<S>
    for (const part of [a.branch, b.branch]) if (part.state === 'forked') this.collapse(part, branch as Branch<S>)
    return branch as Branch<S>
  }

  /** The next tick of a fork. */
  extend(branch: Branch<S>, inputs: Uint8Array): BranchNode<S> {
    if (branch.state !== 'forked') throw new Error(`branch ${branch.id} is ${branch.state}: only forks are extended`)
    return this.#grow(branch.tip as OwnNode<S>, inputs) as BranchNode<S>
  }

  /** `branch` is part of `into` from now on: what is addressed to it goes there. */
  collapse(branch: Branch<S>, into: Branch<S>): void {
    if (branch.state !== 'forked') throw new Error(`branch ${branch.id} is ${branch.state}: only forks are merged`)
    if (this.resolve(into) === branch) throw new Error(`branch ${branch.id} cannot be merged into itself`)
    this.#collapse(branch as Own<S>, into as Own<S>)
  }

  /** Nobody asks for this fork any more. */
  abandon(branch: Branch<S>): void {
    if (branch.state !== 'forked') throw new Error(`branch ${branch.id} is ${branch.state}: only forks are given up`)
    this.#close(branch as Own<S>, branch.forkTick + 1)
  }

  /** Where events for this branch go: itself, or the one that it became part of. */
  resolve(branch: Branch<S>): Branch<S> {
    let at = branch
    while (at.mergedInto !== null) at = at.mergedInto
    return at
  }

  /** Lowest common ancestor; null where it is forgotten. */
  commonAncestor(a: BranchNode<S>, b: BranchNode<S>): BranchNode<S> | null {
    let x: BranchNode<S> | null = a
    let y: BranchNode<S> | null = b
    while (x !== y) {
      if (x === null || y === null) return null
      const [isMainX, isMainY] = [x.branch === this.#main, y.branch === this.#main]
      // On one line the earlier one is it, however much between them is forgotten.
      if (isMainX && isMainY) return x.tick < y.tick ? x : y
      if (isMainY || (!isMainX && x.tick >= y.tick)) x = x.parent
      else y = y.parent
    }
    return x
  }

  /** BLAKE3 of what a node's tick was computed from. */
  digest(node: BranchNode<S>): Uint8Array {
    return this.#hash(node.inputs)
  }

  /** The node of an ancestor's tick. */
  #at(from: OwnNode<S>, tick: number): OwnNode<S> {
    let node: OwnNode<S> | null = from
    while (node !== null && node.tick > tick) node = node.parent
    if (node === null) throw new Error(`tick ${tick} is forgotten: the tree keeps ${this.windowTicks} ticks`)
    return node
  }

  #grow(parent: OwnNode<S>, inputs: Uint8Array): OwnNode<S> {
    return this.#add(parent.branch, parent, inputs)
  }

  #fork(parent: OwnNode<S>, inputs: Uint8Array, state: BranchState): OwnNode<S> {
    return this.#add(this.#open(this.#idOf(parent, inputs), parent, state), parent, inputs)
  }

  #open(id: string, parent: OwnNode<S>, state: BranchState): Own<S> {
    const branch: Own<S> = {
      ...{ id, parent: parent.branch as Branch<S>, forkTick: parent.tick, state, mergedInto: null },
      tip: parent as BranchNode<S>,
    }
    if (state === 'forked') this.#checkForks()
    // Predicted a second time, after it was left: the same branch, from its first tick on. A tool's fork keeps the name.
    if (state === 'forked' || this.#branches.get(id)?.state !== 'forked') {
      this.#branches.delete(id)
      this.#branches.set(id, branch)
      this.#limit()
    }
    return branch
  }

  #add(branch: Own<S>, parent: OwnNode<S>, inputs: Uint8Array): OwnNode<S> {
    const node: OwnNode<S> = { branch, parent, tick: parent.tick + 1, inputs: inputs.slice(), snapshot: null }
    if (branch === this.#main) this.#tip(node)
    else branch.tip = node as BranchNode<S>
    return node
  }

  #idOf(parent: OwnNode<S>, inputs: Uint8Array): string {
    return branchId(this.#hash, parent.branch.id, parent.tick, inputs)
  }

  // `main` has this node now; a prediction that has none left has become part of it.
  #adopt(node: OwnNode<S>): void {
    const { branch } = node
    node.branch = this.#main
    this.#tip(node)
    if (branch.tip === node && branch.state === 'predicted') this.#collapse(branch, this.#main)
  }

  #tip(node: OwnNode<S>): void {
    this.#main.tip = node as BranchNode<S>
    this.#line.set(node.tick, node)
  }

  #collapse(branch: Own<S>, into: Own<S>): void {
    branch.state = 'collapsed'
    branch.mergedInto = into as Branch<S>
    this.#dropSnapshots(branch, branch.forkTick + 1)
    this.#ended(branch)
  }

  // From `first` up to the head nothing holds: every prediction on the way is left.
  #abandon(first: OwnNode<S>, head: OwnNode<S>): void {
    for (let node: OwnNode<S> | null = head; node !== null && node.tick >= first.tick; node = node.parent)
      if (node.branch.state === 'predicted') this.#close(node.branch, first.tick)
  }

  #close(branch: Own<S>, fromTick: number): void {
    branch.state = 'abandoned'
    this.#dropSnapshots(branch, fromTick)
    this.#ended(branch)
  }

  #ended(branch: Own<S>): void {
    // A fork may lag behind the window: it is forgotten next.
    const tick = Math.max(branch.tip.tick, this.#swept)
    const others = this.#closed.get(tick)
    if (others === undefined) this.#closed.set(tick, [branch])
    else others.push(branch)
  }

  // Of what is left: earlier ticks of the branch may be on the way to the head still.
  #dropSnapshots(branch: Own<S>, fromTick: number): void {
    let node: OwnNode<S> | null = branch.tip as OwnNode<S>
    for (; node !== null && node.branch === branch && node.tick >= fromTick; node = node.parent) node.snapshot = null
  }

  /** Whatever ended before the window is let go; forks that a tool still has are its own to give up. */
  #forget(): void {
    const oldest = this.#main.tip.tick - this.windowTicks
    for (; this.#swept < oldest; this.#swept++) this.#sweep(this.#swept)
    // What falls out of `main` keeps its place on the way of those that forked from it.
    for (; this.#oldest < oldest; this.#oldest++) this.#line.delete(this.#oldest)
    const first = this.#line.get(this.#oldest)
    if (first !== undefined) first.parent = null
  }

  #sweep(lastTick: number): void {
    const closed = this.#closed.get(lastTick)
    if (closed === undefined) return
    // Another one may have its name by now.
    for (const branch of closed) if (this.#branches.get(branch.id) === branch) this.#branches.delete(branch.id)
    this.#closed.delete(lastTick)
  }

  // Never throws: what is predicted is no tool's affair.
  #limit(): void {
    if (this.#branches.size <= Math.max(BRANCHES, this.windowTicks)) return
    for (const branch of this.#branches.values())
      if (branch.state === 'abandoned' || branch.state === 'collapsed') {
        this.#branches.delete(branch.id)
        return
      }
  }

  #checkForks(): void {
    let open = 0
    for (const branch of this.#branches.values()) if (branch.state === 'forked') open++
    if (open >= BRANCHES) throw new Error(`${BRANCHES} forks are open: give up those that nobody looks at`)
  }
}

/** BLAKE3 of parent branch, fork tick and the digest of the first inputs that differ, in hex. */
export function branchId(hash: Hash, parent: string, forkTick: number, inputs: Uint8Array): string {
  return hex(hash(encodeCanonical([parent, forkTick, hash(inputs)])))
}

/** Seed of a fork's generator at a tick, u32; `main` is seeded from (match seed, tick), whatever branch it was predicted on. */
export function forkSeed(hash: Hash, seed: number, branch: string, tick: number): number {
  const bytes = hash(encodeCanonical([seed, branch, tick]))
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
}

function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0')
  return text
}

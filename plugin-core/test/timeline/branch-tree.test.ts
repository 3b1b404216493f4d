import { expect, test } from 'vitest'
import { hashOf } from '../../src/event/hash.ts'
import { BRANCHES, BranchTree, branchId, forkSeed } from '../../src/timeline/branch-tree.ts'
import { Timeline } from '../../src/timeline/timeline.ts'
import { seeded } from '../seeded.ts'

type Tree = BranchTree<string>
const tree = (windowTicks = 120): Tree => new BranchTree<string>({ hash: hashOf, tick: 0, windowTicks })
const of = (...bytes: number[]): Uint8Array => new Uint8Array(bytes)

/** The way from the head to the tree's beginning: `main:1[5] predicted:2[6]`. */
function way(t: Tree): string {
  const steps: string[] = []
  for (let node = t.head; node.parent !== null; node = node.parent)
    steps.unshift(`${node.branch === t.main ? 'main' : node.branch.state}:${node.tick}[${[...node.inputs]}]`)
  return steps.join(' ')
}

test('what is predicted is a branch, and main takes over what is confirmed', () => {
  const t = tree()
  for (let tick = 1; tick <= 3; tick++) t.advance(tick, of(7))
  expect(way(t)).toBe('predicted:1[7] predicted:2[7] predicted:3[7]')
  const prediction = t.head.branch
  expect(prediction).toMatchObject({ parent: t.main, forkTick: 0, id: branchId(hashOf, 'main', 0, of(7)) })
  t.confirm(1, of(7))
  t.confirm(2, of(7))
  expect(way(t)).toBe('main:1[7] main:2[7] predicted:3[7]')
  expect(t.head.branch).toBe(prediction)
  t.confirm(3, of(7))
  expect([prediction.state, t.resolve(prediction)]).toEqual(['collapsed', t.main])
  expect(t.main.tip).toBe(t.head)
})

test('facts that contradict a prediction go on at the common ancestor; the wrong one stays, without snapshots', () => {
  const t = tree()
  for (let tick = 1; tick <= 4; tick++) t.advance(tick, of(7)).snapshot = `state ${tick}`
  const wrong = t.head
  t.confirm(1, of(7))
  t.confirm(2, of(9))
  expect(way(t)).toBe('main:1[7] main:2[9]')
  for (let tick = 2; tick <= 4; tick++) t.advance(tick, of(tick === 2 ? 9 : 8))
  expect(way(t)).toBe('main:1[7] main:2[9] predicted:3[8] predicted:4[8]')
  expect(wrong.branch.state).toBe('abandoned')
  expect(t.branch(wrong.branch.id)).toBe(wrong.branch)
  expect(t.commonAncestor(wrong, t.head)).toMatchObject({ tick: 1, snapshot: 'state 1' })
  expect([wrong.snapshot, wrong.parent?.snapshot, wrong.parent?.parent?.snapshot]).toEqual([null, null, null])
  expect(t.head.branch).toMatchObject({ parent: t.main, forkTick: 2, id: branchId(hashOf, 'main', 2, of(8)) })
})

test('a prediction that is corrected in its middle keeps what still holds', () => {
  const t = tree()
  for (let tick = 1; tick <= 4; tick++) t.advance(tick, of(7)).snapshot = `state ${tick}`
  const first = t.head.branch
  // Another player's input came early: tick 3 is not confirmed, and not what was predicted.
  t.advance(3, of(5))
  expect(way(t)).toBe('abandoned:1[7] abandoned:2[7] predicted:3[5]')
  expect(t.head.branch).toMatchObject({ parent: first, forkTick: 2, id: branchId(hashOf, first.id, 2, of(5)) })
  expect(t.head.parent?.snapshot).toBe('state 2')
  for (const tick of [1, 2]) t.confirm(tick, of(7))
  t.confirm(3, of(5))
  expect(way(t)).toBe('main:1[7] main:2[7] main:3[5]')
  expect(t.advance(3, of(5))).toBe(t.head)
})

test('the same facts in the same order give the same ids', () => {
  const ids = (): string[] => {
    const t = tree()
    const random = seeded(9)
    for (let tick = 1; tick <= 60; tick++) {
      for (let ahead = Math.max(t.head.tick, t.main.tip.tick) + 1; ahead <= tick + 5; ahead++)
        t.advance(ahead, of(random.below(2)))
      t.confirm(tick, of(random.below(2)))
    }
    return t.branches.map(({ id }) => id)
  }
  expect(ids().length).toBeGreaterThan(10)
  expect(ids()).toEqual(ids())
  // A vector, so that another machine's build says so when it names branches otherwise.
  expect(branchId(hashOf, 'main', 120, of(1, 2, 3))).toBe(
    'e5d2d59d8d38a46940bef8ee863d7c233a50be53d0d46945fe3a9558c5c8fb13',
  )
  expect(forkSeed(hashOf, 0xcafef00d, 'main', 120)).toBe(2765016636)
})

test.each([1, 2, 3, 4])('over a timeline with mispredictions, main is what was confirmed (seed %i)', seed => {
  const random = seeded(seed)
  const timeline = new Timeline({ slots: 2, inputBytes: 1, predictionWindow: 8, predict: null })
  timeline.start(1)
  const t = tree()
  const facts: Uint8Array[] = []
  const simulated: Uint8Array[] = []
  let abandoned = 0
  for (let step = 0; step < 400; step++) {
    for (const request of timeline.plan(random.chance(0.9)))
      if (request.kind === 'advance') {
        simulated[request.tick] = request.row.slice()
        t.advance(request.tick, request.row)
      }
    const next = timeline.confirmedTick + 1
    if (next <= timeline.headTick + 2 && random.chance(0.85)) {
      const row = of(random.below(3) >> 1, random.below(3) >> 1)
      facts[next] = row
      timeline.confirm(next, row, null, null)
      t.confirm(next, row)
    } else if (random.chance(0.3)) timeline.setInput(random.below(2), next + random.below(3), of(random.below(2)))
    abandoned = t.branches.filter(b => b.state === 'abandoned').length
  }
  for (const request of timeline.plan(false))
    if (request.kind === 'advance') {
      simulated[request.tick] = request.row.slice()
      t.advance(request.tick, request.row)
    }
  expect(t.main.tip.tick).toBe(timeline.confirmedTick)
  expect(abandoned).toBeGreaterThan(5)
  for (let node = t.head; node.parent !== null; node = node.parent) {
    expect(node.branch === t.main).toBe(node.tick <= timeline.confirmedTick)
    expect(node.inputs).toEqual(node.branch === t.main ? facts[node.tick] : simulated[node.tick])
  }
  expect(t.branches.length).toBeLessThanOrEqual(BRANCHES)
})

test('what was abandoned is kept for the window, and no longer', () => {
  const t = tree(10)
  t.advance(1, of(7))
  const wrong = t.head.branch
  t.confirm(1, of(8))
  for (let tick = 2; tick <= 11; tick++) t.confirm(tick, of(0))
  expect(t.branch(wrong.id)).toBe(wrong)
  t.confirm(12, of(0))
  expect(t.branch(wrong.id)).toBe(null)
  let nodes = 0
  for (let node: typeof t.head | null = t.head; node !== null; node = node.parent) nodes++
  expect(nodes).toBe(11)
})

test('a tool forks where it likes, with inputs of its own, and the match goes on as it would', () => {
  const [t, alone] = [tree(5), tree(5)]
  for (const each of [t, alone]) for (let tick = 1; tick <= 4; tick++) each.confirm(tick, of(1))
  const from = t.head.parent!
  from.snapshot = 'state 3'
  const fork = t.fork(from, of(2))
  expect(fork).toMatchObject({ state: 'forked', forkTick: 3, id: branchId(hashOf, 'main', 3, of(2)) })
  expect(t.fork(from, of(2))).toBe(fork)
  expect(t.fork(from, of(3))).not.toBe(fork)
  for (let tick = 5; tick <= 30; tick++) {
    expect(t.extend(fork, of(4))).toMatchObject({ tick })
    for (const each of [t, alone]) {
      each.advance(tick, of(9))
      each.confirm(tick, of(1))
    }
  }
  expect(way(t)).toBe(way(alone))
  // However much of main is forgotten meanwhile: where they parted is known.
  expect(t.commonAncestor(fork.tip, t.head)).toBe(from)
  expect(t.commonAncestor(t.head, fork.tip)).toMatchObject({ tick: 3, snapshot: 'state 3' })
  expect(() => t.extend(t.main, of(1))).toThrow(/is canonical: only forks are extended/)
})

test('a fork of a fork has its own ancestor, and collapses into what it was merged into', () => {
  const t = tree()
  t.confirm(1, of(1))
  const a = t.fork(t.head, of(2))
  t.extend(a, of(2))
  const b = t.fork(a.tip, of(3))
  t.extend(a, of(4))
  expect(t.commonAncestor(a.tip, b.tip)).toMatchObject({ tick: 3, branch: a })
  t.collapse(b, a)
  t.collapse(a, t.main)
  expect([t.resolve(b), b.state, a.state]).toEqual([t.main, 'collapsed', 'collapsed'])
  expect(() => t.collapse(a, t.main)).toThrow(/only forks are merged/)
  const c = t.fork(t.head, of(5))
  expect(() => t.collapse(c, c)).toThrow(/cannot be merged into itself/)
  t.abandon(c)
  expect(c.state).toBe('abandoned')
})

test('a fork and a prediction of the same inputs are two things with one name: the fork keeps it', () => {
  const t = tree()
  t.advance(1, of(7))
  const predicted = t.head.branch
  const fork = t.fork(t.main.tip, of(7))
  expect(fork.id).toBe(predicted.id)
  expect(t.branch(fork.id)).toBe(fork)
  t.confirm(1, of(8))
  const early = t.fork(t.head, of(1))
  t.advance(2, of(1))
  expect([t.head.branch.id, t.head.branch.state, t.branch(early.id)]).toEqual([early.id, 'predicted', early])
  expect([fork.state, predicted.state, t.branch(fork.id)]).toEqual(['forked', 'abandoned', fork])
})

test('branches are bounded: the oldest abandoned one goes; forks that nobody gives up are a mistake of their tool alone', () => {
  const t = tree(100)
  for (let tick = 1; tick <= BRANCHES; tick++) {
    t.advance(tick, of(7))
    t.advance(tick, of(6))
    t.confirm(tick, of(8))
  }
  expect(t.branches.length).toBe(BRANCHES)
  for (let i = 0; i < BRANCHES; i++) t.fork(t.head, of(i))
  expect(() => t.fork(t.head, of(BRANCHES))).toThrow('128 forks are open: give up those that nobody looks at')
  // The match does not care.
  const { tick } = t.head
  t.advance(tick + 1, of(7))
  t.confirm(tick + 1, of(8))
  expect(t.main.tip.tick).toBe(tick + 1)
})

test('the window may be set while the tree grows; a longer one keeps a branch that was left at each of its ticks', () => {
  const t = tree(200)
  const run = (from: number, to: number): void => {
    for (let tick = from; tick <= to; tick++) {
      t.advance(tick, of(7))
      t.confirm(tick, of(8))
    }
  }
  run(1, 300)
  expect(t.branches.length).toBe(200)
  t.windowTicks = 40
  run(301, 301)
  expect(t.branches.length).toBe(1 + 41)
  expect([t.mainNode(261).parent, t.mainNode(262).parent?.tick]).toEqual([null, 261])
})

test('a confirmed tick that is older than the window has a node of its own, and forks have a common ancestor there', () => {
  const t = tree(5)
  for (let tick = 1; tick <= 30; tick++) t.confirm(tick, of(1))
  expect(t.mainNode(27)).toBe(t.head.parent!.parent!.parent)
  const [a, b] = [t.step(t.mainNode(10), of(2), false), t.step(t.mainNode(12), of(3), false)]
  expect(a.branch.id).toBe(branchId(hashOf, 'main', 10, of(2)))
  expect(t.commonAncestor(a, b)).toBe(a.parent)
  expect(t.commonAncestor(b, t.head)).toBe(b.parent)
  expect(() => t.mainNode(31)).toThrow('tick 31 is not confirmed: tick 30 is the newest')
})

test('a fork that lagged behind the window is forgotten once nobody asks for it', () => {
  const t = tree(5)
  t.confirm(1, of(1))
  const fork = t.fork(t.head, of(2))
  for (let tick = 2; tick <= 30; tick++) t.confirm(tick, of(1))
  expect(t.branch(fork.id)).toBe(fork)
  t.abandon(fork)
  t.confirm(31, of(1))
  t.confirm(32, of(1))
  expect(t.branch(fork.id)).toBe(null)
})

test('steps with the same inputs are one branch; the first that differs begins another', () => {
  const t = tree()
  for (let tick = 1; tick <= 4; tick++) t.confirm(tick, of(1))
  const first = t.step(t.head, of(2), false)
  const second = t.step(first, of(3), true)
  expect(t.step(t.head, of(2), false)).toBe(first)
  expect(t.step(first, of(3), false)).toBe(second)
  const other = t.step(first, of(4), true)
  expect([first.branch, second.branch]).toEqual([other.branch.parent, other.branch.parent])
  expect(other.branch).toMatchObject({ forkTick: 5, id: branchId(hashOf, first.branch.id, 5, of(4)) })
  expect(t.commonAncestor(second, other)).toBe(first)
  // Where the branch has come to, only its own go on as it.
  expect(t.step(second, of(5), false).branch).toMatchObject({ parent: first.branch, forkTick: 6 })
  expect(t.step(second, of(6), true).branch).toBe(first.branch)
})

test('two forks become one branch, with the same name both ways round, and go on there', () => {
  const merged = (swap: boolean): string => {
    const t = tree()
    for (let tick = 1; tick <= 4; tick++) t.confirm(tick, of(1))
    const a = t.step(t.step(t.head, of(2), false), of(2), true)
    const b = t.step(t.head, of(3), false)
    const into = swap ? t.merge(b, a) : t.merge(a, b)
    expect(into).toMatchObject({ parent: t.main, forkTick: 4, state: 'forked' })
    expect([into.tip.tick, into.tip.parent]).toEqual([6, t.head])
    expect([a.branch.state, b.branch.state, t.resolve(a.branch), t.resolve(b.branch)]).toEqual([
      ...['collapsed', 'collapsed'],
      ...[into, into],
    ])
    expect(t.step(into.tip, of(9), true)).toMatchObject({ tick: 7, branch: into })
    return into.id
  }
  expect(merged(false)).toBe(merged(true))
})

test('another state in the middle of a match: what was predicted is left, and main goes on from there', () => {
  const t = tree()
  for (let tick = 1; tick <= 3; tick++) t.confirm(tick, of(1))
  const fork = t.fork(t.mainNode(2), of(5))
  t.advance(4, of(7))
  const predicted = t.head.branch
  t.rebase(40)
  expect([predicted.state, t.head.tick, t.main.tip]).toEqual(['abandoned', 40, t.head])
  t.advance(41, of(1))
  t.confirm(41, of(1))
  expect(way(t)).toBe('main:41[1]')
  expect(t.commonAncestor(fork.tip, t.head)).toMatchObject({ tick: 2 })
  // Back, too: the ticks after it are confirmed anew.
  t.rebase(2)
  expect(t.confirm(3, of(1))).toMatchObject({ tick: 3, branch: t.main })
})

test('ticks out of order are our mistake', () => {
  const t = tree()
  expect(() => t.advance(2, of(1))).toThrow('tick 2 after tick 0')
  expect(() => t.confirm(2, of(1))).toThrow('tick 2 confirmed after tick 0')
  t.confirm(1, of(1))
  expect(() => t.advance(1, of(2))).toThrow('tick 1 is confirmed with other inputs')
})

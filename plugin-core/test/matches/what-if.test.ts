import { types } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { makeEnvelope, type EventEnvelope } from '../../src/event/envelope.ts'
import { hashOf } from '../../src/event/hash.ts'
import { watchBranches, type Branches, type BranchesOptions } from '../../src/loop/branches.ts'
import { nextRandom, seedRandom } from '../../src/math/random.ts'
import { describeDifference } from '../../src/sim/diff.ts'
import { branchId, forkSeed } from '../../src/timeline/branch-tree.ts'
import { arena } from './arena.ts'
import { WholeMatch, type Machine, type MatchPlan } from './match.ts'
import { playBeside, whatIfPlanOf } from './what-if-match.ts'
import { yard } from './yard.ts'

const LINE = { delayMs: 40, jitterMs: 15, loss: 0.05, duplicate: 0.01, reorder: 0.05 }
const JUMPS = new Uint8Array([1])
/** Slot 1 jumps, whatever it did. */
const jumping = (slot: number): Uint8Array | null => (slot === 1 ? JUMPS : null)

const open: Branches[] = []
afterEach(() => {
  for (const branches of open.splice(0)) branches.stop()
})

function watch({ loop }: Machine, options: BranchesOptions = {}): Branches {
  const branches = watchBranches(loop, options)
  open.push(branches)
  return branches
}

/** A match at tick 200, watched by its machines from tick 100 on. */
function begin(
  plan: Partial<MatchPlan> = {},
  options: BranchesOptions = {},
): { match: WholeMatch; machines: Machine[]; watched: Branches[] } {
  const match = new WholeMatch({ seed: 5, peers: 2, ticks: 0, mode: 'rollback', conditions: LINE, game: yard, ...plan })
  const { machines } = match
  const reach = (tick: number): void => {
    const there = (): boolean => machines.every(m => m.loop.timeline.confirmedTick >= tick)
    expect(match.clock.runUntil(there, 60_000)).toBe(true)
  }
  reach(100)
  const watched = machines.map(machine => watch(machine, options))
  reach(200)
  return { match, machines, watched }
}

function envelope(
  kind: string,
  chronos: number,
  kairos: string,
  payload: EventEnvelope['payload'],
  slot = 0,
): EventEnvelope {
  return makeEnvelope({ id: 0, kind, chronos, kairos, slot, payload, caps: ['network:emit'] })
}

// A sample: `npm run matches -- --what-ifs --seeds 1000` plays more.
test.each([1, 2, 3, 4])(
  'what-ifs beside a match leave every checksum, packet and event of it as it is (seed %i)',
  seed => {
    const report = playBeside(whatIfPlanOf(seed))
    expect(report.problems, `npm run matches -- --what-ifs --seed ${seed}`).toEqual([])
    expect(report.compared).toBeGreaterThan(20)
  },
)

test('with the inputs that were played a what-if is the match: the same checksums, in slices, however late', () => {
  const { match, machines, watched } = begin()
  const rows = new Map<number, Uint8Array>()
  const { timeline } = machines[0].loop
  const real = (slot: number, tick: number): Uint8Array | null => {
    if (tick <= timeline.confirmedTick && timeline.rows.has(tick)) rows.set(tick, timeline.rows.view(tick).slice())
    return rows.get(tick)?.slice(slot, slot + 1) ?? null
  }
  const from = watched[0].certainTick - 3
  const runs = [watched[0].fork({ tick: from }), watched[0].fork({ tick: from, inputs: real })]
  match.clock.advance(1000)
  for (let tick = from + 1; tick <= from + 50; tick++)
    for (const whatIf of runs) {
      whatIf.advance()
      expect([whatIf.tick, whatIf.branch, whatIf.checksum()]).toEqual([tick, 'main', machines[0].checksums.get(tick)])
      expect(whatIf.difference()).toEqual([])
    }
})

test('it goes its own way from the first input that differs, and says what became different', () => {
  const { match, machines, watched } = begin()
  const tick = watched[0].certainTick
  const whatIf = watched[0].fork({ inputs: (slot, at) => (slot === 1 && at > tick + 10 ? { jump: true } : null) })
  expect([whatIf.tick, whatIf.forkTick]).toEqual([tick, tick])
  match.clock.advance(1000)
  whatIf.advance(10)
  expect([whatIf.branch, whatIf.checksum()]).toEqual(['main', machines[0].checksums.get(tick + 10)])
  whatIf.advance(20)
  expect(whatIf.branch).toMatch(/^[0-9a-f]{64}$/)
  const e = [...whatIf.sim.query('Player')].find(each => whatIf.sim.components.Player.slot[each] === 1)!
  const found = whatIf.difference(100)!.find(d => d.field === 'y' && d.entity === e)!
  expect(found.b).toBe(whatIf.sim.components.Body.y[e])
  expect(describeDifference(found)).toMatch(/^Body\.y of entity \d: \d+ against \d+$/)
  expect(match.problems()).toEqual([])
})

test('the same fork has the same id and the same states on two machines', () => {
  const { match, machines, watched } = begin()
  const tick = Math.min(...watched.map(each => each.certainTick)) - 2
  const [a, b] = watched.map(each => each.fork({ tick, inputs: jumping }))
  match.clock.advance(1500)
  for (let i = 0; i < 60; i++) {
    for (const each of [a, b]) each.advance()
    expect(b.branch).toBe(a.branch)
    expect(b.checksum()).toBe(a.checksum())
  }
  expect(a.branch).not.toBe('main')
  const [node] = [a.node.branch]
  expect(a.branch).toBe(branchId(hashOf, 'main', node.forkTick, factsAt(machines[0], node.forkTick + 1)))
  // Forks of forks, too; another first input is another universe.
  const deep = [a, b].map(each => each.fork({ inputs: () => JUMPS }))
  for (const each of deep) each.advance(5)
  expect(deep[0].branch).toBe(deep[1].branch)
  expect(deep[0].branch).not.toBe(a.branch)
  expect(deep[0].checksum()).toBe(deep[1].checksum())
  // The one that they parted from goes on under its own name.
  const name = a.branch
  a.advance(5)
  expect(a.branch).toBe(name)
})

// What was played at a tick, but that slot 1 jumps.
function factsAt({ loop }: Machine, tick: number): Uint8Array {
  expect(loop.timeline.eventsAt(tick)).toBe(null)
  const row = loop.timeline.rows.view(tick).slice()
  row[1] = 1
  return row
}

test('another universe draws other numbers, and its name is what the rules read as kairos', () => {
  const { match, watched } = begin()
  const whatIf = watched[0].fork({ inputs: jumping })
  match.clock.advance(1000)
  const told: unknown[] = []
  while (told.length < 4) {
    whatIf.advance()
    for (const { kind, payload } of whatIf.raised) if (kind === 'branch') told.push(payload)
  }
  expect(new Set(told)).toEqual(new Set([whatIf.branch]))
  const words = new Int32Array(4)
  seedRandom(words, 0, forkSeed(hashOf, 5, whatIf.branch, whatIf.tick), whatIf.tick)
  const { luck } = whatIf.sim.components.Player
  for (const e of whatIf.sim.query('Player')) expect(luck[e]).toBe((nextRandom(words, 0) >>> 0) / 4294967296)
  // The state names the match's seed all the same.
  expect(whatIf.difference(1000)!.some(d => d.field === 'luck')).toBe(true)
  expect(whatIf.difference(1000)!.some(d => d.field === 'seed')).toBe(false)
})

test('it may run past what the match has, and then differs where the match turns out otherwise', () => {
  const { watched } = begin()
  const whatIf = watched[0].fork()
  whatIf.advance(30)
  expect(whatIf.difference()).toBe(null)
  expect(whatIf.branch).not.toBe('main')
  expect(whatIf.node.branch.forkTick).toBe(whatIf.tick - 30 + (watched[0].tree.main.tip.tick - whatIf.forkTick))
})

test('a fork begins at any tick of the window: where no state is kept, at the one before it', () => {
  const { match, machines, watched } = begin()
  match.clock.advance(2000)
  const { certainTick } = watched[0]
  const tick = certainTick - 100
  const whatIf = watched[0].fork({ tick, inputs: jumping })
  expect(whatIf.tick).toBeLessThan(tick)
  expect(whatIf.tick).toBeGreaterThanOrEqual(tick - 31)
  whatIf.advance(tick - whatIf.tick)
  expect([whatIf.branch, whatIf.checksum()]).toEqual(['main', machines[0].checksums.get(tick)])
  whatIf.advance()
  expect(whatIf.branch).not.toBe('main')
  expect(() => watched[0].fork({ tick: certainTick + 1 })).toThrow(
    `fork: tick ${certainTick + 1} is not certain; fork at tick ${certainTick} at most, and run it on`,
  )
  expect(() => watched[0].fork({ tick: 110 })).toThrow(/^tick 110 is forgotten: states of the last 120 ticks are kept/)
  watched[1].windowTicks = 60
  expect(() => (watched[1].windowTicks = 5)).toThrow('windowTicks: a whole number from 32 to 3600, not 5')
  match.clock.advance(100)
  expect(() => watched[1].fork({ tick })).toThrow(RangeError)
})

test('predictions that facts contradicted are there for the window, each with where it left the match', () => {
  const { match, machines, watched } = begin()
  const before = machines[0].loop.timeline.rollbacks
  match.clock.advance(1000)
  const list = watched[0].list()
  const left = list.filter(branch => branch.state === 'abandoned')
  expect(left.length).toBeGreaterThan(3)
  expect(machines[0].loop.timeline.rollbacks - before).toBeGreaterThan(3)
  for (const { id, forkTick, sharedTick, tick } of left) {
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(sharedTick).toBeGreaterThanOrEqual(forkTick)
    expect(tick).toBeGreaterThan(sharedTick)
    expect(watched[0].tree.branch(id)!.tip.snapshot).toBe(null)
  }
  expect(list[0]).toMatchObject({ id: 'main', state: 'canonical', parent: null, forkTick: expect.any(Number) })
  match.clock.advance(3000)
  const ids = new Set(watched[0].list().map(({ id }) => id))
  expect(left.some(({ id }) => ids.has(id))).toBe(false)
})

test('a match goes on when the rules throw in a what-if; that one is over', () => {
  const throwing = {
    ...yard,
    step: (sim: Parameters<typeof yard.step>[0]) => {
      if (sim.kairos !== 'main') throw new Error('not here')
      yard.step(sim)
    },
  }
  const { match, watched } = begin({ game: throwing })
  const whatIf = watched[0].fork({ inputs: () => JUMPS })
  match.clock.advance(500)
  expect(() => whatIf.advance(100)).toThrow(/not here/)
  expect(() => whatIf.advance()).toThrow(/not here/)
  match.clock.advance(500)
  expect(match.problems()).toEqual([])
})

test('rules that were replaced run in what-ifs from the same tick on, whenever those were forked', () => {
  const { match, machines, watched } = begin()
  const early = watched[0].fork()
  const faster = {
    ...yard,
    step: (sim: Parameters<typeof yard.step>[0]) => {
      yard.step(sim)
      for (const e of sim.query('Body')) sim.components.Body.x[e] += 3
    },
  }
  for (const { loop } of machines) loop.replaceGame(faster, 'faster')
  match.clock.advance(1000)
  const { x } = machines[0].loop.simulation.facade.components.Body
  expect(x[0]).toBeGreaterThan(0)
  const late = watched[0].fork({ tick: early.forkTick })
  const { certainTick } = watched[0]
  match.clock.advance(100)
  for (const whatIf of [early, late])
    while (whatIf.tick < certainTick) {
      whatIf.advance()
      expect([whatIf.branch, whatIf.checksum()]).toEqual(['main', machines[0].checksums.get(whatIf.tick)])
    }
  expect(late.sim.components.Body.x[0]).toBeGreaterThan(0)
  expect(match.problems()).toEqual([])
})

test('another state in the middle of the match: forks begin after it, and the match is the same', () => {
  const corrupt = { peer: 0, tick: 150, at: yard.schema.layout.columns[0].offset, ticks: 60 }
  const match = new WholeMatch({ seed: 5, peers: 3, ticks: 0, mode: 'rollback', conditions: LINE, game: yard, corrupt })
  const [first] = match.machines
  const tick = (): number => first.loop.timeline.confirmedTick
  match.clock.runUntil(() => tick() > 120, 60_000)
  const branches = watch(first)
  const [same, own] = [branches.fork(), branches.fork({ inputs: jumping })]
  own.advance()
  let begun = 0
  const told = branches.begun.bind(branches)
  branches.begun = at => {
    begun = at
    told(at)
  }
  match.clock.runUntil(() => begun > 0 && tick() > begun + 90, 60_000)
  expect(begun).toBeGreaterThan(150)
  expect(() => branches.fork({ tick: begun - 1 })).toThrow(RangeError)
  expect(() => same.advance()).toThrow(`the match went on from another state, after tick ${begun}: fork anew`)
  // Of the match's inputs until then it knows nothing any more.
  expect(() => own.advance()).toThrow(/the facts of tick \d+ are forgotten/)
  const whatIf = branches.fork({ tick: begun + 1 })
  whatIf.advance(60)
  expect([whatIf.branch, whatIf.checksum()]).toEqual(['main', match.machines[1].checksums.get(whatIf.tick)])
})

test('two forks become one: what either changed, by the rules of the game where both did, and it runs on', () => {
  const { match, machines, watched } = begin()
  const [branches, other] = watched
  match.clock.advance(1000)
  const tick = Math.min(branches.certainTick, other.certainTick) - 60
  const one = (each: Branches) => each.fork({ tick, inputs: slot => (slot === 0 ? JUMPS : new Uint8Array(1)) })
  const two = (each: Branches) => each.fork({ tick, inputs: slot => (slot === 1 ? JUMPS : new Uint8Array(1)) })
  const run = (each: Branches, swap = false) => {
    const parts = [one(each), two(each)]
    for (const part of parts) part.advance(tick + 30 - part.tick)
    if (swap) parts.reverse()
    const sum = (base: number, ours: number, theirs: number): number => ours + theirs - base
    return { parts, ...each.merge(parts[0], parts[1], { rules: { 'Player.luck': sum } }) }
  }
  const { parts, whatIf, base, decisions } = run(branches)
  expect(base).toEqual({ branch: 'main', tick })
  const { Player, Body } = whatIf.sim.components
  const [a, b] = parts.map(part => part.state())
  for (const e of whatIf.sim.query('Player')) {
    const ofE = decisions.filter(d => d.entity === e)
    const by = (cell: string) => ofE.find(d => d.cell === cell)?.by
    expect(by('Player.luck')).toBe('rule')
    expect(Player.luck[e]).toBe(ofE.find(d => d.cell === 'Player.luck')!.merged)
    // Each jumps in the one where it was told to: there it went up, in the other down, so both changed it.
    expect(Body.y[e]).toBe(ofE.find(d => d.cell === 'Body.y')!.merged)
  }
  expect(decisions.length).toBeGreaterThan(6)
  expect(a.tick).toBe(b.tick)
  expect(whatIf.tick).toBe(tick + 30)
  // The two are parts of it now.
  expect(() => parts[0].advance()).toThrow(`this what-if was merged: it goes on as branch ${whatIf.branch}`)
  expect(branches.list().find(each => each.id === whatIf.branch)).toMatchObject({ state: 'forked', parent: 'main' })
  whatIf.advance(20)
  // On another machine, and the other way round, the same.
  const again = run(other, true)
  again.whatIf.advance(20)
  expect(again.whatIf.branch).toBe(whatIf.branch)
  expect(again.whatIf.checksum()).toBe(whatIf.checksum())
  expect(match.problems()).toEqual([])
  expect(machines.map(m => m.end)).toEqual([null, null])
})

test('what the match did is merged with a fork, too; and two forks of a fork at what that had where they parted', () => {
  const { match, watched } = begin()
  match.clock.advance(500)
  const tick = watched[0].certainTick - 20
  const a = watched[0].fork({ tick })
  const b = watched[0].fork({ tick, inputs: jumping })
  a.advance(tick - a.tick)
  b.advance(tick + 10 - b.tick)
  // The match itself on one side: only the fork is part of the merged one.
  const { whatIf, base, last, decisions } = watched[0].merge(a, b)
  expect([base.tick, last]).toEqual([tick, 'theirs'])
  expect(decisions.every(d => d.by === 'theirs')).toBe(true)
  expect(whatIf.checksum()).toBe(b.checksum())
  a.advance()
  expect(a.branch).toBe('main')
  expect(() => watched[0].merge(a, a)).toThrow(/two what-ifs are needed/)
  const children = [0, 1].map(slot => whatIf.fork({ inputs: own => (own === slot ? JUMPS : null) }))
  for (const child of children) child.advance(8)
  const parted = whatIf.state()
  // However far the match, and the one that they parted from, have gone meanwhile.
  match.clock.advance(5000)
  whatIf.advance(30)
  const deep = watched[0].merge(children[0], children[1])
  expect(deep.base).toEqual({ branch: whatIf.branch, tick: parted.tick })
  const found = deep.decisions.filter(d => d.cell === 'tick')
  expect(found).toMatchObject([{ base: parted.tick, merged: parted.tick + 8 }])
})

// Seed 1109 of the what-ifs: the state where two had parted went with the branch on which they did, once that was merged.
test.each([
  ['before the match is so far', 2],
  ['when it was there', 1000],
])('two forks of a fork that became part of another are merged all the same, %s', (_when, laterMs) => {
  const { match, watched } = begin()
  const tick = Math.min(...watched.map(each => each.certainTick))
  const merged = watched.map((branches, collapses) => {
    const of = (own: number) => (slot: number) => (slot === own ? JUMPS : null)
    const trunk = branches.fork({ tick, inputs: of(1) })
    trunk.advance(tick + 20 - trunk.tick)
    const twigs = [0, 1].map(own => trunk.fork({ inputs: of(own) }))
    for (const twig of twigs) twig.advance(8)
    if (collapses === 1) {
      const other = branches.fork({ tick, inputs: of(0) })
      other.advance(tick + 20 - other.tick)
      branches.merge(trunk, other)
      // A twig of a twig knows where its parent parted.
      twigs[0] = twigs[0].fork()
    }
    return { branches, twigs, from: trunk.tick }
  })
  match.clock.advance(laterMs)
  const [plain, collapsed] = merged.map(({ branches, twigs, from }) => {
    const { whatIf, base, decisions } = branches.merge(twigs[0], twigs[1])
    expect(base.tick).toBe(from)
    return { branch: whatIf.branch, sum: whatIf.checksum(), decisions }
  })
  expect(collapsed).toEqual(plain)
})

test('what was spawned in one and destroyed in the other: each entity is taken whole, and the merged world lives on', () => {
  const { match, machines, watched } = begin({ game: arena })
  match.clock.advance(500)
  const [branches] = watched
  const tick = branches.certainTick - 30
  const firing = (slot: number) => (own: number, at: number) =>
    own === slot ? { fire: at % 2 === 0, aim: 100, right: true } : null
  for (const [x, y] of [
    [0, 1],
    [1, 0],
  ]) {
    const [a, b] = [x, y].map(slot => branches.fork({ tick, inputs: firing(slot) }))
    for (const each of [a, b]) each.advance(tick + 50 - each.tick)
    const shots = [a, b].map(each => [...each.sim.query('Shot')])
    expect(shots[0].length * shots[1].length).toBeGreaterThan(0)
    const { whatIf, decisions } = branches.merge(a, b)
    const born = decisions.filter(d => d.cell === 'mask' && d.base === 0)
    expect(born.length).toBeGreaterThan(3)
    for (const { entity } of born) {
      // All of its cells are of one side.
      const sides = new Set(decisions.filter(d => d.entity === entity && d.by !== 'both').map(d => d.by))
      expect(sides.size).toBeLessThanOrEqual(1)
    }
    const alive = [...whatIf.sim.query('Body')]
    expect(new Set(alive).size).toBe(alive.length)
    whatIf.advance(120)
    expect(whatIf.tick).toBe(tick + 170)
  }
  match.clock.advance(1000)
  expect(match.problems()).toEqual([])
  expect(machines.map(m => m.end)).toEqual([null, null])
})

test('an event for a fork crosses once, is heard at its next tick, and nobody else hears it', () => {
  const { match, watched } = begin()
  const [branches] = watched
  const whatIf = branches.fork({ inputs: jumping })
  match.clock.advance(500)
  whatIf.advance(20)
  const said = envelope('say', 3, whatIf.branch, { n: 77 }, 1)
  const crossing = branches.cross(said)
  expect(crossing).toMatchObject({
    kind: 'crossed',
    envelope: { chronos: whatIf.tick + 1, causeIds: [said.envelopeHash] },
  })
  expect(branches.cross(said)).toEqual({ kind: 'repeated' })
  // Who parts from it now hears it, too.
  const child = whatIf.fork()
  child.advance()
  whatIf.advance()
  expect(child.sim.components.Player.said).toEqual(whatIf.sim.components.Player.said)
  const { slot, said: words } = whatIf.sim.components.Player
  const speaker = [...whatIf.sim.query('Player')].find(e => slot[e] === 1)!
  expect(words[speaker]).toBe(77)
  expect(branches.cross(envelope('say', 3, 'f'.repeat(64), { n: 1 }))).toMatchObject({ kind: 'lost' })
  // With it this universe has other inputs than without it.
  expect(whatIf.unheard).toEqual([])
})

test('an event for a fork that was merged goes to what it became part of', () => {
  const { match, watched } = begin()
  const [branches] = watched
  const parts = [branches.fork({ inputs: jumping }), branches.fork({ inputs: () => JUMPS })]
  match.clock.advance(500)
  for (const part of parts) part.advance(20)
  const name = parts[0].branch
  const waiting = envelope('say', parts[0].tick + 3, name, { n: 5 }, 0)
  branches.cross(waiting)
  const bump = envelope('push', parts[1].tick + 2, parts[1].branch, { e: 1, by: 8 })
  branches.cross(bump)
  const { whatIf } = branches.merge(parts[0], parts[1])
  expect(branches.cross(envelope('say', 0, name, { n: 6 }, 1))).toMatchObject({
    kind: 'crossed',
    envelope: { kairos: whatIf.branch, chronos: whatIf.tick + 1 },
  })
  whatIf.advance(3)
  expect(
    [...whatIf.sim.query('Player')].map(e => whatIf.sim.components.Player.said[e]).toSorted((x, y) => x - y),
  ).toEqual([5, 6])
  expect(whatIf.sim.components.Body.x[1]).toBe(8)
})

test('what would change a past that the match has read is a paradox: refused, counted, shown, and nothing happens', () => {
  const { match, machines, watched } = begin({ talk: 0 })
  const [branches] = watched
  const { slot } = machines[0].loop.session
  match.clock.advance(1000)
  const grade = Math.floor(branches.certainTick / 50) * 50
  const late = (kind: string, chronos: number, payload: EventEnvelope['payload']) =>
    branches.cross(envelope(kind, chronos, 'main', payload, slot))
  // Scores are read at every 50th tick only, positions up at each one, sideways never.
  expect(late('prize', grade - 5, { e: 0, score: 900 })).toMatchObject({
    kind: 'paradox',
    paradox: {
      readerTick: grade,
      reason: `'prize' for tick ${grade - 5} writes Player.score, which tick ${grade} has read`,
    },
  })
  expect(late('lift', grade - 5, { e: 0, to: 50 })).toMatchObject({ paradox: { readerTick: grade - 5 } })
  expect(branches.paradoxes).toMatchObject({ count: 2, newest: [{ kairos: 'main' }, {}] })
  // The columns that told of it are as fast as ever.
  expect(types.isProxy(branches.fork().sim.components.Body.x)).toBe(false)
  // It may reach the next tick: nobody has read what it writes.
  expect(late('push', grade - 5, { e: 1, by: 42 })).toMatchObject({ kind: 'crossed' })
  match.clock.advance(1000)
  for (const { loop } of machines) expect(loop.simulation.facade.components.Body.x[1]).toBe(42)
  for (const { loop } of machines) expect(loop.simulation.facade.components.Player.score[0]).toBeLessThan(900)
  // Another player's event comes by that player's machine.
  expect(branches.cross(envelope('push', grade, 'main', { e: 1, by: 7 }, 1 - slot))).toMatchObject({ kind: 'lost' })
  expect(match.problems()).toEqual([])
})

test('in authoritative mode the host decides: what it lets pass goes on its way', () => {
  const asked: string[] = []
  const delivered: EventEnvelope[] = []
  const { match, machines, watched } = begin(
    {},
    {
      decide: ({ reason }) => asked.push(reason) > 1,
      deliver: each => void delivered.push(each),
    },
  )
  match.clock.advance(500)
  const { slot } = machines[0].loop.session
  const lift = (n: number) =>
    watched[0].cross(envelope('lift', watched[0].certainTick - 5, 'main', { e: 0, to: n }, slot)).kind
  expect([lift(1), lift(2)]).toEqual(['paradox', 'crossed'])
  expect(delivered).toMatchObject([{ kind: 'lift', payload: { to: 2 }, causeIds: [expect.any(Uint8Array)] }])
})

test('a tool needs the capabilities of what it does', () => {
  const granted = new Set<string>()
  const { watched } = begin({}, { may: capability => granted.has(capability) })
  expect(() => watched[0].fork()).toThrow("ERR_CAPABILITY_DENIED: a fork needs 'timeline:branch'")
  expect(() => watched[0].cross(envelope('say', 1, 'main', { n: 1 }))).toThrow(/ERR_CAPABILITY_DENIED/)
  granted.add('timeline:branch')
  const [a, b] = [watched[0].fork(), watched[0].fork({ inputs: jumping })]
  expect(() => watched[0].merge(a, b)).toThrow("ERR_CAPABILITY_DENIED: a merge needs 'timeline:merge'")
})

test('who begins to look on while closed ticks wait to be computed knows those, too', () => {
  const match = new WholeMatch({ seed: 5, peers: 2, ticks: 0, mode: 'lockstep', conditions: LINE, game: yard })
  const [{ loop, checksums }] = match.machines
  const isBehind = (): boolean =>
    loop.timeline.confirmedTick > 150 && loop.timeline.headTick < loop.timeline.confirmedTick
  expect(match.clock.runUntil(isBehind, 60_000)).toBe(true)
  const branches = watch(match.machines[0])
  const whatIf = branches.fork()
  expect(whatIf.tick).toBe(loop.timeline.headTick)
  match.clock.advance(1000)
  whatIf.advance(20)
  expect([whatIf.branch, whatIf.checksum()]).toEqual(['main', checksums.get(whatIf.tick)])
})

test('one watches at a time; after its stop nothing is left in the match, and its what-ifs are over', () => {
  const { match, machines, watched } = begin()
  expect(() => watchBranches(machines[0].loop)).toThrow(/watched already/)
  const whatIf = watched[0].fork({ inputs: jumping })
  whatIf.advance(3)
  const { branch } = whatIf
  whatIf.dispose()
  whatIf.dispose()
  expect(() => whatIf.advance()).toThrow('this what-if is disposed: fork anew')
  expect(watched[0].list().find(({ id }) => id === branch)).toMatchObject({ state: 'abandoned' })
  const other = watched[0].fork()
  watched[0].stop()
  expect(machines[0].loop.timeline.watcher).toBe(null)
  expect(() => other.advance()).toThrow(/disposed/)
  expect(() => watched[0].fork()).toThrow('these branches are not watched any more: watch them anew')
  watch(machines[0])
  match.clock.advance(500)
  expect(match.problems()).toEqual([])
})

test('the end of the match ends what is watched of it, and says so once', () => {
  let told = 0
  const { machines, watched } = begin({}, { ended: () => told++ })
  const whatIf = watched[0].fork({ inputs: jumping })
  machines[0].loop.close()
  expect([told, machines[0].loop.timeline.watcher]).toEqual([1, null])
  expect(() => whatIf.advance()).toThrow(/disposed/)
  expect(() => watched[0].fork()).toThrow('the match is over, and its branches with it')
  machines[0].loop.close()
  watched[0].stop()
  expect(told).toBe(1)
})

import * as Comlink from 'comlink'
import { afterEach, expect, test } from 'vitest'
import type { Loop } from '../../src/loop/loop.ts'
import type { BranchApi } from '../../src/worker/branch-messages.ts'
import { serveBranches } from '../../src/worker/branch-server.ts'
import { openBranches, type MatchBranches } from '../../src/worker/match-branches.ts'
import { WholeMatch } from '../matches/match.ts'
import { yard } from '../matches/yard.ts'

type Tool = MatchBranches<typeof yard>

const LINE = { delayMs: 40, jitterMs: 15, loss: 0.05, duplicate: 0.01, reorder: 0.05 }
const running: { match: WholeMatch; tools: Tool[] }[] = []

afterEach(async () => {
  for (const { match, tools } of running.splice(0)) for (const tool of tools) await inTime(match, tool.stop())
})

/** The match's time goes on while the page waits for its worker. */
async function inTime<T>(match: WholeMatch, promise: Promise<T>): Promise<T> {
  const waits = { isOpen: true }
  const settled = promise.finally(() => (waits.isOpen = false))
  settled.catch(() => {})
  while (waits.isOpen) {
    await new Promise(done => setImmediate(done))
    match.clock.advance(1)
  }
  return settled
}

async function begin(): Promise<{
  match: WholeMatch
  loop: Loop
  open: (of?: Loop | null) => Promise<Tool>
}> {
  const match = new WholeMatch({ seed: 5, peers: 2, ticks: 0, mode: 'rollback', conditions: LINE, game: yard, talk: 0 })
  expect(match.clock.runUntil(() => match.machines.every(m => m.loop.timeline.confirmedTick > 200), 60_000)).toBe(true)
  const tools: Tool[] = []
  running.push({ match, tools })
  const { loop } = match.machines[0]
  const open = async (of: Loop | null = loop): Promise<Tool> => {
    const ask = async (_id: number, port: MessagePort): Promise<void> => serveBranches(of, port, match.clock)
    const tool = await openBranches<typeof yard>(yard.schema, ask, 1)
    tools.push(tool)
    return tool
  }
  return { match, loop, open }
}

test('a page forks by what is held, runs the fork beside the match, and reads its state', async () => {
  const { match, open } = await begin()
  const branches = await open()
  const { certainTick } = await inTime(match, branches.list())
  const inputs = [{ slot: 1, from: certainTick + 5, to: certainTick + 14, values: { jump: true } }]
  const [whatIf, plain] = [
    await inTime(match, branches.fork({ tick: certainTick, inputs })),
    await inTime(match, branches.fork({ tick: certainTick, inputs: [{ slot: 1, values: {} }] })),
  ]
  expect(whatIf).toMatchObject({ forkTick: certainTick, tick: certainTick, branch: 'main' })
  const heights: number[] = []
  for (let i = 0; i < 16; i++) {
    await inTime(match, whatIf.advance())
    const view = await inTime(match, whatIf.look())
    expect(view.tick).toBe(whatIf.tick)
    heights.push(view.Body.y[[...view.query('Player')].find(e => view.Player.slot[e] === 1)!])
  }
  // It comes down for as long as nothing holds it, and goes up while it is held.
  expect(heights.slice(4, 14)).toEqual(Array.from({ length: 10 }, (_, i) => heights[3] + 1 + i))
  expect(heights[15]).toBeLessThan(heights[13])
  expect(whatIf.branch).toMatch(/^[0-9a-f]{64}$/)
  await inTime(match, plain.advance(16))
  expect(await inTime(match, plain.checksum())).not.toBe(await inTime(match, whatIf.checksum()))
  expect(await inTime(match, whatIf.difference())).toBe(null)
  match.clock.advance(1000)
  expect((await inTime(match, whatIf.difference(100)))!.some(d => d.field === 'y')).toBe(true)
  const child = await inTime(match, whatIf.fork({ inputs: [{ slot: 0, values: { jump: true } }] }))
  await inTime(match, child.advance(2))
  expect(child.tick).toBe(whatIf.tick + 2)
  await inTime(match, child.dispose())
  await expect(inTime(match, child.advance())).rejects.toThrow('this what-if is disposed: fork anew')
  expect(match.problems()).toEqual([])
})

test('what-ifs leave the worker to the match between slices', async () => {
  const { match, loop, open } = await begin()
  const branches = await open()
  const whatIf = await inTime(match, branches.fork({ inputs: [{ slot: 0, values: { jump: true } }] }))
  // Time that stands still while ticks are computed would never end a slice: here each look at the clock takes some.
  const { now } = match.clock
  let looks = 0
  match.clock.now = () => now.call(match.clock) + 0.4 * ++looks
  const before = loop.timeline.headTick
  try {
    await inTime(match, whatIf.advance(200))
  } finally {
    match.clock.now = now
  }
  // 5 ticks a slice, and 4 ms of the match's time between two of them.
  expect(loop.timeline.headTick - before).toBeGreaterThanOrEqual(8)
  expect(whatIf.tick).toBe(whatIf.forkTick + 200)
})

test('a page merges by named rules, and takes events from branch to branch', async () => {
  const { match, loop, open } = await begin()
  const branches = await open()
  const of = (slot: number) => [{ slot, values: { jump: true } }]
  const a = await inTime(match, branches.fork({ inputs: of(0) }))
  const b = await inTime(match, branches.fork({ tick: a.forkTick, inputs: of(1) }))
  await inTime(match, a.advance(30))
  await inTime(match, b.advance(30))
  await expect(inTime(match, branches.merge(a, b, { 'Body.y': 'toString' as 'sum' }))).rejects.toThrow(
    "merge: 'toString' is no rule; sum, least, most are",
  )
  const { whatIf, decisions, base } = await inTime(match, branches.merge(a, b, { 'Body.y': 'most' }))
  expect([whatIf.tick, base.branch]).toEqual([a.tick, 'main'])
  const higher = decisions.filter(d => d.cell === 'Body.y' && d.by === 'rule')
  expect(higher.length).toBeGreaterThan(0)
  for (const d of higher) expect(d.merged).toBe(Math.max(d.ours!, d.theirs!))
  const say = { kairos: a.branch, kind: 'say', payload: { n: 9 }, chronos: 0 }
  expect(await inTime(match, branches.cross(say))).toEqual({ kind: 'crossed', chronos: whatIf.tick + 1, reason: null })
  await inTime(match, whatIf.advance())
  const view = await inTime(match, whatIf.look())
  const speaker = [...view.query('Player')].find(e => view.Player.slot[e] === loop.session.slot)!
  expect(view.Player.said[speaker]).toBe(9)
  const { certainTick } = await inTime(match, branches.list())
  const late = { kairos: 'main', kind: 'lift', payload: { e: 0, to: 5 }, chronos: certainTick - 3 }
  expect(await inTime(match, branches.cross(late))).toMatchObject({ kind: 'paradox', chronos: null })
  expect(await inTime(match, branches.paradoxes())).toMatchObject({
    count: 1,
    newest: [{ kind: 'lift', chronos: certainTick - 3, readerTick: certainTick - 3 }],
  })
})

test('tools of one match share what is watched; the last one to stop leaves nothing', async () => {
  const { match, loop, open } = await begin()
  const [one, two] = [await open(), await open()]
  await inTime(match, one.fork())
  await inTime(match, one.stop())
  expect(loop.timeline.watcher).not.toBe(null)
  await inTime(match, two.setWindow(600))
  await expect(inTime(match, two.setWindow(1))).rejects.toThrow('windowTicks: a whole number from 32 to 3600, not 1')
  await inTime(match, two.stop())
  expect(loop.timeline.watcher).toBe(null)
  running.length = 0
})

test('a tool that its page let go of without a word is stopped', async () => {
  const { match, loop } = await begin()
  const { port1, port2 } = new MessageChannel()
  serveBranches(loop, port2, match.clock)
  const api = Comlink.wrap<BranchApi>(port1)
  const { id } = await inTime(match, api.fork(null, {}))
  await inTime(match, api.advance(id, 5))
  expect(loop.timeline.watcher).not.toBe(null)
  // What Comlink does once the page's last proxy is collected.
  api[Comlink.releaseProxy]()
  const stopped = new Promise<void>(done => {
    const look = (): void => (loop.timeline.watcher === null ? done() : void setImmediate(look))
    look()
  })
  await inTime(match, stopped)
  expect(match.problems()).toEqual([])
})

test('a match that is over lets go of what its tools never stopped, and says so', async () => {
  const { match, loop, open } = await begin()
  const [one, two] = [await open(), await open()]
  const whatIf = await inTime(match, one.fork())
  const runs = inTime(match, whatIf.advance(100_000))
  loop.close()
  expect(loop.timeline.watcher).toBe(null)
  const over = 'the match has ended, or begun anew: open its branches again'
  await expect(runs).rejects.toThrow(over)
  const asks: (() => Promise<unknown>)[] = [
    () => one.list(),
    () => two.fork(),
    () => whatIf.advance(),
    () => whatIf.look(),
  ]
  for (const ask of asks) await expect(inTime(match, ask())).rejects.toThrow(over)
  await expect(open(null)).rejects.toThrow('no match runs: open its branches once it does')
})

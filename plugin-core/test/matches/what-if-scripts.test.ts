import { afterEach, expect, test } from 'vitest'
import { watchBranches, type Branches } from '../../src/loop/branches.ts'
import type { ForkInputs, WhatIf } from '../../src/loop/what-if.ts'
import { describeDifference } from '../../src/sim/diff.ts'
import { WholeMatch } from './match.ts'
import { SOURCES, arenaScripts, scriptedArena } from './scripted-arena.ts'

const LINE = { delayMs: 40, jitterMs: 15, loss: 0.05, duplicate: 0.01, reorder: 0.05 }
const teller = `
  local ticks = 0
  local last = ''
  function on_tick()
    ticks = ticks + 1
    if echo.kairos() ~= last then
      last = echo.kairos()
      echo.raise('kairos', { branch = last, ticks = ticks })
    end
    if ticks % 10 == 0 then echo.log('tick', ticks) echo.network.emit('say', { n = 1 }) end
  end`
const scripts = await arenaScripts({ ...SOURCES, 'teller.lua': { text: teller } })

const open: Branches[] = []
afterEach(() => {
  for (const branches of open.splice(0)) branches.stop()
})

function begin(): { match: WholeMatch; watched: Branches[] } {
  const plan = {
    seed: 3,
    peers: 2,
    ticks: 0,
    mode: 'rollback',
    conditions: LINE,
    game: scriptedArena,
    scripts,
  } as const
  const match = new WholeMatch(plan)
  const reach = (tick: number): boolean =>
    match.clock.runUntil(() => match.machines.every(m => m.loop.timeline.confirmedTick > tick), 60_000)
  expect(reach(100)).toBe(true)
  const watched = match.machines.map(({ loop }) => watchBranches(loop))
  open.push(...watched)
  expect(reach(160)).toBe(true)
  return { match, watched }
}

test('scripts go along: with the inputs that were played, world and image are those of the match', () => {
  const { match, watched } = begin()
  const { machines } = match
  const whatIf = watched[0].fork({ tick: watched[0].certainTick - 40 })
  match.clock.advance(500)
  for (let i = 0; i < 60; i++) {
    whatIf.advance()
    expect([whatIf.branch, whatIf.checksum()]).toEqual(['main', machines[0].checksums.get(whatIf.tick)])
  }
  expect(match.problems()).toEqual([])
})

test('in a fork they read its name, draw its numbers, and say nothing to anybody', () => {
  const { match, watched } = begin()
  const tick = Math.min(...watched.map(each => each.certainTick)) - 1
  const [a, b] = watched.map(each => each.fork({ tick, inputs: slot => (slot === 0 ? { fire: true } : null) }))
  match.clock.advance(1500)
  const logs = match.machines.map(m => m.scriptNews.length)
  const packets = match.machines.map(m => m.loop.stats.packetsSent)
  const told: unknown[] = []
  for (let i = 0; i < 60; i++) {
    for (const each of [a, b]) each.advance()
    for (const { kind, payload } of a.raised) if (kind === 'kairos') told.push(payload)
    expect([b.branch, b.checksum()]).toEqual([a.branch, a.checksum()])
  }
  expect(told).toMatchObject([{ branch: a.branch }])
  expect(a.checksum()).not.toBe(match.machines[0].checksums.get(a.tick))
  expect(match.machines.map(m => m.scriptNews.length)).toEqual(logs)
  expect(match.machines.map(m => m.loop.stats.packetsSent)).toEqual(packets)
  expect(match.problems()).toEqual([])
})

test('a difference in their memory is said, also where the worlds are the same', () => {
  const { match, watched } = begin()
  const [branches] = watched
  const tick = branches.certainTick - 20
  const fork = (inputs?: ForkInputs): WhatIf => branches.fork({ tick, inputs })
  const [same, other] = [fork(), fork(slot => (slot === 0 ? { fire: true } : null))]
  match.clock.advance(500)
  for (const whatIf of [same, other]) whatIf.advance(tick + 30 - whatIf.tick)
  expect(same.difference()).toEqual([])
  const scripts = other.difference(1000)!.at(-1)!
  expect(scripts).toMatchObject({ region: 'scripts', field: 'memory', entity: null, component: null, offset: null })
  expect(describeDifference(scripts)).toMatch(/^memory \(scripts\): \d+ against \d+$/)
  // However few are asked for.
  expect(
    other
      .difference(2)!
      .map(({ region }) => region)
      .at(-1),
  ).toBe('scripts')
  expect(other.difference(2)).toHaveLength(2)
  // One byte of the image alone: nothing of the world.
  const { world, image } = same.state()
  image.bytes[image.sizeBytes - 1] ^= 1
  same.simulation.load(world, image)
  expect(same.difference()!.map(({ region }) => region)).toEqual(['scripts'])
})

test('their memory is merged as one block: the last writer has it, and the merged world runs on with it', () => {
  const { match, watched } = begin()
  const [branches] = watched
  const tick = branches.certainTick - 20
  const [a, b] = [0, 1].map(own => branches.fork({ tick, inputs: slot => (slot === own ? { fire: true } : null) }))
  match.clock.advance(500)
  for (const each of [a, b]) each.advance(tick + 30 - each.tick)
  const { whatIf, decisions, last } = branches.merge(a, b)
  expect(decisions.at(-1)).toMatchObject({ cell: 'scripts', entity: null, by: 'last' })
  const winner = last === 'ours' ? a : b
  const [mine, its] = [whatIf.state().image, winner.state().image]
  expect(mine.bytes.subarray(0, mine.sizeBytes)).toEqual(its.bytes.subarray(0, its.sizeBytes))
  whatIf.advance(30)
  expect(whatIf.tick).toBe(tick + 60)
  // The other way round the same.
  const [c, d] = [1, 0].map(own => branches.fork({ tick, inputs: slot => (slot === own ? { fire: true } : null) }))
  for (const each of [c, d]) each.advance(tick + 30 - each.tick)
  const again = branches.merge(c, d)
  expect([again.last, again.whatIf.branch]).toEqual([last === 'ours' ? 'theirs' : 'ours', whatIf.branch])
  again.whatIf.advance(30)
  expect(again.whatIf.checksum()).toBe(whatIf.checksum())
})

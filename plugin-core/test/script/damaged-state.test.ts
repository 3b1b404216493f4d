// Machines that are handed a state whose hash is right and whose scripts are damaged: theirs alone ends, by a sentence.

import { expect, test } from 'vitest'
import { WholeMatch, type Machine } from '../matches/match.ts'
import { SOURCES, arenaScripts, scriptedArena } from '../matches/scripted-arena.ts'
import { forge } from './forged-state.ts'

const MARK = 12345.6789
const scripts = await arenaScripts({
  ...SOURCES,
  // Calls a number, and gets over it.
  'mark.lua': `function on_tick() pcall(function() local f = ${MARK} f() end) end`,
})
const conditions = { delayMs: 30, jitterMs: 10, loss: 0.02, duplicate: 0, reorder: 0.02 }

/** The places of a number in Lua's memory, where its type follows it. */
function marks(image: Uint8Array): number[] {
  const wanted = Buffer.from(new Float64Array([MARK]).buffer)
  const found: number[] = []
  for (let at = 0; (at = Buffer.from(image.buffer).indexOf(wanted, at)) >= 0; at += 8) found.push(at)
  return found
}

/** Three play; whoever of them is asked for a state hands on another one under the same hash. */
function play(damage: (image: Uint8Array) => void): { match: WholeMatch; late: Machine } {
  const match = new WholeMatch({
    seed: 4,
    peers: 3,
    ticks: 400,
    mode: 'rollback',
    conditions,
    game: scriptedArena,
    scripts,
  })
  match.clock.runUntil(() => match.machines.every(m => m.loop.timeline.confirmedTick > 60), 60_000)
  for (const { loop } of match.machines) {
    const own = loop.simulation.scripts!
    own.whole = (world, { bytes, sizeBytes }) => {
      const image = bytes.slice(0, sizeBytes)
      damage(image)
      forge(own, image, own.hash({ bytes, sizeBytes }))
      return new Uint8Array([...world, ...image])
    }
  }
  const late = match.add('late')
  match.clock.runUntil(() => late.end !== null, 20_000)
  return { match, late }
}

/** The others never noticed. */
function goesOn(match: WholeMatch): void {
  const others = match.machines.slice(0, 3)
  const before = Math.min(...others.map(m => m.loop.timeline.confirmedTick))
  match.clock.advance(2000)
  for (const m of others) {
    expect(m.end).toBe(null)
    expect(m.loop.timeline.confirmedTick).toBeGreaterThan(before + 60)
  }
  const [truth, ...rest] = others.map(m => m.checksums)
  for (let tick = before; tick < before + 60; tick++)
    for (const sums of rest) expect(sums.get(tick)).toBe(truth.get(tick))
}

test('a damaged image is refused with a sentence, and the match of the others goes on', () => {
  const { match, late } = play(image => image.fill(0xff, 100_000, 130_000))
  expect(late.end).toMatchObject({
    code: 'protocol',
    reason: expect.stringMatching(
      /^the memory of the scripts, which came from another machine, is damaged: /,
    ) as unknown,
  })
  expect(late.end!.tick).toBeGreaterThan(60)
  goesOn(match)
  expect(match.problems()).toEqual([])
})

test('damage that only running finds ends that machine alone, with what and where', () => {
  let changed = 0
  const { match, late } = play(image => {
    // A C function that there is not, where a number was.
    for (const at of marks(image)) {
      new DataView(image.buffer).setUint32(at, 99_999, true)
      image[at + 8] = 22
      changed++
    }
  })
  expect(changed).toBeGreaterThan(0)
  expect(late.end).toMatchObject({
    code: 'rules',
    reason: expect.stringMatching(
      /^the rules threw at tick \d+: the memory of the scripts, which came from another machine, is damaged: /,
    ) as unknown,
  })
  goesOn(match)
})

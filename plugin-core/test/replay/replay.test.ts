// What is written down is what was on the wire, and what is played is what was played.

import { describe, expect, it } from 'vitest'
import { deflate } from '../../src/loop/deflate.ts'
import { Recorder } from '../../src/replay/recorder.ts'
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts'
import { readReplay } from '../../src/replay/replay-file.ts'
import { ReplaySession } from '../../src/replay/replay-session.ts'
import { gameTerms } from '../../src/loop/game-terms.ts'
import { defineGame, f64 } from '../../src/sim.ts'
import { arena } from '../matches/arena.ts'
import { planOf, type MatchPlan } from '../matches/match.ts'
import { Player, differing, recordMatch } from './recorded-match.ts'

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const PLAN: MatchPlan = {
  seed: 11,
  peers: 3,
  ticks: 1500,
  mode: 'rollback',
  conditions: { delayMs: 40, jitterMs: 20, loss: 0.05, duplicate: 0.05, reorder: 0.05 },
  comers: [{ tick: 400 }, { tick: 500, watch: { delayTicks: 20 } }],
}

/** TICKs of a file that is not packed, by PROTOCOL.md and nothing else. */
function ticksOf(file: Uint8Array): string[] {
  const out: string[] = []
  const view = new DataView(file.buffer, file.byteOffset)
  let at = 7 + view.getUint16(5, true) + 4
  while (at < file.length) {
    const end = at + 13 + view.getUint32(at + 1, true)
    for (at += 13; at < end;) {
      const kind = file[at++]
      let size = 0
      for (let shift = 0; ; shift += 7) {
        size |= (file[at] & 127) << shift
        if (file[at++] < 128) break
      }
      if (kind === 1) out.push(hexOf(file.subarray(at, at + size)))
      at += size
    }
  }
  return out
}

describe('a recorded match', () => {
  const { match, all } = recordMatch(PLAN)

  it('is a good one, of players, a late one and a spectator', () => {
    expect(match.report().problems).toEqual([])
    expect(all.map(r => r.machine.name)).toEqual(['p0', 'p1', 'p2', 'late0', 'watcher1'])
  })

  it('holds the bytes of TICK as the network carried them, and no repeats', () => {
    for (const { buffer, ticks, machine } of all) {
      const payloads = ticksOf(buffer.bytes())
      // None of them is left out by the reader.
      expect(readReplay(buffer.bytes()).payloads().map(hexOf)).toEqual(payloads)
      const wire = ticks.map(hexOf)
      expect(payloads.length, machine.name).toBeGreaterThan(500)
      // In the same order; of what came more than once, and of what came late, nothing.
      let at = 0
      for (const payload of payloads) {
        at = wire.indexOf(payload, at) + 1
        expect(at, machine.name).toBeGreaterThan(0)
      }
      expect(new Set(payloads).size).toBe(payloads.length)
      expect(payloads.length).toBeLessThan(wire.length)
    }
  })

  it('played back has the same checksum at every tick as live, on every machine', () => {
    for (const { buffer, machine } of all) {
      const replay = readReplay(buffer.bytes())
      expect(replay.fault).toBe(null)
      const player = new Player(replay)
      player.toEnd()
      expect(player.end?.reason).toBe(`the recording ends with tick ${replay.lastTick}`)
      expect(player.headTick).toBe(replay.lastTick)
      expect(player.session.difference).toBe(null)
      expect(differing(machine.checksums, player.checksums)).toEqual([])
      for (const tick of machine.checksums.keys())
        expect(player.checksums.has(tick), `${machine.name} ${tick}`).toBe(true)
      expect(player.loop.timeline.rollbacks).toBe(0)
    }
  })

  it('runs a tick a call, and tells the page of rounds, joins and what the rules raise', () => {
    const { machine, buffer } = all[0]
    const player = new Player(readReplay(buffer.bytes()))
    player.call(10)
    const from = player.headTick
    player.call(100)
    expect(player.headTick).toBe(from + 100)
    player.toEnd()
    const rounds = player.facts.filter(fact => fact.kind === 'start').map(fact => fact.round)
    expect(rounds).toEqual([1, 2, 3])
    expect(player.facts.filter(fact => fact.kind === 'tick' && fact.control !== null).length).toBeGreaterThan(3)
    const shown = player.said.length
    expect(shown).toBeGreaterThan(50)
    expect(machine.loop.session.round).toBe(3)
  })

  it("begins a late one's with the state that it was given", () => {
    for (const { buffer, stateChunks } of all.slice(3)) {
      const replay = readReplay(buffer.bytes())
      expect(replay.beginTick).toBe(0)
      expect(replay.states).toHaveLength(1)
      const [{ header, bytes }] = replay.states
      expect(header.tick).toBeGreaterThan(300)
      // The state's bytes are those of the chunks, as they were packed for the way.
      expect(hexOf(stateChunks[0])).toContain(hexOf(bytes.subarray(0, 100)))
      const player = new Player(replay)
      player.call(20)
      expect(player.headTick).toBeGreaterThanOrEqual(header.tick)
      expect(player.headTick).toBeLessThan(header.tick + 20)
    }
  })

  it('goes to any tick and back, and stays there while it is paused', () => {
    const { machine, buffer } = all[1]
    const player = new Player(readReplay(buffer.bytes()))
    player.session.paused = true
    for (const tick of [900, 300, 301, 1400, 20, 1000]) {
      expect(player.seek(tick), `to ${tick}`).toBeLessThan(60)
      expect(player.headTick).toBe(tick)
      expect(player.checksums.get(tick)).toBe(machine.checksums.get(tick))
      player.call(5)
      expect(player.headTick).toBe(tick)
    }
    player.session.paused = false
    player.toEnd()
    expect(differing(machine.checksums, player.checksums)).toEqual([])
    expect(player.seek(700)).toBeLessThan(60)
    expect(player.end).toBe(null)
    expect(player.headTick).toBe(700)
    player.call(3)
    expect(player.headTick).toBe(703)
  })

  it('survives two wishes in one call, and wishes before and behind it', () => {
    const { machine, buffer } = all[3]
    const player = new Player(readReplay(buffer.bytes()))
    player.session.paused = true
    player.session.seek(1200)
    player.session.seek(1e9)
    player.session.seek(800)
    player.seek(900)
    expect(player.headTick).toBe(900)
    const first = readReplay(buffer.bytes()).states[0].header.tick
    player.seek(1)
    expect(player.headTick).toBe(first)
    player.session.seek(1e9)
    player.toEnd(200)
    expect(player.headTick).toBe(readReplay(buffer.bytes()).lastTick)
    expect(differing(machine.checksums, player.checksums)).toEqual([])
  })

  it('refuses to add anything to what happened', () => {
    const player = new Player(readReplay(all[0].buffer.bytes()))
    player.call(50)
    expect(() => player.loop.emit('say', { n: 1 })).toThrow('a recording is played: nothing is added to what happened')
    expect(
      () => new ReplaySession({ replay: readReplay(all[0].buffer.bytes()), terms: gameTerms(arena, 'test', 8) }),
    ).toThrow('predictionWindow 0, not 8')
  })
})

describe('any match', () => {
  it.each([21, 22, 25, 29])('plays back as it was (seed %i)', seed => {
    const plan = { ...planOf(seed), ticks: 600 }
    for (const { buffer, machine } of recordMatch(plan).all) {
      const replay = readReplay(buffer.bytes())
      expect(replay.fault).toBe(null)
      const player = new Player(replay)
      player.toEnd()
      expect(player.headTick).toBe(replay.lastTick)
      expect(player.checksums.size).toBeGreaterThanOrEqual(machine.checksums.size)
      expect(differing(machine.checksums, player.checksums)).toEqual([])
    }
  })

  it('begins with the round that its machine waited for', () => {
    const { all } = recordMatch({ ...PLAN, ticks: 1000, comers: [{ tick: 300 }], waitForRound: true })
    const { buffer, machine } = all[3]
    const replay = readReplay(buffer.bytes())
    expect(replay.beginTick).toBeGreaterThan(600)
    expect(replay.states).toEqual([])
    const player = new Player(replay)
    player.toEnd()
    expect(player.facts.find(fact => fact.kind === 'start')).toMatchObject({ tick: replay.beginTick, round: 2 })
    expect([...player.checksums.keys()][0]).toBe(replay.beginTick)
    expect(machine.checksums.size).toBeGreaterThan(200)
    expect(differing(machine.checksums, player.checksums)).toEqual([])
  })
})

describe('other rules', () => {
  const { all } = recordMatch({ ...PLAN, ticks: 400, comers: [] })
  const file = all[0].buffer.bytes()

  it('of another game or schema are refused by name', () => {
    const sumo = defineGame({ ...SPEC, name: 'sumo' })
    const player = new Player(readReplay(file), sumo)
    player.call(3)
    expect(player.end).toMatchObject({ code: 'version', reason: 'the recording is of "arena", this is "sumo"' })
    const other = new Player(readReplay(file), defineGame({ ...SPEC, name: 'arena', version: 2 }))
    other.call(3)
    expect(other.end?.reason).toMatch(/version 1 of "arena".*not those of version 2/)
  })

  it('are named at the first tick that differs', () => {
    const changed = {
      ...arena,
      step: (sim: Parameters<typeof arena.step>[0]) => {
        arena.step(sim)
        const { Body } = sim.components
        if (sim.tick === 200) for (const e of sim.query('Body', 'Player')) Body.x[e] += 1
      },
    }
    const player = new Player(readReplay(file), changed, 'another build')
    expect(player.session.notice).toBe('the rules have changed since: both are version 1, but their code differs')
    player.toEnd()
    expect(player.session.difference).toMatchObject({ tick: 200 })
    expect(player.end).toMatchObject({
      code: 'desync',
      tick: 200,
      reason: `at tick 200 the state is not the one that was recorded: ${player.session.notice}`,
    })
  })

  it('that compute the same play to the end', () => {
    const player = new Player(readReplay(file), arena, 'another build')
    player.toEnd()
    expect(player.session.notice).not.toBe(null)
    expect(player.end?.code).toBe('left')
  })

  it('are not blamed where a machine had gone astray', () => {
    const { offset } = arena.schema.layout.columns.find(c => c.component === 'Player' && c.field === 'score')!
    const astray = recordMatch({
      ...PLAN,
      ticks: 400,
      comers: [],
      corrupt: { peer: 0, tick: 150, at: offset + 4, ticks: 40 },
    })
    const player = new Player(readReplay(astray.all[0].buffer.bytes()))
    player.toEnd()
    expect(player.end?.code).toBe('desync')
    expect(player.end?.reason).toContain('that machine had gone astray')
    expect(player.session.difference!.tick).toBeGreaterThanOrEqual(150)
  })
})

describe('a trimmed recording', () => {
  it('holds at least the newest ticks that it should, and plays from its oldest state', () => {
    const { all } = recordMatch(PLAN, { keepTicks: 500, stateTicks: 100, compression: deflate })
    for (const { buffer, machine } of all) {
      const bytes = buffer.bytes()
      expect(bytes.length).toBe(buffer.sizeBytes)
      const replay = readReplay(bytes, { compression: deflate })
      expect(replay.fault).toBe(null)
      expect(replay.beginTick).toBe(0)
      const oldest = replay.states[0].header.tick
      expect(replay.lastTick - oldest).toBeGreaterThanOrEqual(500)
      expect(replay.lastTick - oldest).toBeLessThan(500 + 100 + 60 + 60)
      const player = new Player(replay)
      player.toEnd()
      expect(player.headTick).toBe(replay.lastTick)
      expect(player.checksums.size).toBe(replay.lastTick - oldest)
      expect(differing(machine.checksums, player.checksums)).toEqual([])
      // There and back by the states between.
      player.session.paused = true
      expect(player.seek(oldest + 350)).toBeLessThan(8)
      expect(player.headTick).toBe(oldest + 350)
      expect(player.checksums.get(oldest + 350)).toBe(machine.checksums.get(oldest + 350))
    }
  })
})

describe('a recorder', () => {
  it('hands out a piece every second, so that a crash loses no more', () => {
    const { all } = recordMatch({ ...PLAN, ticks: 600, comers: [] })
    const pieces: number[] = []
    const recorder = new Recorder({ sourceId: '', write: (_, { tick }) => pieces.push(tick) })
    const replay = readReplay(all[0].buffer.bytes())
    recorder.match(replay.head.terms, 1, 0)
    for (const payload of replay.payloads()) {
      const first = payload[0] | (payload[1] << 8)
      recorder.tick(first, first + payload[4] - 1, payload, 0, payload.length)
    }
    expect(pieces.length).toBeGreaterThan(8)
    for (let i = 2; i < pieces.length; i++) expect(pieces[i] - pieces[i - 1]).toBeLessThan(70)
  })

  it('ends with its match: another one needs another recorder', () => {
    const buffer = new ReplayBuffer()
    const recorder = new Recorder({ sourceId: '', write: buffer.write })
    const terms = gameTerms(arena, 'test', 8)
    recorder.match(terms, 1, 0)
    recorder.match(terms, 2, 0)
    expect(recorder.over).toBe('another match began on this machine')
    const { sizeBytes } = buffer
    recorder.checksum(30, 1)
    recorder.end('left', '', 1)
    expect(buffer.sizeBytes).toBe(sizeBytes)
  })
})

const SPEC = {
  version: 1,
  tickRate: 60,
  maxPlayers: 64,
  maxEntities: 4,
  input: { buttons: ['go'] },
  components: { Body: { x: f64 } },
  join() {},
  step() {},
} as const

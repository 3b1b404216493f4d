import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/transport/clock.ts'
import { DuelLine, type PathName } from '../../src/transport/duel-line.ts'
import { PROBE_BYTES, isProbe, readProbe, writeProbe, type Probe } from '../../src/transport/duel-probe.ts'
import { withFaults } from '../../src/transport/faults.ts'
import { HOST, type Transport } from '../../src/transport/transport.ts'
import { bytesOf, recorder } from './recorder.ts'
import { twoEnded, type TwoEnded } from './two-ended.ts'

interface Side {
  line: DuelLine
  heard: ReturnType<typeof recorder>
  paths: PathName[]
  /** Paths over the relay that this side has made. */
  relayed: number
}

interface Duel {
  clock: VirtualClock
  sides: [Side, Side]
  relay: TwoEnded
  /** A new direct path, added on both sides. */
  direct(): TwoEnded
  /** Both say something each 16 ms for so long, as sessions do. Answers what has arrived: at 0, at 1. */
  play(ms: number): [number, number]
}

function duel(
  options: {
    relay?: TwoEnded | null
    clock?: VirtualClock
    direct?: boolean
    relays?: TwoEnded[]
    open?: boolean
    lo?: number
  } = {},
): Duel {
  const clock = options.clock ?? new VirtualClock()
  const relay = options.relay ?? twoEnded({ clock, delayMs: 25 })
  const relays = options.relays ?? [relay]
  const side = (at: 0 | 1): Side => {
    const heard = recorder()
    const paths: PathName[] = []
    const it: Side = { heard, paths, relayed: 0, line: null as unknown as DuelLine }
    it.line = new DuelLine({
      clock,
      id: { hi: at + 1, lo: options.lo ?? 7 },
      relayed: options.relay === null ? null : () => relays[Math.min(it.relayed++, relays.length - 1)].ends[at],
      direct: options.direct ?? true,
      onPath: path => paths.push(path),
    })
    if (options.open !== false) it.line.open(heard)
    return it
  }
  const sides: [Side, Side] = [side(0), side(1)]
  const count = (at: 0 | 1): number => sides[at].heard.lines.filter(line => line.startsWith('message')).length
  return {
    clock,
    sides,
    relay,
    direct() {
      const path = twoEnded({ clock, seed: 9, delayMs: 5 })
      sides.forEach(({ line }, at) => line.addDirect(path.ends[at]))
      return path
    },
    play(ms) {
      const before = [count(0), count(1)]
      const end = clock.now() + ms
      while (clock.now() < end) {
        for (const { line } of sides) line.send(HOST, bytesOf(0x52, 1, 2, 3))
        clock.advance(16)
      }
      return [count(0) - before[0], count(1) - before[1]]
    },
  }
}

const pathsOf = ({ sides }: Duel): (PathName | null)[] => sides.map(({ line }) => line.path)
const endsOf = ({ sides }: Duel): string[] =>
  sides.map(({ heard }) => heard.lines.find(line => line.startsWith('left')) ?? '')

describe('a duel’s line begins', () => {
  test('over the relay as soon as both are there, and carries whole messages', () => {
    const it = duel()
    it.clock.advance(200)
    for (const { line, heard, paths } of it.sides) {
      expect(heard.lines).toEqual(['joined 0'])
      expect([line.path, ...paths]).toEqual(['relayed', 'relayed'])
    }
    const pooled = bytesOf(0, 0x4e, 2, 0)
    it.sides[0].line.send(HOST, pooled.subarray(1, 3))
    pooled.fill(9)
    it.sides[0].line.send(1, bytesOf(9))
    it.clock.advance(30)
    expect(it.sides[1].heard.lines).toEqual(['joined 0', 'message 0: 78 2'])
  })

  test('for the first one when the second comes, however late', () => {
    const it = duel({ open: false })
    it.sides[0].line.open(it.sides[0].heard)
    it.clock.advance(60_000)
    expect(it.sides[0].heard.lines).toEqual([])
    it.sides[1].line.open(it.sides[1].heard)
    it.clock.advance(200)
    expect(it.sides.map(side => side.heard.lines)).toEqual([['joined 0'], ['joined 0']])
  })

  test('on the direct path where that is first', () => {
    const clock = new VirtualClock()
    const it = duel({ clock, relay: twoEnded({ clock, delayMs: 500 }) })
    it.direct()
    clock.advance(100)
    expect(it.sides.map(side => side.heard.lines)).toEqual([['joined 0'], ['joined 0']])
    it.play(2000)
    expect(it.sides.map(side => side.paths)).toEqual([['direct'], ['direct']])
  })

  test('on the direct path where there is no relay at all, or none answers', () => {
    for (const relay of [null, 'No relay answers']) {
      const clock = new VirtualClock()
      const it = duel({ clock, relay: relay === null ? null : twoEnded({ clock, refused: relay }) })
      clock.advance(5000)
      expect(it.sides.map(side => side.heard.lines)).toEqual([[], []])
      it.direct()
      expect(it.play(1000).every(count => count > 50)).toBe(true)
      expect(pathsOf(it)).toEqual(['direct', 'direct'])
      it.play(40_000)
      expect(endsOf(it)).toEqual(['', ''])
    }
  })

  test('before it takes what was said earlier: a packet that overtook the joining is lost', () => {
    const clock = new VirtualClock()
    const path = twoEnded({ clock })
    const heard = recorder()
    const line = new DuelLine({ clock, id: { hi: 1, lo: 1 }, relayed: () => path.ends[0], direct: false })
    line.open(heard)
    path.ends[1].open(recorder())
    clock.advance(50)
    const view = new DataView(new ArrayBuffer(PROBE_BYTES))
    const say = (hears: boolean): void => {
      writeProbe(view, { from: { hi: 2, lo: 2 }, to: { hi: 0, lo: 0 }, hears, bye: false })
      path.ends[1].send(HOST, new Uint8Array(view.buffer))
    }
    say(false)
    path.ends[1].send(HOST, bytesOf(0x52, 1))
    clock.advance(50)
    expect(heard.lines).toEqual([])
    say(true)
    path.ends[1].send(HOST, bytesOf(0x52, 2))
    clock.advance(50)
    expect(heard.lines).toEqual(['joined 0', 'message 0: 82 2'])
    line.close()
    clock.advance(50)
    expect(clock.pending).toBe(0)
  })

  test('not at all where the relay turns it away: the relay’s sentence is told', () => {
    const it = duel()
    it.clock.advance(30)
    it.relay.end('this duel has its two players already')
    expect(endsOf(it)[0]).toBe('left 0: this duel has its two players already')
    expect(it.sides[0].heard.lines).toHaveLength(1)
  })

  test('not at all where neither relay nor a direct path is to be had', () => {
    const clock = new VirtualClock()
    const it = duel({ clock, relay: twoEnded({ clock, refused: 'No relay answers' }) })
    clock.advance(100)
    expect(it.sides[0].heard.lines).toEqual([])
    it.sides[0].line.noDirect('this browser has no WebRTC')
    expect(it.sides[0].heard.lines).toEqual(['left 0: No relay answers'])
    clock.advance(29_000)
    expect(it.sides[1].heard.lines).toEqual([])
    clock.advance(1000)
    expect(it.sides[1].heard.lines).toEqual(['left 0: No relay answers'])
    const alone = duel({ relay: null })
    alone.sides[0].line.noDirect('this browser has no WebRTC')
    expect(alone.sides[0].heard.lines).toEqual(['left 0: this browser has no WebRTC'])
    const told = duel({ clock, relay: twoEnded({ clock, refused: 'No relay answers' }), direct: false })
    clock.advance(100)
    expect(endsOf(told)).toEqual(['left 0: No relay answers', 'left 0: No relay answers'])
  })
})

describe('a duel’s line takes', () => {
  test('the direct path as soon as that works, without a message lost', () => {
    const it = duel()
    it.play(500)
    const direct = it.direct()
    const arrived = it.play(1000)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
    for (const { paths, heard } of it.sides) {
      expect(paths).toEqual(['relayed', 'direct'])
      expect(heard.lines.filter(line => line.startsWith('joined'))).toHaveLength(1)
    }
    expect(arrived.every(count => count >= 60)).toBe(true)
    const overRelay = [...it.relay.arrived]
    it.play(1000)
    // A probe in a second, and nothing else.
    expect(it.relay.arrived.map((count, at) => count - overRelay[at])).toEqual([1, 1])
    expect(Math.min(...direct.arrived)).toBeGreaterThan(60)
    // Packets say that the path is alive: two probes in a second are enough beside them.
    const before = [...direct.arrived]
    const played = it.play(1000)
    for (const at of [0, 1]) {
      expect(direct.arrived[at] - before[at] - played[at]).toBeGreaterThanOrEqual(1)
      expect(direct.arrived[at] - before[at] - played[at]).toBeLessThanOrEqual(3)
    }
  })

  test('the relayed one half a second after the direct one is silent, and the direct one again when it works', () => {
    const it = duel()
    const direct = it.direct()
    it.play(2000)
    for (const { paths } of it.sides) paths.length = 0
    for (const at of [0, 1] as const) direct.cut(at)
    it.play(400)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
    it.play(250)
    expect(pathsOf(it)).toEqual(['relayed', 'relayed'])
    const arrived = it.play(2000)
    expect(arrived.every(count => count >= 120)).toBe(true)
    for (const at of [0, 1] as const) direct.heal(at)
    it.play(800)
    expect(pathsOf(it)).toEqual(['relayed', 'relayed'])
    it.play(700)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
    expect(it.sides.map(side => side.paths)).toEqual([
      ['relayed', 'direct'],
      ['relayed', 'direct'],
    ])
    expect(endsOf(it)).toEqual(['', ''])
  })

  test('both paths while the direct one is doubtful: messages stop for a fifth of a second, not for half of one', () => {
    const it = duel()
    const direct = it.direct()
    it.play(2000)
    for (const at of [0, 1] as const) direct.cut(at)
    expect(it.play(320).every(count => count < 10)).toBe(true)
    expect(it.play(160).every(count => count >= 8)).toBe(true)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
  })

  test('the relayed one on both sides when the direct one works in one direction only', () => {
    for (const deaf of [0, 1] as const) {
      const it = duel()
      const direct = it.direct()
      it.play(2000)
      direct.cut(deaf)
      it.play(800)
      expect(pathsOf(it)).toEqual(['relayed', 'relayed'])
      expect(it.play(1000).every(count => count >= 60)).toBe(true)
      direct.heal(deaf)
      it.play(1500)
      expect(pathsOf(it)).toEqual(['direct', 'direct'])
    }
  })

  test('a quiet direct path for a living one: it says something by itself', () => {
    const it = duel()
    it.direct()
    it.clock.advance(20_000)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
    expect(it.sides[0].paths).toEqual(['direct'])
  })

  test('a direct path that loses one message in five for a living one', () => {
    const it = duel()
    const direct = it.direct()
    it.clock.advance(500)
    direct.set({ delayMs: 40, jitterMs: 20, loss: 0.2, duplicate: 0.1, reorder: 0.1 })
    it.play(20_000)
    expect(it.sides.map(side => side.paths)).toEqual([['direct'], ['direct']])
  })
})

describe('a duel’s line goes on', () => {
  test('when the direct path ends, and takes the next one at once', () => {
    const it = duel()
    const first = it.direct()
    it.play(1000)
    first.end('ICE failed')
    expect(pathsOf(it)).toEqual(['relayed', 'relayed'])
    expect(it.play(1000).every(count => count >= 60)).toBe(true)
    const second = it.direct()
    it.play(200)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
    const third = it.direct()
    it.play(200)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
    expect(third.closed).toEqual([false, false])
    expect(second.closed).toEqual([true, true])
    expect(endsOf(it)).toEqual(['', ''])
  })

  test('when the relay ends, and asks it again: then the direct path may end, too', () => {
    const clock = new VirtualClock()
    const relays = [twoEnded({ clock }), twoEnded({ clock, refused: 'No relay answers' }), twoEnded({ clock })]
    const it = duel({ clock, relay: relays[0], relays })
    const direct = it.direct()
    it.play(1000)
    relays[0].end('the relay is shutting down')
    it.play(50)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
    it.play(1000)
    expect(it.sides.map(side => side.relayed)).toEqual([3, 3])
    direct.end('ICE failed')
    expect(it.play(1000).every(count => count >= 60)).toBe(true)
    expect(pathsOf(it)).toEqual(['relayed', 'relayed'])
    expect(endsOf(it)).toEqual(['', ''])
  })

  test('when the only path, over the relay, is lost on one side or on both, and comes back', () => {
    const clock = new VirtualClock()
    const relays = [twoEnded({ clock }), twoEnded({ clock, refused: 'No relay answers' }), twoEnded({ clock })]
    const it = duel({ clock, relay: relays[0], relays })
    it.play(1000)
    relays[0].end('the connection was lost')
    expect(it.play(1000).every(count => count < 30)).toBe(true)
    expect(it.play(1000).every(count => count >= 60)).toBe(true)
    expect(endsOf(it)).toEqual(['', ''])
    expect(it.sides.map(side => side.paths)).toEqual([['relayed'], ['relayed']])
  })

  test('when one side comes back to the relay, and the other one was there all the time', () => {
    // The relay gives the second path of side 0 to the first of side 1, as it does for one who comes again.
    const clock = new VirtualClock()
    const first = twoEnded({ clock })
    const it = duel({ clock, relay: first })
    it.play(1000)
    first.reopen(0)
    it.play(300)
    expect(it.play(1000).every(count => count >= 60)).toBe(true)
    expect(it.sides.map(side => side.relayed)).toEqual([2, 1])
  })

  test('when the relay stays away: it is asked more and more rarely, and often again after it was there', () => {
    const clock = new VirtualClock()
    const refused = (): TwoEnded => twoEnded({ clock, refused: 'No relay answers' })
    const relays = [
      twoEnded({ clock }),
      ...Array.from({ length: 6 }, refused),
      twoEnded({ clock }),
      refused(),
      refused(),
    ]
    const it = duel({ clock, relay: relays[0], relays })
    it.direct()
    it.play(1000)
    relays[0].end('the relay is shutting down')
    const asked: number[] = []
    const watch = (seconds: number): void => {
      for (let n = 0; n < seconds; n++) {
        it.play(1000)
        asked.push(it.sides[0].relayed)
      }
    }
    watch(25)
    // After 0.1, 0.5, 1, 2, 4, 8 and 8 seconds more.
    expect([1, 2, 4, 8, 16, 24].map(second => asked[second - 1])).toEqual([3, 4, 5, 6, 7, 8])
    relays[7].end('the relay is shutting down')
    it.play(300)
    expect(it.sides[0].relayed).toBe(9)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
  })

  test('when the only path there is falls silent for a second', () => {
    const it = duel({ relay: null })
    const direct = it.direct()
    it.play(1000)
    for (const at of [0, 1] as const) direct.cut(at)
    expect(it.play(1000).every(count => count < 5)).toBe(true)
    for (const at of [0, 1] as const) direct.heal(at)
    expect(it.play(1000).every(count => count >= 60)).toBe(true)
    expect(it.sides.map(side => side.paths)).toEqual([['direct'], ['direct']])
  })

  test('on a new direct path that only one side has heard on yet, where there is no other', () => {
    const it = duel({ relay: null })
    it.direct()
    it.play(1000)
    const next = twoEnded({ clock: it.clock, delayMs: 5 })
    it.sides[0].line.addDirect(next.ends[0])
    next.cut(1)
    it.sides[1].line.addDirect(next.ends[1])
    // The first side takes it, and closes the one before: the second side has that one no more, and this one not yet.
    it.play(300)
    next.heal(1)
    expect(it.play(1000).every(count => count >= 50)).toBe(true)
    expect(endsOf(it)).toEqual(['', ''])
  })
})

describe('a duel’s line ends', () => {
  test('once, when both paths are gone and do not come back, and says why', () => {
    const clock = new VirtualClock()
    const relays = [twoEnded({ clock }), twoEnded({ clock, refused: 'No relay answers' })]
    const it = duel({ clock, relay: relays[0], relays })
    const direct = it.direct()
    it.play(1000)
    relays[0].end('the relay is shutting down')
    direct.end('ICE failed')
    it.play(2900)
    expect(endsOf(it)).toEqual(['', ''])
    it.play(200)
    expect(endsOf(it)).toEqual(Array(2).fill('left 0: the relay is shutting down'))
    it.play(10_000)
    for (const { heard, line } of it.sides) {
      expect(heard.lines.filter(line => line.startsWith('left'))).toHaveLength(1)
      expect(line.path).toBe(null)
    }
    expect(it.clock.pending).toBe(0)
  })

  test('when the relay’s end is told and the direct path stays silent', () => {
    const clock = new VirtualClock()
    const relays = [twoEnded({ clock }), twoEnded({ clock, refused: 'No relay answers' })]
    const it = duel({ clock, relay: relays[0], relays })
    const direct = it.direct()
    it.play(1000)
    relays[0].end('the relay is shutting down')
    it.play(1000)
    for (const at of [0, 1] as const) direct.cut(at)
    it.play(2900)
    expect(endsOf(it)).toEqual(['', ''])
    it.play(300)
    expect(endsOf(it)).toEqual(Array(2).fill('left 0: No relay answers'))
  })

  test('when the other side closes it, after what that one said before', () => {
    const it = duel()
    it.direct()
    it.play(1000)
    it.sides[0].line.send(HOST, bytesOf(0x52, 9, 9))
    it.sides[0].line.close()
    it.clock.advance(300)
    expect(it.sides[0].heard.lines.at(-1)).toMatch(/^message/)
    expect(it.sides[1].heard.lines.slice(-2)).toEqual(['message 0: 82 9 9', 'left 0: the other player left (bye)'])
    expect(it.sides[1].paths).toEqual(['direct'])
    expect(it.clock.pending).toBe(0)
  })

  test('when the other side closes it, also where there is no relay', () => {
    const it = duel({ relay: null })
    it.direct()
    it.play(1000)
    it.sides[0].line.close()
    it.clock.advance(50)
    expect(endsOf(it)[1]).toBe('left 0: the other player left (bye)')
  })

  test('when the other browser is closed: the relay tells, the direct path falls silent, and nobody comes back', () => {
    const clock = new VirtualClock()
    const relays = [twoEnded({ clock }), twoEnded({ clock })]
    const it = duel({ clock, relay: relays[0], relays })
    const direct = it.direct()
    it.play(1000)
    direct.cut(0)
    direct.cut(1)
    relays[0].end('the other player is gone')
    it.sides[1].line.close()
    clock.advance(2900)
    expect(endsOf(it)[0]).toBe('')
    clock.advance(200)
    expect(endsOf(it)[0]).toBe('left 0: the other player was not heard any more')
    clock.advance(50)
    expect(clock.pending).toBe(0)
  })

  test('silently when it is closed, at any time', () => {
    const never = duel({ open: false })
    never.sides[0].line.close()
    never.sides[0].line.close()
    expect(() => never.sides[0].line.open(never.sides[0].heard)).toThrow('a transport is opened once')
    const it = duel()
    const late = twoEnded({ clock: it.clock })
    it.play(500)
    for (const { line } of it.sides) line.close()
    it.sides[0].line.addDirect(late.ends[0])
    expect(late.closed[0]).toBe(true)
    it.clock.advance(1000)
    expect(endsOf(it)).toEqual(['', ''])
    expect(it.relay.closed).toEqual([true, true])
    expect(it.clock.pending).toBe(0)
  })
})

describe('a stranger', () => {
  test('on a direct path is told whom this line speaks to, and goes', () => {
    const it = duel()
    it.play(500)
    const toStranger = twoEnded({ clock: it.clock })
    const heard = recorder()
    const stranger = new DuelLine({ clock: it.clock, id: { hi: 99, lo: 99 }, relayed: null, direct: true })
    stranger.open(heard)
    stranger.addDirect(toStranger.ends[1])
    it.sides[0].line.addDirect(toStranger.ends[0])
    it.play(500)
    expect(heard.lines).toEqual(['left 0: this duel has its two players already: choose another room (full)'])
    expect(pathsOf(it)).toEqual(['relayed', 'relayed'])
    expect(it.sides.map(side => side.paths)).toEqual([['relayed'], ['relayed']])
  })

  test('takes nobody’s place: not on a direct path of its own, and not where two play without a relay', () => {
    const it = duel({ relay: null })
    it.direct()
    it.play(500)
    const heard = recorder()
    const stranger = new DuelLine({ clock: it.clock, id: { hi: 99, lo: 99 }, relayed: null, direct: true })
    stranger.open(heard)
    for (const { line } of it.sides) {
      const path = twoEnded({ clock: it.clock })
      stranger.addDirect(path.ends[1])
      line.addDirect(path.ends[0])
    }
    expect(it.play(1000).every(count => count >= 60)).toBe(true)
    expect(heard.lines).toEqual(['left 0: this duel has its two players already: choose another room (full)'])
    expect(it.sides.map(side => side.paths)).toEqual([['direct'], ['direct']])
    expect(endsOf(it)).toEqual(['', ''])
  })

  test('that says nothing is let go after a while', () => {
    const it = duel()
    it.direct()
    it.play(500)
    const silent = twoEnded({ clock: it.clock })
    it.sides[0].line.addDirect(silent.ends[0])
    it.play(4000)
    expect(silent.closed).toEqual([false, false])
    it.play(1500)
    expect(silent.closed).toEqual([true, false])
    const many = Array.from({ length: 6 }, () => twoEnded({ clock: it.clock }))
    for (const each of many) it.sides[0].line.addDirect(each.ends[0])
    expect(many.map(each => each.closed[0])).toEqual([true, true, false, false, false, false])
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
  })

  test('that speaks to somebody else does not end a line that may still meet its own other side', () => {
    const taken = duel()
    taken.play(500)
    const it = duel({ clock: taken.clock, relay: null, lo: 8 })
    const toTaken = twoEnded({ clock: it.clock })
    taken.sides[0].line.addDirect(toTaken.ends[0])
    it.sides[0].line.addDirect(toTaken.ends[1])
    const slow = twoEnded({ clock: it.clock, delayMs: 300 })
    it.sides.forEach(({ line }, at) => line.addDirect(slow.ends[at]))
    it.play(2000)
    expect(pathsOf(it)).toEqual(['direct', 'direct'])
    expect(pathsOf(taken)).toEqual(['relayed', 'relayed'])
    expect([...endsOf(it), ...endsOf(taken)]).toEqual(['', '', '', ''])
  })

  test('is not heard: neither packets nor a goodbye', () => {
    const it = duel()
    it.play(500)
    const path = twoEnded({ clock: it.clock })
    it.sides[0].line.addDirect(path.ends[0])
    const end = path.ends[1]
    end.open(recorder())
    it.clock.advance(50)
    const count = it.sides[0].heard.lines.length
    const view = new DataView(new ArrayBuffer(PROBE_BYTES))
    writeProbe(view, { from: { hi: 5, lo: 5 }, to: { hi: 1, lo: 7 }, hears: true, bye: true })
    end.send(HOST, new Uint8Array(view.buffer))
    end.send(HOST, bytesOf(0x52, 6, 6, 6))
    end.send(HOST, bytesOf(0x4c, 0x53, 0x44, 0x50, 9))
    it.clock.advance(500)
    expect(it.sides[0].heard.lines).toHaveLength(count)
    expect(it.sides[0].line.path).toBe('relayed')
  })

  test('a line that hears itself takes nobody for the other side', () => {
    const clock = new VirtualClock()
    const heard = recorder()
    let events: Parameters<Transport['open']>[0] | null = null
    const echo: Transport = {
      open: given => {
        events = given
        given.joined(HOST)
      },
      send: (_peer, bytes) => events?.message(HOST, bytes.slice()),
      close: () => {},
    }
    const line = new DuelLine({ clock, id: { hi: 1, lo: 1 }, relayed: () => echo, direct: false })
    line.open(heard)
    clock.advance(5000)
    expect(heard.lines).toEqual([])
  })
})

test('faults wrap it as any transport', () => {
  const it = duel({ open: false })
  const faulty = withFaults(it.sides[0].line, { clock: it.clock, seed: 1 })
  faulty.set({ delayMs: 100, jitterMs: 0, loss: 0.5 })
  faulty.open(it.sides[0].heard)
  it.sides[1].line.open(it.sides[1].heard)
  it.direct()
  it.clock.advance(1000)
  expect(pathsOf(it)).toEqual(['direct', 'direct'])
  for (let n = 0; n < 200; n++) faulty.send(HOST, bytesOf(0x52, n))
  it.clock.advance(110)
  const arrived = it.sides[1].heard.lines.length - 1
  expect(arrived).toBeGreaterThan(70)
  expect(arrived).toBeLessThan(130)
  faulty.close()
  it.clock.advance(300)
  expect(it.sides[1].heard.lines.at(-1)).toBe('left 0: the other player left (bye)')
})

describe('a probe', () => {
  const probe: Probe = { from: { hi: 0, lo: 2 }, to: { hi: 3, lo: 1 }, hears: true, bye: false }
  const written = (): Uint8Array => {
    const view = new DataView(new ArrayBuffer(PROBE_BYTES))
    writeProbe(view, probe)
    return new Uint8Array(view.buffer)
  }

  test('is what PROTOCOL.md says, and reads as it was written', () => {
    const document = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8')
    const [, vector] = /## The line of a duel[^]*?\n {4}([0-9a-f]+)\n/.exec(document)!
    expect(Buffer.from(written()).toString('hex')).toBe(vector)
    expect(readProbe(written())).toEqual(probe)
    expect(isProbe(written())).toBe(true)
  })

  test('is refused whole when a byte makes no sense, and a session’s packet is none', () => {
    for (const [at, value] of [
      [0, 0x52],
      [4, 2],
      [5, 4],
      [6, 1],
      [7, 1],
    ]) {
      const bytes = written()
      bytes[at] = value
      expect(readProbe(bytes)).toBe(null)
    }
    expect(readProbe(written().subarray(0, 23))).toBe(null)
    expect(readProbe(Uint8Array.of(...written(), 0))).toBe(null)
    const nobody = written()
    nobody.fill(0, 8, 16)
    expect(readProbe(nobody)).toBe(null)
    for (const beginning of [[0x52, 0x42, 0x4e, 0x31], [0x4e, 0x4d, 0x4f, 0x44], [0x53], []])
      expect(isProbe(Uint8Array.from(beginning))).toBe(false)
  })
})

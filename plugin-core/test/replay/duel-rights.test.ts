// A duel in which one side speaks as a host would, which it has not: nobody listens, and who plays its recording does not either.

import { expect, test } from 'vitest'
import { encodeHostFact } from '../../src/event/host-fact.ts'
import type { EventFault } from '../../src/event/event-fault.ts'
import { EnvelopeLine } from '../../src/loop/envelope-line.ts'
import { Loop } from '../../src/loop/loop.ts'
import { Pacer } from '../../src/loop/pacer.ts'
import { NoLine } from '../../src/replay/no-line.ts'
import { RecordedSession } from '../../src/replay/recorded-session.ts'
import { Recorder } from '../../src/replay/recorder.ts'
import { ReplayBuffer } from '../../src/replay/replay-buffer.ts'
import { readReplay } from '../../src/replay/replay-file.ts'
import { ReplaySession } from '../../src/replay/replay-session.ts'
import { DuelSession } from '../../src/session/duel/duel-session.ts'
import type { Session } from '../../src/session/session.ts'
import { VirtualClock } from '../../src/transport/clock.ts'
import { MemoryPair } from '../../src/transport/memory-pair.ts'
import type { Transport } from '../../src/transport/transport.ts'
import type { Terms } from '../../src/wire/messages.ts'
import { quietHooks } from '../loop/quiet-hooks.ts'
import { forged, yard } from '../matches/capabilities-match.ts'

interface Side {
  readonly loop: Loop
  readonly told: EventFault[]
  readonly checksums: Map<number, number>
}

/** `hosted`: plays a recording, as one of a star is judged. */
function side(clock: VirtualClock, transport: Transport, hosted: boolean, session: (terms: Terms) => Session): Side {
  const told: EventFault[] = []
  const checksums = new Map<number, number>()
  const game = { ...yard, schema: { ...yard.schema, minPlayers: 2 } }
  const loop = new Loop({
    ...{
      game,
      sourceId: 'test',
      transport,
      clock,
      inputDelay: 2,
      predictionWindow: hosted ? 0 : 8,
      checksumTicks: 1,
      session,
    },
    events: simulation => new EnvelopeLine({ simulation, hosted, told: fault => told.push(fault) }),
    hooks: quietHooks({ checksum: (tick, sum) => checksums.set(tick, sum) }),
  })
  new Pacer(clock, 60, dueMs => loop.call(dueMs)).start()
  loop.session.setReady(true)
  loop.open()
  return { loop, told, checksums }
}

test('what no host has said is in no recording of a duel', () => {
  const clock = new VirtualClock()
  const pair = new MemoryPair({ clock, seed: 3, conditions: { delayMs: 20, jitterMs: 2, loss: 0 } })
  const buffer = new ReplayBuffer()
  const recorder = new Recorder({ sourceId: 'test', write: buffer.write })
  const duel = (lo: number) => (terms: Terms) =>
    new DuelSession({ terms, name: '', profile: '', nonce: { hi: 0, lo }, inputDelay: 2 })
  const ann = side(clock, pair.a, false, terms => new RecordedSession(duel(1)(terms), recorder, terms))
  const bob = side(clock, pair.b, false, duel(2))
  clock.advance(2000)
  bob.loop.session.emit(encodeHostFact({ kind: 'net/grant', caps: ['room:moderate'] }))
  clock.advance(200)
  const match = { host: { closedTick: ann.loop.session.closedTick } }
  bob.loop.session.emit(forged(match, { kind: 'hush', slot: 1, payload: 0 }))
  clock.advance(1000)
  expect(ann.told.map(({ code, kind }) => `${code} ${kind}`)).toEqual([
    'ERR_ENVELOPE_TAMPERED ',
    'ERR_CAPABILITY_DENIED hush',
  ])
  recorder.flush()

  const later = new VirtualClock()
  const replay = readReplay(buffer.bytes())
  const played = side(later, new NoLine(), true, terms => new ReplaySession({ replay, terms }))
  later.advance(6000)
  expect(played.checksums.size).toBeGreaterThan(100)
  for (const [tick, sum] of played.checksums) expect(sum, `tick ${tick}`).toBe(ann.checksums.get(tick) ?? sum)
  expect((played.loop.session as ReplaySession).difference).toBe(null)
  expect(played.told.map(({ code, kind }) => `${code} ${kind}`)).toEqual(['ERR_CAPABILITY_DENIED hush'])
})

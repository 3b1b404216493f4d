import { expect, test } from 'vitest'
import { Changes } from '../../src/session/duel/changes.ts'
import { CHANGE } from '../../src/session/duel/duel-messages.ts'
import { OwnInputs } from '../../src/session/duel/own-inputs.ts'
import { RemoteInputs } from '../../src/session/duel/remote-inputs.ts'
import { TickPair } from '../../src/session/duel/tick-pair.ts'
import type { Fact } from '../../src/session/fact.ts'
import { FactList } from '../../src/session/fact-list.ts'
import { RBN1_MAX_COUNT, Rbn1Datagram } from '../../src/wire/rbn1.ts'
import { terms } from './star-room.ts'

/** One side: its own inputs are 1, those of the other 2. */
class Side {
  readonly slot: number
  readonly ticks = new TickPair({ ...terms, maxPlayers: 2 })
  readonly own = new OwnInputs(1)
  readonly remote = new RemoteInputs(1)
  readonly changes = new Changes()
  readonly facts = new FactList()
  constructor(slot: number) {
    this.slot = slot
  }
  give(upTo: number): void {
    while (this.own.newest < upTo) this.own.set(this.own.newest + 1, new Uint8Array([1]))
  }
  hear(tick: number, events = 0): void {
    const d = new Rbn1Datagram()
    d.startFrame = tick
    d.count = 1
    d.inputs[0] = 2
    d.hasEventCounts = true
    d.eventCounts[0] = events
    this.remote.take(d, tick)
  }
  closed(): Extract<Fact, { kind: 'tick' }>[] {
    this.ticks.close(this.slot, this.own, this.remote, this.changes, this.facts)
    return [...this.facts.take()].filter(fact => fact.kind === 'tick')
  }
}

test('a tick is closed once both inputs are there, each in its slot', () => {
  for (const slot of [0, 1]) {
    const side = new Side(slot)
    side.give(2)
    expect(side.closed()).toEqual([])
    side.hear(1)
    expect(side.closed().map(({ tick, row }) => [tick, ...row])).toEqual([[1, ...(slot === 0 ? [1, 2] : [2, 1])]])
    side.hear(2)
    side.hear(3)
    expect(side.closed().map(({ tick }) => tick)).toEqual([2])
  }
})

test('events are in the order of slots, whichever side closes their tick', () => {
  for (const slot of [0, 1]) {
    const side = new Side(slot)
    side.own.queueEvent(new Uint8Array([10]))
    side.own.queueEvent(new Uint8Array([11]))
    side.give(1)
    side.hear(1, 1)
    side.remote.takeEvents(1, [new Uint8Array([20])], 1)
    const mine = [10, 11].map(byte => [slot, byte])
    const theirs = [[1 - slot, 20]]
    const [{ events }] = side.closed()
    expect(events!.map(e => [e.slot, e.bytes[0]])).toEqual(slot === 0 ? [...mine, ...theirs] : [...theirs, ...mine])
  }
})

test('nothing is closed while no more inputs may be unacknowledged', () => {
  const side = new Side(0)
  side.give(RBN1_MAX_COUNT)
  side.hear(1)
  expect(side.closed()).toEqual([])
  side.own.acked = 1
  expect(side.closed()).toHaveLength(1)
})

test('what slot 0 named for a tick is part of it, and forgotten behind it', () => {
  const side = new Side(1)
  side.changes.hear({ what: CHANGE.round, tick: 1, value: 1, carry: new Uint8Array(0) })
  side.give(1)
  side.hear(1)
  const [{ control }] = side.closed()
  expect(control).toMatchObject({ restart: { round: 1 }, joins: [0, 1] })
  expect(side.changes.isComing(CHANGE.round)).toBe(false)
})

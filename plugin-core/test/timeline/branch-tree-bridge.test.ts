import { expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope } from '../../src/event/envelope-codec.ts'
import { makeEnvelope, type EventEnvelope } from '../../src/event/envelope.ts'
import { hashOf } from '../../src/event/hash.ts'
import {
  Bridge,
  CROSSINGS,
  QUARANTINE,
  type BridgeOptions,
  type Crossing,
} from '../../src/timeline/branch-tree-bridge.ts'
import { ReadLog } from '../../src/timeline/branch-tree-reads.ts'
import { BranchTree } from '../../src/timeline/branch-tree.ts'

const COLUMNS = ['Body.x', 'Body.y', 'Player.score']
const of = (byte: number): Uint8Array => new Uint8Array([byte])

/** Main at tick 20, which reads Body.x at each tick, and Player.score at tick 12. */
function setup(options: Partial<BridgeOptions<null>> = {}): {
  tree: BranchTree<null>
  reads: ReadLog
  bridge: Bridge<null>
} {
  const tree = new BranchTree<null>({ hash: hashOf, tick: 0, windowTicks: 60 })
  const reads = new ReadLog(COLUMNS, 64)
  for (let tick = 1; tick <= 20; tick++) {
    tree.confirm(tick, of(1))
    reads.note(tick, tick === 12 ? ['Body.x', 'Player.score'] : ['Body.x'])
  }
  const writes = ({ kind }: EventEnvelope): string[] | null => (COLUMNS.includes(kind) ? [kind] : null)
  return { tree, reads, bridge: new Bridge({ tree, reads, writes, ...options }) }
}

function envelope(kind: string, chronos: number, kairos = 'main', payload = 0): EventEnvelope {
  return makeEnvelope({ id: 3, kind, chronos, kairos, slot: 1, payload, caps: ['network:emit'] })
}

function crossed(crossing: Crossing): EventEnvelope {
  if (crossing.kind !== 'crossed') throw new Error(JSON.stringify(crossing))
  return crossing.envelope
}

test('an event for another branch becomes a new one, with its cause, at the next tick there', () => {
  const { tree, bridge } = setup()
  const fork = tree.fork(tree.head.parent!, of(2))
  const first = envelope('Body.x', 5, fork.id)
  const second = crossed(bridge.cross(first))
  expect(second).toMatchObject({ kairos: fork.id, chronos: 21, id: 0, slot: 1, kind: 'Body.x' })
  expect(second.causeIds).toEqual([first.envelopeHash])
  expect(second.envelopeHash).not.toEqual(first.envelopeHash)
  const context = { presentedFor: () => second.caps }
  expect(decodeEnvelope(encodeEnvelope(second, context), second.slot, context)).toEqual({ ok: true, envelope: second })
  // Later ones keep their tick; ids count up per tick.
  expect(crossed(bridge.cross(envelope('Body.x', 5, fork.id, 1)))).toMatchObject({ chronos: 21, id: 1 })
  expect(crossed(bridge.cross(envelope('Body.x', 90, fork.id)))).toMatchObject({ chronos: 90, id: 0 })
})

test('it crosses once, whatever name its target has', () => {
  const { tree, bridge } = setup()
  const fork = tree.fork(tree.head, of(2))
  const first = envelope('Body.y', 30, fork.id)
  expect(bridge.cross(first).kind).toBe('crossed')
  expect(bridge.cross(first)).toEqual({ kind: 'repeated' })
  const other = envelope('Body.y', 30, fork.id, 7)
  tree.collapse(fork, tree.main)
  expect(crossed(bridge.cross(other))).toMatchObject({ kairos: 'main', chronos: 30 })
  expect(bridge.cross(other)).toEqual({ kind: 'repeated' })
  for (let i = 0; i < CROSSINGS; i++) bridge.cross(envelope('Body.y', 30, 'main', 100 + i))
  expect(bridge.cross(envelope('Body.y', 30, 'main', 100 + CROSSINGS - 1))).toEqual({ kind: 'repeated' })
})

test('nobody hears it on a branch that is unknown, predicted, or left behind', () => {
  const { tree, bridge } = setup()
  expect(bridge.cross(envelope('Body.y', 30, 'ab'.repeat(32)))).toMatchObject({ kind: 'lost' })
  tree.advance(21, of(9))
  const { id } = tree.head.branch
  expect(bridge.cross(envelope('Body.y', 30, id))).toMatchObject({
    kind: 'lost',
    reason: `branch ${id} is predicted: nobody goes on there`,
  })
  tree.confirm(21, of(8))
  expect(bridge.cross(envelope('Body.y', 30, id))).toMatchObject({
    reason: `branch ${id} is abandoned: nobody goes on there`,
  })
})

test('what would change a past that others have seen is a paradox: refused, counted, shown', () => {
  const { bridge } = setup()
  const late = envelope('Player.score', 10)
  expect(bridge.cross(late)).toEqual({
    kind: 'paradox',
    paradox: {
      envelope: late,
      kairos: 'main',
      readerTick: 12,
      reason: "'Player.score' for tick 10 writes Player.score, which tick 12 has read",
    },
  })
  // After its last reader, or for a column that nobody read, it is as good as new.
  expect(crossed(bridge.cross(envelope('Player.score', 13)))).toMatchObject({ chronos: 21 })
  expect(crossed(bridge.cross(envelope('Body.y', 1)))).toMatchObject({ chronos: 21 })
  expect(crossed(bridge.cross(envelope('Body.x', 21)))).toMatchObject({ chronos: 21 })
  // Who does not say what it writes may write anything; a tick that is forgotten may have read it.
  expect(bridge.cross(envelope('anything', 20))).toMatchObject({ paradox: { readerTick: 20 } })
  expect(bridge.cross(envelope('Body.y', 0))).toMatchObject({ paradox: { readerTick: 0 } })
})

test('what was refused may not cross later by itself, and the newest are kept to be shown', () => {
  const { bridge } = setup()
  for (let i = 0; i < QUARANTINE + 5; i++) expect(bridge.cross(envelope('Body.x', 10, 'main', i)).kind).toBe('paradox')
  expect([bridge.paradoxes, bridge.quarantine.length]).toEqual([QUARANTINE + 5, QUARANTINE])
  expect(bridge.quarantine[0].envelope.payload).toBe(5)
})

test('in authoritative mode the host alone decides', () => {
  const asked: string[] = []
  const { bridge } = setup({
    decide: ({ envelope: { payload }, reason }) => {
      asked.push(reason)
      return payload === 1
    },
  })
  expect(bridge.cross(envelope('Body.x', 10, 'main', 0)).kind).toBe('paradox')
  expect(crossed(bridge.cross(envelope('Body.x', 10, 'main', 1)))).toMatchObject({ chronos: 21 })
  expect([asked.length, bridge.paradoxes]).toEqual([2, 1])
})

test('ids can be counted by who emits there, too', () => {
  const { bridge } = setup({ nextId: (kairos, slot, chronos) => (kairos === 'main' ? 10 * slot + chronos : 0) })
  expect(crossed(bridge.cross(envelope('Body.y', 25)))).toMatchObject({ id: 35 })
})

test('reads of a column that is not there are our mistake', () => {
  const reads = new ReadLog(COLUMNS, 8)
  expect(() => reads.note(1, ['Body.z'])).toThrow('no column "Body.z"; there are Body.x, Body.y, Player.score')
  reads.note(1, null)
  expect([reads.firstReader(1, 1, ['Body.y']), reads.firstReader(1, 1, null)]).toEqual([1, 1])
  reads.note(2, [])
  expect([reads.firstReader(2, 2, null), reads.firstReader(0, 2, ['Body.x'])]).toEqual([-1, 0])
})

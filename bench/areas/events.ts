// Envelopes of 200 bytes: made, hashed and encoded where they are emitted; decoded and verified where they arrive; judged
// again by each rollback. Signatures beside them, to show why none is made or verified within a tick.

import { loadEnvelopes, loadSignatures } from '@lockstride/core/testing'
import { absolute, type Row } from '../row.ts'

type Envelopes = Awaited<ReturnType<typeof loadEnvelopes>>
type Signatures = Awaited<ReturnType<typeof loadSignatures>>

const AREA = 'events'
/** What one event may cost on the hot path. */
const BUDGET_US = 50
const EVENT_SIZE = 200
/** Many short runs, of which the best counts: the machine has other work, too. */
const RUNS = 40
const OPS = 2_000
const SIGNED_OPS = 8

/** Does `ops` operations, each on other values; answers something of all of them, so that none may be left out. */
type Work = (ops: number) => number

export async function events(): Promise<Row[]> {
  const envelopes = await loadEnvelopes()
  const work = hotPath(envelopes)
  const signing = signatures(envelopes, await loadSignatures())
  const rows: Row[] = []
  for (const [name, run] of Object.entries(work)) {
    const us = microseconds(run, OPS)
    rows.push(
      absolute(AREA, `${name}: each`, 'µs', us, { atMost: BUDGET_US }),
      absolute(AREA, `${name}: per second`, '1/s', 1e6 / us, null),
    )
  }
  for (const [name, run] of Object.entries(signing))
    rows.push(
      absolute(AREA, `${name}: each, once an envelope and not in a tick`, 'µs', microseconds(run, SIGNED_OPS), null),
    )
  return rows
}

/** The best of many runs, once the code is warm. */
function microseconds(work: Work, ops: number): number {
  let best = Infinity
  for (let warm = 0; warm < 5; warm++) work(ops)
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now()
    work(ops)
    best = Math.min(best, ((performance.now() - start) * 1000) / ops)
  }
  return best
}

const SLOTS = 8
const RIGHTS = {
  requires: { chat: ['chat:send'] },
  everyone: [],
  declared: ['chat:send'],
  signed: false,
  matchKey: null,
}
const context = { presentedFor: () => ['network:emit'] }

function hotPath(envelopes: Envelopes): Record<string, Work> {
  const { decodeEnvelope, encodeEnvelope, eventWords, gateOver, makeEnvelope } = envelopes
  const fields = fieldsOf200(envelopes)
  const many = Array.from({ length: OPS }, (_, i) => encodeEnvelope(makeEnvelope(fields(i)), context))
  const words = new Uint32Array(eventWords(SLOTS, RIGHTS))
  const openGate = (): ReturnType<typeof gateOver>['gate'] => {
    const { gate } = gateOver({
      words: words.fill(0),
      slots: SLOTS,
      rights: RIGHTS,
      hosted: true,
      match: '',
      signatures: null,
    })
    gate.seat(1, { restart: null, joins: [0, 1, 2, 3], leaves: [], swap: null }, () => false)
    return gate
  }
  return {
    'make + hash + encode'(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) sum += encodeEnvelope(makeEnvelope(fields(i)), context).length
      return sum
    },
    'decode + verify hash'(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) if (decodeEnvelope(many[i], 3, context).ok) sum++
      return sum
    },
    'deliver (decode, verify, capabilities, repeats)'(ops) {
      const gate = openGate()
      let sum = 0
      for (let i = 0; i < ops; i++) sum += gate.admit(100 + i, [{ slot: 3, bytes: many[i] }]).length
      if (sum !== ops) throw new Error(`${sum} of ${ops} delivered`)
      return sum
    },
    'judge again in a rollback'(ops) {
      const gate = openGate()
      const events = [{ slot: 3, bytes: many[0] }]
      const before = words.slice()
      let sum = 0
      for (let i = 0; i < ops; i++) {
        words.set(before)
        sum += gate.admit(100, events).length
      }
      if (sum !== ops) throw new Error(`${sum} of ${ops} delivered`)
      return sum
    },
  }
}

function signatures(envelopes: Envelopes, { SignatureBook, publicKeyOf, signHash }: Signatures): Record<string, Work> {
  const secretKey = new Uint8Array(32).fill(7)
  const signerId = publicKeyOf(secretKey)
  const { envelopeHash } = envelopes.makeEnvelope(fieldsOf200(envelopes)(0))
  const signature = signHash(envelopeHash, secretKey)
  return {
    sign: ops => {
      let sum = 0
      for (let i = 0; i < ops; i++) sum += signHash(envelopeHash, secretKey)[0]
      return sum
    },
    'verify a signature': ops => {
      let sum = 0
      for (let i = 0; i < ops; i++) if (new SignatureBook().verify(envelopeHash, signature, signerId)) sum++
      return sum
    },
  }
}

/** Envelopes like those of a game, of 200 bytes on the wire. */
function fieldsOf200({
  encodeEnvelope,
  makeEnvelope,
}: Envelopes): (i: number) => Parameters<Envelopes['makeEnvelope']>[0] {
  let text = ''
  const fields = (i: number): Parameters<Envelopes['makeEnvelope']>[0] => ({
    ...{ id: 0, kind: 'player_input', chronos: 100 + i, kairos: 'main', slot: 3, caps: ['network:emit'] },
    payload: { axis: { x: 0.25 + i / 8192, y: -0.5 }, tick: 100 + i, text },
  })
  text = 'x'.repeat(EVENT_SIZE - encodeEnvelope(makeEnvelope(fields(1)), context).length)
  const size = encodeEnvelope(makeEnvelope(fields(1)), context).length
  text = text.slice(size - EVENT_SIZE)
  return fields
}

// Envelopes of 200 bytes: made, hashed and encoded where they are emitted; decoded and verified where they arrive; read
// once more by each rollback. Signatures beside them, to show why none is made or verified within a tick.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { absolute, type Row } from '../row.ts'

type Envelopes = typeof import('../../plugin-core/src/event/envelopes.ts')
type Signatures = typeof import('../../plugin-core/src/event/signature.ts')

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
  // By their files, as size.ts reads the sources: a match loads envelopes on demand, and they have no door yet.
  const source = (file: string): string =>
    pathToFileURL(join(import.meta.dirname, '..', '..', 'plugin-core', 'src', 'event', file)).href
  const work = hotPath((await import(source('envelopes.ts'))) as Envelopes)
  const signing = signatures(
    (await import(source('envelopes.ts'))) as Envelopes,
    (await import(source('signature.ts'))) as Signatures,
  )
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

function hotPath(envelopes: Envelopes): Record<string, Work> {
  const { Capabilities, EnvelopeGate, decodeEnvelope, encodeEnvelope, makeEnvelope, openEnvelope } = envelopes
  const fields = fieldsOf200(envelopes)
  const bytes = encodeEnvelope(makeEnvelope(fields(0)))
  const many = Array.from({ length: OPS }, (_, i) => encodeEnvelope(makeEnvelope(fields(i))))
  return {
    'make + hash + encode'(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) sum += encodeEnvelope(makeEnvelope(fields(i))).length
      return sum
    },
    'decode + verify hash'(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) if (decodeEnvelope(many[i]).ok) sum++
      return sum
    },
    'deliver (decode, verify, capabilities, repeats)'(ops) {
      const gate = new EnvelopeGate({ slots: 8, capabilities: new Capabilities({ slots: 8 }) })
      let sum = 0
      for (let i = 0; i < ops; i++) sum += gate.admit(100 + i, [{ slot: 3, bytes: many[i] }])?.length ?? 0
      if (sum !== ops) throw new Error(`${sum} of ${ops} delivered`)
      return sum
    },
    'read again in a rollback'(ops) {
      let sum = 0
      for (let i = 0; i < ops; i++) sum += openEnvelope(bytes).slot
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
  text = 'x'.repeat(EVENT_SIZE - encodeEnvelope(makeEnvelope(fields(1))).length)
  const size = encodeEnvelope(makeEnvelope(fields(1))).length
  text = text.slice(size - EVENT_SIZE)
  return fields
}

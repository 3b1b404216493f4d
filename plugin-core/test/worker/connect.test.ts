// What `connect` refuses before it asks anybody. Workers that are missing, silent or broken are tested in a browser.

import { expect, test } from 'vitest'
import { webRtc } from '../../src/transport/description.ts'
import { connect } from '../../src/worker/connect.ts'
import { ConnectError, type ConnectOptions } from '../../src/worker/match.ts'

const worker = { postMessage: () => {} } as unknown as Worker

test.each([
  [undefined, "connect() needs the game's worker: worker: new Worker(new URL("],
  [{}, "connect() needs the game's worker"],
  [{ worker: 'game.worker.ts' }, "connect() needs the game's worker"],
  [{ worker, mode: 'lagstep' }, "mode: 'lagstep' is not known; 'rollback', 'lockstep' and 'authoritative' are"],
  [{ worker, inputDelay: -1 }, 'inputDelay: a whole number from 0 to 15, not -1'],
  [{ worker, inputDelay: 16 }, 'inputDelay: a whole number from 0 to 15, not 16'],
  [{ worker, inputDelay: 1.5 }, 'inputDelay: a whole number from 0 to 15, not 1.5'],
  [{ worker, predictionWindow: 0 }, 'predictionWindow: a whole number from 1 to 16, not 0'],
  [{ worker, mode: 'authoritative', predictionWindow: 17 }, 'predictionWindow: a whole number from 1 to 16, not 17'],
  [
    { worker, mode: 'authoritative', transport: webRtc({ relay: 'ws://a' }) },
    'a duel has none; take webSocket() or broadcast()',
  ],
  [{ worker, room: '' }, 'room: a name of 1 to 64 characters'],
  [{ worker, room: 'x'.repeat(65) }, 'room: a name of 1 to 64 characters'],
])('%o is refused by a sentence', async (options, sentence) => {
  const error: unknown = await connect(options as ConnectOptions).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(ConnectError)
  expect(error).toMatchObject({ code: 'options', message: expect.stringContaining(sentence) as string })
})

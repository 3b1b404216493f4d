// A game without envelopes pays nothing for them: hash and curve are in chunks of their own.

import { rolldown } from 'rolldown'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadEnvelopes, loadSignatures } from '../../src/event/load-envelopes.ts'

const source = join(import.meta.dirname, '../../src')

/** Packages in what is loaded at once, and in each chunk that is loaded on demand. */
async function packages(entry: string): Promise<{ now: string; later: string[] }> {
  const bundle = await rolldown({ input: join(source, entry), platform: 'browser' })
  const { output } = await bundle.generate({ format: 'es' })
  await bundle.close()
  const chunks = output.filter(chunk => chunk.type === 'chunk')
  const now = new Set<string>()
  const take = (name: string): void => {
    if (now.has(name)) return
    now.add(name)
    for (const to of chunks.find(chunk => chunk.fileName === name)?.imports ?? []) take(to)
  }
  take(chunks.find(chunk => chunk.isEntry)!.fileName)
  const found = (files: readonly string[]): string =>
    ['@noble/hashes', '@noble/curves', 'cborg'].filter(name => files.some(file => file.includes(`/${name}/`))).join()
  return {
    now: found(chunks.filter(chunk => now.has(chunk.fileName)).flatMap(chunk => chunk.moduleIds)),
    later: chunks.filter(chunk => !now.has(chunk.fileName)).map(chunk => found(chunk.moduleIds)),
  }
}

test('the worker loads neither hash nor curve at once', async () => {
  expect((await packages('worker.ts')).now).toBe('cborg')
})

test('envelopes come without the curve, signatures with it, each when asked for', async () => {
  const { now, later } = await packages('event/load-envelopes.ts')
  expect(now).toBe('')
  expect(later.some(names => names.includes('hashes'))).toBe(true)
  expect(later.filter(names => names.includes('curves'))).toHaveLength(1)
  expect((await packages('event/envelopes.ts')).now).toBe('@noble/hashes,cborg')
})

test('what is loaded works', async () => {
  const [{ makeEnvelope, decodeEnvelope, encodeEnvelope }, { SignatureBook }] = [
    await loadEnvelopes(),
    await loadSignatures(),
  ]
  const sign = new SignatureBook().signer(new Uint8Array(32).fill(1))
  const envelope = sign(
    makeEnvelope({ id: 0, kind: 'hit', chronos: 1, kairos: 'main', slot: 0, payload: null, caps: [] }),
  )
  const context = { presentedFor: () => [] }
  expect(decodeEnvelope(encodeEnvelope(envelope, context), 0, context)).toEqual({ ok: true, envelope })
})

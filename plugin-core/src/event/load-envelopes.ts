// Envelopes and signatures on demand. Hash and curve are as large as half of the worker: a game that has none of them
// does not load them. Await this before the match begins; from then on everything is synchronous.

export function loadEnvelopes(): Promise<typeof import('./envelopes.ts')> {
  return import('./envelopes.ts')
}

/** Only where the match asks for signatures, or grants are signed. */
export function loadSignatures(): Promise<typeof import('./signature.ts')> {
  return import('./signature.ts')
}

// Ed25519 over hashes (RFC 8032, strict). Signing takes most of a millisecond in JavaScript and verifying two: it is done
// once an envelope, when it is emitted and when it arrives, and never again when a rollback runs its tick anew.

import { ed25519 } from '@noble/curves/ed25519.js'
import { equalBytes } from '../bytes/equal.ts'
import { SIGNATURE_BYTES, type EventEnvelope } from './envelope.ts'
import { HASH_BYTES, hashKey } from './hash.ts'

/** Whether `signerId` signed `hash`. Must answer the same on every machine. */
export interface Verifier {
  verify(hash: Uint8Array, signature: Uint8Array, signerId: Uint8Array): boolean
}

/** Answers that are remembered: those of the last seconds, when everyone emits a few a second. */
export const REMEMBERED_SIGNATURES = 1024

export function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(secretKey)
}

/** 64 bytes. A secret key is any 32 bytes that nobody can guess. */
export function signHash(hash: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return ed25519.sign(hash, secretKey)
}

/** Verifies, and remembers by hash: what asks again for the same envelope costs a look-up. */
export class SignatureBook implements Verifier {
  /** Signatures that were computed, not looked up. */
  computed = 0
  readonly #answers = new Map<string, { signature: Uint8Array; signerId: Uint8Array; valid: boolean }>()

  verify(hash: Uint8Array, signature: Uint8Array, signerId: Uint8Array): boolean {
    const key = hashKey(hash)
    const known = this.#answers.get(key)
    // The hash does not cover its signature: with another one the answer may be another.
    if (known !== undefined && equalBytes(known.signature, signature) && equalBytes(known.signerId, signerId))
      return known.valid
    const valid = isSignature(hash, signature, signerId)
    this.computed++
    this.#remember(key, signature, signerId, valid)
    return valid
  }

  /** Signs this player's envelopes, and remembers that they are signed: nobody verifies his own. */
  signer(secretKey: Uint8Array): (envelope: EventEnvelope) => EventEnvelope {
    const signerId = publicKeyOf(secretKey)
    return envelope => {
      const signature = signHash(envelope.envelopeHash, secretKey)
      this.#remember(hashKey(envelope.envelopeHash), signature, signerId, true)
      return { ...envelope, signature, signerId }
    }
  }

  #remember(key: string, signature: Uint8Array, signerId: Uint8Array, valid: boolean): void {
    // Maps keep the order of insertion: the first one is the oldest.
    if (this.#answers.size === REMEMBERED_SIGNATURES) this.#answers.delete(this.#answers.keys().next().value!)
    this.#answers.set(key, { signature: signature.slice(), signerId: signerId.slice(), valid })
  }
}

// Strict, not ZIP 215: of a message and a key there is one signature, so that nobody makes a second one out of the first.
function isSignature(hash: Uint8Array, signature: Uint8Array, signerId: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || signerId.length !== HASH_BYTES) return false
  try {
    return ed25519.verify(signature, hash, signerId, { zip215: false })
  } catch {
    return false
  }
}

// What is wrong with an envelope: six codes, each counted and told to the game with sender and tick. None of them ends a
// match, and none is thrown: envelopes come from strangers.

export const FAULT_CODES = [
  'ERR_CAPABILITY_DENIED',
  'ERR_CAPABILITY_REVOKED',
  'ERR_CAPABILITY_UNKNOWN',
  'ERR_ENVELOPE_TAMPERED',
  'ERR_QUEUE_OVERFLOW',
  'ERR_PRNG_MISMATCH',
] as const

export type FaultCode = (typeof FAULT_CODES)[number]

/** A refusal before anybody knows whom to name. */
export interface Refusal {
  readonly ok: false
  readonly code: FaultCode
  readonly reason: string
}

export interface EventFault {
  readonly code: FaultCode
  /** The sender, as the transport or the tick names it; never as the envelope does. */
  readonly slot: number
  readonly tick: number
  /** Of the envelope; empty where it could not be read. */
  readonly kind: string
  readonly reason: string
}

/** Faults that are kept for the overlay and the debugger: what fits a screen. */
export const RECENT_FAULTS = 32

export function refusal(code: FaultCode, reason: string): Refusal {
  return { ok: false, code, reason }
}

export class EventFaults {
  readonly counts: Record<FaultCode, number> = {
    ERR_CAPABILITY_DENIED: 0,
    ERR_CAPABILITY_REVOKED: 0,
    ERR_CAPABILITY_UNKNOWN: 0,
    ERR_ENVELOPE_TAMPERED: 0,
    ERR_QUEUE_OVERFLOW: 0,
    ERR_PRNG_MISMATCH: 0,
  }
  /** All of them. */
  total = 0
  /** Envelopes that had been there before. No fault: the net repeats. */
  repeated = 0
  /** The newest ones, oldest first. */
  readonly recent: EventFault[] = []
  readonly #told: ((fault: EventFault) => void) | null

  /** `told` hears of each fault at once. */
  constructor(told: ((fault: EventFault) => void) | null = null) {
    this.#told = told
  }

  add(fault: EventFault): void {
    this.counts[fault.code]++
    this.total++
    if (this.recent.length === RECENT_FAULTS) this.recent.shift()
    this.recent.push(fault)
    this.#told?.(fault)
  }
}

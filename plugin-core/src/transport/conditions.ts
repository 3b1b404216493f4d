// What a network does to messages, as numbers: the slider of a demo and the plan of a test say the same things.

/** What one direction of a line does to whole messages. */
export interface LineConditions {
  /** Every message is late by this much. */
  delayMs: number
  /** And by up to this much more, evenly. Order is kept: a late message holds back those behind it. */
  jitterMs: number
  /** The share of messages that never arrive, 0 to 1. */
  loss: number
  /**
   * Messages that are lost in a row, on the average; the share stays `loss` (a Gilbert-Elliott line: good, or losing
   * everything). Default 0: each is lost on its own, which makes runs of 1 / (1 − loss).
   */
  burst?: number
  /** The share that arrives a second time, 0 to 1. Default 0. */
  duplicate?: number
  /** The share that is held back by up to 50 ms more while those behind it overtake, 0 to 1. Default 0. */
  reorder?: number
  /** Width of the line: kilobits a second, with 28 bytes of IP and UDP for each message. Default 0: as wide as wanted. */
  kbps?: number
  /** What waits longer than this for its turn on a line of `kbps` is lost: the router's buffer is full. Default 200. */
  queueMs?: number
}

/** Both directions: a round trip has twice the delay. */
export interface NetworkConditions extends LineConditions {
  /** What is different for what a client sends. */
  up?: Partial<LineConditions>
  /** What is different for what it hears. */
  down?: Partial<LineConditions>
}

export const NO_FAULTS: Required<LineConditions> = {
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  burst: 0,
  duplicate: 0,
  reorder: 0,
  kbps: 0,
  queueMs: 200,
}

const MAX_DELAY_MS = 10_000
const MAX_BURST = 10_000
/** A gigabit. */
const MAX_KBPS = 1_000_000

/** One direction's conditions. Throws a sentence for a number that makes no sense. */
export function conditionsOf(conditions: NetworkConditions, direction: 'up' | 'down'): Required<LineConditions> {
  return checkedConditions({ ...conditions, ...conditions[direction] })
}

/** Conditions with every number in place. Throws a sentence for one that makes no sense. */
export function checkedConditions(conditions: LineConditions): Required<LineConditions> {
  const { delayMs, jitterMs, loss, burst = 0, duplicate = 0, reorder = 0, kbps = 0 } = conditions
  const { queueMs = NO_FAULTS.queueMs } = conditions
  checkRange({ delayMs, jitterMs, queueMs }, MAX_DELAY_MS, 'milliseconds')
  checkRange({ burst }, MAX_BURST, 'messages in a row')
  checkRange({ kbps }, MAX_KBPS, 'kilobits a second (0: no limit)')
  for (const [name, value] of Object.entries({ loss, duplicate, reorder }))
    if (!(value >= 0 && value <= 1))
      throw new RangeError(`${name} is ${value}: network conditions take a share of the messages, 0 to 1`)
  return { delayMs, jitterMs, loss, burst, duplicate, reorder, kbps, queueMs }
}

function checkRange(values: Record<string, number>, most: number, unit: string): void {
  for (const [name, value] of Object.entries(values))
    if (!(value >= 0 && value <= most))
      throw new RangeError(`${name} is ${value}: network conditions take 0 to ${most} ${unit}`)
}

// Every queue and every packet has its limit here, with its reason. They travel in HELLO: two sides
// with different values do not start a match, because a peer that queues less would lose what the other sends.

export interface Limits {
  /** Most peers of a room. 64 keeps presence in two words of the world. */
  readonly peers: number
  /** Channels of a connection: control, input and room for the game's own. */
  readonly channels: number
  /** Most bytes of one message: what fits a packet with both headers. */
  readonly payloadBytes: number
  /** Most bytes of one packet: an Ethernet frame, so that a datagram is never split. */
  readonly packetBytes: number
  /** Packets that may wait to be sent: about four seconds at 60 Hz; more means that nobody drains them. */
  readonly pendingPackets: number
  /** Reliable messages in flight: one second at 60 Hz. */
  readonly resendWindow: number
  /** How far ahead of the closed tick an input may arrive. Must exceed prediction window + input delay. */
  readonly inputBufferTicks: number
  /** Closed ticks that a host keeps for those who have not applied them yet: 17 s at 60 Hz. */
  readonly replayBufferTicks: number
  /** A side that has nothing to say says so this often. */
  readonly heartbeatTicks: number
  /** Silent host calls after which a peer is dropped, unless the game says less. */
  readonly timeoutTicks: number
}

export const LIMITS: Limits = {
  peers: 64,
  channels: 8,
  payloadBytes: 1400,
  packetBytes: 1500,
  pendingPackets: 256,
  resendWindow: 64,
  inputBufferTicks: 32,
  replayBufferTicks: 1024,
  heartbeatTicks: 30,
  timeoutTicks: 600,
}

/** Stands for the slot of who has none: a spectator. */
export const NO_SLOT = 255
/** Most bytes of one input: RBN1 has room for no more, and every wire can carry what a duel can. */
export const INPUT_BYTES = 64
/** Most bytes that a player's name may take: it is drawn above a head. */
export const NAME_BYTES = 48
/** Most bytes of what a player shows at the door: a signed ticket with some long names still fits one packet with the terms. */
export const TICKET_BYTES = 512
/** Most bytes of a player's profile (colour, face…): it travels in every ROSTER. */
export const PROFILE_BYTES = 128
/** Most bytes of one event of a scene: a tick's events share one packet with its inputs. */
export const EVENT_BYTES = 512
/** Most bytes of an event that travels ahead of its tick, in EVENT: it fits one packet, as a chunk of a snapshot does. */
export const LARGE_EVENT_BYTES = 1360
/**
 * Large events of one player that are on their way to the host at once, a round trip of 100 ms carries 40 a second; and those that are
 * there before they have a tick, behind one that was lost. Each waits there until its tick is closed, and so does each of the input
 * buffer, which names one a tick.
 */
export const LARGE_EVENTS_AHEAD = 4
export const LARGE_EVENTS_EARLY = 12
export const LARGE_EVENTS_HELD = LIMITS.inputBufferTicks + LARGE_EVENTS_AHEAD + LARGE_EVENTS_EARLY
/** Large events of one tick, of all players: 80 KB/s at 60 Hz to each reader, which a slow line still carries. */
export const LARGE_EVENTS_PER_TICK = 1
/** Large events above a reader's applied tick that it is sent at once, and keeps: what a line with a queue does not choke on. */
export const LARGE_EVENTS_TOLD = 16
/** Host calls between two sendings of a large event to a reader that has not applied its tick: until then it predicts, and then waits. */
export const EVENT_RETRY_CALLS = 4
/** Most events of one player at one tick; a burst beyond it waits for the next ticks. */
export const EVENTS_PER_TICK = 4
/** Most bytes of all events of one tick: with them a tick must still fit one packet. What is more waits for the next tick. */
export const EVENT_TICK_BYTES = 768
/** Events of one player that may wait for their tick; beyond it emit refuses with a sentence. */
export const EVENT_QUEUE = 64
/** Where the host waits for nobody: bytes of one player's events that are under way, so that one INPUT always repeats them all. */
export const EVENTS_UNDER_WAY_BYTES = 1000
/** Bytes of a script's text in one event: with all that an envelope adds it stays an event, and a tick carries two. */
export const SCRIPT_PART_BYTES = 256
/** Most bytes of a text that a player sends for a script: it takes a second on its way, and everyone compiles it within one tick. */
export const SCRIPT_TEXT_BYTES = 32 * 1024
/** Most bytes that a round hands to the next one: it travels inside one tick. */
export const CARRY_BYTES = 256
/** Messages of one packet: 64 of the smallest fill nothing, more are an attack. */
export const MESSAGES_PER_PACKET = 64
/** Faults of one peer within `FAULT_WINDOW_TICKS` host calls that are put up with: more than its packets may fail by accident. */
export const FAULTS_PER_WINDOW = 100
export const FAULT_WINDOW_TICKS = 60
/** A match ends here: two years at 60 Hz, and some ticks before a u32 would begin again at 0. */
export const LAST_TICK = 0xffff_0000
/** Ticks between two checksums that peers compare: half a second. */
export const CHECKSUM_TICKS = 30
/** Host calls between the naming of a round's first tick and that tick: a slow line's way there and back. */
export const ROUND_LEAD_TICKS = 20
/** Bytes of a snapshot in one chunk: with its tick and index it fills a payload. */
export const CHUNK_BYTES = 1360
/** Chunks beyond the first gap that one SNAPSHOT_ACK tells of: more than are ever in flight. */
export const SNAPSHOT_ACK_CHUNKS = 2048
/** Most bytes of a snapshot: a host keeps one while somebody joins. */
export const SNAPSHOT_BYTES = 32 * 1024 * 1024
/** Host calls for which the slot of a player whose line broke is kept for it: half a minute at 60 Hz. */
export const RESERVED_CALLS = 1800
/** Host calls between two sendings of a message that its receiver has not answered yet. */
export const RETRY_TICKS = 12

/** Throws when limits contradict each other or the game's windows: a mistake of ours, not of the network. */
export function assertLimits(limits: Limits, window: { predictionWindow: number; inputDelay: number }): void {
  const { predictionWindow, inputDelay } = window
  if (predictionWindow + inputDelay >= limits.inputBufferTicks)
    throw new RangeError(
      `prediction window ${predictionWindow} + input delay ${inputDelay} must be less than the input buffer of ` +
        `${limits.inputBufferTicks} ticks: choose a smaller window or delay`,
    )
  if (limits.payloadBytes + 56 > limits.packetBytes)
    throw new RangeError(`a payload of ${limits.payloadBytes} bytes and its headers exceed ${limits.packetBytes} bytes`)
}

// The rules of the two specifications of our wires, sentence by sentence under their headings, each with the tests that hold it. What
// a vector shows is held by the vector's test; what layers promise, by `layering.test.ts`.

/** A rule, the file with its test, and the test's title. */
export type Rule = readonly [rule: string, file: string, title: string]

const VECTORS = '%s: what the code writes is the vector, and reads back'
const PACKET = 'a packet in %s is its vector, and reads back'

export const RULES: Readonly<Record<string, readonly Rule[]>> = {
  'DOMN: the host': [
    ['bytes in, bytes out; it knows no socket, no clock and no timer', 'layering.test.ts', 'one file reads a clock'],
    ['everything multi-byte is little-endian', 'bytes/byte-writer.test.ts', 'writes little-endian numbers'],
    [
      'a length is checked before every read',
      'bytes/byte-reader.test.ts',
      'never throws and never passes its end on random bytes and calls (seeds 1-200)',
    ],
    [
      'a length is checked before every write',
      'bytes/byte-writer.test.ts',
      'nothing is written after a failure: a message never has a hole',
    ],
    [
      'a malformed packet is counted and dropped, never thrown',
      'session/star.test.ts',
      'garbage is counted at its sender, stalls nobody, and too much of it ends its sender’s part',
    ],
  ],
  'DOMN: packet and message header': [
    ['40 bytes, then messages of 16 bytes and a payload', 'wire/protocol.test.ts', PACKET],
    [
      'another major version is refused with VERSION_MISMATCH and ends the connection',
      'session/domn-rules.test.ts',
      'a different major version is refused with VERSION_MISMATCH and ends the connection',
    ],
    [
      'unknown flags and non-zero reserved bytes are PROTOCOL errors; exactly 0 bytes are left over',
      'wire/protocol.test.ts',
      'a packet is refused for another magic, major version, unknown flags, reserved bytes, a foreign role, and left-over bytes',
    ],
    [
      'any number of whole messages, at most 1500 bytes; a payload at most 1400',
      'session/domn-rules.test.ts',
      'a payload of more than 1400 bytes, more than 64 messages and a message that is cut are refused',
    ],
  ],
  'DOMN: short form': [
    ['7 bytes, then type, channel, seq, size', 'wire/protocol.test.ts', PACKET],
    [
      'minor version 0 speaks only the full form',
      'session/domn-rules.test.ts',
      'minor version 0 speaks only the full form, and is answered in it',
    ],
    [
      'a packet of an older session on the same wire is dropped',
      'session/domn-rules.test.ts',
      'a packet of an older session on the same wire is dropped, and counted',
    ],
    [
      'seq is the low half; the receiver takes the nearest',
      'channel/sequence.test.ts',
      '16 bits stand for the nearest sequence that ends in them, before or behind, and across both wrap-arounds',
    ],
    [
      'both forms carry the same payloads, and a receiver accepts either',
      'session/domn-rules.test.ts',
      'both forms carry the same payloads, and a receiver accepts either',
    ],
  ],
  'DOMN: limits': [
    [
      'one file, relations asserted',
      'session/domn-rules.test.ts',
      'the limits are those of the specification, and hold together',
    ],
    [
      'two sides with different values do not start a match',
      'session/domn-rules.test.ts',
      'two sides with different limits do not start a match',
    ],
    [
      'heartbeat every 30 ticks',
      'session/domn-rules.test.ts',
      'a heartbeat comes every 30 calls, and carries the slot’s input margin',
    ],
    [
      'timeout 600 ticks',
      'matches/crowd.test.ts',
      'they are 600 calls at any tick rate: a host that is called 30 times a second is as patient',
    ],
  ],
  'DOMN: result codes': [
    [
      'OK to NOT_READY',
      'session/domn-rules.test.ts',
      'messages, result codes and roles have the numbers of the specification',
    ],
    [
      'five connection states, and their moves',
      'session/peer-state.test.ts',
      'every move from %s is as the document says, and no other is legal',
    ],
    [
      'the reason for a disconnect is kept beside the state',
      'session/star.test.ts',
      'a full room, other rules and another game are refused with a sentence',
    ],
  ],
  'DOMN: channels': [
    [
      'reliable-ordered: a window of 64 to send; a full one refuses the message, and the caller keeps it',
      'channel/reliable-ordered.test.ts',
      'a full send window refuses, and the message stays with the caller',
    ],
    [
      '64 received out of order; gaps are filled in order',
      'channel/reliable-ordered.test.ts',
      'gaps are filled in order',
    ],
    [
      'outside of the receive window is dropped by a stated rule',
      'channel/reliable-ordered.test.ts',
      'what is beyond the receive window is dropped, and is not acknowledged',
    ],
    [
      'never delivered twice or out of order',
      'channel/reliable-ordered.test.ts',
      'what is behind the receive window was delivered: it is dropped, and acknowledged again',
    ],
    [
      'resends are timed in ticks',
      'channel/reliable-ordered.test.ts',
      'a message goes out again after the resend time, each further time that much later, up to four times',
    ],
    ['acked by sequence', 'channel/reliable-ordered.test.ts', 'one ack makes up for all that were lost before it'],
    ['u32 wrap-around', 'channel/reliable-ordered.test.ts', 'windows, repeats and acks hold across it'],
    [
      'on a transport that is itself reliable and ordered nothing is resent',
      'channel/reliable-ordered.test.ts',
      'on a line that is itself reliable and ordered nothing is resent',
    ],
    [
      'unreliable: old or repeated sequences are dropped',
      'channel/unreliable.test.ts',
      'old or repeated sequences are dropped',
    ],
    ['unreliable: no buffering', 'channel/unreliable.test.ts', 'no buffering: what was overtaken never comes'],
    [
      'input-lockstep: exactly one input per player per tick',
      'channel/input-lockstep.test.ts',
      'exactly one input per player per tick',
    ],
    [
      'a second, different input is a PROTOCOL error and never replaces the first',
      'channel/input-lockstep.test.ts',
      'a second, different input for the same tick is an error and never replaces the first',
    ],
    [
      'a repeat of the same bytes is harmless',
      'channel/input-lockstep.test.ts',
      'a repeat of the same bytes is harmless',
    ],
    ['no allocation in enqueue and receive once running', 'channel/allocation.test.ts', '%s allocates nothing'],
  ],
  'DOMN: messages': [
    [
      'our numbering',
      'session/domn-rules.test.ts',
      'messages, result codes and roles have the numbers of the specification',
    ],
    ['each payload’s bytes, with a golden vector each', 'wire/protocol.test.ts', VECTORS],
    [
      'INPUT: everything unacked, every time; TICK: everything above the receiver’s last applied tick',
      'session/domn-rules.test.ts',
      'INPUT carries everything unacked, every time; TICK everything above the receiver’s last applied tick',
    ],
    [
      'TICK is delta-coded inside of this packet only',
      'wire/tick-message.test.ts',
      'what was written reads back (seed %i, %i slots of %i bytes)',
    ],
    [
      'silence of a slot costs bits, not bytes',
      'wire/tick-message.test.ts',
      'silence costs bits: forty unchanged neutral ticks take six bytes',
    ],
    ['no loss breaks a chain', 'session/star.test.ts', 'half of all packets lost costs time, not truth'],
    [
      'HEARTBEAT of the host carries the slot’s input margin: that is time sync',
      'loop/time-sync.test.ts',
      'a machine whose clock runs one percent fast does not push its rollbacks onto the other',
    ],
    [
      'EVENT: a payload too large for its tick, sent ahead',
      'session/large-events.test.ts',
      'holds up nobody while it is on its way to the host',
    ],
    [
      'EVENT: the tick carries its hash',
      'session/large-events.test.ts',
      'is waited for by who has not got it: its tick is not applied, and not acknowledged',
    ],
    ['ROSTER is for people; TICK decides', 'session/star.test.ts', 'a closed connection leaves at the next tick'],
  ],
  'DOMN: lockstep rules': [
    ['matches start at tick 1', 'session/star.test.ts', 'two who are ready start at tick 1 with the same facts'],
    [
      'with input delay D the input of tick n + D is sampled when the loop first wants tick n',
      'input/input-delay.test.ts',
      'a sample goes to the tick that is wanted and the delay',
    ],
    [
      'raising D repeats the last input in the gap',
      'input/input-delay.test.ts',
      'raising the delay repeats the last input in the gap',
    ],
    [
      'lowering it skips samples; no tick is written twice',
      'input/input-delay.test.ts',
      'lowering the delay skips samples, and writes no tick twice',
    ],
    [
      'every peer in state running must have given its input before a tick is closed',
      'session/domn-rules.test.ts',
      'every peer in state running must have given its input for a tick before it is closed',
    ],
    [
      'at window 0 the sim stalls',
      'timeline/timeline.test.ts',
      'lockstep is a window of zero: nothing runs that is not confirmed',
    ],
    [
      'at window W it predicts up to W ticks past the closed one, and no further',
      'timeline/timeline.test.ts',
      'stalls when the prediction window is full',
    ],
    [
      'inputs may arrive up to the input buffer ahead',
      'channel/input-lockstep.test.ts',
      'inputs beyond the buffer are not taken, and can come again',
    ],
    [
      'inputs of confirmed ticks are discarded',
      'channel/input-lockstep.test.ts',
      'a tick that is over changes nothing, whatever is said of it',
    ],
    [
      'after 600 silent host calls the host drops it, at a tick named in TICK, the same on every machine',
      'matches/crowd.test.ts',
      '64 peers in one lockstep star for ${TICKS} ticks; one goes silent and is dropped after exactly 600 host calls, at the same tick everywhere',
    ],
    ['a closed connection is dropped at once', 'session/star.test.ts', 'a closed connection leaves at the next tick'],
    [
      'dropAfterTicks may be lower',
      'session/star.test.ts',
      'a silent peer leaves after exactly the game’s timeout, and the others go on',
    ],
    [
      'a tick is simulated only when it is safe',
      'timeline/timeline.test.ts',
      'after any order of predictions, every confirmed tick was last simulated with its true inputs (seeds 1-50)',
    ],
  ],
  'DOMN: authoritative mode': [
    [
      'the host never waits',
      'matches/authoritative.test.ts',
      'one who pauses is waited for by nobody, and is in time again soon after',
    ],
    [
      'for a missing input the game’s own choice',
      'matches/authoritative.test.ts',
      'where the host runs the rules, the game’s own guess stands for a missing input',
    ],
    [
      'a later input for a closed tick is refused and reported to its sender',
      'matches/authoritative.test.ts',
      '400 ms each way is beyond the input buffer: every input is refused, and said so (seed %i)',
    ],
    [
      'the host’s closed ticks are the only history; it checks every HASH',
      'matches/authoritative.test.ts',
      'a cheat (%s) changes nothing for the others, and is named',
    ],
    [
      'it serves states itself',
      'matches/authoritative.test.ts',
      'whoever comes late by a line of %i ms each way plays, too',
    ],
    ['it may veto inputs', 'matches/authoritative.test.ts', 'what the game forbids is in nobody’s tick'],
    [
      'a slow player raises its input delay, at most to the input buffer',
      'matches/authoritative.test.ts',
      'a ping of 400 ms: its input delay goes up until its inputs are in time (seed %i)',
    ],
    [
      'without rules on the host the majority stands',
      'matches/authoritative.test.ts',
      'without rules on the host the majority names a cheat (%s)',
    ],
    [
      'the others resync from it',
      'matches/joining.test.ts',
      'a machine whose state went astray is healed by one of the majority’s (seed %i)',
    ],
    [
      'without a majority the match ends with a report',
      'matches/joining.test.ts',
      'without a majority the match ends with a report',
    ],
  ],
  'DOMN: joining a running match': [
    [
      'HELLO, WELCOME, state, inputs, catch-up, and the slot runs; nobody else stalls',
      'matches/joining.test.ts',
      'whoever comes during a round plays in it, and nobody waits (%s)',
    ],
    [
      'a state is of a tick on the checksum grid',
      'session/spectators.test.ts',
      'a spectator hears from which tick it watches, once it has a state',
    ],
    [
      'chunks are paced behind inputs; the window fills the line',
      'session/chunk-sender.test.ts',
      'fills a line of $chunksPerSecond chunks a second, $delayMs ms, and not the queue in it',
    ],
    ['lost chunks come again', 'session/chunk-sender.test.ts', 'loss of %f costs what was lost, not the pace'],
    [
      'a host that does not hold the state streams it through',
      'matches/joining.test.ts',
      'many come at once, and one state serves all of them',
    ],
    [
      'its hash is checked with a second client’s',
      'session/domn-rules.test.ts',
      'a state that is handed on is checked with a second client’s hash: one who lies is not asked again',
    ],
    [
      'reconnecting forgets the old connection’s pending inputs; the same slot, by ticket',
      'matches/joining.test.ts',
      'whoever comes back with its ticket gets its slot back, and what the old connection had sent is forgotten',
    ],
    [
      'spectators: no slot, no input',
      'matches/joining.test.ts',
      'whoever watches sees every tick, and nobody waits for it',
    ],
  ],
  'DOMN: replay': [
    [
      'recording keeps exactly the bytes',
      'replay/replay.test.ts',
      'holds the bytes of TICK as the network carried them, and no repeats',
    ],
    [
      'playing back feeds them through the same code',
      'replay/replay.test.ts',
      'played back has the same checksum at every tick as live, on every machine',
    ],
    [
      'full record, or trimming by a stated rule',
      'replay/replay.test.ts',
      'holds at least the newest ticks that it should, and plays from its oldest state',
    ],
    ['no editing', 'replay/replay.test.ts', 'refuses to add anything to what happened'],
  ],
  'DOMN: holes that are decided': [
    [
      'the rules hash has a source id',
      'worker/source-id.test.ts',
      'an edit of any function that decides what happens makes another source id',
    ],
    [
      'a match ends cleanly before wrap-around',
      'session/domn-rules.test.ts',
      'a match ends cleanly before ticks begin again at 0',
    ],
    ['enums travel as u32', 'wire/protocol.test.ts', VECTORS],
    [
      'event order within a tick is (slot, sequence), never arrival',
      'session/large-events.test.ts',
      'is one of a tick, whoever says it; nothing of a player overtakes what it said before',
    ],
  ],
  'RBN1: version 1': [
    ['the bytes, and both vectors', 'wire/rbn1.test.ts', 'the vectors of the specification'],
    [
      'refused in this order: size, magic, version, reserved flags, count, exact length',
      'wire/rbn1.test.ts',
      'refused: too short, another magic, another version, reserved flags, count 0 or 33, any other length',
    ],
    ['at most 87 bytes', 'wire/rbn1.test.ts', 'at most 87 bytes'],
    [
      'encoding throws on a count outside of 1..32 and on a destination that is too small',
      'wire/rbn1.test.ts',
      'encoding throws on a count outside of 1..32, on blocks of version 2 and on a small destination',
    ],
    [
      'both decoders accept the same bytes; a refusal leaves the caller’s buffers untouched',
      'wire/rbn1.test.ts',
      'both decoders accept the same bytes; a refusal leaves the caller’s fields as they were',
    ],
  ],
  'RBN1: version 2': [
    [
      'never sent to a peer of version 1',
      'session/duel-rules.test.ts',
      'a peer of version 1 is spoken to in version 1, exactly as pinned',
    ],
    [
      'blocks follow the header in bit order',
      'wire/rbn1.test.ts',
      'blocks follow the header in the order of their bits',
    ],
    [
      'a tick counts as received only with its events',
      'session/duel-rules.test.ts',
      'events: a tick counts as received only with its events',
    ],
    [
      'time sync and loss stats ride every tenth datagram',
      'session/duel-rules.test.ts',
      'time sync and loss stats ride every tenth datagram',
    ],
    [
      'at most 1200 bytes',
      'session/duel-rules.test.ts',
      'redundancy: inputs of 64 bytes never make a datagram of more than 1200',
    ],
  ],
  'RBN1: sessions': [
    [
      'control is DOMN’s messages on a reliable channel beside',
      'session/duel-rules.test.ts',
      'the control line keeps its order when its window is full',
    ],
    [
      'a peer of version 1 has no events: emitting to it is refused',
      'session/duel-rules.test.ts',
      'a peer of version 1 has no events: emitting to it is refused with a sentence',
    ],
    [
      'redundancy: everything that is not acknowledged',
      'session/duel-rules.test.ts',
      'redundancy: a datagram carries everything that the other side has not acknowledged',
    ],
    [
      'a side that is stalled or fully acked keeps sending its newest inputs',
      'session/duel-rules.test.ts',
      'redundancy: fully acknowledged, a side keeps sending its newest input; stalled, it keeps sending everything',
    ],
    [
      'an older input still unacked stalls the sender: a clear state, not a loss',
      'session/duel-rules.test.ts',
      'redundancy: an input older than 32 and still unacknowledged stalls the sender, and is not lost',
    ],
    [
      'checksums are of confirmed ticks only',
      'session/duel-rules.test.ts',
      'checksums are of confirmed ticks, and stand in the next datagrams',
    ],
    ['who runs ahead skips at most one tick in ten', 'loop/time-sync.test.ts', 'never skips more than one tick in ten'],
    [
      'both roll back equally often',
      'matches/duel.test.ts',
      'both roll back equally often, also when one way is three times as long as the other',
    ],
    [
      'the input delay is set at start',
      'session/duel-rules.test.ts',
      'input delay: the larger wish of both holds from the first tick on',
    ],
    [
      'and changes at runtime by agreement at a tick',
      'session/duel-rules.test.ts',
      'input delay: changed at runtime by agreement at a tick, whoever asks (player %i)',
    ],
    [
      'a prediction repeats the last received input, not an earlier prediction',
      'matches/lag.test.ts',
      'a prediction must repeat the last received input, not an earlier prediction',
    ],
    [
      'a lost START strands neither side',
      'session/duel-start.test.ts',
      'a lost word that the match begins comes again: neither side is stranded',
    ],
    [
      'arrival order does not matter: 50, 10, 80',
      'session/duel-rules.test.ts',
      'arrival order does not matter: inputs for 50, 10, 80 in that order converge',
    ],
  ],
}

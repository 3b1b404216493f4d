// The door for tools that read packets or write them by hand: the codecs of PROTOCOL.md, without any session.

export {
  RBN1_INPUT_BYTES,
  RBN1_MAX_BYTES,
  RBN1_MAX_COUNT,
  RBN1_MAX_INPUT_BYTES,
  Rbn1Datagram,
  decodeRbn1,
  decodeRbn1Into,
  encodeRbn1,
  readRbn1,
  writeRbn1,
} from './wire/rbn1.ts'
export {
  CHANNEL,
  CODE,
  PacketQueue,
  PacketReader,
  ROLE,
  type Code,
  type MessageSlice,
  type Packet,
  type PacketHeader,
  type U64,
} from './wire/packet.ts'
export { encodeToken, readToken, type CapabilityClaims } from './event/capability-token.ts'
export { decodeEnvelope, encodeEnvelope, type DecodedEnvelope, type EnvelopeContext } from './event/envelope-codec.ts'
export {
  canonicalBytes,
  compareEnvelopes,
  makeEnvelope,
  readdressed,
  type EnvelopeFields,
  type EventEnvelope,
} from './event/envelope.ts'
export { FAULT_CODES, type EventFault, type FaultCode } from './event/event-fault.ts'
export { readHostFact, type HostFact } from './event/host-fact.ts'
export type { NetworkingPort } from './event/networking-port.ts'
export { SignatureBook, publicKeyOf, signHash } from './event/signature.ts'
export { BYE, TYPE } from './wire/messages.ts'
export { LIMITS, type Limits } from './wire/limits.ts'

// The door for recordings: write a match down while it is played, and play it back through the same code.

export { RecordedSession } from './replay/recorded-session.ts'
export { Recorder, type RecorderOptions, type StateSource } from './replay/recorder.ts'
export type { ReplayPiece, ReplaySink } from './replay/chunk-writer.ts'
export { ReplayBuffer, type ReplayBufferOptions } from './replay/replay-buffer.ts'
export { Replay, readReplay, type ReadOptions, type ReplayState } from './replay/replay-file.ts'
export { ReplayError } from './replay/replay-format.ts'
export { ReplaySession, type ReplayDifference, type ReplaySessionOptions } from './replay/replay-session.ts'
export { NoLine } from './replay/no-line.ts'

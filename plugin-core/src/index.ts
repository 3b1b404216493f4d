// The page's door: join a match, look at it, steer it. Nothing here runs rules, or touches the page when imported.

export { connect } from './worker/connect.ts'
export {
  ConnectError,
  DesyncError,
  type ConnectOptions,
  type Match,
  type MatchEnd,
  type MatchEvents,
  type MatchState,
  type MatchStats,
  type Mode,
  type Player,
  type RulesFault,
} from './worker/match.ts'
export {
  broadcast,
  webRtc,
  webSocket,
  type IceServer,
  type MeetingStrategy,
  type TransportDescription,
  type WebRtcOptions,
} from './transport/description.ts'
export type { PathName } from './transport/duel-path.ts'
export type { MatchBranches, MatchForkOptions, MatchWhatIf } from './worker/match-branches.ts'
export type { CrossingEvent, HeldInput, PageCrossing, PageMergeRule, PageParadox } from './worker/branch-messages.ts'
export type { NetworkConditions } from './transport/faults.ts'
export type { AnyGame, EmitKinds, InputValues, RaisedKinds, RaisedPayload } from './sim/game.ts'
export type { GameSchema, WorldLayout } from './sim/schema.ts'

// For adapters, and for pages without an engine: what follows the match's states and devices.
export { createBinder, type BindSpec, type Binding, type BinderSink, type Placer } from './worker/binder.ts'
export { POSE, PoseTrack, type Pose, type PoseSpec } from './worker/pose-track.ts'
export {
  combineSamplers,
  gamepadSampler,
  isTyping,
  keyboardSampler,
  pointerSampler,
  type GamepadBindings,
  type GamepadButton,
  type KeyBindings,
  type PointerBindings,
  type PointerSource,
  type SampledInput,
  type Sampler,
} from './worker/sampler.ts'
export type { HandleOptions, RaisedEvent } from './worker/raised-handlers.ts'
export type { ScriptNews } from './sim/sim-scripts.ts'
export { SceneNet, pageNowMs, type FramePart } from './worker/scene-net.ts'
export type { StateView } from './worker/state-view.ts'
export type { ComponentName, FieldName, FrameOf } from './worker/view-types.ts'

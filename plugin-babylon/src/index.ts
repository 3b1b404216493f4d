// Lockstride for Babylon.js: a scene's part in a match, and samplers for devices.

export { BabylonNet, attach, type NodeSpec, type SoundOptions, type ThinBinding } from './babylon-net.ts'
export type { ThinSpec } from './thin-binder.ts'
export type { RotationAxis } from './turn.ts'
export { pointerAxes, type BabylonPointerBindings } from './pointer-axes.ts'
export { combineSamplers, gamepadSampler, keyboardSampler } from '@lockstride/core'
export type { BabylonNode, BabylonScene, BabylonSound, BabylonThinMesh } from './babylon-types.ts'

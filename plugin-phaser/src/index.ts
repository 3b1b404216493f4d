/// <reference types="phaser" preserve="true" />
// Lockstride for Phaser: the scene plugin, and samplers for Phaser's devices.

import type { LockstridePlugin } from './lockstride-plugin.ts'

export { LockstridePlugin, type SoundOptions } from './lockstride-plugin.ts'
export { keyboardSampler, pointerAxes, type KeyOptions, type PhaserPointerBindings } from './samplers.ts'
export { combineSamplers, gamepadSampler } from '@lockstride/core'
export type { PhaserObject, PhaserScene, PhaserSound } from './phaser-types.ts'

declare module 'phaser' {
  interface Scene {
    /** This scene's part in a match; there when the plugin is installed with `mapping: 'net'`. */
    net: LockstridePlugin
  }
}

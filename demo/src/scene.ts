// What the game page asks of a view. Phaser and Babylon each fill it; neither owns the match.

import type { Match } from '@lockstride/core'
import type { Labels } from './labels.ts'
import type { Roster } from './roster.ts'
import type { sumo } from './sumo.ts'

export type SumoMatch = Match<typeof sumo>
export type SumoInput = Parameters<SumoMatch['setInput']>[0]

export interface SceneOptions {
  match: SumoMatch
  /** An empty element that fills the page. */
  parent: HTMLElement
  roster: Roster
  labels: Labels
  /** Touch controls, which belong to the page. */
  touch: () => SumoInput
  /** Replaces keyboard, gamepad and touch. */
  script: (() => SumoInput) | null
  /** Phaser's CANVAS renderer instead of WebGL. */
  canvas: boolean
  /** Babylon's best picture, however slow. */
  fullQuality: boolean
}

export interface DrawnDisc {
  readonly slot: number
  /** Where it is drawn, in the rules' units. */
  readonly x: number
  readonly y: number
}

export interface SceneHandle {
  readonly kind: 'phaser' | 'babylon'
  /** Frames drawn since the scene began. */
  readonly frames: number
  discs(): DrawnDisc[]
  dispose(): void
}

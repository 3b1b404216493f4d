// Where things are drawn: between the two newest states, plus what is left of corrections.
//
// A rollback may change where an entity was. Drawn as it is, it would jump. So each entity carries an offset, what
// was drawn minus what would be drawn now, and the offset fades: the picture glides to the truth. A rollback shows
// itself in the published pair of states: the new "before" is not what was published as newest until then.

import {
  angleBetween,
  blendQuaternions,
  correctionLeft,
  lerp,
  lerpAngle,
  multiplyQuaternions,
} from './interpolation.ts'
import type { FieldRef, StateFrame } from './state-frame.ts'
import { framesOf, type StateView } from './state-view.ts'

/** Numbers of a pose: position in the engine's units, an angle in radians, and a quaternion (x, y, z, w). */
export const POSE = { x: 0, y: 1, z: 2, angle: 3, quaternion: 4, size: 8 } as const

/** Indexed by `POSE`. What is not bound stays 0 (the quaternion: no turn). */
export type Pose = Float64Array

export interface PoseSpec {
  /** Fields for x, y and z: `'x'` (in a queried component) or `'Body.x'`; null leaves that axis alone. */
  readonly position?: readonly (string | null)[]
  /** A field with an angle in radians, or the four of a quaternion: x, y, z, w. */
  readonly rotation?: string | readonly [string, string, string, string]
  /** How long a correction after a rollback takes to fade to 5 %. 0 draws it at once. Default 100. */
  readonly correctionMs?: number
  /**
   * Moves longer than this, in the rules' units, are teleports: neither interpolated nor blended. Default: none are.
   */
  readonly snapDistance?: number
  /** Engine units per unit of the rules: one number, or one per axis. Default 1. */
  readonly scale?: number | readonly number[]
  /** Added after scaling, in engine units, one per axis. Default 0. */
  readonly offset?: readonly number[]
  /** Radians added to the angle, for a picture that does not look along its x axis. Default 0. */
  readonly rotationOffset?: number
}

const NOBODY = -1
const AXES = 3
/** Offsets per entity: three of the position, one of the angle, four of the quaternion. */
const STRIDE = POSE.size
/** After this many `correctionMs` a correction is over: 0.25 % is left of it. */
const CORRECTION_SPAN = 2

export class PoseTrack {
  /** What `read` writes to; valid until the next `read`. */
  readonly pose: Pose = new Float64Array(POSE.size)
  readonly #view: StateView
  readonly #components: readonly string[]
  readonly #spec: PoseSpec
  readonly #correctionMs: number
  readonly #snapDistance: number
  readonly #scale: Float64Array
  readonly #offset: Float64Array
  readonly #rotationOffset: number
  /** -1 where one of two axes is mirrored: then angles turn the other way. */
  readonly #turn: number
  readonly #stop: () => void

  #schemaEpoch = -1
  #now!: StateFrame
  #before!: StateFrame
  #mask = 0
  /** For x, y, z and the angle: fields of the newest state and of the one before, or null where unbound. */
  #fields: readonly ({ now: FieldRef; before: FieldRef } | null)[] = []
  #quaternion: readonly { now: FieldRef; before: FieldRef }[] = []
  /** What was published as newest: values by entity, which entity that was, and the tick. */
  #shown = new Float64Array(0)
  #shownIdentity = new Float64Array(0)
  #shownTick = 0
  #shownLimit = 0
  /** What is still drawn beside the truth, in the rules' units, and for how long yet. 0 ms: nothing. */
  #corrections = new Float64Array(0)
  #correctionMsLeft = new Float64Array(0)
  /** 1 where the entity was there at the state before, and not a teleport away. */
  #continuous = new Uint8Array(0)
  #alpha = 0
  #decay = 1
  #elapsedMs = 0
  #frameMs = NaN
  readonly #from = new Float64Array(4)
  readonly #to = new Float64Array(4)

  constructor(view: StateView, components: readonly string[], spec: PoseSpec) {
    this.#view = view
    this.#components = components
    this.#spec = spec
    this.#correctionMs = spec.correctionMs ?? 100
    this.#snapDistance = spec.snapDistance ?? Infinity
    this.#scale = axes(spec.scale ?? 1, 1)
    this.#offset = axes(spec.offset ?? 0, 0)
    this.#rotationOffset = spec.rotationOffset ?? 0
    const mirrored = this.#scale.filter((factor, k) => typeof spec.position?.[k] === 'string' && factor < 0)
    this.#turn = mirrored.length % 2 === 1 ? -1 : 1
    this.pose[POSE.quaternion + 3] = 1
    this.#rebind()
    this.#stop = view.onUpdate(() => this.#update())
  }

  /** Starts a frame. Times never run backwards: an earlier one counts as no time. */
  begin(nowMs: number): void {
    if (this.#schemaEpoch !== this.#view.schemaEpoch) this.#rebind()
    this.#alpha = this.#view.alpha(nowMs)
    this.#elapsedMs = nowMs > this.#frameMs ? nowMs - this.#frameMs : 0
    this.#decay = correctionLeft(this.#elapsedMs, this.#correctionMs)
    this.#frameMs = nowMs
  }

  /** The pose to draw the entity at in this frame, once a frame for each entity. */
  read(e: number): Pose {
    const alpha = this.#continuous[e] === 1 ? this.#alpha : 1
    const correcting = this.#correctionMsLeft[e] > 0
    if (correcting) this.#fade(e)
    const pose = this.pose
    const at = e * STRIDE
    for (let k = 0; k < AXES; k++) {
      const field = this.#fields[k]
      if (field === null) continue
      const value = lerp(field.before.values[e] * field.before.unit, field.now.values[e] * field.now.unit, alpha)
      pose[k] = (correcting ? value + this.#corrections[at + k] : value) * this.#scale[k] + this.#offset[k]
    }
    const angle = this.#fields[POSE.angle]
    if (angle !== null) {
      const value = lerpAngle(angle.before.values[e] * angle.before.unit, angle.now.values[e] * angle.now.unit, alpha)
      const drawn = correcting ? value + this.#corrections[at + POSE.angle] : value
      pose[POSE.angle] = drawn * this.#turn + this.#rotationOffset
    }
    if (this.#quaternion.length > 0) {
      for (let k = 0; k < 4; k++) {
        const { now, before } = this.#quaternion[k]
        this.#from[k] = before.values[e] * before.unit
        this.#to[k] = now.values[e] * now.unit
      }
      blendQuaternions(this.#from, 0, this.#to, 0, alpha, pose, POSE.quaternion)
      if (correcting)
        multiplyQuaternions(this.#corrections, at + POSE.quaternion, pose, POSE.quaternion, pose, POSE.quaternion)
    }
    return pose
  }

  dispose(): void {
    this.#stop()
  }

  #fade(e: number): void {
    const at = e * STRIDE
    const corrections = this.#corrections
    this.#correctionMsLeft[e] -= this.#elapsedMs
    if (this.#correctionMsLeft[e] <= 0) {
      this.#dropCorrection(e)
      return
    }
    for (let k = 0; k <= POSE.angle; k++) corrections[at + k] *= this.#decay
    if (this.#quaternion.length > 0)
      blendQuaternions(NO_TURN, 0, corrections, at + POSE.quaternion, this.#decay, corrections, at + POSE.quaternion)
  }

  #update(): void {
    // Another schema is taken up by the next frame: what throws then is seen by the scene, not by the network.
    if (this.#schemaEpoch !== this.#view.schemaEpoch) return
    // Ticks that were never published leave no way to tell a correction from a move.
    if (this.#before.tick === this.#shownTick) this.#correct(true)
    else if (this.#now.tick === this.#shownTick) this.#correct(false)
    this.#note()
  }

  /** Takes up what changed in the state that was published as newest: it is now `before`, or comes once more. */
  #correct(advanced: boolean): void {
    const frame = advanced ? this.#before : this.#now
    for (let e = 0; e < this.#shownLimit; e++) {
      if (this.#shownIdentity[e] === NOBODY) continue
      if (this.#has(frame, e) && frame.identity(e) === this.#shownIdentity[e]) this.#correctEntity(e, advanced)
      else this.#dropCorrection(e)
    }
  }

  #correctEntity(e: number, advanced: boolean): void {
    const at = e * STRIDE
    let changed = false
    let lengthSquared = 0
    for (let k = 0; k <= POSE.angle; k++) {
      const field = this.#fields[k]
      if (field === null) continue
      const { values, unit } = advanced ? field.before : field.now
      const shown = this.#shown[at + k]
      const value = values[e] * unit
      if (value !== shown) {
        changed = true
        this.#corrections[at + k] += k === POSE.angle ? angleBetween(value, shown) : shown - value
      }
      if (k < AXES) lengthSquared += this.#corrections[at + k] ** 2
    }
    if (this.#quaternion.length > 0 && this.#correctQuaternion(e, advanced)) changed = true
    if (!changed) return
    if (lengthSquared <= this.#snapDistance ** 2) this.#correctionMsLeft[e] = CORRECTION_SPAN * this.#correctionMs
    else this.#dropCorrection(e)
  }

  /** The correction becomes the turn from the new orientation to what was drawn: correction · shown · new⁻¹. */
  #correctQuaternion(e: number, advanced: boolean): boolean {
    const at = e * STRIDE + POSE.quaternion
    let changed = false
    for (let k = 0; k < 4; k++) {
      const { values, unit } = advanced ? this.#quaternion[k].before : this.#quaternion[k].now
      const value = values[e] * unit
      if (value !== this.#shown[at + k]) changed = true
      this.#to[k] = k < 3 ? -value : value
    }
    if (!changed) return false
    multiplyQuaternions(this.#corrections, at, this.#shown, at, this.#corrections, at)
    multiplyQuaternions(this.#corrections, at, this.#to, 0, this.#corrections, at)
    blendQuaternions(this.#corrections, at, this.#corrections, at, 0, this.#corrections, at)
    return true
  }

  /** Remembers the newest state as what is shown, and where it follows from the one before. */
  #note(): void {
    const limit = Math.max(this.#shownLimit, this.#now.entityLimit)
    const snapSquared = this.#snapDistance ** 2
    for (let e = 0; e < limit; e++) {
      if (!this.#has(this.#now, e)) {
        this.#shownIdentity[e] = NOBODY
        continue
      }
      const identity = this.#now.identity(e)
      if (this.#shownIdentity[e] !== identity) this.#dropCorrection(e)
      this.#shownIdentity[e] = identity
      const at = e * STRIDE
      let moveSquared = 0
      for (let k = 0; k <= POSE.angle; k++) {
        const field = this.#fields[k]
        if (field === null) continue
        const value = field.now.values[e] * field.now.unit
        this.#shown[at + k] = value
        if (k < AXES) moveSquared += (value - field.before.values[e] * field.before.unit) ** 2
      }
      for (let k = 0; k < this.#quaternion.length; k++) {
        const { values, unit } = this.#quaternion[k].now
        this.#shown[at + POSE.quaternion + k] = values[e] * unit
      }
      const wasThere = this.#has(this.#before, e) && this.#before.identity(e) === identity
      this.#continuous[e] = wasThere && moveSquared <= snapSquared ? 1 : 0
    }
    this.#shownLimit = limit
    this.#shownTick = this.#now.tick
  }

  #has(frame: StateFrame, e: number): boolean {
    return (frame.masks[e] & this.#mask) >>> 0 === this.#mask
  }

  #dropCorrection(e: number): void {
    const at = e * STRIDE
    this.#correctionMsLeft[e] = 0
    this.#corrections.fill(0, at, at + STRIDE)
    this.#corrections[at + STRIDE - 1] = 1
  }

  #rebind(): void {
    const view = this.#view
    this.#schemaEpoch = view.schemaEpoch
    const { now, before } = framesOf(view)
    this.#now = now
    this.#before = before
    this.#mask = this.#now.maskOf(this.#components)
    const both = (name: string) => ({
      now: this.#now.field(name, this.#components),
      before: this.#before.field(name, this.#components),
    })
    const { position = [], rotation } = this.#spec
    if (position.length > AXES) throw new Error(`position: x, y and z at most, not ${position.length} fields`)
    const fields = [0, 1, 2].map(k => (typeof position[k] === 'string' ? both(position[k]) : null))
    this.#fields = [...fields, typeof rotation === 'string' ? both(rotation) : null]
    if (typeof rotation === 'object' && rotation.length !== 4)
      throw new Error(`rotation: one field of an angle, or the four of a quaternion (x, y, z, w)`)
    this.#quaternion = typeof rotation === 'object' ? rotation.map(both) : []

    const count = this.#now.maxEntities
    this.#shown = new Float64Array(count * STRIDE)
    this.#shownIdentity = new Float64Array(count).fill(NOBODY)
    this.#corrections = new Float64Array(count * STRIDE)
    this.#correctionMsLeft = new Float64Array(count)
    this.#continuous = new Uint8Array(count)
    for (let e = 0; e < count; e++) this.#dropCorrection(e)
    this.#shownLimit = 0
    this.#note()
  }
}

const NO_TURN = Float64Array.of(0, 0, 0, 1)

function axes(value: number | readonly number[], missing: number): Float64Array {
  if (typeof value === 'number') return new Float64Array(AXES).fill(value)
  return Float64Array.from({ length: AXES }, (_, k) => value[k] ?? missing)
}

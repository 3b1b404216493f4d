// Where things are drawn: between the two newest states, plus what is left of corrections.
//
// A rollback may change where an entity was. Drawn as it is, it would jump. So each entity carries an offset, what
// was drawn minus what would be drawn now, and the offset fades: the picture glides to the truth. A rollback shows
// itself in the published pair of states: the new "before" is not what was published as newest until then.

import { angleBetween, blendQuaternions, correctionLeft, multiplyQuaternions } from './interpolation.ts'
import type { FieldRef, StateFrame } from './state-frame.ts'
import { framesOf, type StateView } from './state-view.ts'

/** Numbers of a pose: position in the engine's units, an angle in radians, and a quaternion (x, y, z, w). */
export const POSE = { x: 0, y: 1, z: 2, angle: 3, quaternion: 4, size: 8 } as const

/** Indexed by `POSE`. An axis that is not bound reads as its offset, an unbound quaternion as no turn. */
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
/** Numbers that are interpolated along a line: x, y, z and the angle, whose short way is made a line beforehand. */
const LINES = POSE.angle + 1
/** Numbers kept for each entity, in the order of POSE. */
const STRIDE = POSE.size
/** Radians. An angle made part of a line is off by less. */
const ROUNDING = 1e-9
/** After this many `correctionMs` a correction is over: 0.25 % is left of it. */
const CORRECTION_SPAN = 2

/** A field of the newest state and of the one before. */
interface FieldPair {
  readonly now: FieldRef
  readonly before: FieldRef
}

export class PoseTrack {
  /** What `read` writes to; valid until the next `read`. */
  readonly pose: Pose = new Float64Array(POSE.size)
  readonly #view: StateView
  readonly #components: readonly string[]
  readonly #spec: PoseSpec
  readonly #correctionMs: number
  readonly #snapDistance: number
  /** From the rules' numbers to the engine's, for x, y, z and the angle. */
  readonly #scale = new Float64Array(LINES)
  readonly #offset = new Float64Array(LINES)
  readonly #stop: () => void

  #schemaEpoch = -1
  #now!: StateFrame
  #before!: StateFrame
  #mask = 0
  /** For x, y, z and the angle; null where unbound. */
  #lines: readonly (FieldPair | null)[] = []
  /** None, or four. */
  #quaternion: readonly FieldPair[] = []
  /** What is drawn between, by entity: the state before and the newest one, in the rules' units. */
  #from = new Float64Array(0)
  #to = new Float64Array(0)
  /** Which entity that is; NOBODY: none. */
  #identities = new Float64Array(0)
  #shownTick = 0
  #shownLimit = 0
  /** What is still drawn beside the truth, in the rules' units, and for how long yet. 0 ms: nothing. */
  #corrections = new Float64Array(0)
  #correctionMsLeft = new Float64Array(0)
  #alpha = 0
  #decay = 1
  #elapsedMs = 0
  #frameMs = NaN
  readonly #inverse = new Float64Array(4)

  constructor(view: StateView, components: readonly string[], spec: PoseSpec) {
    this.#view = view
    this.#components = components
    this.#spec = spec
    this.#correctionMs = spec.correctionMs ?? 100
    this.#snapDistance = spec.snapDistance ?? Infinity
    this.#mapToEngine()
    this.pose[POSE.quaternion + 3] = 1
    this.#rebind()
    this.#stop = view.onUpdate(() => this.#update())
  }

  /** Starts a frame. Times never run backwards: an earlier one counts as no time. */
  begin(nowMs: number): void {
    // Here, not when it arrives: what throws is seen by the scene, not by the network.
    if (this.#schemaEpoch !== this.#view.schemaEpoch) this.#rebind()
    this.#alpha = this.#view.alpha(nowMs)
    this.#elapsedMs = nowMs > this.#frameMs ? nowMs - this.#frameMs : 0
    this.#decay = correctionLeft(this.#elapsedMs, this.#correctionMs)
    this.#frameMs = nowMs
  }

  /** The pose to draw the entity at in this frame, once a frame for each entity. */
  read(e: number): Pose {
    const pose = this.pose
    const from = this.#from
    const to = this.#to
    const corrections = this.#corrections
    const at = e * STRIDE
    if (this.#correctionMsLeft[e] > 0) this.#fade(e)
    for (let k = 0; k < LINES; k++) {
      // What is unbound, or not corrected, is 0 here: cheaper than asking.
      const value = from[at + k] + (to[at + k] - from[at + k]) * this.#alpha + corrections[at + k]
      pose[k] = value * this.#scale[k] + this.#offset[k]
    }
    if (this.#quaternion.length > 0) {
      const q = at + POSE.quaternion
      blendQuaternions(from, q, to, q, this.#alpha, pose, POSE.quaternion)
      if (this.#correctionMsLeft[e] > 0)
        multiplyQuaternions(corrections, q, pose, POSE.quaternion, pose, POSE.quaternion)
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
    for (let k = 0; k < LINES; k++) corrections[at + k] *= this.#decay
    if (this.#quaternion.length > 0)
      blendQuaternions(NO_TURN, 0, corrections, at + POSE.quaternion, this.#decay, corrections, at + POSE.quaternion)
  }

  #update(): void {
    // What was published as newest is now `before`, or comes once more. Ticks that were never published leave no way to
    // tell a correction from a move.
    if (this.#before.tick === this.#shownTick) this.#correct(this.#before)
    else if (this.#now.tick === this.#shownTick) this.#correct(this.#now)
    this.#take()
  }

  /** Takes up what this state changed of what is shown, which `#to` still holds. */
  #correct(frame: StateFrame): void {
    const truth = this.#from
    const shown = this.#to
    this.#load(frame === this.#now ? 'now' : 'before', truth, this.#shownLimit)
    for (let e = 0; e < this.#shownLimit; e++) {
      if (this.#identities[e] === NOBODY || !differs(truth, shown, e * STRIDE)) continue
      if (this.#has(frame, e) && frame.identity(e) === this.#identities[e]) this.#correctEntity(e)
      else this.#dropCorrection(e)
    }
  }

  #correctEntity(e: number): void {
    const at = e * STRIDE
    const truth = this.#from
    const shown = this.#to
    const corrections = this.#corrections
    for (let k = at; k < at + AXES; k++) corrections[k] += shown[k] - truth[k]
    const lengthSquared = corrections[at] ** 2 + corrections[at + 1] ** 2 + corrections[at + 2] ** 2
    if (!(this.#correctionMs > 0 && lengthSquared <= this.#snapDistance ** 2)) {
      this.#dropCorrection(e)
      return
    }
    corrections[at + POSE.angle] += angleBetween(truth[at + POSE.angle], shown[at + POSE.angle])
    if (this.#quaternion.length > 0) this.#correctQuaternion(at + POSE.quaternion)
    this.#correctionMsLeft[e] = CORRECTION_SPAN * this.#correctionMs
  }

  /** The correction becomes the turn from the true orientation to what was drawn: correction · shown · true⁻¹. */
  #correctQuaternion(at: number): void {
    const corrections = this.#corrections
    for (let k = 0; k < 3; k++) this.#inverse[k] = -this.#from[at + k]
    this.#inverse[3] = this.#from[at + 3]
    multiplyQuaternions(corrections, at, this.#to, at, corrections, at)
    multiplyQuaternions(corrections, at, this.#inverse, 0, corrections, at)
    // Rounding must not make it longer than 1.
    blendQuaternions(corrections, at, corrections, at, 0, corrections, at)
  }

  /** Reads the two newest states: what is drawn from now on. */
  #take(): void {
    const limit = Math.max(this.#shownLimit, this.#now.entityLimit)
    this.#load('before', this.#from, limit)
    this.#load('now', this.#to, limit)
    for (let e = 0; e < limit; e++) {
      const identity = this.#has(this.#now, e) ? this.#now.identity(e) : NOBODY
      if (this.#identities[e] !== identity) this.#dropCorrection(e)
      this.#identities[e] = identity
      if (identity !== NOBODY) this.#connect(e)
    }
    this.#shownLimit = limit
    this.#shownTick = this.#now.tick
  }

  /** Makes a line of the entity's two states: a point where it was not there before, or teleported. */
  #connect(e: number): void {
    const at = e * STRIDE
    const from = this.#from
    const to = this.#to
    const moveSquared = (to[at] - from[at]) ** 2 + (to[at + 1] - from[at + 1]) ** 2 + (to[at + 2] - from[at + 2]) ** 2
    const wasThere = this.#has(this.#before, e) && this.#before.identity(e) === this.#identities[e]
    if (wasThere && moveSquared <= this.#snapDistance ** 2) {
      const angle = at + POSE.angle
      if (Math.abs(to[angle] - from[angle]) >= Math.PI) to[angle] = from[angle] + angleBetween(from[angle], to[angle])
    } else for (let k = at; k < at + STRIDE; k++) from[k] = to[k]
  }

  #load(state: 'now' | 'before', into: Float64Array, limit: number): void {
    for (let k = 0; k < LINES; k++) {
      const line = this.#lines[k]
      if (line !== null) loadColumn(line[state], into, k, limit)
    }
    for (let k = 0; k < this.#quaternion.length; k++)
      loadColumn(this.#quaternion[k][state], into, POSE.quaternion + k, limit)
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

  #mapToEngine(): void {
    const { scale = 1, offset = [], position = [], rotationOffset = 0 } = this.#spec
    let turn = 1
    for (let k = 0; k < AXES; k++) {
      this.#scale[k] = typeof scale === 'number' ? scale : (scale[k] ?? 1)
      this.#offset[k] = offset[k] ?? 0
      // Mirrored along one axis, a flat game turns the other way.
      if (typeof position[k] === 'string' && this.#scale[k] < 0) turn = -turn
    }
    this.#scale[POSE.angle] = turn
    this.#offset[POSE.angle] = rotationOffset
  }

  #rebind(): void {
    const view = this.#view
    this.#schemaEpoch = view.schemaEpoch
    const { now, before } = framesOf(view)
    this.#now = now
    this.#before = before
    this.#mask = now.maskOf(this.#components)
    const pair = (name: string): FieldPair => ({
      now: now.field(name, this.#components),
      before: before.field(name, this.#components),
    })
    const { position = [], rotation } = this.#spec
    if (position.length > AXES) throw new Error(`position: x, y and z at most, not ${position.length} fields`)
    if (typeof rotation === 'object' && rotation.length !== 4)
      throw new Error(`rotation: one field of an angle, or the four of a quaternion (x, y, z, w)`)
    const lines = [0, 1, 2].map(k => (typeof position[k] === 'string' ? pair(position[k]) : null))
    this.#lines = [...lines, typeof rotation === 'string' ? pair(rotation) : null]
    this.#quaternion = typeof rotation === 'object' ? rotation.map(pair) : []

    const count = now.maxEntities
    this.#from = new Float64Array(count * STRIDE)
    this.#to = new Float64Array(count * STRIDE)
    this.#identities = new Float64Array(count).fill(NOBODY)
    this.#corrections = new Float64Array(count * STRIDE)
    this.#correctionMsLeft = new Float64Array(count)
    for (let e = 0; e < count; e++) this.#dropCorrection(e)
    this.#shownLimit = 0
    this.#take()
  }
}

const NO_TURN = Float64Array.of(0, 0, 0, 1)

function loadColumn({ values, unit }: FieldRef, into: Float64Array, at: number, limit: number): void {
  for (let e = 0; e < limit; e++) into[e * STRIDE + at] = values[e] * unit
}

function differs(a: Float64Array, b: Float64Array, at: number): boolean {
  for (let k = at; k < at + STRIDE; k++) {
    if (a[k] !== b[k] && (k !== at + POSE.angle || Math.abs(angleBetween(a[k], b[k])) > ROUNDING)) return true
  }
  return false
}

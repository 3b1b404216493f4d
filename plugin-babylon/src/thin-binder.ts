// Draws each entity of a query as a thin instance of one mesh: one array of matrices, one draw call, for the things of
// which there are thousands.

import {
  POSE,
  PoseTrack,
  type AnyGame,
  type ComponentName,
  type FieldName,
  type FramePart,
  type Pose,
  type PoseSpec,
  type StateView,
} from '@lockstride/core'
import type { BabylonThinMesh } from './babylon-types.ts'
import { turnOf, type RotationAxis, type Turn } from './turn.ts'

export interface ThinSpec<G extends AnyGame, Q extends ComponentName<G> = ComponentName<G>> extends PoseSpec {
  /** Entities that have all of these components get an instance. */
  readonly query: readonly Q[]
  /** What is drawn. It is hidden while there are no entities, and never culled: its bounds do not know the instances. */
  readonly mesh: BabylonThinMesh
  /** Fields for x, y and z of the scene. `['x', null, 'y']` lays a flat game on the ground, at the height `offset[1]`. */
  readonly position: readonly (FieldName<G, Q> | null)[]
  readonly rotation?: FieldName<G, Q> | readonly [FieldName<G, Q>, FieldName<G, Q>, FieldName<G, Q>, FieldName<G, Q>]
  /** What an angle turns about; `'-y'` is the other way round. Default: the axis that `position` leaves out. */
  readonly rotationAxis?: RotationAxis
  /** The size of the instances: a number, or one for each entity. Default 1. */
  readonly size?: number | ((e: number, view: StateView<G>) => number)
  /** Colours: write red, green, blue and alpha, 0..1, to `rgba[at]` and the three after it. */
  color?(e: number, view: StateView<G>, rgba: Float32Array, at: number): void
}

const MATRIX = 16
const COLOR = 4
const FIRST_CAPACITY = 64

export class ThinBinder implements FramePart {
  readonly #view: StateView
  readonly #spec: ThinSpec<AnyGame>
  readonly #track: PoseTrack
  readonly #turn: Turn
  readonly #wasVisible: boolean
  readonly #wasAlwaysActive: boolean
  #capacity = 0
  #matrices = new Float32Array(0)
  #colors: Float32Array | null = null
  #count = 0
  #disposed = false

  constructor(view: StateView, spec: ThinSpec<AnyGame>) {
    const { mesh } = spec
    if (typeof mesh?.thinInstanceSetBuffer !== 'function')
      throw new Error(
        "bindThin: mesh must be a mesh with thin instances; with @babylonjs/core import '@babylonjs/core/Meshes/thinInstanceMesh' once",
      )
    this.#view = view
    this.#spec = spec
    this.#turn = turnOf(spec)
    this.#track = new PoseTrack(view, spec.query, spec)
    this.#wasVisible = mesh.isVisible
    this.#wasAlwaysActive = mesh.alwaysSelectAsActiveMesh
    mesh.alwaysSelectAsActiveMesh = true
    this.#grow(FIRST_CAPACITY)
    this.#showCount(0)
  }

  get count(): number {
    return this.#count
  }

  frame(nowMs: number): void {
    const { mesh, size = 1, query } = this.#spec
    this.#track.begin(nowMs)
    let count = 0
    for (const e of this.#view.query(...query)) {
      if (count === this.#capacity) this.#grow(2 * this.#capacity)
      const scale = typeof size === 'number' ? size : size(e, this.#view)
      this.#write(this.#track.read(e), count * MATRIX, scale)
      if (this.#colors !== null) this.#spec.color?.(e, this.#view, this.#colors, count * COLOR)
      // What it calls of the scene may have ended the scene.
      if (this.#disposed) return
      count++
    }
    if (count !== this.#count) this.#showCount(count)
    if (count === 0) return
    mesh.thinInstanceBufferUpdated('matrix')
    if (this.#colors !== null) mesh.thinInstanceBufferUpdated('color')
  }

  dispose(): void {
    const { mesh } = this.#spec
    this.#disposed = true
    this.#track.dispose()
    if (mesh.isDisposed?.()) return
    mesh.thinInstanceSetBuffer('matrix', null)
    if (this.#colors !== null) mesh.thinInstanceSetBuffer('color', null)
    mesh.isVisible = this.#wasVisible
    mesh.alwaysSelectAsActiveMesh = this.#wasAlwaysActive
  }

  /** A mesh with a count of 0 would be drawn once, as itself. */
  #showCount(count: number): void {
    const { mesh } = this.#spec
    this.#count = count
    mesh.thinInstanceCount = count
    mesh.isVisible = this.#wasVisible && count > 0
  }

  #grow(capacity: number): void {
    const { mesh } = this.#spec
    this.#capacity = capacity
    this.#matrices = enlarged(this.#matrices, capacity * MATRIX)
    mesh.thinInstanceSetBuffer('matrix', this.#matrices, MATRIX, false)
    if (!this.#spec.color) return
    this.#colors = enlarged(this.#colors ?? new Float32Array(0), capacity * COLOR)
    mesh.thinInstanceSetBuffer('color', this.#colors, COLOR, false)
  }

  /** A matrix of Babylon: rows are where the axes go, the last one is the position. */
  #write(pose: Pose, at: number, scale: number): void {
    const m = this.#matrices
    const { rotation } = this.#spec
    let x = 0
    let y = 0
    let z = 0
    let w = 1
    if (typeof rotation === 'string') {
      const half = (pose[POSE.angle] * this.#turn.sign) / 2
      const sine = Math.sin(half)
      if (this.#turn.axis === 0) x = sine
      else if (this.#turn.axis === 1) y = sine
      else z = sine
      w = Math.cos(half)
    } else if (rotation !== undefined) {
      x = pose[POSE.quaternion]
      y = pose[POSE.quaternion + 1]
      z = pose[POSE.quaternion + 2]
      w = pose[POSE.quaternion + 3]
    }
    m[at] = (1 - 2 * (y * y + z * z)) * scale
    m[at + 1] = 2 * (x * y + z * w) * scale
    m[at + 2] = 2 * (x * z - y * w) * scale
    m[at + 3] = 0
    m[at + 4] = 2 * (x * y - z * w) * scale
    m[at + 5] = (1 - 2 * (x * x + z * z)) * scale
    m[at + 6] = 2 * (y * z + x * w) * scale
    m[at + 7] = 0
    m[at + 8] = 2 * (x * z + y * w) * scale
    m[at + 9] = 2 * (y * z - x * w) * scale
    m[at + 10] = (1 - 2 * (x * x + y * y)) * scale
    m[at + 11] = 0
    m[at + 12] = pose[POSE.x]
    m[at + 13] = pose[POSE.y]
    m[at + 14] = pose[POSE.z]
    m[at + 15] = 1
  }
}

function enlarged(array: Float32Array, length: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(length)
  larger.set(array)
  return larger
}

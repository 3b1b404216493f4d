// What this package touches of Babylon, as shapes: the same in `babylonjs` and `@babylonjs/core`, neither is imported.

export interface BabylonObservable {
  add(run: () => void): unknown
  addOnce(run: () => void): unknown
  remove(observer: never): boolean
}

export interface BabylonScene {
  readonly onBeforeAnimationsObservable: BabylonObservable
  readonly onDisposeObservable: BabylonObservable
  readonly isDisposed?: boolean
  getEngine(): { getInputElement?(): HTMLElement | null }
}

export interface BabylonVector {
  x: number
  y: number
  z: number
}

export interface BabylonQuaternion extends BabylonVector {
  w: number
  copyFromFloats(x: number, y: number, z: number, w: number): unknown
}

/** What a binder can place: meshes, transform nodes, anything with a position in space. */
export interface BabylonNode {
  readonly position: BabylonVector
  readonly rotation?: BabylonVector & { toQuaternion(): BabylonQuaternion }
  rotationQuaternion?: BabylonQuaternion | null
  dispose(): void
}

/** A sound of either audio engine: Babylon's first one (`Sound`), and the one that followed (`StaticSound`). */
export interface BabylonSound {
  readonly volume?: number
  getVolume?(): number
  setVolume(volume: number): unknown
  play(): unknown
  stop(): unknown
}

/** A mesh that is drawn many times from one array of matrices. */
export interface BabylonThinMesh {
  thinInstanceCount: number
  isVisible: boolean
  alwaysSelectAsActiveMesh: boolean
  thinInstanceSetBuffer(kind: string, buffer: Float32Array | null, stride?: number, staticBuffer?: boolean): void
  thinInstanceBufferUpdated(kind: string): void
  isDisposed?(): boolean
}

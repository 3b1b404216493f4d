// The same tests against both packages of Babylon, each with its own NullEngine.

import * as core from '@babylonjs/core'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeMatch } from '../../plugin-core/test/worker/fake-match.ts'
import { layoutOf } from '../../plugin-core/test/worker/written-world.ts'
import { attach, type BabylonNet, type BabylonNode, type BabylonSound } from '../src/index.ts'

// A UMD bundle: required, so that its names need no guessing.
const bundle = createRequire(import.meta.url)('babylonjs') as typeof core

for (const [packageName, BABYLON] of [
  ['@babylonjs/core', core],
  ['babylonjs', bundle],
] as const) {
  describe(`${packageName}:`, () => {
    let engine: core.NullEngine
    let scene: core.Scene
    let match: FakeMatch
    let observersBefore: number[]
    const observers = (): number[] =>
      [scene.onBeforeAnimationsObservable, scene.onDisposeObservable, scene.onBeforeRenderObservable].map(
        o =>
          o.observers.filter(observer => !(observer as { _willBeUnregistered?: boolean })._willBeUnregistered).length,
      )

    beforeEach(() => {
      BABYLON.Logger.LogLevels = 0
      engine = new BABYLON.NullEngine()
      scene = new BABYLON.Scene(engine)
      scene.activeCamera = new BABYLON.FreeCamera('camera', new BABYLON.Vector3(0, 5, -10), scene)
      match = new FakeMatch()
      observersBefore = observers()
    })
    afterEach(() => {
      scene.dispose()
      engine.dispose()
    })

    const writeBody = (e: number, x: number, y: number, angle = 0): void => {
      match.world.write(e, ['Body'], { 'Body.x': x, 'Body.y': y, 'Body.angle': angle })
      match.world.publish()
    }
    /** Where the node's own x axis points in the scene. */
    const heading = (node: core.TransformNode): number[] =>
      [...node.getDirection(new BABYLON.Vector3(1, 0, 0)).asArray()].map(v => Math.round(v * 1e6) / 1e6 + 0)

    test('a node follows its entity on the ground, and its angle turns x towards y', () => {
      const net = attach(scene, match.asMatch)
      const binding = net.bind({
        query: ['Body'],
        create: e => new BABYLON.TransformNode(`node ${e}`, scene),
        position: ['x', null, 'y'],
        rotation: 'angle',
      })
      writeBody(2, 3, 4, Math.PI / 2)
      scene.render()
      const node = binding.get(2)!
      node.position.y = 7
      scene.render()
      expect(node.position.asArray()).toEqual([3, 7, 4])
      node.computeWorldMatrix(true)
      expect(heading(node)).toEqual([0, 0, 1])
    })

    test('on two other axes, or about a given one, angles turn as told', () => {
      const net = attach(scene, match.asMatch)
      const create = (e: number): core.TransformNode => new BABYLON.TransformNode(`node ${e}`, scene)
      const upright = net.bind({ query: ['Body'], create, position: ['x', 'y'], rotation: 'angle' })
      const other = net.bind({ query: ['Body'], create, position: ['x', 'y'], rotation: 'angle', rotationAxis: '-z' })
      writeBody(0, 1, 2, Math.PI / 2)
      scene.render()
      for (const [binding, expected] of [
        [upright, [0, 1, 0]],
        [other, [0, -1, 0]],
      ] as const) {
        const node = binding.get(0)!
        node.computeWorldMatrix(true)
        expect(heading(node)).toEqual(expected)
      }
    })

    test('a node that has a quaternion is turned by it', () => {
      const net = attach(scene, match.asMatch)
      const binding = net.bind({
        query: ['Body'],
        create() {
          const node = new BABYLON.TransformNode('imported', scene)
          node.rotationQuaternion = BABYLON.Quaternion.Identity()
          return node
        },
        position: ['x', null, 'y'],
        rotation: 'angle',
      })
      writeBody(0, 0, 0, Math.PI / 2)
      scene.render()
      const node = binding.get(0)!
      node.computeWorldMatrix(true)
      expect(heading(node)).toEqual([0, 0, 1])
    })

    test('a quaternion of the rules orients a node; its own is made once', () => {
      const net = attach(scene, match.asMatch)
      const binding = net.bind({
        query: ['Spin'],
        create: () => new BABYLON.TransformNode('spin', scene),
        rotation: ['qx', 'qy', 'qz', 'qw'],
        correctionMs: 0,
      })
      match.world.write(0, ['Spin'], { 'Spin.qz': Math.SQRT1_2, 'Spin.qw': Math.SQRT1_2 })
      match.world.publish()
      scene.render()
      const node = binding.get(0)!
      const quaternion = node.rotationQuaternion
      expect(quaternion!.z).toBeCloseTo(Math.SQRT1_2)
      match.world.set(0, { 'Spin.qz': 0, 'Spin.qw': 1 })
      match.world.publish()
      scene.render()
      expect(node.rotationQuaternion).toBe(quaternion)
      expect(quaternion!.w).toBeCloseTo(1)
    })

    test('nodes are disposed with their entities, and all of them with the net', () => {
      const net = attach(scene, match.asMatch)
      const made: core.Mesh[] = []
      net.bind({
        query: ['Body'],
        create: e => made[made.push(BABYLON.MeshBuilder.CreateBox(`box ${e}`, {}, scene)) - 1],
      })
      writeBody(0, 0, 0)
      writeBody(1, 0, 0)
      scene.render()
      match.world.destroy(0)
      match.world.publish()
      scene.render()
      expect(made.map(mesh => mesh.isDisposed())).toEqual([true, false])
      net.dispose()
      expect(made.map(mesh => mesh.isDisposed())).toEqual([true, true])
      expect(scene.meshes).toHaveLength(0)
    })

    test('inputs are sampled before each frame', () => {
      const net = attach(scene, match.asMatch)
      net.sample(() => ({ left: true }))
      scene.render()
      scene.render()
      expect(match.inputs).toEqual([{ left: true }, { left: true }])
    })

    describe('thin instances', () => {
      let mesh: core.Mesh
      let net: BabylonNet<never>
      beforeEach(() => {
        mesh = BABYLON.MeshBuilder.CreateSphere('ball', {}, scene)
        net = attach(scene, match.asMatch)
      })
      // Not thinInstanceGetWorldMatrices(): Babylon keeps what it first returned.
      const matrices = (): number[][] => {
        const { matrixData } = (mesh as unknown as { _thinInstanceDataStorage: { matrixData: Float32Array } })
          ._thinInstanceDataStorage
        return Array.from({ length: mesh.thinInstanceCount }, (_, i) => [...matrixData.subarray(16 * i, 16 * i + 16)])
      }
      const positions = (): number[][] => matrices().map(m => m.slice(12, 15))

      test('stand where their entities are, as many as there are', () => {
        net.bindThin({ query: ['Body' as never], mesh, position: ['x', null, 'y'] as never, offset: [0, 0.5, 0] })
        writeBody(0, 1, 2)
        writeBody(4, 3, 4)
        scene.render()
        expect(mesh.thinInstanceCount).toBe(2)
        expect(positions()).toEqual([
          [1, 0.5, 2],
          [3, 0.5, 4],
        ])
        match.world.destroy(0)
        match.world.publish()
        scene.render()
        expect(mesh.thinInstanceCount).toBe(1)
        expect(positions()[0]).toEqual([3, 0.5, 4])
      })

      test('turn and have a size like a node with the same pose', () => {
        net.bindThin({
          query: ['Body' as never],
          mesh,
          position: ['x', null, 'y'] as never,
          rotation: 'angle' as never,
          size: e => e + 2,
        })
        const node = net.bind({
          query: ['Body' as never],
          create: () => new BABYLON.TransformNode('node', scene) as BabylonNode & core.TransformNode,
          position: ['x', null, 'y'] as never,
          rotation: 'angle' as never,
        })
        writeBody(1, 5, 6, 0.7)
        scene.render()
        const expected = node.get(1)!
        expected.scaling.setAll(3)
        expected.computeWorldMatrix(true)
        const [matrix] = matrices()
        expected
          .getWorldMatrix()
          .asArray()
          .forEach((value, i) => expect(matrix[i]).toBeCloseTo(value, 5))
      })

      test('by a quaternion of the rules are oriented like a node', () => {
        const [qx, qy, qz, qw] = [0.5, -0.5, 0.5, 0.5]
        net.bindThin({
          query: ['Spin' as never],
          mesh,
          position: [],
          rotation: ['qx', 'qy', 'qz', 'qw'] as never,
        })
        match.world.write(0, ['Spin'], { 'Spin.qx': qx, 'Spin.qy': qy, 'Spin.qz': qz, 'Spin.qw': qw })
        match.world.publish()
        scene.render()
        const expected = BABYLON.Matrix.Identity()
        new BABYLON.Quaternion(qx, qy, qz, qw).toRotationMatrix(expected)
        const [matrix] = matrices()
        expected.asArray().forEach((value, i) => expect(matrix[i]).toBeCloseTo(value, 5))
      })

      test('grow beyond their first array, and have colours', () => {
        match = new FakeMatch(layoutOf(undefined, 200))
        const { world } = match
        net.use(match.asMatch)
        net.bindThin({
          query: ['Body' as never],
          mesh,
          position: ['x'] as never,
          color: (e, _view, rgba, at) => rgba.set([e / 256, 0, 1, 1], at),
        })
        for (let e = 0; e < world.layout.maxEntities; e++) world.write(e, ['Body'], { 'Body.x': e })
        world.publish()
        scene.render()
        expect(mesh.thinInstanceCount).toBe(200)
        expect(positions()[199]).toEqual([199, 0, 0])
        const colors = (
          mesh as unknown as { _userThinInstanceBuffersStorage: { data: { instanceColor: Float32Array } } }
        )._userThinInstanceBuffersStorage.data.instanceColor
        expect([...colors.subarray(4 * 128, 4 * 129)]).toEqual([0.5, 0, 1, 1])
      })

      test('hide their mesh while there are none', () => {
        net.bindThin({ query: ['Body' as never], mesh, position: ['x'] as never })
        scene.render()
        expect(mesh.isVisible).toBe(false)
        writeBody(0, 1, 1)
        scene.render()
        expect(mesh.isVisible).toBe(true)
        match.world.destroy(0)
        match.world.publish()
        scene.render()
        expect(mesh.isVisible).toBe(false)
      })

      test('give the mesh back as it was', () => {
        const binding = net.bindThin({ query: ['Body' as never], mesh, position: ['x'] as never })
        writeBody(0, 1, 1)
        scene.render()
        // Its own bounds say nothing of where the instances are.
        expect(mesh.alwaysSelectAsActiveMesh).toBe(true)
        binding.dispose()
        scene.render()
        expect(mesh.isVisible).toBe(true)
        expect(mesh.alwaysSelectAsActiveMesh).toBe(false)
        expect(mesh.thinInstanceCount).toBe(0)
      })

      test('of something that is no mesh get a sentence', () => {
        expect(() => net.bindThin({ query: ['Body' as never], mesh: {} as never, position: ['x'] as never })).toThrow(
          'bindThin: mesh must be a mesh with thin instances',
        )
      })
    })

    describe('disposal', () => {
      test('leaves no observer and lets go of the inputs; the match goes on', () => {
        const net = attach(scene, match.asMatch)
        net.sample(() => ({ left: true }))
        net.on('hit', () => {})
        writeBody(0, 0, 0)
        scene.render()
        net.dispose()
        net.dispose()
        scene.render()
        expect(observers()).toEqual(observersBefore)
        expect(match.handlerCount).toBe(0)
        expect(match.inputs).toEqual([{ left: true }, {}])
        expect(() => net.use(match.asMatch)).toThrow('This net was disposed')
      })

      test.each(['create', 'update', 'size', 'color'] as const)(
        'of the scene in the midst of its frame leaves nothing behind (%s)',
        where => {
          match = new FakeMatch(layoutOf(undefined, 200))
          const net = attach(scene, match.asMatch)
          const mesh = BABYLON.MeshBuilder.CreateBox('box', {}, scene)
          const made: core.TransformNode[] = []
          let seen = 0
          const over = (now: string): void => {
            // The 70th: the array of instances has grown.
            if (now === where && ++seen === 70) scene.dispose()
          }
          net.bind({
            query: ['Body'],
            create(e) {
              const node = new BABYLON.TransformNode(`node ${e}`, scene)
              made.push(node)
              over('create')
              return node
            },
            update: () => over('update'),
          })
          net.bindThin({
            query: ['Body'],
            mesh,
            position: ['x'],
            size() {
              over('size')
              return 1
            },
            color: () => over('color'),
          })
          for (let e = 0; e < 100; e++) match.world.write(e, ['Body'])
          match.world.publish()
          net.frame(1e6)
          expect(scene.isDisposed).toBe(true)
          expect(made.filter(node => !node.isDisposed())).toEqual([])
          expect(made).toHaveLength(where === 'create' || where === 'update' ? 70 : 100)
          expect(scene.transformNodes).toEqual([])
          expect(net.match).toBeNull()
        },
      )

      test('of the instances alone, in the midst of their frame, gives the mesh back', () => {
        match = new FakeMatch(layoutOf(undefined, 200))
        const net = attach(scene, match.asMatch)
        const mesh = BABYLON.MeshBuilder.CreateBox('box', {}, scene)
        let seen = 0
        const binding = net.bindThin({
          query: ['Body'],
          mesh,
          position: ['x'],
          size() {
            if (++seen === 60) binding.dispose()
            return 1
          },
        })
        // More than the first array has room for.
        for (let e = 0; e < 100; e++) match.world.write(e, ['Body'])
        match.world.publish()
        net.frame(1e6)
        expect(mesh.thinInstanceCount).toBe(0)
        expect(mesh.isVisible).toBe(true)
      })

      test('of the scene takes the net with it', () => {
        const net = attach(scene, match.asMatch)
        const mesh = BABYLON.MeshBuilder.CreateBox('box', {}, scene)
        net.bindThin({ query: ['Body'], mesh, position: ['x'] })
        net.on('hit', () => {})
        writeBody(0, 0, 0)
        scene.render()
        scene.dispose()
        expect(match.handlerCount).toBe(0)
        expect(net.match).toBeNull()
      })
    })

    test('two scenes of two matches, and one that changes its match', () => {
      const second = new FakeMatch()
      const otherScene = new BABYLON.Scene(engine)
      otherScene.activeCamera = new BABYLON.FreeCamera('camera', new BABYLON.Vector3(0, 5, -10), otherScene)
      const net = attach(scene, match.asMatch)
      const other = attach(otherScene, second.asMatch)
      net.sample(() => ({ left: true }))
      other.sample(() => ({ left: false }))
      scene.render()
      otherScene.render()
      net.use(second.asMatch)
      scene.render()
      expect(match.inputs).toEqual([{ left: true }, {}])
      expect(second.inputs).toEqual([{ left: false }, { left: true }])
      otherScene.dispose()
    })

    test('the sound of an event that is cancelled fades, unless it plays for another one by now', () => {
      // Both engines of Babylon have it by this shape.
      const shapes: ((sound: core.Sound | core.StaticSound) => BabylonSound)[] = [sound => sound]
      expect(shapes).toHaveLength(1)
      const calls: string[] = []
      const sound: BabylonSound = {
        volume: 0.8,
        setVolume: volume => calls.push(`volume ${volume.toFixed(1)}`),
        play: () => calls.push('play'),
        stop: () => calls.push('stop'),
      }
      const net = attach(scene, match.asMatch)
      const stop = net.sound('hit', sound, { fadeMs: 100 })
      const [first, second] = [match.raise('hit', { e: 1 }), match.raise('hit', { e: 1 })]
      match.settle('cancelled', first, 'hit')
      for (const ms of [1000, 1050, 1100]) net.frame(ms)
      expect(calls.splice(0)).toEqual(['volume 0.8', 'play', 'volume 0.8', 'play'])
      match.settle('cancelled', second, 'hit')
      for (const ms of [2000, 2050, 2100, 2150]) net.frame(ms)
      expect(calls.splice(0)).toEqual(['volume 0.8', 'volume 0.4', 'stop'])
      match.raise('hit', { e: 1 })
      expect(calls.splice(0)).toEqual(['volume 0.8', 'play'])
      stop()
      net.sound('hit', sound, { when: 'confirmed', volume: ({ payload }) => payload.e })
      const third = match.raise('hit', { e: 0.3 })
      expect(calls).toEqual([])
      match.settle('confirmed', third, 'hit', { e: 0.3 })
      expect(calls).toEqual(['volume 0.3', 'play'])
    })

    test('attaching to something that is no scene gets a sentence', () => {
      expect(() => attach({} as never, match.asMatch)).toThrow('the first argument is a Babylon scene')
    })
  })
}

// Sumo in 3D by Babylon.js: the same match, seen from a seat at the ring. Deep imports keep the bundle small; those
// without a name are needed for their side effects.

import '@babylonjs/core/Lights/Shadows/shadowGeneratorSceneComponent'
import '@babylonjs/core/Meshes/thinInstanceMesh'
import '@babylonjs/core/Particles/particleSystemComponent'
import { Engine } from '@babylonjs/core/Engines/engine'
import { DirectionalLight } from '@babylonjs/core/Lights/directionalLight'
import { HemisphericLight } from '@babylonjs/core/Lights/hemisphericLight'
import { Matrix, Vector3 } from '@babylonjs/core/Maths/math.vector'
import { Color3, Color4 } from '@babylonjs/core/Maths/math.color'
import { Scene } from '@babylonjs/core/scene'
import { attach, gamepadSampler, keyboardSampler } from '@lockstride/babylon'
import { createArena } from './babylon-arena.ts'
import { createSeat } from './babylon-camera.ts'
import { createEffects } from './babylon-effects.ts'
import { watchQuality } from './babylon-quality.ts'
import { createStews } from './babylon-stew.ts'
import type { Aura, Bowl } from './babylon-stew.ts'
import { createWrestlers } from './babylon-wrestler.ts'
import type { Wrestler } from './babylon-wrestler.ts'
import { followBoost } from './boost-look.ts'
import { KEYS, PAD } from './controls.ts'
import { THEME } from './palette.ts'
import { followRing, newRing } from './ring-look.ts'
import type { DrawnDisc, SceneHandle, SceneOptions } from './scene.ts'
import { DISC_STATE, DRAW, TICKS } from './sumo-terms.ts'

export async function startBabylon(options: SceneOptions): Promise<SceneHandle> {
  const { match, parent, roster, labels, script, touch } = options
  const surface = document.createElement('canvas')
  surface.style.cssText = 'width: 100%; height: 100%; touch-action: none'
  parent.append(surface)
  const engine = new Engine(surface, true, { stencil: false, audioEngine: false })
  const scene = new Scene(engine)
  scene.useRightHandedSystem = true
  scene.clearColor = Color4.FromHexString(`${THEME.nightDeep}ff`)
  scene.fogMode = Scene.FOGMODE_LINEAR
  scene.fogColor = Color3.FromHexString(THEME.nightDeep)
  scene.skipPointerMovePicking = true

  const seat = createSeat(scene)
  const sky = new HemisphericLight('sky', new Vector3(-0.2, 1, 0.3), scene)
  sky.intensity = 0.62
  sky.diffuse = Color3.FromHexString('#fff1dd')
  sky.groundColor = Color3.FromHexString('#5b49a8')
  const sun = new DirectionalLight('sun', new Vector3(0.42, -1, -0.36), scene)
  sun.position = new Vector3(-12, 26, 12)
  sun.intensity = 0.85
  sun.diffuse = Color3.FromHexString('#ffe2b8')

  const arena = createArena(scene, sun)
  const wrestlers = createWrestlers(scene, arena.shadows)
  const effects = createEffects(scene)
  const stews = createStews(scene, arena.shadows, effects)
  const drawn = new Map<number, Wrestler>()
  const auras = new Map<number, Aura>()
  const bowls = new Map<number, Bowl>()

  const net = attach(scene, match)
  if (script) net.sample(script)
  else net.sample(keyboardSampler(KEYS), gamepadSampler(PAD), touch)

  net.bind({
    query: ['Body', 'Disc'],
    create(e, view) {
      const slot = view.Disc.slot[e]
      const wrestler = wrestlers.create(slot, roster.color(slot).hex, slot === match.slot)
      drawn.set(e, wrestler)
      auras.set(e, stews.aura(wrestler.ground))
      return wrestler.root
    },
    update(_root, e) {
      const wrestler = drawn.get(e)
      if (wrestler) updateWrestler(wrestler, e)
    },
    destroy(_root, e) {
      const wrestler = drawn.get(e)
      drawn.delete(e)
      auras.delete(e)
      if (wrestler) wrestlers.remove(wrestler)
    },
    // The rules' plane lies on the ground: their y runs towards the camera.
    position: ['x', null, 'y'],
    rotation: 'angle',
  })

  net.bind({
    query: ['Body', 'Stew'],
    create(e) {
      const bowl = stews.create()
      bowls.set(e, bowl)
      return bowl.root
    },
    update(_root, e) {
      const bowl = bowls.get(e)
      if (bowl) stews.update(bowl, match.view.Stew.ticks[e], seconds)
    },
    destroy(_root, e) {
      const bowl = bowls.get(e)
      bowls.delete(e)
      if (bowl) stews.remove(bowl)
    },
    position: ['x', null, 'y'],
  })

  function updateWrestler(wrestler: Wrestler, e: number): void {
    const { view } = match
    const state = view.Disc.state[e]
    wrestler.setColor(roster.color(wrestler.slot).hex)
    wrestler.root.setEnabled(state !== DISC_STATE.out)
    wrestler.charge = 1 - view.Disc.cooldown[e] / TICKS.cooldown
    wrestler.standing = state === DISC_STATE.standing
    followBoost(wrestler.boost, view.Disc.weight[e], wrestler.standing ? view.Disc.boost[e] : 0, seconds)
    const aura = auras.get(e)
    if (aura) stews.shine(aura, wrestler.root.position, wrestler.boost, seconds)
    switch (state) {
      case DISC_STATE.standing: {
        const dashing = view.Disc.dashTicks[e] > 0
        wrestler.stand(seconds, Math.hypot(view.Body.vx[e], view.Body.vy[e]), dashing)
        if (dashing) effects.trail(wrestler.root.position, roster.color(wrestler.slot).hex)
        break
      }
      case DISC_STATE.falling: {
        const ticks = view.Disc.fallTicks[e] + view.alpha(performance.timeOrigin + performance.now())
        if (wrestler.fall(ticks / TICKS.fall)) effects.splash(wrestler.root.position.x, wrestler.root.position.z)
        break
      }
    }
  }

  net.on('hit', ({ payload }) => {
    effects.hit(payload.x, payload.y, payload.power)
    if (payload.power > 0.3) seat.shake(payload.power)
    for (const wrestler of drawn.values()) {
      const { x, z } = wrestler.root.position
      if (Math.hypot(x - payload.x, z - payload.y) < 1.6) wrestler.squash = Math.max(wrestler.squash, payload.power)
    }
  })
  net.on('dash', ({ payload }) => {
    const wrestler = drawn.get(payload.e)
    if (wrestler) effects.dust(wrestler.root.position.x - payload.x, wrestler.root.position.z - payload.y, 8)
  })
  net.on('stewServed', ({ payload }) => effects.dust(payload.x, payload.y, 8))
  net.on('stewEaten', ({ payload }) => {
    effects.glitter(payload.x, 0.9, payload.y, 34)
    effects.steam(payload.x, 0.6, payload.y, 8)
  })
  net.on('stewGone', ({ payload }) => effects.steam(payload.x, 0.3, payload.y, 10))
  net.on('go', () => seat.shake(0.6))
  net.on('gone', ({ payload }) => effects.dust(payload.x, payload.y, 16))
  net.on(
    'roundOver',
    ({ payload }) => {
      if (payload.winner === DRAW) return
      for (const wrestler of drawn.values()) {
        if (wrestler.slot !== payload.winner) continue
        wrestler.cheerSeconds = 2.6
        effects.confetti(wrestler.root.position.x, wrestler.root.position.z)
      }
    },
    {
      // Somebody held on after all.
      cancel() {
        for (const wrestler of drawn.values()) wrestler.cheerSeconds = 0
        effects.endConfetti()
      },
    },
  )

  let seconds = 1 / 60
  let frames = 0
  let time = 0
  const ring = newRing()

  const above = new Vector3()
  const onPage = new Vector3()
  const identity = Matrix.Identity()
  const viewport = seat.camera.viewport.toGlobal(1, 1)
  function placeLabels(): void {
    labels.begin()
    const width = surface.clientWidth
    const height = surface.clientHeight
    for (const wrestler of drawn.values()) {
      if (!wrestler.standing) continue
      above.copyFrom(wrestler.root.position)
      above.y += 2.25 * wrestler.boost.size
      Vector3.ProjectToRef(above, identity, scene.getTransformMatrix(), viewport, onPage)
      labels.place(wrestler.slot, onPage.x * width, onPage.y * height, wrestler.charge)
    }
    labels.end(performance.now())
  }

  const watchSpeed = watchQuality(engine, on => arena.setShadows(on), options.fullQuality)
  scene.onBeforeRenderObservable.add(() => {
    seconds = Math.min(0.25, engine.getDeltaTime() / 1000)
    time += seconds
    followRing(ring, match, seconds)
    arena.update(ring, time)
    seat.place(ring.radius, seconds)
    effects.update(seconds)
  })
  scene.onAfterRenderObservable.add(() => {
    frames++
    placeLabels()
    watchSpeed(seconds)
  })
  const resized = new ResizeObserver(() => {
    engine.resize()
    seat.refit()
  })
  resized.observe(parent)
  seat.place(ring.radius, 0)
  await scene.whenReadyAsync()
  engine.runRenderLoop(() => scene.render())

  return {
    kind: 'babylon',
    get frames() {
      return frames
    },
    discs(): DrawnDisc[] {
      return [...drawn.values()]
        .filter(wrestler => wrestler.root.isEnabled())
        .map(({ slot, root }) => ({ slot, x: root.position.x, y: root.position.z }))
    },
    dispose() {
      resized.disconnect()
      engine.stopRenderLoop()
      net.dispose()
      scene.dispose()
      engine.dispose()
      surface.remove()
    },
  }
}

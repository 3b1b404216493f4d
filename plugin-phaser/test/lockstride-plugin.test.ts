import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FakeMatch } from '../../plugin-core/test/worker/fake-match.ts'
import { LockstridePlugin } from '../src/index.ts'
import { FakeGame, FakeScene } from './fake-scene.ts'

const newManager = () => ({ removeScenePlugin: vi.fn<(key: string) => void>() })
const newSprite = () => {
  const destroyed = vi.fn<() => void>()
  return { x: NaN, y: NaN, rotation: NaN, destroyed, destroy: () => destroyed() }
}
type Sprite = ReturnType<typeof newSprite>

function newMatch(): FakeMatch {
  const match = new FakeMatch()
  match.world.write(1, ['Body'], { 'Body.x': 3, 'Body.y': 4, 'Body.angle': 0.5 })
  match.world.publish()
  return match
}

/** What a scene's `create` does. */
function play(plugin: LockstridePlugin, match: FakeMatch) {
  const net = plugin.use(match.asMatch)
  const sprites: Sprite[] = []
  net.sample(() => ({ left: true }))
  net.on('hit', () => {})
  net.bind({
    query: ['Body'],
    create: () => sprites[sprites.push(newSprite()) - 1],
    position: ['x', 'y'],
    rotation: 'angle',
    scale: 10,
  })
  return sprites
}

let scene: FakeScene
let plugin: LockstridePlugin
beforeEach(() => {
  scene = new FakeScene()
  plugin = new LockstridePlugin(scene.asScene, newManager(), 'net')
  plugin.boot()
})
afterEach(() => scene.sys.game.events.emit('destroy'))

describe('a scene', () => {
  test('samples and places before its update', () => {
    const match = newMatch()
    const sprites = play(plugin, match)
    scene.events.emit('start')
    scene.events.emit('preupdate')
    expect(match.inputs).toEqual([{ left: true }])
    expect(sprites).toMatchObject([{ x: 30, y: 40, rotation: 0.5 }])
  })

  test('that shuts down destroys what it bound, is heard no more, and lets go; the match goes on', () => {
    const match = newMatch()
    const sprites = play(plugin, match)
    scene.events.emit('preupdate')
    scene.events.emit('shutdown')
    scene.events.emit('preupdate')
    expect(sprites[0].destroyed).toHaveBeenCalledOnce()
    expect(match.handlerCount).toBe(0)
    expect(match.inputs).toEqual([{ left: true }, {}])
    expect(plugin.match).toBeNull()
  })

  test('that starts again binds again', () => {
    const match = newMatch()
    play(plugin, match)
    scene.events.emit('start')
    scene.events.emit('preupdate')
    scene.events.emit('shutdown')
    scene.events.emit('start')
    const sprites = play(plugin, match)
    scene.events.emit('preupdate')
    expect(sprites).toHaveLength(1)
    expect(sprites[0].x).toBe(30)
    expect(match.handlerCount).toBe(1)
  })

  test('that is destroyed leaves no listener, with or without a shutdown before', () => {
    for (const events of [
      ['destroy'],
      ['shutdown', 'destroy'],
      ['preupdate', 'shutdown', 'start', 'preupdate', 'destroy'],
    ]) {
      const other = new FakeScene(scene.sys.game)
      const match = newMatch()
      const sprites = play(new LockstridePlugin(other.asScene, newManager(), 'net'), match)
      other.events.emit('start')
      other.events.emit('preupdate')
      for (const event of events) other.events.emit(event)
      expect(other.events.listenerCount).toBe(0)
      expect(match.handlerCount).toBe(0)
      expect(sprites[0].destroyed).toHaveBeenCalledOnce()
    }
  })

  test.each(['shutdown', 'destroy'])('that ends while an object of it is made leaves nothing (%s)', event => {
    const match = newMatch()
    match.world.write(2, ['Body'])
    match.world.publish()
    const made: Sprite[] = []
    const net = plugin.use(match.asMatch)
    net.sample(() => ({ left: true }))
    const binding = net.bind({
      query: ['Body'],
      create() {
        made.push(newSprite())
        scene.events.emit(event)
        return made.at(-1)!
      },
    })
    scene.events.emit('preupdate')
    scene.events.emit('preupdate')
    expect(made).toHaveLength(1)
    expect(made[0].destroyed).toHaveBeenCalledOnce()
    expect(binding.count).toBe(0)
    expect(match.inputs).toEqual([{ left: true }, {}])
  })

  test('that pauses or sleeps holds nothing, and steers again when it goes on', () => {
    for (const event of ['pause', 'sleep']) {
      const match = newMatch()
      play(plugin, match)
      scene.events.emit('preupdate')
      scene.events.emit(event)
      expect(match.inputs.at(-1)).toEqual({})
      scene.events.emit('preupdate')
      expect(match.inputs.at(-1)).toEqual({ left: true })
      scene.events.emit('shutdown')
    }
  })

  test('lets go of its objects before a plugin that listens from its boot on, as Phaser’s display list does', () => {
    const other = new FakeScene(scene.sys.game)
    const order: string[] = []
    const late = new LockstridePlugin(other.asScene, newManager(), 'net')
    other.events.on('destroy', () => order.push('display list'))
    const match = newMatch()
    late.use(match.asMatch).bind({ query: ['Body'], create: newSprite, destroy: () => void order.push('ours') })
    other.events.emit('preupdate')
    other.events.emit('destroy')
    expect(order).toEqual(['ours', 'display list'])
  })

  test('may follow a match of its own, or none', () => {
    const other = new FakeScene(scene.sys.game)
    const otherPlugin = new LockstridePlugin(other.asScene, newManager(), 'net')
    const [first, second] = [newMatch(), newMatch()]
    play(plugin, first)
    other.events.emit('preupdate')
    play(otherPlugin, second)
    scene.events.emit('preupdate')
    other.events.emit('preupdate')
    scene.events.emit('shutdown')
    other.events.emit('preupdate')
    expect([first.inputs.length, second.inputs.length]).toEqual([2, 2])
    expect(second.inputs.at(-1)).toEqual({ left: true })
  })
})

test('a quaternion is refused: Phaser draws flat', () => {
  const match = newMatch()
  expect(() =>
    plugin.use(match.asMatch).bind({ query: ['Spin'], create: newSprite, rotation: ['qx', 'qy', 'qz', 'qw'] }),
  ).toThrow('Phaser draws flat')
})

describe("Phaser's module-wide plugin cache", () => {
  const installed = [{ key: 'LockstridePlugin', plugin: LockstridePlugin, mapping: 'net' }]

  test('forgets the class with the last game that used it', () => {
    scene.sys.game.events.emit('destroy')
    const [first, second] = [new FakeGame(installed), new FakeGame(installed)]
    const managers = [newManager(), newManager()]
    const scenes = [first, first, second].map(game => new FakeScene(game))
    scenes.forEach((s, i) => new LockstridePlugin(s.asScene, managers[i === 2 ? 1 : 0], 'net'))
    first.events.emit('destroy')
    expect(managers[0].removeScenePlugin).not.toHaveBeenCalled()
    second.events.emit('destroy')
    expect(managers[1].removeScenePlugin.mock.calls).toEqual([['LockstridePlugin']])
    expect(first.events.listenerCount + second.events.listenerCount).toBe(0)
  })
})

describe('the sound of an event', () => {
  const hear = (match: FakeMatch): void => {
    plugin.use(match.asMatch).sound('hit', 'punch', {
      config: ({ payload }) => ({ volume: payload.e }),
      fadeMs: 100,
    })
  }

  test('plays to its end when nothing takes it away, and goes', () => {
    const match = newMatch()
    hear(match)
    const id = match.raise('hit', { e: 0.5 })
    expect(scene.sounds).toMatchObject([{ volume: 0.5, isPlaying: true }])
    match.settle('confirmed', id, 'hit', { e: 0.5 })
    plugin.frame(1000)
    scene.sounds[0].complete()
    expect(scene.sounds[0]).toMatchObject({ volume: 0.5, destroyed: 1 })
  })

  test('fades when the event is cancelled', () => {
    const match = newMatch()
    hear(match)
    const id = match.raise('hit', { e: 0.8 })
    match.raise('hit', { e: 1 })
    match.settle('cancelled', id, 'hit')
    for (const ms of [1000, 1050]) plugin.frame(ms)
    expect(scene.sounds).toMatchObject([{ volume: 0.4, isPlaying: true }, { volume: 1 }])
    plugin.frame(1100)
    expect(scene.sounds).toMatchObject([{ destroyed: 1 }, { volume: 1, isPlaying: true }])
  })

  test('that was over, ends while it fades, or could not play, is left alone', () => {
    const match = newMatch()
    hear(match)
    const ids = [match.raise('hit', { e: 1 }), match.raise('hit', { e: 1 })]
    scene.silent = true
    ids.push(match.raise('hit', { e: 1 }))
    scene.sounds[0].complete()
    for (const id of ids) match.settle('cancelled', id, 'hit')
    plugin.frame(1000)
    scene.sounds[1].complete()
    for (const ms of [1050, 1200]) plugin.frame(ms)
    expect(scene.sounds.map(({ volume }) => volume)).toEqual([1, 1, 1])
    for (const { destroyed } of scene.sounds) expect(destroyed).toBeGreaterThan(0)
  })

  test('that fades ends with the scene', () => {
    const match = newMatch()
    hear(match)
    match.settle('cancelled', match.raise('hit', { e: 1 }), 'hit')
    plugin.frame(1000)
    scene.events.emit('shutdown')
    expect(scene.sounds[0].destroyed).toBe(1)
  })

  test('may wait until the event is certain', () => {
    const match = newMatch()
    plugin.use(match.asMatch).sound('hit', 'punch', { when: 'confirmed' })
    match.settle('cancelled', match.raise('hit', { e: 1 }), 'hit')
    expect(scene.sounds).toEqual([])
    match.settle('confirmed', match.raise('hit', { e: 1 }), 'hit')
    expect(scene.sounds).toHaveLength(1)
  })
})

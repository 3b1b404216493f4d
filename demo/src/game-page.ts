// The page of a running match: a view, the HUD over it, and the switch between views. The match outlives all of it.

import { createChat } from './chat.ts'
import { attachConnectionVeil } from './connection-veil.ts'
import { createHud } from './hud.ts'
import { el } from './dom.ts'
import { Labels } from './labels.ts'
import type { Moderator } from './moderator.ts'
import type { Params, ViewKind } from './params.ts'
import type { Roster } from './roster.ts'
import type { SceneHandle, SceneOptions, SumoMatch } from './scene.ts'
import { scriptedInput } from './script.ts'
import { createScriptPanel } from './script-panel.ts'
import type { Playing, Sound } from './sound.ts'
import { EMOTES } from './sumo-terms.ts'
import { createTouchControls } from './touch-controls.ts'

export interface GamePageOptions {
  match: SumoMatch
  moderator: Moderator
  parent: HTMLElement
  roster: Roster
  sound: Sound
  params: Params
  view: ViewKind
  onLeave: () => void
  /** A view begins (its scene) or ends (null). */
  onScene: (view: ViewKind, scene: SceneHandle | null) => void
}

export interface GamePage {
  dispose(): void
}

const LOADERS: Record<ViewKind, () => Promise<(options: SceneOptions) => Promise<SceneHandle>>> = {
  phaser: async () => (await import('./phaser-scene.ts')).startPhaser,
  babylon: async () => (await import('./babylon-scene.ts')).startBabylon,
}

/** Fetches a view's code ahead, while one waits for the others: the first round does not wait for it. */
export function preloadView(view: ViewKind): void {
  // Whatever went wrong is told when it is shown, and tried again.
  LOADERS[view]().catch(() => {})
}

export function openGamePage(options: GamePageOptions): GamePage {
  const { match, moderator, params, roster, sound } = options
  const stage = el('div', { class: 'stage' })
  const labelLayer = el('div', { class: 'labels' })
  const overlay = el('div', { class: 'overlay' })
  const root = el('div', { class: 'game' }, stage, labelLayer, overlay)
  options.parent.append(root)

  const labels = new Labels(labelLayer, roster, () => match.slot)
  const watching = match.slot === null
  const touch = watching ? null : createTouchControls(overlay, match)
  const script = watching || params.script === null ? null : scriptedInput(match, params.script)
  const chat = createChat({ match, roster, labels, sound })
  const hud = createHud({
    match,
    chat,
    moderator,
    parent: overlay,
    roster,
    view: options.view,
    muted: sound.muted,
    initialConditions: params.conditions,
    onView: kind => void show(kind),
    onMute: muted => (sound.muted = muted),
    onLeave: options.onLeave,
    onScripts: () => scripts.toggle(),
  })
  const scripts = createScriptPanel({
    ...{ match, game: root, roster },
    say: text => chat.say(text),
    onTrouble: trouble => hud.setTrouble(trouble),
  })
  const unveil = attachConnectionVeil(match, root)
  const stopSounds = playSounds(match, sound, labels, (slot, text) => chat.say(`${roster.name(slot)}: ${text}`))

  let scene: SceneHandle | null = null
  let wanted: ViewKind = options.view
  let closed = false

  async function show(kind: ViewKind): Promise<void> {
    wanted = kind
    hud.setView(kind)
    hud.setLoading(`Loading ${kind === 'phaser' ? 'Phaser' : 'Babylon.js'}…`)
    let start: (options: SceneOptions) => Promise<SceneHandle>
    try {
      start = await LOADERS[kind]()
    } catch (error) {
      hud.setLoading(
        `This view could not be loaded (${error instanceof Error ? error.message : String(error)}). Reload the page to try again.`,
      )
      return
    }
    if (closed || wanted !== kind) return
    closeScene()
    const parent = el('div', { class: 'canvas' })
    stage.append(parent)
    const { canvas, fullQuality } = params
    const sample = touch?.sample ?? (() => ({}))
    const made = await start({ match, parent, roster, labels, touch: sample, script, canvas, fullQuality })
    if (closed || wanted !== kind) {
      made.dispose()
      parent.remove()
      return
    }
    scene = made
    hud.setLoading(null)
    options.onScene(kind, scene)
  }

  function closeScene(): void {
    if (scene) options.onScene(scene.kind, null)
    scene?.dispose()
    scene = null
    stage.replaceChildren()
    labels.clear()
  }

  void show(options.view)

  return {
    dispose() {
      closed = true
      closeScene()
      stopSounds()
      unveil()
      touch?.dispose()
      scripts.dispose()
      chat.dispose()
      hud.dispose()
      root.remove()
    },
  }
}

/** Sounds and call-outs are the same whatever view is up. `write`: for who has fallen, and has no disc to say it. */
function playSounds(
  match: SumoMatch,
  sound: Sound,
  labels: Labels,
  write: (slot: number, text: string) => void,
): () => void {
  const timers = new Set<number>()
  /** A prediction that turned out wrong is not heard to its end. */
  const fading = { cancel: (playing: Playing) => playing.fade() }
  const undo = [
    match.handle('hit', ({ payload }) => sound.hit(payload.power), fading),
    match.handle('dash', () => sound.dash(), fading),
    match.handle(
      'fall',
      () => {
        const timer = window.setTimeout(() => {
          timers.delete(timer)
          sound.splash()
        }, 780)
        timers.add(timer)
        return { timer, playing: sound.fall() }
      },
      {
        cancel({ timer, playing }) {
          clearTimeout(timer)
          timers.delete(timer)
          playing.fade()
        },
      },
    ),
    match.handle('countdown', ({ payload }) => sound.count(payload.n)),
    match.handle('go', () => sound.go()),
    match.handle('roundOver', ({ payload }) => sound.win(match.slot === null || payload.winner === match.slot), fading),
    match.handle('stewServed', () => sound.served(), fading),
    match.handle(
      'stewEaten',
      ({ payload }) => ({ playing: sound.eaten(), unsay: labels.say(payload.slot, 'Umai!', 'call') }),
      {
        cancel({ playing, unsay }) {
          playing.fade()
          unsay()
        },
      },
    ),
    match.handle('stewGone', () => sound.taken()),
    match.handle('emote', ({ payload }) => {
      const text = EMOTES[payload.emote] ?? ''
      if (labels.shows(payload.slot)) labels.say(payload.slot, text, 'call')
      else write(payload.slot, text)
      sound.pop()
    }),
  ]
  return () => {
    for (const run of undo) run()
    for (const timer of timers) clearTimeout(timer)
  }
}

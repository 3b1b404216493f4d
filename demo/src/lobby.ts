// The page's entry: from a name and a colour to a running match, and back. One `Session` a match; the page never reloads.

import { ConnectError, broadcast, connect, webRtc, webSocket } from '@lockstride/core'
import type { MatchEnd, TransportDescription } from '@lockstride/core'
import { openGamePage, preloadView } from './game-page.ts'
import type { GamePage } from './game-page.ts'
import { busyCard, duelCard, endCard, roomCard } from './lobby-cards.ts'
import type { EndCardOptions } from './lobby-cards.ts'
import { lobbyForm } from './lobby-form.ts'
import { createModerator } from './moderator.ts'
import { PLAYER_COLORS } from './palette.ts'
import { inventRoom, readParams, roomLink, visitAddress } from './params.ts'
import type { ViewKind } from './params.ts'
import { Roster } from './roster.ts'
import type { SceneHandle, SumoMatch } from './scene.ts'
import { createSound } from './sound.ts'
import type { sumo } from './sumo.ts'
import { el } from './dom.ts'

declare global {
  interface Window {
    /** For tests and tinkering: `lockstride.match.stats` in the console. */
    lockstride: { match: SumoMatch | null; view: ViewKind | null; scene: SceneHandle | null }
  }
}

window.lockstride = { match: null, view: null, scene: null }

const RELAY = '/relay'
/** `STUN=stun:… npm start`: duels find a direct way also between networks. */
const STUN: string = import.meta.env.SUMO_STUN
const NAME_KEY = 'sumo.name'
const COLOR_KEY = 'sumo.color'
const VIEW_KEY = 'sumo.view'
const NAMES = ['Taiho', 'Raiden', 'Hana', 'Kenji', 'Yuki', 'Mika', 'Goro', 'Emi', 'Sora', 'Rin', 'Daichi', 'Nao']

const params = readParams(location.search)
const sound = createSound()
const app = document.querySelector<HTMLElement>('#app')!

const self = {
  name: params.name?.slice(0, 16) ?? localStorage.getItem(NAME_KEY) ?? pick(NAMES),
  color: params.color ?? localStorage.getItem(COLOR_KEY) ?? pick(PLAYER_COLORS).id,
  view: params.view ?? storedView(),
}

/** Of rooms that this page makes. */
const roomTransport = params.transport === 'broadcast' ? 'broadcast' : 'websocket'

window.addEventListener('popstate', () => location.reload())

// Who only watches needs neither a name nor a colour.
if ((params.autoready || params.watch) && params.room) void enter(params.room)
else showForm()

function showForm(): void {
  setAddress()
  const { room, transport } = params
  showLobby(
    lobbyForm({
      self,
      invited: room === null ? null : { room, transport },
      onEnter({ room, duel, watch }) {
        localStorage.setItem(NAME_KEY, self.name)
        localStorage.setItem(COLOR_KEY, self.color)
        localStorage.setItem(VIEW_KEY, self.view)
        params.transport = duel ? 'webrtc' : roomTransport
        params.watch = watch
        void enter(room)
      },
    }),
  )
}

// Connecting, waiting in the room, playing.

async function enter(room: string): Promise<void> {
  params.room = room
  setAddress()
  preloadView(self.view)
  const { watch } = params
  const duel = params.transport === 'webrtc'
  const worker = new Worker(new URL('./sumo.worker.ts', import.meta.url), { type: 'module', name: 'sumo' })
  let gaveUp = false
  const giveUp = (): void => {
    gaveUp = true
    worker.terminate()
    goHome()
  }
  showLobby(
    duel
      ? duelCard(room, roomLink(room, location), giveUp)
      : busyCard(watch ? `Watching ${room}…` : `Joining ${room}…`),
  )

  let match: SumoMatch
  try {
    match = await connect<typeof sumo>({
      worker,
      room,
      transport: transport(),
      name: self.name,
      profile: self.color,
      ready: false,
      spectate: watch,
      ...(params.inputDelay === null ? {} : { inputDelay: params.inputDelay }),
      ...(params.conditions === null ? {} : { conditions: params.conditions }),
    })
  } catch (error) {
    worker.terminate()
    if (!gaveUp) showRefusal(room, error)
    return
  }
  runSession(match, worker, room)
}

function transport(): TransportDescription {
  switch (params.transport) {
    case 'websocket':
      return webSocket(RELAY)
    case 'broadcast':
      return broadcast()
    case 'webrtc':
      return webRtc({ relay: RELAY, ...(STUN === '' ? {} : { iceServers: [{ urls: STUN }] }) })
  }
}

function runSession(match: SumoMatch, worker: Worker, room: string): void {
  const roster = new Roster()
  roster.update(match.players)
  let game: GamePage | null = null
  let leaving = false
  let readySaid = false
  // Before anything is played: who is here first may mute.
  const asksServer = match.slot !== null && params.transport === 'websocket'
  const moderator = createModerator(asksServer ? room : null)
  window.lockstride.match = match

  const play = (): void => {
    if (game) return
    app.replaceChildren()
    game = openGamePage({
      match,
      moderator,
      parent: app,
      roster,
      sound,
      params,
      view: self.view,
      onLeave: () => void leave(),
      onScene(view, scene) {
        if (scene) self.view = view
        window.lockstride.view = view
        window.lockstride.scene = scene
      },
    })
  }
  const closeGame = (): void => {
    game?.dispose()
    game = null
  }
  const refresh = (): void => {
    roster.update(match.players)
    // Who opens the link during a round is in it without another click.
    const wanted = match.state === 'waiting' || (params.autoready && match.players.length >= params.players)
    if (wanted && !readySaid && match.slot !== null) {
      readySaid = true
      match.setReady(true)
    }
    if (match.state === 'running' || watches(match)) play()
    else if (match.state === 'lobby' || match.state === 'waiting') {
      closeGame()
      showRoom()
    } else if (!game) showRoom()
  }
  const showRoom = (): void => {
    if (match.ended) return
    // A new card takes over the focus; whoever came by keyboard goes on to what is next.
    const focused = document.activeElement?.id || 'ready'
    const link = roomLink(room, location)
    const duel = params.transport === 'webrtc'
    showLobby(roomCard({ match, roster, room, link, duel, onLeave: () => void leave() }))
    document.getElementById(focused)?.focus()
  }
  const finish = (end: MatchEnd): void => {
    for (const run of undo) run()
    closeGame()
    moderator.dispose()
    window.removeEventListener('pagehide', goodbye)
    window.lockstride.match = null
    worker.terminate()
    if (leaving) leaveRoom()
    // Others begin a match under the same name: that one is watched, too.
    else if (params.watch && end.code === 'host-gone') void enter(room)
    else showEnd('The match is over', end.reason, [tryAgain(room), toStart])
  }
  const leave = async (): Promise<void> => {
    if (leaving) return
    leaving = true
    await match.leave()
  }
  // A closed tab says goodbye, so that nobody waits for it.
  const goodbye = (): void => void match.leave()
  window.addEventListener('pagehide', goodbye)

  const undo = [
    // Whoever watches is told of no start: the first state begins the picture.
    match.slot === null ? match.view.onUpdate(() => game ?? refresh()) : () => {},
    match.on('roster', refresh),
    match.on('start', refresh),
    match.on('reconnecting', refresh),
    match.on('reconnected', refresh),
    match.on('path', refresh),
    match.on('end', finish),
  ]
  if (match.ended) finish(match.ended)
  else refresh()
}

function watches(match: SumoMatch): boolean {
  return match.slot === null && match.view.tick > 0 && match.state !== 'reconnecting'
}

// What to do when there is no match, or none any more.

type Choice = EndCardOptions['choices'][number]

function showRefusal(room: string, error: unknown): void {
  const reason = error instanceof ConnectError ? error.message : `Joining failed: ${String(error)}`
  if (params.transport !== 'webrtc' || !(error instanceof ConnectError) || error.code !== 'full') {
    showEnd('Not joined', reason, [tryAgain(room), toStart])
    return
  }
  const own = {
    id: 'duel',
    text: 'Begin a duel of your own',
    run: () => void enter(inventRoom()),
  }
  const text = `Two players are in duel ${room} already, and a duel has no more. Begin one of your own and send its link on, or meet in a room, which holds eight.`
  showEnd('This duel is full', text, [own, tryAgain(room), toStart])
}

function tryAgain(room: string): Choice {
  return { id: 'again', text: `Try ${room} again`, run: () => void enter(room) }
}

const toStart: Choice = { id: 'back', text: 'Back to the start', run: () => goHome() }

function showEnd(title: string, reason: string, choices: readonly Choice[]): void {
  showLobby(endCard({ title, reason, choices }))
}

/** The form, with the room that was left: one may come back, or come to play after having watched. A duel is over. */
function leaveRoom(): void {
  if (params.transport === 'webrtc') return goHome()
  params.watch = false
  showForm()
}

/** The form, without an invitation. */
function goHome(): void {
  params.room = null
  params.transport = roomTransport
  params.watch = false
  showForm()
}

function showLobby(card: HTMLElement): void {
  const again = app.querySelector('.lobby')
  if (again) {
    again.querySelector('.card')?.replaceWith(card)
    return
  }
  app.replaceChildren(
    el(
      'div',
      { class: 'lobby' },
      el(
        'header',
        {},
        el('h1', { text: 'Sumo' }),
        el('p', {
          text: 'Push the others off the ring. One match, the same on every screen: yours in 2D, theirs in 3D.',
        }),
      ),
      card,
      el(
        'footer',
        {},
        el('span', { class: 'keys' }, el('kbd', { text: 'WASD' }), ' or arrows to move'),
        el('span', { class: 'keys' }, el('kbd', { text: 'Space' }), ' to dash'),
        el('span', { class: 'keys', text: 'gamepads and touch work too' }),
        el('span', { class: 'thumbs', text: 'Left thumb moves, right thumb dashes.' }),
      ),
    ),
  )
}

/** Another room is another page of the browser's history: going back leaves this one. */
function setAddress(): void {
  const { room, transport, watch } = readParams(location.search)
  const stays = room === params.room && transport === params.transport && watch === params.watch
  history[stays ? 'replaceState' : 'pushState'](null, '', visitAddress(params, location.href))
}

function storedView(): ViewKind {
  return localStorage.getItem(VIEW_KEY) === 'babylon' ? 'babylon' : 'phaser'
}

function pick<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)]
}

// The rules of Sumo: two to eight discs push each other off a platform that shrinks until somebody is left.
// Runs in every player's worker. Lengths are in units (a disc is 1.8 wide), speeds in units per tick, 60 ticks a second.

import { atan2, bool, cos, defineGame, f64, i16, i32, i8, payload, sin, u16, u8 } from '@lockstride/core/sim'
import type { SimEvent, SimOf } from '@lockstride/core/sim'
import { BOT_SLOT, DISC_RADIUS, DISC_STATE, DRAW, EMOTES, MAX_PLAYERS, PHASE, TICKS, chatText } from './sumo-terms.ts'

const MAX_ENTITIES = 32
const ACCELERATION = 0.0074
const FRICTION = 0.955
const FRICTION_AFTER_ROUND = 0.9
const DASH_SPEED = 0.22
/** A dash that hit nothing ends with feet in the clay. */
const DASH_BRAKE = 0.6
const MAX_SPEED = 0.62
const BOUNCE = 0.95
/** What a dash adds to the speed it hands over. */
const DASH_PUNCH = 0.5
/** Softer contacts are pushes: nobody needs to hear them. */
const AUDIBLE_SPEED = 0.05
const SHRINK_PER_TICK = 0.0028
const TURN_PER_TICK = 0.24
/** Scripts say how heavy a disc is: whatever they say, the ring stays playable. */
const LIGHTEST = 0.25
const HEAVIEST = 8
const PI = 3.141592653589793

const input = {
  buttons: ['left', 'right', 'up', 'down', 'dash'],
  axes: { moveX: i8, moveY: i8 },
} as const

const components = {
  Body: { x: f64, y: f64, vx: f64, vy: f64, angle: f64 },
  Disc: {
    /** The player's slot, or BOT_SLOT. */
    slot: u8,
    state: u8,
    fallTicks: u8,
    /** Ticks left of the dash, and until the next one. */
    dashTicks: u8,
    cooldown: u8,
    score: i16,
    /** Where this disc wants to go this tick, at most 1 long. */
    driveX: f64,
    driveY: f64,
    /** How heavy it is while `boost` counts down; everybody else weighs 1. `scripts/power-up.lua` gives both. */
    weight: f64,
    boost: u16,
  },
  /** Steered by `scripts/bot.lua`: where it wants to go, and whether it dashes at the next tick. */
  Bot: { wait: u8, aimX: f64, aimY: f64, dash: bool },
  /** A bowl of stew, which has a `Body` to stand at; `scripts/power-up.lua` puts it there. */
  Stew: { ticks: u16 },
  /** One entity: the platform and the round. */
  Arena: { phase: u8, ticks: i32, radius: f64, fullRadius: f64, winner: i16 },
}

/** What the rules tell the scenes. */
const events = {
  hit: payload<{ x: number; y: number; power: number }>(),
  dash: payload<{ e: number; x: number; y: number }>(),
  fall: payload<{ e: number; x: number; y: number; slot: number }>(),
  /** A player left the match; where the disc stood. */
  gone: payload<{ x: number; y: number; slot: number }>(),
  countdown: payload<{ n: number }>(),
  go: payload<Record<string, never>>(),
  /** The winner's slot, BOT_SLOT, or DRAW. */
  roundOver: payload<{ winner: number }>(),
  emote: payload<{ e: number; slot: number; emote: number }>(),
  chat: payload<{ slot: number; text: string }>(),
  // Of the power-up's script.
  stewServed: payload<{ x: number; y: number }>(),
  stewEaten: payload<{ x: number; y: number; slot: number }>(),
  stewGone: payload<{ x: number; y: number }>(),
}

type SumoSim = SimOf<typeof input, typeof components, typeof events>

export const sumo = defineGame({
  name: 'sumo',
  version: 1,
  tickRate: 60,
  maxPlayers: MAX_PLAYERS,
  minPlayers: 1,
  maxEntities: MAX_ENTITIES,
  dropAfterTicks: 120,
  input,
  components,
  events,
  // What players say to each other. Whoever is muted has this capability no more: see moderation.ts.
  requires: { chat: ['chat:send'], emote: ['chat:send'] },
  grants: { everyone: ['chat:send'] },

  setup(sim, carry) {
    const players = sim.slots.length
    const fullRadius = 7.2 + 0.45 * Math.max(2, players)
    const { Arena } = sim.components
    const arena = sim.spawn('Arena')
    Arena.phase[arena] = PHASE.countdown
    Arena.radius[arena] = fullRadius
    Arena.fullRadius[arena] = fullRadius
    Arena.winner[arena] = DRAW
    // The carry is only known here, so those present get their disc here, with the score they had.
    for (const slot of sim.slots) spawnDisc(sim, slot, readScore(carry, slot))
    if (players === 1) spawnBot(sim, readScore(carry, MAX_PLAYERS))
  },

  join(sim, slot) {
    if (discOf(sim, slot) === -1) spawnDisc(sim, slot, 0)
  },

  leave(sim, slot) {
    const { Body } = sim.components
    const e = discOf(sim, slot)
    if (e === -1) return
    sim.raise('gone', { x: Body.x[e], y: Body.y[e], slot }, slot)
    sim.destroy(e)
  },

  step(sim) {
    const arena = arenaOf(sim)
    // A script may take even the platform away: then it is over.
    if (arena === -1) return sim.endRound(writeScores(sim))
    advanceRound(sim, arena)
    for (const e of sim.query('Body', 'Disc')) {
      steer(sim, arena, e)
      move(sim, arena, e)
    }
    collide(sim)
    for (const e of sim.query('Body', 'Disc')) fall(sim, arena, e)
    decide(sim, arena)
  },

  on: {
    emote(sim, evt: SimEvent<{ emote: number }>) {
      const e = discOf(sim, evt.slot)
      // Payloads come from strangers: anything may be in them.
      const emote: unknown = (evt.payload as { emote?: unknown } | null)?.emote
      if (e === -1 || typeof emote !== 'number' || !(emote >= 0 && emote < EMOTES.length)) return
      sim.raise('emote', { e, slot: evt.slot, emote: Math.floor(emote) })
    },
    chat(sim, evt: SimEvent<{ text: string }>) {
      const text = chatText((evt.payload as { text?: unknown } | null)?.text)
      if (text !== '') sim.raise('chat', { slot: evt.slot, text })
    },
  },
})

function arenaOf(sim: SumoSim): number {
  for (const e of sim.query('Arena')) return e
  return -1
}

function discOf(sim: SumoSim, slot: number): number {
  const { Disc } = sim.components
  for (const e of sim.query('Disc')) if (Disc.slot[e] === slot) return e
  return -1
}

// Round: countdown, play, over, and the next one.

function advanceRound(sim: SumoSim, arena: number): void {
  const { Arena } = sim.components
  const ticks = Arena.ticks[arena]
  switch (Arena.phase[arena]) {
    case PHASE.countdown:
      if (ticks === 3 * TICKS.count) {
        Arena.phase[arena] = PHASE.play
        Arena.ticks[arena] = 0
        sim.raise('go', {}, 'go')
        return
      }
      if (ticks % TICKS.count === 0) {
        const n = 3 - ticks / TICKS.count
        sim.raise('countdown', { n }, n)
      }
      break
    case PHASE.play:
      if (ticks > TICKS.calm) Arena.radius[arena] = Math.max(0, Arena.radius[arena] - SHRINK_PER_TICK)
      break
    case PHASE.over:
      if (ticks === TICKS.result) sim.endRound(writeScores(sim))
      break
  }
  Arena.ticks[arena] = ticks + 1
}

function decide(sim: SumoSim, arena: number): void {
  const { Arena, Disc } = sim.components
  if (Arena.phase[arena] !== PHASE.play) return
  let standing = 0
  let last = -1
  for (const e of sim.query('Disc')) {
    if (Disc.state[e] !== DISC_STATE.standing) continue
    standing++
    last = e
  }
  if (standing > 1) return
  const winner = last === -1 ? DRAW : Disc.slot[last]
  if (last !== -1) Disc.score[last]++
  Arena.winner[arena] = winner
  Arena.phase[arena] = PHASE.over
  Arena.ticks[arena] = 0
  sim.raise('roundOver', { winner }, 'over')
}

// Scores by slot, then the bot's: the only thing that outlives a round.

const SCORES = MAX_PLAYERS + 1

function writeScores(sim: SumoSim): Uint8Array {
  const { Disc } = sim.components
  const carry = new Uint8Array(SCORES * 2)
  for (const e of sim.query('Disc')) {
    const at = (Disc.slot[e] === BOT_SLOT ? MAX_PLAYERS : Disc.slot[e]) * 2
    carry[at] = Disc.score[e] & 255
    carry[at + 1] = (Disc.score[e] >> 8) & 255
  }
  return carry
}

function readScore(carry: Uint8Array, index: number): number {
  return carry.length === SCORES * 2 ? carry[index * 2] | (carry[index * 2 + 1] << 8) : 0
}

// Discs.

function spawnDisc(sim: SumoSim, slot: number, score: number): number {
  const { Arena, Body, Disc } = sim.components
  const arena = arenaOf(sim)
  // Whoever comes while it is not decided yet is in the ring with the others.
  const onTime = Arena.phase[arena] === PHASE.countdown || Arena.phase[arena] === PHASE.play
  // Evenly around; the bot stands where a second player would.
  const count = Math.max(2, sim.slots.length)
  const index = slot === BOT_SLOT ? 1 : sim.slots.indexOf(slot)
  // A quarter turn on each round, so that nobody keeps the same side.
  const turn = ((index / count) * 2 + 1 + ((sim.round - 1) % 4) * 0.5) * PI
  const distance = Arena.radius[arena] * 0.58
  const e = sim.spawn('Body', 'Disc')
  Body.x[e] = cos(turn) * distance
  Body.y[e] = sin(turn) * distance
  Body.angle[e] = wrapAngle(turn + PI)
  Disc.slot[e] = slot
  Disc.state[e] = onTime ? DISC_STATE.standing : DISC_STATE.out
  Disc.score[e] = score
  return e
}

function spawnBot(sim: SumoSim, score: number): void {
  const e = spawnDisc(sim, BOT_SLOT, score)
  sim.add(e, 'Bot')
}

function steer(sim: SumoSim, arena: number, e: number): void {
  const { Arena, Body, Disc } = sim.components
  let x = 0
  let y = 0
  let dash = false
  if (Disc.state[e] === DISC_STATE.standing && Arena.phase[arena] !== PHASE.over) {
    if (sim.has(e, 'Bot')) {
      const { Bot } = sim.components
      x = finite(Bot.aimX[e])
      y = finite(Bot.aimY[e])
      dash = Bot.dash[e] !== 0
      Bot.dash[e] = 0
    } else if (sim.present(Disc.slot[e])) {
      const input = sim.input(Disc.slot[e])
      x = (input.held('right') ? 1 : 0) - (input.held('left') ? 1 : 0)
      y = (input.held('down') ? 1 : 0) - (input.held('up') ? 1 : 0)
      if (x === 0 && y === 0) {
        x = input.axis('moveX') / 127
        y = input.axis('moveY') / 127
      }
      dash = input.pressed('dash')
    }
    const length = Math.sqrt(x * x + y * y)
    if (length > 1) {
      x /= length
      y /= length
    }
  }
  Disc.driveX[e] = x
  Disc.driveY[e] = y
  if (x !== 0 || y !== 0) Body.angle[e] = turnTowards(Body.angle[e], atan2(y, x))
  if (dash && Disc.cooldown[e] === 0 && Arena.phase[arena] === PHASE.play) startDash(sim, e)
}

function startDash(sim: SumoSim, e: number): void {
  const { Body, Disc } = sim.components
  let x = Disc.driveX[e]
  let y = Disc.driveY[e]
  const length = Math.sqrt(x * x + y * y)
  if (length > 0.2) {
    x /= length
    y /= length
  } else {
    x = cos(Body.angle[e])
    y = sin(Body.angle[e])
  }
  Body.vx[e] += x * DASH_SPEED
  Body.vy[e] += y * DASH_SPEED
  Disc.dashTicks[e] = TICKS.dash
  Disc.cooldown[e] = TICKS.cooldown
  sim.raise('dash', { e, x, y }, e)
}

function move(sim: SumoSim, arena: number, e: number): void {
  const { Arena, Body, Disc } = sim.components
  if (Disc.state[e] === DISC_STATE.out) return
  if (Disc.cooldown[e] > 0) Disc.cooldown[e]--
  if (Disc.boost[e] > 0) Disc.boost[e]--
  const phase = Arena.phase[arena]
  if (phase === PHASE.countdown) return
  let vx = Body.vx[e] + Disc.driveX[e] * ACCELERATION
  let vy = Body.vy[e] + Disc.driveY[e] * ACCELERATION
  if (Disc.dashTicks[e] > 0) {
    if (--Disc.dashTicks[e] === 0) {
      vx *= DASH_BRAKE
      vy *= DASH_BRAKE
    }
  } else {
    const friction = phase === PHASE.over ? FRICTION_AFTER_ROUND : FRICTION
    vx *= friction
    vy *= friction
  }
  const speed = Math.sqrt(vx * vx + vy * vy)
  if (speed > MAX_SPEED) {
    vx = (vx / speed) * MAX_SPEED
    vy = (vy / speed) * MAX_SPEED
  }
  Body.vx[e] = vx
  Body.vy[e] = vy
  Body.x[e] += vx
  Body.y[e] += vy
}

/** Each pair once, in index order: the same pushes in the same order everywhere. */
function collide(sim: SumoSim): void {
  const { Body, Disc } = sim.components
  const reach = DISC_RADIUS * 2
  for (const a of sim.query('Body', 'Disc')) {
    if (Disc.state[a] !== DISC_STATE.standing) continue
    for (const b of sim.query('Body', 'Disc')) {
      if (b <= a || Disc.state[b] !== DISC_STATE.standing) continue
      const dx = Body.x[b] - Body.x[a]
      const dy = Body.y[b] - Body.y[a]
      const distanceSquared = dx * dx + dy * dy
      // Also false for what is no number, which a script may have written.
      if (!(distanceSquared < reach * reach)) continue
      const distance = Math.sqrt(distanceSquared)
      const nx = distance > 0 ? dx / distance : 1
      const ny = distance > 0 ? dy / distance : 0
      // Each one's share of what the two do to each other: the lighter one's is larger.
      const weightA = weightOf(sim, a)
      const weightB = weightOf(sim, b)
      const shareA = weightB / (weightA + weightB)
      const shareB = weightA / (weightA + weightB)
      const overlap = reach - distance
      Body.x[a] -= nx * overlap * shareA
      Body.y[a] -= ny * overlap * shareA
      Body.x[b] += nx * overlap * shareB
      Body.y[b] += ny * overlap * shareB
      const closing = (Body.vx[a] - Body.vx[b]) * nx + (Body.vy[a] - Body.vy[b]) * ny
      if (closing <= 0) continue
      const punchA = closing * shareA * (1 + BOUNCE + (Disc.dashTicks[b] > 0 ? 2 * DASH_PUNCH : 0))
      const punchB = closing * shareB * (1 + BOUNCE + (Disc.dashTicks[a] > 0 ? 2 * DASH_PUNCH : 0))
      Body.vx[a] -= nx * punchA
      Body.vy[a] -= ny * punchA
      Body.vx[b] += nx * punchB
      Body.vy[b] += ny * punchB
      Disc.dashTicks[a] = 0
      Disc.dashTicks[b] = 0
      if (closing < AUDIBLE_SPEED) continue
      const x = (Body.x[a] + Body.x[b]) / 2
      const y = (Body.y[a] + Body.y[b]) / 2
      const power = Math.min(1, (closing * 2 * Math.max(shareA, shareB)) / 0.55)
      sim.raise('hit', { x, y, power }, a * MAX_ENTITIES + b)
    }
  }
}

function fall(sim: SumoSim, arena: number, e: number): void {
  const { Arena, Body, Disc } = sim.components
  switch (Disc.state[e]) {
    case DISC_STATE.standing: {
      const radius = Arena.radius[arena]
      if (Body.x[e] * Body.x[e] + Body.y[e] * Body.y[e] <= radius * radius) return
      Disc.state[e] = DISC_STATE.falling
      Disc.fallTicks[e] = 0
      const slot = Disc.slot[e]
      sim.raise('fall', { e, x: Body.x[e], y: Body.y[e], slot }, slot)
      return
    }
    case DISC_STATE.falling:
      if (++Disc.fallTicks[e] >= TICKS.fall) {
        Disc.state[e] = DISC_STATE.out
        Body.vx[e] = 0
        Body.vy[e] = 0
      }
      return
  }
}

function weightOf(sim: SumoSim, e: number): number {
  const { Disc } = sim.components
  const weight = Disc.weight[e]
  return Disc.boost[e] > 0 && weight > 0 ? Math.max(LIGHTEST, Math.min(HEAVIEST, weight)) : 1
}

function turnTowards(angle: number, wanted: number): number {
  const turn = wrapAngle(wanted - angle)
  return wrapAngle(angle + Math.max(-TURN_PER_TICK, Math.min(TURN_PER_TICK, turn)))
}

function wrapAngle(angle: number): number {
  // No turn of ours is that long; a script's may be endless.
  let wrapped = Math.abs(angle) < 4 * PI ? angle : 0
  while (wrapped > PI) wrapped -= 2 * PI
  while (wrapped < -PI) wrapped += 2 * PI
  return wrapped
}

/** What a script wrote may be anything. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

// The discs, which are the wrestlers: where they start, how they are steered, how they slide, dash and fall.

import { atan2, cos, sin } from '@lockstride/core/sim'
import { arenaOf } from './sumo-round.ts'
import type { SumoSim } from './sumo-schema.ts'
import { BOT_SLOT, DISC_STATE, PHASE, TICKS } from './sumo-terms.ts'

const ACCELERATION = 0.0074
const FRICTION = 0.955
const FRICTION_AFTER_ROUND = 0.9
const DASH_SPEED = 0.22
/** A dash that hit nothing ends with feet in the clay. */
const DASH_BRAKE = 0.6
const MAX_SPEED = 0.62
const TURN_PER_TICK = 0.24
const PI = 3.141592653589793

/** A slot's disc, or -1. */
export function discOf(sim: SumoSim, slot: number): number {
  const { Disc } = sim.components
  for (const e of sim.query('Disc')) if (Disc.slot[e] === slot) return e
  return -1
}

export function spawnDisc(sim: SumoSim, slot: number, score: number): number {
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

export function spawnBot(sim: SumoSim, score: number): void {
  const e = spawnDisc(sim, BOT_SLOT, score)
  sim.add(e, 'Bot')
}

/** What a player, or the bot's script, wants this tick: written to `Disc.driveX` and `driveY`. */
export function steer(sim: SumoSim, arena: number, e: number): void {
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

export function move(sim: SumoSim, arena: number, e: number): void {
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

/** Whoever stands beyond the rim falls, and is out when the fall is over. */
export function fall(sim: SumoSim, arena: number, e: number): void {
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

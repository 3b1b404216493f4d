// The rules of Sumo: two to eight discs push each other off a platform that shrinks until somebody is left.
// Runs in every player's worker. Lengths are in units (a disc is 1.8 wide), speeds in units per tick, 60 ticks a second.

import { defineGame } from '@lockstride/core/sim'
import type { SimEvent } from '@lockstride/core/sim'
import { collide } from './sumo-collisions.ts'
import { discOf, fall, move, spawnBot, spawnDisc, steer } from './sumo-discs.ts'
import { advanceRound, arenaOf, decide, readScore, writeScores } from './sumo-round.ts'
import { MAX_ENTITIES, components, events, input } from './sumo-schema.ts'
import { DRAW, EMOTES, MAX_PLAYERS, PHASE, chatText } from './sumo-terms.ts'

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
    // A script may take even the platform away: then the round is over.
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

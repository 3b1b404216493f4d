// Names and colours by slot. Every page derives the same ones from the same roster, also when two players like one colour.

import type { Player } from '@lockstride/core'
import { BOT_COLOR, PLAYER_COLORS } from './palette.ts'
import type { PlayerColor } from './palette.ts'
import { BOT_SLOT } from './sumo-terms.ts'

export class Roster {
  players: readonly Player[] = []
  readonly #colors = new Map<number, PlayerColor>()
  readonly #names = new Map<number, string>()

  update(players: readonly Player[]): void {
    this.players = players
    const taken = new Set<string>()
    this.#colors.clear()
    // Who has gone keeps the name: the message of a winner who left still reads well.
    for (const player of [...players].sort((a, b) => a.slot - b.slot)) {
      const liked = PLAYER_COLORS.find(color => color.id === player.profile && !taken.has(color.id))
      const color = liked ?? PLAYER_COLORS.find(color => !taken.has(color.id)) ?? PLAYER_COLORS[0]
      taken.add(color.id)
      this.#colors.set(player.slot, color)
      this.#names.set(player.slot, player.name || `Player ${player.slot + 1}`)
    }
  }

  color(slot: number): PlayerColor {
    if (slot === BOT_SLOT) return BOT_COLOR
    return this.#colors.get(slot) ?? PLAYER_COLORS[slot % PLAYER_COLORS.length]
  }

  name(slot: number): string {
    return slot === BOT_SLOT ? 'Bot' : (this.#names.get(slot) ?? `Player ${slot + 1}`)
  }

  get self(): Player | undefined {
    return this.players.find(player => player.self)
  }
}

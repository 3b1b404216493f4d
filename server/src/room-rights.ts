// What the relay took from a room's players, or gave them, while they played. It outlives their connections, as long as there is the
// room: else whoever was silenced would only have to come again.

import type { Admission } from '@lockstride/core/host'

/** Players of a room of whom something is remembered: more than ever play in one; the one told of longest ago is forgotten. */
const PLAYERS = 1024

export class RoomRights {
  /** By player, then by capability: whether it was granted or revoked last. */
  readonly #told = new Map<string, Map<string, boolean>>()

  note(player: string, what: 'grant' | 'revoke', capabilities: readonly string[]): void {
    const told = this.#told.get(player) ?? new Map<string, boolean>()
    for (const capability of capabilities) told.set(capability, what === 'grant')
    this.#told.delete(player)
    this.#told.set(player, told)
    if (this.#told.size > PLAYERS) this.#told.delete(this.#told.keys().next().value!)
  }

  /** What a player may who comes, again or for the first time. */
  of(player: string, grants: readonly string[]): Admission {
    const told = this.#told.get(player)
    if (told === undefined) return { grants }
    const all = new Set(grants)
    const revoked: string[] = []
    for (const [capability, granted] of told) {
      if (granted) all.add(capability)
      else {
        all.delete(capability)
        revoked.push(capability)
      }
    }
    return { grants: [...all], revoked }
  }
}

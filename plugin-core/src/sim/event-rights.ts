// What a game declares about its events beside their kinds: which capabilities they need, and who has them from the start.
// A game that declares none of it sends them as they are.

export interface RightsSpec {
  /**
   * Capabilities that an event needs, by kind: `requires: { chat: ['chat:send'] }`. Who has not been granted them is refused, on
   * every machine alike.
   */
  requires?: Readonly<Record<string, readonly string[]>>
  /** What everyone may from the start: `grants: { everyone: ['chat:send'] }`; and the public key (hex) whose tokens grant more. */
  grants?: { readonly everyone?: readonly string[]; readonly matchKey?: string }
  /** Every event carries its player's signature. Signing takes a millisecond, verifying two. */
  signed?: boolean
  /** How many random numbers making a payload takes, by kind: an event that says another number is refused. They are not drawn again. */
  draws?: Readonly<Record<string, (payload: never) => number>>
}

export interface EventRights {
  readonly requires: Readonly<Record<string, readonly string[]>>
  readonly everyone: readonly string[]
  /** The game's own capabilities, in the order of declaration. */
  readonly declared: readonly string[]
  readonly signed: boolean
  readonly matchKey: string | null
  readonly draws: Readonly<Record<string, (payload: unknown) => number>>
}

/** Null: none is declared. Names are checked where envelopes are loaded. */
export function eventRights({ requires, grants, signed = false, draws }: RightsSpec): EventRights | null {
  if (requires === undefined && grants === undefined && draws === undefined && !signed) return null
  const everyone = grants?.everyone ?? []
  return {
    requires: requires ?? {},
    everyone,
    declared: [...new Set([...Object.values(requires ?? {}).flat(), ...everyone])],
    signed,
    matchKey: grants?.matchKey ?? null,
    draws: (draws ?? {}) as EventRights['draws'],
  }
}

/** Whether its events want keys and signatures. */
export function needsSignatures({ rights }: { readonly rights: EventRights | null }): boolean {
  return rights !== null && (rights.signed || rights.matchKey !== null)
}

/** u32 of the world that judging these events takes; event/event-memory.ts lays them out, and says when they do not fit. */
export function rightsWords(rights: EventRights | null, slots: number): number {
  if (rights === null) return 0
  const { declared, signed, matchKey } = rights
  const ofNetwork = 4
  const own = declared.filter(name => !/^(network:(emit|authority)|timeline:(branch|merge))$/.test(name)).length
  const keyWords = signed || matchKey !== null ? 8 : 0
  return slots * (2 + 3 * (ofNetwork + own) + keyWords) + (matchKey === null ? 0 : 640)
}

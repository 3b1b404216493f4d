// How a snapshot's bytes travel.

export const none = 0 as const
export const deflate = 1 as const

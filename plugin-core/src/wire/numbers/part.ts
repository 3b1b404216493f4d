// What a WELCOME makes of its receiver: it waits, it gets what follows the tick it has, or it plays on from there.

export const waits = 0
export const follows = 1
export const plays = 2

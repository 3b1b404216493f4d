// Which channel a message belongs to.

export const control = 0
export const input = 1
export const unreliable = 2

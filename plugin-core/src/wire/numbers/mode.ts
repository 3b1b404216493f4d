// Who closes ticks, and when: once every input is there, or the host on time.

export const waiting = 0
export const authoritative = 1

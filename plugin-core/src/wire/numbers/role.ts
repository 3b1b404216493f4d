// Who sends a packet.

export const none = 0
export const server = 1
export const client = 2

// Which message it is. Numbers of the wire are constants, each list of them a file, so that a bundle has the numbers in place of the names.

export const hello = 1
export const welcome = 2
export const ready = 3
export const refused = 4
export const input = 5
export const tick = 6
export const snapshotHeader = 7
export const snapshotChunk = 8
export const snapshotAck = 9
export const hash = 10
export const heartbeat = 11
export const ack = 12
export const event = 13
export const roster = 14
export const bye = 15
export const snapshotRequest = 16
export const timing = 17

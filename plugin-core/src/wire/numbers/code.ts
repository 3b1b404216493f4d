// Result codes, `specs/domn.md`. On the wire as u32.

export const ok = 0
export const generic = 1
export const versionMismatch = 2
export const protocol = 3
export const timeout = 4
export const bufferOverflow = 5
export const notReady = 6

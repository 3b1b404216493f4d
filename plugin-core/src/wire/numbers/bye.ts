// Why a side ends it.

export const left = 0
export const hostGone = 1
export const timeout = 2
export const desync = 3
export const protocol = 4
export const rules = 5
export const replaced = 6

// What a payload may be: null, booleans, numbers, strings, bytes, arrays and maps with string keys. Anything else
// would arrive as something else, or not at all, so it is refused where it is made, with the place named.

export type Data = null | boolean | number | string | Uint8Array | readonly Data[] | DataMap
export interface DataMap {
  readonly [key: string]: Data
}

/** Deepest nesting: no payload of 512 bytes needs more, and one that contains itself ends here. */
export const DATA_DEPTH = 32

/** Null when `value` is data; else the place and the reason, to be read behind the value's name: `.list[3] is undefined`. */
export function dataFault(value: unknown, depth = 0): string | null {
  switch (typeof value) {
    case 'boolean':
    case 'number':
      return null
    case 'string':
      return value.isWellFormed() ? null : ' holds half a surrogate pair, which UTF-8 cannot carry'
    case 'object':
      if (value === null || value instanceof Uint8Array) return null
      if (depth >= DATA_DEPTH) return ` is nested more than ${DATA_DEPTH} deep, or contains itself`
      return Array.isArray(value) ? listFault(value, depth + 1) : mapFault(value, depth + 1)
    case 'undefined':
      return ' is undefined: leave it out, or say null'
    default:
      return ` is a ${typeof value}, not data`
  }
}

function listFault(list: readonly unknown[], depth: number): string | null {
  for (let i = 0; i < list.length; i++) {
    const fault = dataFault(list[i], depth)
    if (fault !== null) return `[${i}]${fault}`
  }
  return null
}

function mapFault(map: object, depth: number): string | null {
  const prototype: unknown = Object.getPrototypeOf(map)
  // Another realm's objects are plain, too: their prototype has none of its own.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    return ` is a ${map.constructor.name}, not a plain object`
  for (const key of Object.keys(map)) {
    if (!key.isWellFormed()) return ' has a key with half a surrogate pair, which UTF-8 cannot carry'
    const fault = dataFault((map as Record<string, unknown>)[key], depth)
    if (fault !== null) return `.${key}${fault}`
  }
  return null
}

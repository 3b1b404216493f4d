// A state that lies: another image of scripts under the hash of the right one. xxHash32 is no secret and has an inverse, so that a word at
// the end is enough.

import { xxhash32Words } from '../../src/bytes/xxhash32.ts'
import type { SimScripts } from '../../src/sim/sim-scripts.ts'

const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d

/** Changes the last word of a saved image, so that its hash is `hash` whatever else was done to it. */
export function forge(scripts: SimScripts, image: Uint8Array, hash: number): void {
  const words = new Int32Array(image.buffer, image.byteOffset, image.length >> 2)
  const heap = words.subarray(heapWord(scripts, image))
  if (heap.length % 4 !== 0) throw new Error(`${heap.length} words of heap are no whole lanes`)
  const seed = xxhash32Words(words, words.length - heap.length, 0)
  const last = heap.length - 1
  heap[last] = 0
  let lane = (seed - PRIME_1) | 0
  for (let i = 3; i < last; i += 4) lane = Math.imul(rotate(lane + Math.imul(heap[i], PRIME_2), 13), PRIME_1)
  const without = Math.imul(rotate(lane, 13), PRIME_1)
  const others = (settled(xxhash32Words(heap, heap.length, seed)) - rotate(without, 18)) | 0
  const wanted = rotate((settled(hash) - others) | 0, 14)
  heap[last] = Math.imul(rotate(Math.imul(wanted, inverse(PRIME_1)), 19) - lane, inverse(PRIME_2))
}

/** Where the heap begins: the hash of what is before it is the seed of the rest's. */
function heapWord(scripts: SimScripts, image: Uint8Array): number {
  const words = new Int32Array(image.buffer, image.byteOffset, image.length >> 2)
  const whole = scripts.hash({ bytes: image, sizeBytes: image.length })
  for (let at = 4096; at < words.length; at += 2)
    if (xxhash32Words(words.subarray(at), words.length - at, xxhash32Words(words, at, 0)) === whole) return at
  throw new Error('no heap is in this image')
}

/** Before the avalanche. */
function settled(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, inverse(PRIME_3))
  h = h ^ (h >>> 13) ^ (h >>> 26)
  h = Math.imul(h, inverse(PRIME_2))
  return h ^ (h >>> 15) ^ (h >>> 30)
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}

/** Of an odd number, modulo 2³². */
function inverse(odd: number): number {
  let x = odd
  for (let i = 0; i < 5; i++) x = Math.imul(x, 2 - Math.imul(odd, x))
  return x
}

// Memory for the messages of one window, taken once: a message is copied into its place, and read in one buffer that is
// the same each time.

export class MessagePlaces {
  /** Most bytes of one message. */
  readonly messageBytes: number
  readonly #bytes: Uint8Array
  readonly #sizes: Uint16Array
  readonly #types: Uint32Array
  readonly #out: Uint8Array
  /** By length: a subarray for each message would be an allocation. */
  readonly #views: (Uint8Array | null)[]

  constructor(places: number, messageBytes: number) {
    this.messageBytes = messageBytes
    this.#bytes = new Uint8Array(places * messageBytes)
    this.#sizes = new Uint16Array(places)
    this.#types = new Uint32Array(places)
    this.#out = new Uint8Array(messageBytes)
    this.#views = new Array<null>(messageBytes + 1).fill(null)
  }

  put(place: number, type: number, from: Uint8Array, start: number, end: number): void {
    const at = place * this.messageBytes - start
    for (let i = start; i < end; i++) this.#bytes[at + i] = from[i]
    this.#sizes[place] = end - start
    this.#types[place] = type
  }

  type(place: number): number {
    return this.#types[place]
  }

  /** Valid until the next call. */
  read(place: number): Uint8Array {
    const size = this.#sizes[place]
    const from = place * this.messageBytes
    for (let i = 0; i < size; i++) this.#out[i] = this.#bytes[from + i]
    return (this.#views[size] ??= this.#out.subarray(0, size))
  }
}

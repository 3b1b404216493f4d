// Events of one call, told to the page in one message.

import type { ShownEvent } from '../event/raised-log.ts'

export class EventBatch {
  #events: ShownEvent[] = []
  readonly #tell: (events: readonly ShownEvent[]) => void

  constructor(tell: (events: readonly ShownEvent[]) => void) {
    this.#tell = tell
  }

  add(events: readonly ShownEvent[]): void {
    for (const event of events) this.#events.push(event)
  }

  flush(): void {
    if (this.#events.length === 0) return
    this.#tell(this.#events)
    this.#events = []
  }
}

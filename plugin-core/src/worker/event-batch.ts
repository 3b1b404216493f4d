// What is told of raised events in one call goes to the page in one message.

import type { RaisedNews } from '../event/raised-log.ts'

export class EventBatch {
  #news: RaisedNews[] = []
  readonly #tell: (news: readonly RaisedNews[]) => void

  constructor(tell: (news: readonly RaisedNews[]) => void) {
    this.#tell = tell
  }

  add(news: readonly RaisedNews[]): void {
    for (const one of news) this.#news.push(one)
  }

  flush(): void {
    const news = this.#news
    if (news.length === 0) return
    // First: what cannot be told (a payload with a function in it) is not tried again at every tick.
    this.#news = []
    this.#tell(news)
  }
}

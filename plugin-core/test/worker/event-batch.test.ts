import { expect, test } from 'vitest'
import type { RaisedNews } from '../../src/event/raised-log.ts'
import { EventBatch } from '../../src/worker/event-batch.ts'

const news = (id: number) => ({ id }) as unknown as RaisedNews

test('what cannot be told is not tried again', () => {
  const told: (readonly RaisedNews[])[] = []
  const batch = new EventBatch(list => {
    if (list.includes(broken)) throw new TypeError('could not be cloned')
    told.push(list)
  })
  const broken = news(1)
  batch.add([broken])
  expect(() => batch.flush()).toThrow('could not be cloned')
  batch.flush()
  batch.add([news(2)])
  batch.flush()
  expect(told).toEqual([[news(2)]])
})

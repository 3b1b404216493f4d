import { expect, test } from 'vitest'
import { ControlLine } from '../../src/session/duel/control-line.ts'
import { BYE_REPEATS, DuelGoodbye } from '../../src/session/duel/duel-goodbye.ts'
import { RETRY_TICKS } from '../../src/wire/limits.ts'
import { BYE } from '../../src/wire/messages.ts'

test('a last word is said several times at once, a few times more, and never again', () => {
  const control = new ControlLine()
  const goodbye = new DuelGoodbye(control)
  const saidIn = (firstCall: number, calls: number): number => {
    let said = 0
    for (let call = firstCall; call < firstCall + calls; call++) {
      goodbye.again(call)
      said += control.takePackets().length
    }
    return said
  }
  expect(saidIn(1, 100)).toBe(0)
  goodbye.say(BYE.left, 0, 'over')
  expect(control.takePackets()).toHaveLength(BYE_REPEATS)
  expect(saidIn(101, RETRY_TICKS)).toBe(1)
  expect(saidIn(101 + RETRY_TICKS, 100 * RETRY_TICKS)).toBe(4)
})

// What everyone in the fuzzer's matches plays by.

import type { Terms } from '../../src/wire/messages.ts'
import { TERMS as TEST } from '../session/terms.ts'

export const TERMS: Terms = {
  ...TEST,
  game: 'fuzz',
  rulesHash: 0x01020304,
  schemaHash: 0x05060708,
  inputBytes: 2,
}

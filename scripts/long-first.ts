// The order of test files: long ones first, so that no core is idle while another one plays the last long file. vitest knows
// durations only where it ran before, and a clean clone is where it counts.

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** More than some five seconds, the longest first. */
const LONG = [
  'plugin-core/test/matches/matches.test.ts',
  'plugin-core/test/matches/authoritative.test.ts',
  'server/test/relay.test.ts',
  'demo/test/sumo.test.ts',
  'plugin-core/test/matches/scripted.test.ts',
  'plugin-core/test/fuzz/fuzz.test.ts',
  'plugin-core/test/matches/crowd.test.ts',
  'server/test/games.test.ts',
  'server/test/pipe.test.ts',
  'server/test/cli.test.ts',
  'plugin-core/test/script/hostile.test.ts',
  'e2e/lobby.browser.test.ts',
  'e2e/isolated.browser.test.ts',
  'e2e/leaks.browser.test.ts',
  'e2e/tabs.browser.test.ts',
  'e2e/lua.browser.test.ts',
  'e2e/scripts.browser.test.ts',
  'e2e/capabilities.browser.test.ts',
  'e2e/engines.browser.test.ts',
]

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONG.findIndex(file => moduleId.endsWith(`/${file}`))
  return at < 0 ? LONG.length : at
}

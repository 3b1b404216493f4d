// A vitest reporter that counts for scripts/test.mjs: what passed, what failed and what was skipped, with its reason. A file that
// could not be run, and an error outside of any test, fail as one each.

import { writeFileSync } from 'node:fs'

export default class CountReporter {
  onTestRunEnd(modules, errors) {
    const counts = { passed: 0, failed: errors.length, skipped: [] }
    for (const module of modules) {
      let failedHere = 0
      for (const test of module.children.allTests()) {
        const { state, note } = test.result()
        if (state === 'passed') counts.passed++
        else if (state === 'skipped') counts.skipped.push({ name: test.fullName, reason: note ?? '' })
        else failedHere++
      }
      counts.failed += failedHere
      if (failedHere === 0 && module.state() !== 'passed' && module.state() !== 'skipped') counts.failed++
    }
    writeFileSync(process.env.LOCKSTRIDE_COUNTS, JSON.stringify(counts))
  }
}

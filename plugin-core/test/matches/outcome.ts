// What `npm run matches` says of one seed, and at its end.

/** One line; for a seed that failed also what must not be, and the line that replays it. `flag`: which matches, `''` for those of a star. */
export function outcomeOf(
  seed: number,
  flag: string,
  { line, problems }: { line: string; problems: readonly string[] },
): string[] {
  if (problems.length === 0) return [`ok   seed ${seed}: ${line}`]
  return [
    `FAIL seed ${seed}: ${line}`,
    ...problems.map(problem => `     ${problem}`),
    `     replay: npm run matches -- ${flag === '' ? '' : `${flag} `}--seed ${seed}`,
  ]
}

export function countOf(passed: number, failed: number): string {
  return `${passed} passed, ${failed} failed`
}

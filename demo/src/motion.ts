// Who asks the system for less motion gets a picture that does not shake, in both views.

const reduced = matchMedia('(prefers-reduced-motion: reduce)')
let calm = reduced.matches
reduced.addEventListener('change', () => (calm = reduced.matches))

export function isCalm(): boolean {
  return calm
}

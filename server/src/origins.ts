// Which pages may connect. Browsers name the page's origin and let no page lie about it; other programs may say anything, so this
// protects players from foreign pages, and the relay from nobody.

/** Answers why a request of this origin is refused, or null when it is welcome. `host` is the Host header. */
export function originRefusal(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[] | null,
): string | null {
  // Not a browser.
  if (origin === undefined) return null
  if (allowed === null) {
    if (URL.parse(origin)?.host === host) return null
    return `pages of ${origin} may not join here: only those that ${host ?? 'this host'} serves; allow it with --origin ${origin}`
  }
  if (allowed.includes('*') || allowed.includes(origin)) return null
  return `pages of ${origin} may not join here: allowed are ${allowed.join(', ')}`
}

/** The list as it is compared. Throws a sentence for an entry that no browser would ever send. */
export function checkedOrigins(origins: readonly string[]): readonly string[] {
  return origins.map(origin => {
    if (origin === '*') return origin
    const url = URL.parse(origin)
    if (
      url === null ||
      (url.protocol !== 'http:' && url.protocol !== 'https:') ||
      url.pathname !== '/' ||
      url.search !== ''
    )
      throw new TypeError(`"${origin}" is no origin: give one such as https://play.example.com, or * for every page`)
    return url.origin
  })
}

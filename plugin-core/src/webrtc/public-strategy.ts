// Public networks where browsers find each other. Each is a package that the application installs when it wants it.

import type { JoinRoom } from '@trystero-p2p/core'
import type { MeetingStrategy } from '../transport/description.ts'
import type { Joining } from './meeting.ts'

export type PublicStrategy = Exclude<MeetingStrategy, 'relay'>

/** Rejects with a sentence when the package is not there. */
export async function joinInPublic(strategy: PublicStrategy): Promise<Joining> {
  try {
    // Written out, inside of `try`: so bundlers split each one off, and take a missing one for what it is, optional.
    switch (strategy) {
      case 'nostr':
        return joiningOf(await import('@trystero-p2p/nostr'))
      case 'mqtt':
        return joiningOf(await import('@trystero-p2p/mqtt'))
      case 'torrent':
        return joiningOf(await import('@trystero-p2p/torrent'))
    }
  } catch (cause) {
    const what = `@trystero-p2p/${strategy}`
    throw new Error(`webRtc({ strategy: '${strategy}' }) needs the package ${what}: npm install ${what}@0.25.4`, {
      cause,
    })
  }
}

function joiningOf({ joinRoom }: { joinRoom: JoinRoom }): Joining {
  // Its sockets are its own, and stay for the next time.
  return { join: joinRoom, close: () => {} }
}

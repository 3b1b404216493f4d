// Gives a data channel to the worker, where the match runs: the channel itself where the browser can move it, else a port, with
// this page in between passing bytes on.

import type { BridgeMessage } from '../transport/channel-path.ts'

/** More than this waiting in the channel means that nothing leaves: a packet is lost, as it would be on the way. */
const MAX_BUFFERED_BYTES = 16 * 1024

/** Calls `post` with what the worker gets, and what of it is moved there. */
export function handOver(
  channel: RTCDataChannel,
  post: (given: RTCDataChannel | MessagePort, transfer: Transferable[]) => void,
): void {
  try {
    post(channel, [channel])
  } catch {
    // The browser does not know how to move it.
    const port = bridge(channel)
    post(port, [port])
  }
}

/** The end of the bridge that is meant for the worker. It is over when either end closes. */
function bridge(channel: RTCDataChannel): MessagePort {
  const { port1: page, port2: worker } = new MessageChannel()
  channel.binaryType = 'arraybuffer'
  const open = (): void => page.postMessage('open' satisfies BridgeMessage)
  channel.addEventListener('open', open)
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) page.postMessage(data, [data])
  })
  channel.addEventListener('close', () => {
    page.postMessage('closed' satisfies BridgeMessage)
    page.close()
  })
  page.addEventListener('message', ({ data }: MessageEvent<BridgeMessage>) => {
    if (data === 'closed') {
      channel.close()
      page.close()
    } else if (data instanceof ArrayBuffer) send(channel, data)
  })
  page.start()
  if (channel.readyState === 'open') open()
  return worker
}

function send(channel: RTCDataChannel, bytes: ArrayBuffer): void {
  if (channel.readyState !== 'open' || channel.bufferedAmount > MAX_BUFFERED_BYTES) return
  try {
    channel.send(bytes)
  } catch {
    // It closed, or its buffer is full, a moment after it said otherwise: lost.
  }
}

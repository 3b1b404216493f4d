#!/usr/bin/env node
// `lockstride-relay`: a relay as a process. Ends cleanly on SIGTERM and SIGINT: everyone hears why, the port is free, exit code 0.

import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { RELAY_LIMITS, createRelay, type Relay, type RelayOptions } from './index.ts'
import { checkedOrigins } from './origins.ts'
import { keyBytes } from './tickets.ts'

interface Options {
  port: number
  host?: string
  path?: string
  origin?: string[]
  maxRooms: number
  maxPeers: number
  maxConnections: number
  maxStateMb: number
  trustProxy: boolean
  ticketKey?: Uint8Array
  rights?: RelayOptions['rights']
}

const program = new Command('lockstride-relay')
  .description('A relay for Lockstride matches: rooms by name over WebSocket. GET /health says how it fares.')
  .option('-p, --port <port>', 'port to listen on; 0 takes a free one', wholeNumber('a port', 0, 65_535), 8787)
  .option('--host <address>', 'address to listen on (default: every address of this machine)')
  .option('--path <path>', 'take connections at this path only (default: any)', absolutePath)
  .option('--origin <origin...>', 'origins of pages that may connect, or * (default: pages from the same host)', origin)
  .option('--max-rooms <count>', 'rooms at once', wholeNumber('the number of rooms', 1, 100_000), RELAY_LIMITS.rooms)
  .option(
    '--max-peers <count>',
    'connections of one room',
    wholeNumber('the number of peers', 1, 1000),
    RELAY_LIMITS.peersPerRoom,
  )
  .option(
    '--max-connections <count>',
    'connections of one address',
    wholeNumber('the number of connections', 1, 100_000),
    RELAY_LIMITS.connectionsPerAddress,
  )
  .option(
    '--max-state-mb <size>',
    'memory for the states of those who join running matches, all rooms together, in MB',
    wholeNumber('the memory for states', 1, 100_000),
    RELAY_LIMITS.stateBytes / 2 ** 20,
  )
  .option('--trust-proxy', 'behind a proxy of your own: take addresses from X-Forwarded-For', false)
  .addOption(
    // From the environment, because everyone on this machine may read a command line.
    new Option('--ticket-key <hex>', 'reads join tickets: 32 bytes in hex, as `openssl rand -hex 32` makes them')
      .env('LOCKSTRIDE_TICKET_KEY')
      .argParser(ticketKey),
  )
  .option(
    '--rights <file>',
    'judge events here, too: what they need, by game, as in createRelay({ rights }), in JSON',
    jsonFile,
  )
  .showHelpAfterError('(lockstride-relay --help lists the options)')

program.parse()
await main(program.opts<Options>())

async function main(options: Options): Promise<void> {
  const relay = relayBy(options)
  if (relay === null) return
  endOnSignals(relay)
  try {
    const port = await relay.listening
    console.log(
      `lockstride-relay listens on ws://${urlHost(options.host)}:${port}${options.path ?? '/'} (health: http://${urlHost(options.host)}:${port}/health)`,
    )
  } catch (error) {
    await relay.close()
    console.error(`lockstride-relay: ${whyNot(error as NodeJS.ErrnoException, options)}`)
    process.exitCode = 1
  }
}

/** Null: it has said why not. */
function relayBy(options: Options): Relay | null {
  try {
    return createRelay({
      port: options.port,
      host: options.host,
      path: options.path,
      origins: options.origin,
      trustProxy: options.trustProxy,
      key: options.ticketKey,
      rights: options.rights,
      limits: {
        rooms: options.maxRooms,
        peersPerRoom: options.maxPeers,
        connectionsPerAddress: options.maxConnections,
        stateBytes: options.maxStateMb * 2 ** 20,
      },
    })
  } catch (error) {
    console.error(`lockstride-relay: ${(error as Error).message}`)
    process.exitCode = 1
    return null
  }
}

function endOnSignals(relay: Relay): void {
  let ending = false
  const end = (signal: NodeJS.Signals): void => {
    // A second one: somebody is in a hurry.
    if (ending) process.exit(1)
    ending = true
    console.log(`lockstride-relay: ${signal}, saying goodbye`)
    void relay.close().then(() => process.exit(0))
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}

function whyNot(error: NodeJS.ErrnoException, { port, host }: Options): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} is taken: stop what listens there, or choose another with --port`
    case 'EACCES':
      return `port ${port} needs more rights than this process has: choose one above 1023 with --port`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `this machine has no address "${host}": leave --host away, or give one of its own`
    default:
      return `cannot listen on port ${port}: ${error.message}`
  }
}

function urlHost(host: string | undefined): string {
  if (host === undefined) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function wholeNumber(what: string, least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`${what} is a whole number from ${least} to ${most}.`)
    return value
  }
}

function absolutePath(text: string): string {
  if (!text.startsWith('/')) throw new InvalidArgumentError('a path begins with /.')
  return text
}

function ticketKey(text: string): Uint8Array {
  try {
    return keyBytes(text, 'a ticket key')
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

function jsonFile(path: string): NonNullable<RelayOptions['rights']> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as NonNullable<RelayOptions['rights']>
  } catch (error) {
    throw new InvalidArgumentError(`it is no JSON file: ${(error as Error).message}.`)
  }
}

function origin(text: string, before: string[] | undefined): string[] {
  try {
    return [...(before ?? []), ...checkedOrigins([text])]
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

// The app of docs/getting-started.md, outside of the workspace, with packed packages.

import { spawn, execFileSync, type ChildProcess } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { blocksOf } from '../scripts/doc-blocks.ts'
import { installedVersion, type Tarball } from './tarballs.ts'

/** What a reader's template brings: the compiler's settings of Vite's own. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'esnext',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: ['vite/client'],
    skipLibCheck: true,
    moduleResolution: 'bundler',
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    moduleDetection: 'force',
    noEmit: true,
    strict: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    erasableSyntaxOnly: true,
  },
  include: ['src'],
}

export class CoinsApp {
  readonly folder: string
  readonly #children: ChildProcess[] = []

  constructor(folder: string) {
    this.folder = folder
  }

  /** Writes the guide's files, and installs. */
  install(tarballs: readonly Tarball[]): void {
    for (const { file, code } of blocksOf('docs/getting-started.md')) if (file !== null) this.#write(file, code)
    // For this test alone: it asks the match how it goes.
    appendFileSync(join(this.folder, 'src/main.ts'), 'Object.assign(window, { match })\n')
    this.#write('tsconfig.json', JSON.stringify(TSCONFIG))
    const engines = ['phaser', '@babylonjs/core', 'vite', 'typescript']
    const dependencies = {
      ...Object.fromEntries(tarballs.map(({ name, path }) => [name, `file:${path}`])),
      ...Object.fromEntries(engines.map(name => [name, installedVersion(name)])),
    }
    this.#write('package.json', JSON.stringify({ name: 'coins', private: true, type: 'module', dependencies }))
    this.#run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'])
  }

  typeCheck(): void {
    this.#run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'])
  }

  build(): void {
    this.#run(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'])
  }

  /** Serves the build; resolves with its address. */
  async preview(): Promise<string> {
    const port = await freePort()
    const args = [
      'node_modules/vite/bin/vite.js',
      'preview',
      '--port',
      String(port),
      '--strictPort',
      '--host',
      'localhost',
    ]
    await this.#start(args, /localhost/)
    return `http://localhost:${port}`
  }

  /** Starts the installed relay for pages of `origin`; resolves with its address. */
  async relay(origin: string): Promise<string> {
    const args = [
      'node_modules/@lockstride/server/dist/cli.js',
      '--port',
      '0',
      '--host',
      'localhost',
      '--origin',
      origin,
    ]
    const [, address] = await this.#start(args, /listens on (ws:\/\/localhost:\d+)/)
    return address
  }

  /** Ends what was started. */
  async close(): Promise<void> {
    for (const child of this.#children) {
      const gone = new Promise(resolve => child.once('exit', resolve))
      if (child.exitCode === null && child.kill()) await gone
    }
  }

  #write(file: string, text: string): void {
    const path = join(this.folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  #run(command: string, args: readonly string[]): void {
    try {
      execFileSync(command, args, { cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string }
      throw new Error(`${args.join(' ')} failed in the app\n${stdout ?? ''}${stderr ?? ''}`, { cause: error })
    }
  }

  #start(args: readonly string[], ready: RegExp): Promise<RegExpExecArray> {
    const child = spawn(process.execPath, args, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#children.push(child)
    return new Promise((resolve, reject) => {
      let output = ''
      const heard = (chunk: Buffer): void => {
        output += chunk.toString()
        const match = ready.exec(output)
        if (match !== null) resolve(match)
      }
      child.stdout.on('data', heard)
      child.stderr.on('data', heard)
      child.once('exit', code => reject(new Error(`${args.join(' ')} ended with ${code}\n${output}`)))
    })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, 'localhost', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

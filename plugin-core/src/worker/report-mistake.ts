// What a page gives us to call may throw. It is seen where its developer looks, as an uncaught error, and keeps nobody else from what
// comes next: other handlers, the match, the worker's buffers.

export function reportMistake(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

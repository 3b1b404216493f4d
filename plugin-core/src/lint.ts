// The door for linters: a plugin for ESLint and Oxlint that finds in the text of rules what the guard cannot see while they run.

export { default } from './lint/plugin.ts'

import { failureOf, sqlStateOf } from './database-error.ts'

/** How often a statement that lost against another one (a number claimed by two workers at once) is repeated at once. */
const REPEATS = 5

/**
 * A check is judged on the row as the statement's snapshot has it, and only then does PostgreSQL find that the row was changed meanwhile
 * and count anew. So a statement that waited for a lock may be refused for what is no longer so; the next one sees what is.
 */
const CHECK_VIOLATION = '23514'

/** Writes again, up to five times, what failed for another statement's sake; then its error is its own. */
export const repeatOnConflict = async <T>(write: () => Promise<T>): Promise<T> => {
  for (let turn = 1; ; turn += 1) {
    try {
      return await write()
    } catch (error) {
      if (turn > REPEATS || !(failureOf(error) === 'conflict' || sqlStateOf(error) === CHECK_VIOLATION)) throw error
    }
  }
}

/** A text as a part that LIKE looks for: Prisma leaves `%` and `_` what they are to PostgreSQL. */
export const likeText = (text: string): string => text.replaceAll(/[\\%_]/g, String.raw`\$&`)

import { openTestDatabase } from '@sms/devstack'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPasswordResets, createUserRepository, type Database, openDatabase } from '../src/index.ts'

let db: Database
let release: () => Promise<void>
beforeAll(async () => {
  const database = await openTestDatabase()
  const opened = openDatabase({ url: database.url })
  db = opened.db
  release = async () => {
    await opened.release()
    await database.release()
  }
})
afterAll(() => release())
beforeEach(async () => {
  await db.$executeRaw`DELETE FROM "User" WHERE id > 1`
  await db.user.create({ data: { id: 2, username: 'awa', email: 'awa@example.com', passwordHash: 'old' } })
})

const HOUR_MS = 3_600_000
const LINK = { userId: 2, email: 'awa@example.com', tokenHash: 'link', lifeMs: HOUR_MS }
const user = () => db.user.findUniqueOrThrow({ where: { id: 2 } })
const redeem = (revokesApiKeys = false) =>
  createPasswordResets(db).redeem({ tokenHash: 'link', passwordHash: 'new', revokesApiKeys })
const givenKeys = () => db.apiKey.createMany({ data: ['a', 'b'].map((keyHash) => ({ userId: 2, name: keyHash, keyHash })) })
const validKeys = () => db.apiKey.count({ where: { userId: 2, revokedAt: null } })

describe('a change of the password by hand', () => {
  it('and the end of the link are one: where the one fails the other is not done', async () => {
    await createPasswordResets(db).open(LINK)
    await db.$executeRaw`CREATE FUNCTION refuse_delete() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'`
    await db.$executeRaw`CREATE TRIGGER refuse BEFORE DELETE ON "PasswordReset" FOR EACH ROW EXECUTE FUNCTION refuse_delete()`
    try {
      await expect(createUserRepository(db).update(2, { passwordHash: 'by hand' })).rejects.toThrow()
    } finally {
      await db.$executeRaw`DROP FUNCTION refuse_delete CASCADE`
    }
    expect(await user()).toMatchObject({ passwordHash: 'old' })
    expect(await redeem()).toEqual({ userId: 2 })
  })

  it('at the moment of a reset: whichever comes first, the link is over and neither is lost in a deadlock', async () => {
    for (let round = 0; round < 20; round += 1) {
      await db.user.update({ where: { id: 2 }, data: { passwordHash: 'old' } })
      await createPasswordResets(db).open(LINK)
      const [redeemed] = await Promise.all([redeem(), createUserRepository(db).update(2, { passwordHash: 'by hand' })])
      // A reset that came second would have found no link.
      expect((await user()).passwordHash).toBe('by hand')
      expect([null, { userId: 2 }]).toContainEqual(redeemed)
      expect(await db.passwordReset.count()).toBe(0)
    }
  })
})

it('a reset that revokes keys and a deletion of its user at the same moment: no deadlock, and no key is left', async () => {
  for (let round = 1; round <= 20; round += 1) {
    const userId = 100 + round
    const email = `user-${round}@example.com`
    await db.user.create({
      data: {
        id: userId,
        username: `user-${round}`,
        email,
        passwordHash: 'old',
        apiKeys: { create: { name: 'k', keyHash: email } },
      },
    })
    await createPasswordResets(db).open({ ...LINK, userId, email, tokenHash: email })
    const users = createUserRepository(db)
    await Promise.all([
      users.remove(userId),
      createPasswordResets(db).redeem({ tokenHash: email, passwordHash: 'new', revokesApiKeys: true }),
    ])
    expect(await db.apiKey.count({ where: { userId, revokedAt: null } })).toBe(0)
    expect(await db.user.findUniqueOrThrow({ where: { id: userId } })).toMatchObject({ passwordHash: null })
  }
})

describe('a link', () => {
  it('is made only for the address that the user has at that moment', async () => {
    await createUserRepository(db).update(2, { email: 'new@example.com' })
    expect(await createPasswordResets(db).open(LINK)).toBe(false)
    expect(await createPasswordResets(db).open({ ...LINK, email: 'NEW@example.com' })).toBe(true)
  })

  it('works once, for two at the same moment too', async () => {
    await createPasswordResets(db).open(LINK)
    const answers = await Promise.all([redeem(), redeem(), redeem()])
    expect(answers.filter((answer) => answer !== null)).toEqual([{ userId: 2 }])
  })

  it('leaves the API keys, unless it is told to revoke them', async () => {
    await givenKeys()
    await createPasswordResets(db).open(LINK)
    await redeem()
    expect(await validKeys()).toBe(2)
    await createPasswordResets(db).open(LINK)
    await db.user.create({ data: { id: 3, username: 'koffi', apiKeys: { create: { name: 'c', keyHash: 'c' } } } })
    expect(await redeem(true)).toEqual({ userId: 2 })
    expect(await validKeys()).toBe(0)
    expect(await db.apiKey.count({ where: { userId: 3, revokedAt: null } })).toBe(1)
    expect(await redeem(true)).toBeNull()
  })
})

import type { AcceptDeps, SendInput } from './accept-ports.ts'
import { SmsError } from './errors.ts'
import { normalizePhoneNumber } from './phone-number.ts'
import type { SmsRecord } from './ports.ts'
import { idempotencyClaim, keyConflict, prepareSend } from './prepare-send.ts'
import { planVerifier } from './send-plan.ts'
import { EXPRESS_PRIORITY } from './send-options.ts'

/**
 * Accepts one SMS, before lists and segments. Throws what is wrong with the call or with the number (INVALID_NUMBER,
 * NOT_MOBILE, OPTED_OUT …). `isRepeated`: an earlier call wrote it; this one wrote nothing.
 */
export const enqueueSms = async (
  deps: AcceptDeps,
  input: SendInput & { phoneNumber: string },
): Promise<{ sms: SmsRecord; isRepeated: boolean }> => {
  const prepared = await prepareSend(deps, input, EXPRESS_PRIORITY)
  const number = normalizePhoneNumber(input.phoneNumber, deps.policy.defaultCountry)
  if (!number.ok) throw new SmsError(number.code, 'The number cannot receive SMS')

  const { phoneNumber } = number
  const idempotency = idempotencyClaim(prepared, input, { operation: 'single', recipients: [phoneNumber] })
  const verify = await planVerifier(deps, prepared, input, { operation: 'list', recipients: [phoneNumber] })
  const accepted = await deps.accepts.acceptSingle({ ...prepared.draft, phoneNumber, idempotency, verify })
  if (accepted.kind === 'conflict') throw keyConflict()
  if (accepted.kind !== 'accepted') {
    throw accepted.kind === 'opted-out'
      ? new SmsError('OPTED_OUT', 'The recipient asked not to be contacted')
      : new SmsError('MISSING_VARIABLE', 'The contact lacks a variable of the text')
  }
  deps.kick(accepted.sms.accountId)
  return { sms: accepted.sms, isRepeated: accepted.isRepeated }
}

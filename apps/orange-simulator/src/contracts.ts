import type { SimulatorSettings } from './config.ts'

const DAY_MS = 86_400_000

/** The body of `GET /sms/admin/v1/contracts`, in the shape of today or in the one of 2022. */
export const contractsBody = (settings: SimulatorSettings, nowMs: number): string => {
  const expiresAt = new Date(settings.contractExpired ? nowMs - DAY_MS : nowMs + 30 * DAY_MS).toISOString()
  if (settings.contractsShape === 'legacy') {
    const contract = {
      country: 'CIV',
      service: 'SMS_OCB',
      contractId: 'simulated',
      availableUnits: settings.units,
      expires: expiresAt.slice(0, 19),
    }
    const contracts = [{ service: 'SMS_OCB', contractDescription: 'SMS_OCB', serviceContracts: [contract] }]
    return JSON.stringify({ partnerContracts: { partnerId: 'simulated', contracts } })
  }
  const createdAt = new Date(nowMs - 30 * DAY_MS).toISOString()
  return JSON.stringify([
    {
      id: 'simulated',
      type: 'SELFSERVICE',
      developerId: 'simulated',
      applicationId: 'simulated',
      country: 'CIV',
      offerName: 'SMS_OCB',
      availableUnits: settings.units,
      requestedUnits: 0,
      status: settings.contractExpired ? 'EXPIRED' : 'ACTIVE',
      expirationDate: expiresAt,
      creationDate: createdAt,
      lastUpdateDate: createdAt,
    },
  ])
}

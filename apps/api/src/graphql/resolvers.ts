import { createAccountMutations, createAccountQueries } from './account-resolvers.ts'
import { createControlMutations, createControlQueries } from './control-resolvers.ts'
import { createContactMutations, createContactQueries } from './contact-resolvers.ts'
import { createDirectoryMutations, createDirectoryQueries } from './directory-resolvers.ts'
import { createHistoryQueries } from './history-resolvers.ts'
import { createQueueMutations, createQueueQueries } from './queue-resolvers.ts'
import { createOptOutMutations } from './opt-out-resolvers.ts'
import { createPlanQueries } from './plan-resolvers.ts'
import type { MutationResolvers, QueryResolvers } from './resolver-types.generated.ts'
import { createSendResolvers } from './send-resolvers.ts'
import type { GraphqlService } from './service.ts'
import { createStatisticsQueries } from './statistics-resolvers.ts'
import { createUserMutations, createUserQueries } from './user-resolvers.ts'

/** Every root field has its resolver here, which the type checker holds: parse, ask a use case, present. */
export const createResolvers = (
  service: GraphqlService,
): { Query: Required<QueryResolvers>; Mutation: Required<MutationResolvers> } => ({
  Query: {
    ...createQueueQueries(service),
    ...createDirectoryQueries(service),
    ...createPlanQueries(service),
    ...createAccountQueries(service),
    ...createHistoryQueries(service),
    ...createStatisticsQueries(service),
    ...createContactQueries(service),
    ...createUserQueries(service),
    ...createControlQueries(service),
  },
  Mutation: {
    ...createSendResolvers(service),
    ...createQueueMutations(service),
    ...createDirectoryMutations(service),
    ...createAccountMutations(service),
    ...createOptOutMutations(service),
    ...createContactMutations(service),
    ...createUserMutations(service),
    ...createControlMutations(service),
  },
})

/** What does not change with the figures. */
export const WHY = `Orange allows an account so many SMS a second (5 by default) and refuses more. Less is time lost: at 5 a second a hundred thousand SMS
take five and a half hours.

## Why a Lua script and not BullMQ's limiter

BullMQ's limiter counts starts in a window that the first start opens. Set to 5 per 1,000 ms it lets 5 go at the end of one window and 5
at the beginning of the next: up to 10 in one sliding second, which Orange refuses. One job per spacing keeps a sliding second within the limit at 5 a
second, but a start that comes late moves all that follow, so that at 50 a second and more it loses 4 to 6 % of the rate. And either
counts jobs, where Orange counts requests: a repeat with a fresh token is one too.

So every POST takes a **slot** (\`packages/queue/src/slot.lua.ts\`), whatever worker makes it. **The slot comes first, the job after**
(\`apps/worker/src/slot-consumer.ts\`): a worker asks for slots, at most 20 ms of the rate at once and no more than it has free hands, sleeps until
the first is near, and only then takes the job that is next by then. One that gets no slot is told when to ask again, and sleeps until then.
So no job is fetched that would have to go back, however many workers there are, none waits in a process for its slot, and an urgent one is
behind nothing but the requests that begin within some milliseconds.

- Slots lie one spacing apart. None is nearer than the window to the slot that lies as many slots before it as a window may hold: this,
  and not the spacing, is what keeps every sliding second within the limit. The window is a second and 15 ms, from 20 a second on 28 ms:
  room for the unevenness of the way to Orange. It costs 1.5 or 2.7 % of the rate.
- A request may start 12 ms after its slot, and a worker says with its next question when it did. The window is counted from there; from the
  latest moment as long as nobody said.
  A slot that a process takes in its first 5 s counts as 40 ms later: it compiles in the middle of its first requests, and they may arrive so much later.
- From 100 a second on, the slots of 20 ms lie at **one moment**: what goes out together is claimed in one statement and settled in one. One by one,
  eight workers at 500 a second kept two cores 92 % busy, and were late for it; this way it is about 60 %. The window holds for them
  as for all others. Where the slots a window ago lie apart (some were missed, and made up for one by one), fewer are put together, so that the first
  does not wait for the last.
- A slot that nobody used is **given back**: the claim came too late or said no, the account was held, the batch cancelled. A start more
  than 12 ms after its slot is not made. What was missed is owed, and the spacing is shorter by up to a quarter until it is made up; the
  window holds all the same, so nothing is ever made up in a bunch.
- A slot is given at most 100 ms ahead of what fetch and claim need, and the claim is begun right before it: nothing waits for its pace while
  PROCESSING. A process that is killed takes the slots of those 100 ms with it, and no more: they are lost, and nothing is above the limit.
- Whoever finds no job left for a slot gives it back, and then asks for none until there are jobs again.
- Redis' clock is the only one. Each worker keeps the bounds between it and its own from all answers so far, so that one late answer
  does not move a slot; what is uncertain beyond 2 ms counts as lateness of its starts.
- When nobody knows what was sent a moment ago (a new Redis, a lost connection), the first slot is a second away.

### The scripts

Two keys an account: the hash \`sms:pace:<id>\` (\`last\`, \`owed\`, \`held\`, \`began\`, \`first\`, \`streak\`, \`before\`, \`ratio\`) and the sorted set
\`sms:pace:<id>:log\`, the slots of the last seconds by when their requests started. Times are microseconds of Redis' clock. Every script takes both as KEYS[1] and KEYS[2].

| script | ARGV | returns |
|---|---|---|
| \`TAKE_SLOTS\` | slots a window may hold; its length; what is added to it; slots wanted; lookahead; lead; cold wait; how many may lie at one moment; how late its requests may start; as pairs, slots and how late their requests did start | now, the next free slot, 1 if the first given is the first after a hold, the slots given |
| \`GIVE_SLOTS_BACK\` | 1 if one was the first after a hold; spacing; the slots | how many were still known |
| \`HOLD_SLOTS\` | what Orange asked for, or empty; slot of the refused request, or 0; 1 if it was the first after a hold | µs until the hold ends |
| \`READ_PACE\` | | the share of the rate that is allowed now; µs until the hold ends |

## Over a network

What counts is when requests arrive. Where the way to Orange delays one by 80 ms more than the next, slots that were a second apart
arrive 920 ms apart. The pacer takes that unevenness as \`jitterMs\` and adds it to the window, 230 ms at most, which at 5 a second leaves four
fifths of the rate. The worker measures it by opening a connection now and then; on one machine it is nothing.

## When Orange asks for less

429, 403 with code 53, or 503 with \`Retry-After\` holds the account for all workers for the time that Orange names, else a second. A slot that
was reserved before and is not used yet is not used: each worker asks whether the account is held just before it sends. The hold is doubled, up to
30 s, only while the first request after a hold is refused again. No attempt is burned.

Each hold takes a tenth of the rate, down to half of what is configured. What was in flight together and is refused together is one hold.
It comes back evenly, from half to all in 50 s after the end of the hold. All of it is in Redis, in the same hash: a worker that starts knows it.

## Who goes first

- Rows go into the window to the user, and within the user to the batch, that has the fewest SMS in it for its priority: equal batches share the rate
  equally, whatever their sizes.
- Single SMS go before all batches, by their priority; then batches of priority 8 and above; then all others.
- Where more than a second's worth of those wait, they must wait anyway, and the rest takes turns with them: one for each single SMS, one for
  three of an urgent batch. So nothing is starved, and below half the rate single SMS hardly ever wait for each other.
`

/** A service that starts, says so, and ends in good order when asked to. With an argument it ends at once, badly. */
console.log(`variables: ${Object.keys(process.env).toSorted().join()}`)
if (process.argv[2] === 'fail') {
  console.error('cannot work like this')
  process.exit(78)
}
const work = setInterval(() => {}, 1_000)
process.once('SIGTERM', () => {
  console.log('stopping')
  clearInterval(work)
})
console.log('ready')

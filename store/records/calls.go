package records

// Calls are the calls in progress of a trunk, account, credential, offering or provider:
// KIND/ID. What has none has no number.
const Calls Counter = "calls"

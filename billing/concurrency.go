package billing

// MaxConcurrency bounds every limit on concurrent calls.
const MaxConcurrency = 1_000_000

func checkConcurrency(field string, n int) error {
	if n < 0 || n > MaxConcurrency {
		return invalid("%s %d: give 0 (no limit) to %d", field, n, MaxConcurrency)
	}
	return nil
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/rs/xid"
	"github.com/rs/zerolog"
	"go.etcd.io/bbolt"

	"cccp/billing"
	"cccp/internal/phone"
	"cccp/jobs"
	"cccp/provision"
)

// How many cards benchmark l makes, and the lot its lookups are compared with.
const (
	fullCards, quickCards = 1_000_000, 20_000
	fewCards              = 1_000
	lookups               = 5_000
)

// flatAim is how much longer looking a card up may take among all than among a few: three
// more levels of pages, which the processor does not have at hand.
const flatAim = 3.0

// benchCards is benchmark l: lots generated, exported, imported again with numbers to be
// recognised by, and cards looked up by PIN and by number.
func benchCards(ctx context.Context, b *bench) (result, error) {
	n := pick(b, fullCards, quickCards)
	r := result{Title: fmt.Sprintf("a lot of %d cards: generated, exported, imported, looked up", n)}
	dir, err := os.MkdirTemp("", "cccp-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	few, err := lotOf(ctx, filepath.Join(dir, "few"), fewCards)
	if err != nil {
		return r, err
	}
	all, err := lotOf(ctx, filepath.Join(dir, "all"), n)
	if err != nil {
		return r, err
	}
	bare, err := all.copyBare(filepath.Join(dir, "bare.db"))
	if err != nil {
		return r, err
	}
	lookup := table{Columns: []string{"cards", "by PIN (µs)", "by number (µs)"}}
	var pin, ani [2]float64
	for i, l := range []*lotBooks{few, all} {
		if pin[i], ani[i], err = l.lookUp(); err != nil {
			return r, err
		}
		lookup.Rows = append(lookup.Rows, []any{l.cards, pin[i], ani[i]})
	}
	perCard := float64(all.bytes) / float64(n)
	r.Tables = []table{
		{Columns: []string{
			"cards", "generate (s)", "export (s)", "import (s)", "bare bbolt (s)",
			"file (MB)", "bytes a card", "resident (MB)",
		}, Rows: [][]any{
			{
				n, all.generated.Seconds(), all.exported.Seconds(), all.imported.Seconds(), bare.Seconds(),
				float64(all.bytes) / 1e6, perCard, residentMB(),
			},
		}}, lookup,
	}
	r.Aims = []aim{
		atMost("look-up by PIN, beside "+fmt.Sprint(fewCards)+" cards", pin[1]/pin[0], flatAim, ""),
		atMost("look-up by number, beside "+fmt.Sprint(fewCards)+" cards", ani[1]/ani[0], flatAim, ""),
	}
	r.Notes = []string{
		"bare bbolt: the keys and values of the imported cards, written as they are " +
			"in transactions of as many cards, nothing checked, hashed or sealed",
		"imported: from the exported file, each card with its PIN and one number it is recognised by",
	}
	r.Proofs = []string{fmt.Sprintf(
		"store.Check() clean with %d cards; %d look-ups each found the card they were for",
		n, 2*lookups,
	)}
	return r, errors.Join(few.Close(), all.Close())
}

// lotBooks is a store that a lot was imported into.
type lotBooks struct {
	books
	path                          string
	cards                         int
	generated, exported, imported time.Duration
	bytes                         int64
	pins                          []string // of some cards, with
	accounts                      []string // their accounts, and
	numbers                       []phone.Number
}

// lotOf generates a lot in one store, exports it, and imports it into another.
func lotOf(ctx context.Context, dir string, n int) (*lotBooks, error) {
	l := &lotBooks{cards: n, path: filepath.Join(dir, "imported.db")}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	printed, err := l.generate(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("generate and export: %w", err)
	}
	file, err := l.addNumbers(printed, filepath.Join(dir, "numbered.csv"))
	if err != nil {
		return nil, fmt.Errorf("add numbers: %w", err)
	}
	if err := l.importFile(ctx, dir, file); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	info, err := os.Stat(l.path)
	if err == nil {
		l.bytes = info.Size()
	}
	return l, err
}

// works opens a store with an offering, and a runner of its bulk jobs.
func works(ctx context.Context, path string) (books, *provision.Runner, error) {
	b, err := openBooks(ctx, path)
	if err != nil {
		return b, nil, err
	}
	runner := provision.NewRunner(provision.RunnerOptions{
		Store: b.Store, Dir: path + ".jobs", NewID: func() string { return xid.New().String() }, Log: zerolog.Nop(),
	})
	return b, runner, b.furnish(ctx)
}

// generate answers where the file for printing is.
func (l *lotBooks) generate(ctx context.Context, dir string) (string, error) {
	b, runner, err := works(ctx, filepath.Join(dir, "generated.db"))
	if err != nil {
		return "", err
	}
	defer b.Close()
	lot := billing.Lot{
		Name:      "spring",
		Offering:  "standard",
		First:     "10000001",
		Count:     l.cards,
		PINDigits: 12,
		Balance:   5_000_000,
	}
	if _, l.generated, err = b.does(ctx, runner)(runner.Generate(ctx, lot)); err != nil {
		return "", err
	}
	j, took, err := b.does(ctx, runner)(runner.Export(ctx, provision.ExportOrder{
		Object:   "lots",
		Lot:      "spring",
		WithPINs: true,
	}))
	if err != nil {
		return "", err
	}
	l.exported = took
	source, err := runner.Open(ctx, j.ID, provision.Output)
	if err != nil {
		return "", err
	}
	defer source.Close()
	path := filepath.Join(dir, "printed.csv")
	target, err := os.Create(path)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(target, source)
	return path, errors.Join(err, target.Close())
}

// does runs the jobs there are until this one has ended, and says how long that took.
func (b books) does(
	ctx context.Context, runner *provision.Runner,
) func(jobs.Bulk, error) (jobs.Bulk, time.Duration, error) {
	return func(j jobs.Bulk, err error) (jobs.Bulk, time.Duration, error) {
		if err != nil {
			return j, 0, err
		}
		begun := time.Now()
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- runner.Run(running) }()
		for j.State.Live() && err == nil && ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
			j, err = b.Bulk(j.ID)
		}
		took := time.Since(begun)
		stop()
		if err = errors.Join(err, <-ended); err == nil && (j.State != jobs.Done || j.Rejected > 0) {
			err = fmt.Errorf("job %s is %s, %d rows rejected: %s", j.ID, j.State, j.Rejected, j.Problem)
		}
		return j, took, err
	}
}

// addNumbers gives every card of an exported file a number it is recognised by, and
// remembers some of them.
func (l *lotBooks) addNumbers(from, to string) (string, error) {
	source, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return "", err
	}
	in, buffered := csv.NewReader(bufio.NewReader(source)), bufio.NewWriter(target)
	out := csv.NewWriter(buffered)
	header, err := in.Read()
	if err != nil {
		return "", err
	}
	_ = out.Write(header) // errors stay with the writer
	for i := 0; ; i++ {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		number := phone.Number(fmt.Sprintf("1514%07d", 2000000+i))
		row[10] = number.E164()
		if rand.IntN(l.cards) < 2*lookups {
			l.accounts = append(l.accounts, row[0])
			l.pins = append(l.pins, row[1])
			l.numbers = append(l.numbers, number)
		}
		_ = out.Write(row)
	}
	out.Flush()
	return to, errors.Join(out.Error(), buffered.Flush(), target.Close())
}

func (l *lotBooks) importFile(ctx context.Context, dir, path string) error {
	b, runner, err := works(ctx, l.path)
	if err != nil {
		return err
	}
	l.books = b
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	begun := time.Now()
	j, err := runner.Import(ctx, provision.ImportOrder{Object: "lots"}, file)
	if j, _, err = b.does(ctx, runner)(j, err); err != nil {
		return err
	}
	if l.imported = time.Since(begun); j.Added != l.cards {
		return fmt.Errorf("%d of %d cards were added", j.Added, l.cards)
	}
	report, err := b.Check()
	if err == nil && len(report.Problems) > 0 {
		err = fmt.Errorf("books are not sound: %v", report.Problems)
	}
	return err
}

// lookUp is the median time it takes to recognise a card by PIN and by number.
func (l *lotBooks) lookUp() (pin, ani float64, err error) {
	by := func(find func(i int) (billing.Subscriber, bool, error)) float64 {
		var took []float64
		for range lookups {
			i := rand.IntN(len(l.pins))
			begun := time.Now()
			who, found, findErr := find(i)
			took = append(took, float64(time.Since(begun).Nanoseconds())/1000)
			if findErr != nil || !found || who.Account.ID != l.accounts[i] {
				err = errors.Join(findErr, fmt.Errorf("card %s was not found", l.accounts[i]))
			}
		}
		return median(took)
	}
	for range 2 { // once to have the pages at hand
		pin = by(func(i int) (billing.Subscriber, bool, error) { return l.ByPIN(l.pins[i]) })
		ani = by(func(i int) (billing.Subscriber, bool, error) { return l.ByANI(l.numbers[i]) })
	}
	return pin, ani, err
}

// bareChunk is how many cards the bare writer puts into a transaction.
const bareChunk = 500

// copyBare writes what the store keeps of its cards with bbolt alone.
func (l *lotBooks) copyBare(path string) (time.Duration, error) {
	copied := path + ".copy"
	if err := l.Copy(copied); err != nil {
		return 0, err
	}
	source, err := bbolt.Open(copied, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	target, err := bbolt.Open(path, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		return 0, errors.Join(err, source.Close())
	}
	begun := time.Now()
	err = source.View(func(tx *bbolt.Tx) error {
		from := onlyBucket(tx)
		for first := 0; first < l.cards; first += bareChunk {
			if err := target.Update(func(to *bbolt.Tx) error { return l.putCards(to, from, first) }); err != nil {
				return err
			}
		}
		return nil
	})
	return time.Since(begun), errors.Join(err, source.Close(), target.Close())
}

// putCards copies the keys of some cards: those that name the account, and those of the
// credentials that open it.
func (l *lotBooks) putCards(to *bbolt.Tx, from *bbolt.Bucket, first int) error {
	bucket, err := to.CreateBucketIfNotExists([]byte("cards"))
	if err != nil {
		return err
	}
	for i := first; i < min(first+bareChunk, l.cards); i++ {
		account := fmt.Sprintf("%08d", 10000001+i)
		for _, k := range []string{"account/", "balance/"} {
			if err := bucket.Put([]byte(k+account), from.Get([]byte(k+account))); err != nil {
				return err
			}
		}
		for _, prefix := range []string{"ledger/" + account + "/", "use/account/" + account + "/"} {
			cursor := from.Cursor()
			for k, v := cursor.Seek([]byte(prefix)); bytes.HasPrefix(k, []byte(prefix)); k, v = cursor.Next() {
				if err := putWithCredential(bucket, from, k, v); err != nil {
					return err
				}
			}
		}
		for _, k := range []string{"use/offering/standard/account/" + account, "use/provider/acme/account/" + account} {
			if err := bucket.Put([]byte(k), []byte{}); err != nil {
				return err
			}
		}
	}
	return nil
}

func putWithCredential(bucket, from *bbolt.Bucket, k, v []byte) error {
	if err := bucket.Put(k, v); err != nil {
		return err
	}
	_, id, opens := strings.Cut(string(k), "/credential/")
	if !opens {
		return nil
	}
	for _, table := range []string{"credential/", "sealed/"} {
		if v := from.Get([]byte(table + id)); v != nil {
			if err := bucket.Put([]byte(table+id), v); err != nil {
				return err
			}
		}
	}
	return nil
}

// residentMB is what this process has of memory after a collection, mapped pages of the
// file not counted.
func residentMB() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse) / 1e6
}

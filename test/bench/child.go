package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"cccp/cmd/ccd/daemon"
	"cccp/configs"
)

// childArgument, followed by a configuration file, makes this program a ccd.
const childArgument = "ccd-of-bench"

// readyLine is what the child writes once it has reached Asterisk.
const readyLine = "ready"

// counters are what a process has used so far, and what it holds now.
type counters struct {
	CPU        time.Duration // user and system
	Mallocs    uint64        // heap objects allocated so far
	AllocBytes uint64        // and their bytes
	HeapBytes  uint64        // heap objects alive, and garbage not yet found
	StackBytes uint64
	AnonBytes  uint64 // resident memory of its own
	FileBytes  uint64 // resident pages of files, which the kernel can drop: program and database
	Goroutines int
}

func ownCounters() counters {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	anon, file := ownMemory()
	return counters{
		CPU: ownCPU(), Mallocs: m.Mallocs, AllocBytes: m.TotalAlloc, HeapBytes: m.HeapAlloc,
		StackBytes: m.StackInuse, AnonBytes: anon, FileBytes: file, Goroutines: runtime.NumGoroutine(),
	}
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// ownMemory reads what of this process is resident, in bytes.
func ownMemory() (anon, file uint64) {
	text, _ := os.ReadFile("/proc/self/status") // always there on Linux
	for line := range strings.Lines(string(text)) {
		var kib uint64
		if _, err := fmt.Sscanf(line, "RssAnon: %d kB", &kib); err == nil {
			anon = kib << 10
		}
		if _, err := fmt.Sscanf(line, "RssFile: %d kB", &kib); err == nil {
			file = kib << 10
		}
	}
	return anon, file
}

// childPaths are where a child of a configuration file puts its log and its door.
func childPaths(config string) (log, door string) {
	dir := filepath.Dir(config)
	return filepath.Join(dir, "ccd.log"), filepath.Join(dir, "door.sock")
}

// runChild is ccd until standard input ends, which it does with the parent.
func runChild(path string) error {
	config, err := configs.Load(path)
	if err != nil {
		return err
	}
	zerolog.TimeFieldFormat = time.RFC3339Nano // the log's times are measured with
	logPath, doorPath := childPaths(path)
	log, err := os.Create(logPath)
	if err != nil {
		return err
	}
	defer log.Close()
	d, err := daemon.New(context.Background(), config, log)
	if err != nil {
		return err
	}
	door, err := net.Listen("unix", doorPath)
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(door, doorHandler()) }() // until the process ends
	go func() {
		<-d.Ready()
		fmt.Println(readyLine)
	}()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		d.Stop() // drain
		d.Stop() // and cut: nobody is left to call
	}()
	return d.Run(context.Background())
}

// doorHandler shows what the process uses, to its parent.
func doorHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /counters", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("collect") {
			debug.FreeOSMemory()
		}
		_ = json.NewEncoder(w).Encode(ownCounters())
	})
	mux.HandleFunc("POST /profile", func(w http.ResponseWriter, r *http.Request) {
		if err := startProfile(r.URL.Query().Get("file")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("DELETE /profile", func(http.ResponseWriter, *http.Request) { pprof.StopCPUProfile() })
	mux.HandleFunc("POST /heap", func(w http.ResponseWriter, r *http.Request) {
		if err := writeHeap(r.URL.Query().Get("file")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}

// startProfile writes a CPU profile until pprof.StopCPUProfile.
func startProfile(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return pprof.StartCPUProfile(f)
}

// writeHeap writes what is alive, and what was ever allocated.
func writeHeap(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return pprof.Lookup("heap").WriteTo(f, 0)
}

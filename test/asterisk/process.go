package asterisk

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// resolverOptions keep a dead name server from holding up the start: Asterisk asks
// for the addresses of its own host name, which is of no use on loopback.
const resolverOptions = "RES_OPTIONS=no-aaaa timeout:1 attempts:1"

// process is a child in a process group of its own.
type process struct {
	pid  int
	done chan struct{} // closed when it has ended
	err  error         // how it ended; read after done
}

// startProcess runs a program whose output goes to a log file. It dies when this
// program dies, however that happens.
func startProcess(logPath, program string, args ...string) (*process, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), resolverOptions)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p := &process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		defer log.Close()
		// Linux sends the death signal when the thread that started the child
		// ends, not the program: this goroutine keeps the thread.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- fmt.Errorf("start %s: %w", program, err)
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, <-started
}

// signal reaches the process and its children, if it has not ended.
func (p *process) signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		syscall.Kill(-p.pid, s)
	}
}

package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Modes of the admin socket and its folder. Whoever may open it still has to be root, the user
// ccd runs as, or an administrator, and may do what administrators of his kind may.
const (
	socketMode os.FileMode = 0o660
	folderMode os.FileMode = 0o750
)

// Limits of the admin socket.
const (
	headerWithin = 5 * time.Second
	idleFor      = time.Minute
	staleWithin  = time.Second
)

// ErrSocketInUse means another daemon answers on the socket.
var ErrSocketInUse = errors.New("another ccd answers on the socket")

// Listen opens the admin socket, readable and writable for its owner and the group,
// where that group exists. A socket nobody answers on is removed first.
func Listen(path, group string) (net.Listener, error) {
	made, err := makeFolder(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	if err := errors.Join(os.Chmod(path, socketMode), giveToGroup(group, append(made, path)...)); err != nil {
		return nil, errors.Join(fmt.Errorf("admin socket %s: %w", path, err), listener.Close())
	}
	return listener, nil
}

// makeFolder makes the socket's folder and names it if it was not there: a folder that
// belongs to somebody else already stays as it is.
func makeFolder(dir string) (made []string, err error) {
	if _, err := os.Stat(dir); err == nil {
		return nil, nil
	}
	return []string{dir}, os.MkdirAll(dir, folderMode)
}

func removeStale(path string) error {
	if info, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("admin socket: %w", err)
	} else if info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("admin socket %s: something else stands there: move it away", path)
	}
	if c, err := net.DialTimeout("unix", path, staleWithin); err == nil {
		return errors.Join(fmt.Errorf("%w %s: stop it first", ErrSocketInUse, path), c.Close())
	}
	return os.Remove(path)
}

// giveToGroup lets the group use what we made. A group that does not exist leaves it
// to the owner alone.
func giveToGroup(group string, paths ...string) error {
	g, err := user.LookupGroup(group)
	if err != nil {
		return nil
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return err
	}
	for _, path := range paths {
		err := os.Chown(path, -1, gid)
		if err != nil && !errors.Is(err, os.ErrPermission) { // not a member: it stays the owner's
			return err
		}
	}
	return nil
}

// NewServer is an HTTP server that knows who is at the other end of its socket.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerWithin, IdleTimeout: idleFor,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, peerKey{}, peer(c))
		},
	}
}

type peerKey struct{}

// peerUser is somebody at the other end of a socket, as the kernel vouches for him.
type peerUser struct {
	name string
	// owner says that it is root, or the user ccd runs as.
	owner bool
}

// peer is the user at the other end of a Unix socket; nobody is at the end of another.
func peer(c net.Conn) (u peerUser) {
	conn, ok := c.(*net.UnixConn)
	if !ok {
		return u
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return u
	}
	var cred *unix.Ucred
	controlErr := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if controlErr != nil || err != nil {
		return u
	}
	uid := strconv.FormatUint(uint64(cred.Uid), 10)
	u = peerUser{name: "uid-" + uid, owner: cred.Uid == 0 || int(cred.Uid) == os.Geteuid()}
	if known, err := user.LookupId(uid); err == nil {
		u.name = known.Username
	}
	return u
}

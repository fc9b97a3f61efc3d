package isolate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/modship/modship/internal/exit"
)

// The way of an ordinary user's program into its namespaces has two stages in
// the child: "wait" (new namespaces, ids not mapped yet) and "mount" (mapped to
// root, all capabilities, storage not in place yet).
const (
	envStage   = "_MODSHIP_STAGE"
	envStorage = "_MODSHIP_STORAGE"

	stageWait  = "wait"
	stageMount = "mount"

	// mappedFd is the read end of the pipe that closes once the ids are mapped.
	mappedFd = 3
)

// Stage goes on in a child that [Enter] started as an ordinary user; in any
// other process it does nothing. Call it first in main.
func Stage() {
	stage := os.Getenv(envStage)
	if stage == "" {
		return
	}
	_ = os.Unsetenv(envStage)
	var err error
	switch stage {
	case stageWait:
		err = awaitMapping()
	case stageMount:
		err = mountAsUser()
	}
	fmt.Fprintf(os.Stderr, "modship: enter a user namespace: %v\n", err)
	os.Exit(int(exit.Failed))
}

func awaitMapping() error {
	pipe := os.NewFile(mappedFd, "mapped")
	text, err := io.ReadAll(pipe)
	_ = pipe.Close()
	if err != nil {
		return err
	}
	if string(text) != "ok" {
		return errors.New("the ids could not be mapped")
	}
	// The capabilities of root come with an exec after the mapping.
	return restart(envStage + "=" + stageMount)
}

func mountAsUser() error {
	// The credentials changed with the exec, which clears the setting.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGTERM), 0, 0, 0); err != nil {
		return err
	}
	storage := os.Getenv(envStorage)
	_ = os.Unsetenv(envStorage)
	optional := os.Getenv(envOptional) != ""
	_ = os.Unsetenv(envOptional)
	if err := mountStorage(Options{StorageDir: storage}, true); err != nil {
		return failed(err, optional)
	}
	// The variable tells containers/storage that the namespace is set up already.
	return restart(envIsolated+"=user", "_CONTAINERS_USERNS_CONFIGURED=done")
}

func enterAsUser(opts Options) error {
	maps, err := userMaps()
	if err != nil {
		return err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	child := &exec.Cmd{
		Path: "/proc/self/exe", Args: os.Args,
		Env:   append(os.Environ(), envStage+"="+stageWait, envStorage+"="+opts.StorageDir),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		ExtraFiles: []*os.File{read},
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			Pdeathsig:  syscall.SIGKILL,
		},
	}
	if opts.Optional {
		child.Env = append(child.Env, envOptional+"=1")
	}
	// A terminal sends its signals to the child as well; the parent waits for
	// what the child makes of them.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	if err := child.Start(); err != nil {
		return exit.With(exit.Failed, fmt.Errorf("create a user namespace: %w", err),
			"Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), run as root, or start a Docker daemon.")
	}
	_ = read.Close()
	if err := mapIDs(child.Process.Pid, maps); err != nil {
		_ = write.Close()
		_ = child.Wait()
		return err
	}
	_, _ = write.WriteString("ok")
	_ = write.Close()
	go func() {
		for s := range signals {
			if s != syscall.SIGQUIT {
				s = Interrupt
			}
			_ = child.Process.Signal(s)
		}
	}()
	os.Exit(exitCode(child.Wait()))
	return nil
}

// exitCode is the child's exit code, or 128+n when signal n ended it.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return 128 + int(status.Signal())
		}
		return ended.ExitCode()
	}
	return int(exit.Failed)
}

// idMaps are the arguments of newuidmap and newgidmap after the pid.
type idMaps struct{ uid, gid []string }

const subordinateHint = "Install newuidmap (Debian: apt-get install uidmap) and give your user a range of ids in /etc/subuid and /etc/subgid (usermod --add-subuids 100000-165535 --add-subgids 100000-165535 NAME), run as root, or start a Docker daemon."

func userMaps() (idMaps, error) {
	for _, tool := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(tool); err != nil {
			return idMaps{}, exit.With(exit.Failed, fmt.Errorf("building as an ordinary user without Docker needs %s", tool), subordinateHint)
		}
	}
	uid, err := subordinateRange("/etc/subuid", os.Getuid())
	if err != nil {
		return idMaps{}, err
	}
	gid, err := subordinateRange("/etc/subgid", os.Getuid())
	if err != nil {
		return idMaps{}, err
	}
	return idMaps{
		uid: append([]string{"0", strconv.Itoa(os.Getuid()), "1", "1"}, uid...),
		gid: append([]string{"0", strconv.Itoa(os.Getgid()), "1", "1"}, gid...),
	}, nil
}

// subordinateRange finds the user's first range (start, count) in a file of
// lines name-or-uid:start:count, see subuid(5).
func subordinateRange(file string, uid int) ([]string, error) {
	name := strconv.Itoa(uid)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, exit.With(exit.Failed, fmt.Errorf("read subordinate ids: %w", err), subordinateHint)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Split(strings.TrimSpace(lines.Text()), ":")
		if len(fields) == 3 && (fields[0] == name || fields[0] == strconv.Itoa(uid)) {
			return fields[1:], nil
		}
	}
	return nil, exit.With(exit.Failed, fmt.Errorf("%s has no range of ids for user %s", file, name), subordinateHint)
}

func mapIDs(pid int, maps idMaps) error {
	for _, run := range []struct {
		tool string
		args []string
	}{{"newgidmap", maps.gid}, {"newuidmap", maps.uid}} {
		out, err := exec.Command(run.tool, append([]string{strconv.Itoa(pid)}, run.args...)...).CombinedOutput() //nolint:noctx // before the program's start
		if err != nil {
			return exit.With(exit.Failed, fmt.Errorf("%s: %s", run.tool, strings.TrimSpace(string(out))), subordinateHint)
		}
	}
	return nil
}

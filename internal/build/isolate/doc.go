// Package isolate puts the whole program into namespaces of its own, where the
// container storage is the program's and an ordinary user may run builds. It is
// free of werf, so that the peer of the tests can share it.
package isolate

import "syscall"

// Interrupt ends the program as SIGINT, SIGTERM and SIGHUP do. The process of
// an ordinary user that waits for the one in the namespaces passes those on as
// this: a terminal sends them to both, and werf lets the second of the kind end
// a process at once, with all its temporary files in place.
const Interrupt = syscall.SIGUSR1

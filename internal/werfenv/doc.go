// Package werfenv is the one edge to werf's global state: its option code (so
// that every WERF_* variable and flag means what it means in `werf build`), its
// process-wide components and its temporary directories.
//
// werf keeps one set of settings for a process. [Open] may be called once at a
// time; [Process.Close] gives the temporary directories back.
package werfenv

package chart

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/renameio/v2"
)

// cache keeps the answers of workers in a directory, so that a chart that has
// not changed is not rendered again by the next check, command or run. An error
// of the cache only costs time. The empty cache keeps nothing.
type cache string

// cacheSize is how many answers are kept: those that were used last. A publish
// has five, each of some 10 KB.
const cacheSize = 100

// key identifies a task by its content and the program that does it. It is empty
// where nothing is kept.
func (c cache) key(program string, t task) string {
	if c == "" {
		return ""
	}
	text, err := json.Marshal(t) // which sorts the keys of maps
	if err != nil {
		return ""
	}
	h := sha256.New()
	if info, err := os.Stat(program); err == nil {
		fmt.Fprintln(h, info.Size(), info.ModTime().UnixNano())
	}
	h.Write(text)
	return fmt.Sprintf("%x.gob.gz", h.Sum(nil))
}

// get returns the answer that is kept. One that cannot be read is none.
func (c cache) get(key string) (a answer, ok bool) {
	if key == "" {
		return a, false
	}
	file := filepath.Join(string(c), key)
	data, err := os.ReadFile(file)
	if err != nil {
		return a, false
	}
	plain, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil || gob.NewDecoder(plain).Decode(&a) != nil {
		return answer{}, false
	}
	_ = os.Chtimes(file, time.Time{}, time.Now()) // it was used
	return a, true
}

// put keeps an answer that is the same each time. The values that a chart is
// rendered with may be secret, so only the user may read it.
func (c cache) put(key string, a answer) {
	if key == "" || a.Error != "" || a.tooSlow() {
		return
	}
	var data bytes.Buffer
	packed := gzip.NewWriter(&data)
	if gob.NewEncoder(packed).Encode(a) != nil || packed.Close() != nil {
		return
	}
	if os.MkdirAll(string(c), 0o700) != nil || renameio.WriteFile(filepath.Join(string(c), key), data.Bytes(), 0o600) != nil {
		return
	}
	c.trim()
}

// tooSlow reports whether a rendering ended because of its time, which another
// machine or moment may have.
func (a answer) tooSlow() bool {
	late := func(f Failure) bool { return f.Reason == errTooSlow.Error() }
	return slices.ContainsFunc(a.Result.Failures, late) ||
		slices.ContainsFunc(a.Renderings, func(o outcome) bool { return slices.ContainsFunc(o.Failures, late) })
}

// trim removes the answers that were not used for the longest time.
func (c cache) trim() {
	entries, err := os.ReadDir(string(c))
	if err != nil || len(entries) <= cacheSize {
		return
	}
	used := func(e os.DirEntry) time.Time {
		info, err := e.Info()
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return used(a).Compare(used(b)) })
	for _, e := range entries[:len(entries)-cacheSize] {
		_ = os.Remove(filepath.Join(string(c), e.Name()))
	}
}

package lint

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/modship/modship/internal/render"
	"github.com/modship/modship/pkg/module"
)

// values checks the values that the module gives itself against its schemas, and
// that templates read no others.
func (l *linter) values() {
	key := module.ValuesKey(l.module.Name)
	schema, ok := readSchema(l.module.Files)
	if !ok {
		return // a rule of the contract reports schemas that cannot be read
	}
	for _, set := range l.module.Sets {
		file := render.Dir + "/" + set.Name + ".yaml"
		if _, err := fs.Stat(l.module.FS, file); err != nil || set.Set[key] == nil {
			continue
		}
		for _, fault := range schema.faults(set.Set[key]) {
			l.add(Finding{Check: InvalidValues, File: file, Values: set.Name, Message: fault})
		}
	}
	for _, f := range examples(l.module.Files) {
		l.add(f)
	}
	for _, read := range readsOf(l.module.Files, key) {
		if missing := schema.missing(read.path); missing != "" {
			l.add(Finding{Check: UnknownValue, File: read.file, Line: read.line, Message: fmt.Sprintf(".Values.%s.%s: no schema in openapi/ has %s", key, strings.Join(read.path, "."), missing)})
		}
	}
}

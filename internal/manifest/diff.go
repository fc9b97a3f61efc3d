package manifest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Change is how an object differs between two renderings.
type Change struct {
	ID     ID
	Action Action
	Before *Object // nil if it is new
	After  *Object // nil if it is gone
	Fields []FieldChange
}

// Action says what happens to an object.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "change"
	Delete Action = "delete"
)

// FieldChange is a value that differs.
type FieldChange struct {
	Path   string `json:"path"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
}

// Diff compares two sets of objects. named replaces in every string what should
// not count, such as digests by the names of their images.
func Diff(before, after []*Object, namedBefore, namedAfter *strings.Replacer) []Change {
	old, current := byID(before), byID(after)
	var changes []Change
	for _, id := range slices.SortedFunc(maps.Keys(union(old, current)), compareID) {
		change := Change{ID: id, Before: old[id], After: current[id]}
		switch {
		case change.Before == nil:
			change.Action = Create
		case change.After == nil:
			change.Action = Delete
		default:
			change.Action = Update
			change.Fields = compare("", rename(change.Before.Data, namedBefore), rename(change.After.Data, namedAfter))
			if len(change.Fields) == 0 {
				continue
			}
		}
		changes = append(changes, change)
	}
	return changes
}

func byID(objects []*Object) map[ID]*Object {
	all := map[ID]*Object{}
	for _, o := range objects {
		all[o.ID()] = o
	}
	return all
}

func union(a, b map[ID]*Object) map[ID]*Object {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func compareID(a, b ID) int { return strings.Compare(a.String()+a.APIVersion, b.String()+b.APIVersion) }

// rename replaces the strings in a value.
func rename(value any, names *strings.Replacer) any {
	switch value := value.(type) {
	case string:
		return names.Replace(value)
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = rename(item, names)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(value))
		for key, item := range value {
			object[key] = rename(item, names)
		}
		return object
	}
	return value
}

// compare lists the values that differ. Items of lists that have names are
// matched by them.
func compare(path string, before, after any) []FieldChange {
	if reflect.DeepEqual(before, after) {
		return nil
	}
	a, isMap := fields(before)
	b, isMapToo := fields(after)
	if !isMap || !isMapToo {
		return []FieldChange{{Path: path, Before: before, After: after}}
	}
	var changes []FieldChange
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		changes = append(changes, compare(join(path, key), a[key], b[key])...)
	}
	return changes
}

func join(path, key string) string {
	if path == "" || strings.HasPrefix(key, "[") {
		return path + key
	}
	return path + "." + key
}

// fields returns the parts of an object, or of a list by the names or numbers
// of its items.
func fields(value any) (map[string]any, bool) {
	if object, ok := value.(map[string]any); ok {
		return object, true
	}
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	parts := map[string]any{}
	for i, item := range list {
		key := fmt.Sprintf("[%d]", i)
		if name := Text(item, "name"); name != "" {
			key = "[" + name + "]"
		}
		if parts[key] != nil {
			return nil, false
		}
		parts[key] = item
	}
	return parts, true
}

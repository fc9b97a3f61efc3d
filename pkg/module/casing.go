package module

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Five conversions of names meet in a cluster, each from another library.
// They agree on plain kebab case and differ on digits, so each is written out
// here as its library behaves.

// DigestKey returns the key of an image in images_digests.json: its last path
// segment in lower camel case, as the templates of module repositories make it
// with sprig's `camelcase | untitle` (ceph-v19-2-3 → cephV1923).
func DigestKey(imageName string) string {
	return sprigLowerCamel(imageName[strings.LastIndex(imageName, "/")+1:])
}

// TemplateKey returns the module's key as lib-helm looks it up in the values:
// `replace "-" "_" | camelcase | untitle` of the chart name.
func TemplateKey(name string) string {
	return sprigLowerCamel(strings.ReplaceAll(name, "-", "_"))
}

// ValuesKey returns the module's key in the values as addon-operator makes it
// (ettle/strcase ToCamel): words are separated by - _ . and spaces, the first
// is lower case, each other starts with an upper case letter.
func ValuesKey(name string) string {
	var b strings.Builder
	for i, word := range ettleWords(name) {
		runes := []rune(strings.ToLower(word))
		if i > 0 {
			runes[0] = unicode.ToUpper(runes[0])
		}
		b.WriteString(string(runes))
	}
	return b.String()
}

// NameFromValuesKey returns the module name that addon-operator restores from
// a values key (ettle/strcase ToKebab).
func NameFromValuesKey(key string) string {
	return strings.ToLower(strings.Join(ettleWords(key), "-"))
}

// DigestsKey returns the module's key under global.modulesImages.digests as
// the controller's hook makes it (iancoleman/strcase ToLowerCamel): a letter
// after a digit is upper case (k8s-proxy → k8SProxy).
func DigestsKey(name string) string {
	var b strings.Builder
	startWord, afterCapital := false, false
	for i, c := range []byte(strings.TrimSpace(name)) {
		capital, small, digit := c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9'
		switch {
		case startWord && small:
			c -= 'a' - 'A'
		case !startWord && capital && (i == 0 || afterCapital):
			c += 'a' - 'A'
		}
		if capital || small || digit {
			b.WriteByte(c)
		}
		startWord = digit || strings.IndexByte("_ -.", c) >= 0
		afterCapital = capital
	}
	return b.String()
}

// ImagesName returns the last path component of the repository in which
// lib-helm looks for the module's images: sprig's `kebabcase` of the chart
// name. In a part that starts with letters and has digits before other letters
// it puts a dash before the digits (k8s-proxy → k-8s-proxy). Name must have the
// syntax of a module name.
func ImagesName(name string) string {
	parts := strings.Split(name, "-")
	for i, part := range parts {
		rest := strings.TrimLeft(part, lowerLetters)
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits > 0 && len(rest) < len(part) && strings.IndexByte(lowerLetters, append([]byte(rest), '.')[digits]) >= 0 {
			parts[i] = part[:len(part)-len(rest)] + "-" + rest
		}
	}
	return strings.Join(parts, "-")
}

const lowerLetters = "abcdefghijklmnopqrstuvwxyz"

// sprigLowerCamel is sprig's `camelcase | untitle`: the letter after a run of
// separators is upper case, the run itself is dropped but for what a second
// separator in it leaves behind, and leading separators stay.
func sprigLowerCamel(s string) string {
	rest := strings.TrimLeftFunc(s, isSeparator)
	lead := s[:len(s)-len(rest)]
	runes := []rune(rest)
	if len(runes) == 0 {
		return lead + lastRune(lead)
	}
	first := unicode.ToLower(runes[0])
	if lead != "" {
		first = unicode.ToUpper(runes[0])
	}
	out := append([]rune(lead), first)
	for i := 1; i < len(runes); i++ {
		last := i == len(runes)-1
		switch previous := runes[i-1]; {
		case !isSeparator(runes[i]) && isSeparator(previous):
			out = append(out, unicode.ToUpper(runes[i]))
		case last && isSeparator(previous):
			out = append(out, previous, runes[i])
		case !isSeparator(runes[i]), isSeparator(previous), last:
			out = append(out, runes[i])
		}
	}
	return string(out)
}

// lastRune returns the last character of s: the library writes it twice for a
// name of nothing but separators.
func lastRune(s string) string {
	_, size := utf8.DecodeLastRuneInString(s)
	return s[len(s)-size:]
}

func isSeparator(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) }

// ettleWords splits a name as ettle/strcase does: at - _ . and spaces, before
// an upper case letter that follows a lower case one or begins a word after an
// acronym, and after a number unless a lower case letter follows.
func ettleWords(s string) []string {
	var words []string
	var word []rune
	runes := []rune(strings.TrimSpace(s))
	flush := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = nil
		}
	}
	for i, r := range runes {
		var previous, next rune
		if i > 0 {
			previous = runes[i-1]
		}
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		split, skip := ettleSplit(previous, r, next)
		if split || skip {
			flush()
		}
		if !skip {
			word = append(word, r)
		}
	}
	flush()
	return words
}

// ettleSplit tells whether a word begins at r, and whether r is a separator.
func ettleSplit(previous, r, next rune) (split, skip bool) {
	switch {
	case unicode.IsLower(r):
		return false, false
	case isSeparator(r):
		return false, true
	case unicode.IsUpper(r) && (unicode.IsLower(previous) || unicode.IsUpper(previous) && unicode.IsLower(next)):
		return true, false
	case unicode.IsNumber(previous) && (r == '.' || r == ',') && unicode.IsNumber(next):
		return false, false
	case unicode.IsNumber(previous) && !unicode.IsNumber(r) && r != '.':
		return true, false
	default:
		return false, r == '.'
	}
}

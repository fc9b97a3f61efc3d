package werfcfg

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// broken are sections that werf refuses, each with the value of a variable in
// it, and a word that the message has to hold.
var broken = []struct{ section, want string }{
	{"image: side\nfrom: scratch\ngitt: ['{{ env \"VALUE\" }}']", "gitt"},
	{"image: side\nfrom: scratch\ngit: [{add: /a, to: /a, after: '{{ env \"VALUE\" }}'}]", "a field in git that"},
	{"image: side\nfrom: scratch\nimport: [{image: nowhere, add: /x, to: /x, after: install}]\nshell: {install: ['git submodule {{ env \"VALUE\" }}: could not read']}", "nowhere"},
	{"image: side\nfrom: scratch\nshell: '{{ env \"VALUE\" }}'", "image side"},
	{"image: side\nfrom: scratch\nshell: {install: {a: '{{ env \"VALUE\" }}'}}", "image side"},
	{"image: side\nshell: {install: ['{{ env \"VALUE\" }}']}", "from is missing"},
	{"image: side\nfrom: scratch\nimport: [{image: side, add: '{{ env \"VALUE\" }}', to: /x, after: install}]", "image side"},
	{"image: side\nfrom: scratch\nsecrets: [{id: S, value: ''}]\nshell: {install: ['{{ env \"VALUE\" }}']}", "build secret S"},
	{"image: side\nfrom: scratch\nsecrets: [{id: S, value: '{{ env \"VALUE\" }}', env: E}]", "image side"},
	{"image: side\nfrom: scratch\nsecrets: [{id: S, value: '{{ env \"VALUE\" }}'}]", "werf-giterminism.yaml"},
	{"image: side\nfrom: scratch\ndependencies: [{image: none, after: install}]\nshell: {install: ['{{ env \"VALUE\" }}']}", "depends on \"none\""},
	{"image: side\nfrom: scratch\n---\nimage: [x, side]\nfrom: '{{ env \"VALUE\" }}'", "two images of werf.yaml are named side"},
	{"image: side\nfrom: scratch\n  '{{ env \"VALUE\" }}': x", "image side"},
	{"image: side\nfrom: scratch\nfinal: '{{ env \"VALUE\" }}'", "image side"},
	{"{{ fail (printf \"no such mode: %s\" (env \"VALUE\")) }}", "no such mode"},
	{"{{ required \"a value\" (index (dict) (env \"VALUE\")) }}", "a value"},
	{"{{ (printf \"a: %s: b\" (env \"VALUE\")) | fromYaml }}", "not valid YAML"},
	{"{{ .Files.Get (env \"VALUE\") }}", "is missing"},
	{"{{ include (env \"VALUE\") . }}", "template"},
	{"image: '{{ env \"VALUE\" }}'\nfrm: scratch", "frm"},
	{"image: side\nfrom: alpine:3\nfromLatest: true\nshell: {install: ['{{ env \"VALUE\" }}']}", "fromLatest directive"},
}

// No error of a failing render holds the value of a variable, whatever werf
// quotes of the rendered configuration.
func TestErrorsHoldNoValues(t *testing.T) {
	const value = "s3cret/v4lue"
	t.Setenv("VALUE", value)
	ctx, p := openWerf(t)
	for i, b := range broken {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir+"/werf.yaml", "project: p\nconfigVersion: 1\n---\n"+b.section+"\n")
			write(t, dir+"/werf-giterminism.yaml", "giterminismConfigVersion: 1\nconfig: {goTemplateRendering: {allowEnvVariables: [VALUE]}}\n")
			sh(t, dir, "git init -q; git add -A; git commit -qm one")
			if err := p.Flags.Set("dir", dir); err != nil {
				t.Fatal(err)
			}
			_, err := Read(ctx, p, ReadOptions{RunDir: t.TempDir()})
			var explained *Error
			if !errors.As(err, &explained) {
				t.Fatalf("%s: error %v", b.section, err)
			}
			all := fmt.Sprintf("%v %+v %#v", err, err, explained)
			if strings.Contains(all, value) {
				t.Errorf("%s: the value is in %s", b.section, all)
			}
			if !strings.Contains(explained.Message+explained.Hint, b.want) {
				t.Errorf("%s: %q is not in\n%s\n%s", b.section, b.want, explained.Message, explained.Hint)
			}
		})
	}
}

package main

import (
	"bytes"
	_ "embed"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

//go:embed applets.txt
var appletNames string

// TestMain lets the test binary be the toolbox: the shell scripts under test
// find it on PATH under every applet's name.
func TestMain(m *testing.M) {
	if _, known := applets()[filepath.Base(os.Args[0])]; known {
		main()
	}
	bin, err := os.MkdirTemp("", "toolbox-test")
	if err != nil {
		panic(err)
	}
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	for name := range applets() {
		if err := os.Symlink(self, filepath.Join(bin, name)); err != nil {
			panic(err)
		}
	}
	os.Setenv("PATH", bin)
	code := m.Run()
	os.RemoveAll(bin)
	os.Exit(code)
}

func TestAppletNames(t *testing.T) {
	want := strings.Join(slices.Sorted(maps.Keys(applets())), "\n") + "\n"
	if appletNames != want {
		t.Errorf("applets.txt must list the applets, sorted, one a line:\n%s", want)
	}
}

// TestScripts runs what module build instructions use, each in its own
// directory.
func TestScripts(t *testing.T) {
	for _, test := range []struct {
		name, script, stdin, want string
		code                      int
	}{
		{name: "stage script falls back to sh", script: "if type bash >/dev/null 2>&1; then exec bash; fi\necho sh", want: "sh\n"},
		{name: "exec keeps arguments", script: "echo 'echo $0 $1' > s.sh\nexec sh s.sh one", want: "s.sh one\n"},
		{name: "set -e stops", script: "set -e\nfalse\necho no", code: 1},
		{name: "exit code", script: "exit 7", code: 7},
		{name: "unknown command", script: "nosuchcommand 2>/dev/null", code: 127},
		{name: "here document", script: "cat <<EOF > f\na $((1+2))\nEOF\ncat f", want: "a 3\n"},
		{
			name: "digests as the modules' template does",
			script: `export D_a=sha256:1 D_b=sha256:2
env | grep ^D_ | sort | jq -Rnc 'reduce inputs as $i ({}; . + ($i | capture("D_(?<key>[^=]+)=(?<value>.*)") | {(.key): .value}))'`,
			want: `{"a":"sha256:1","b":"sha256:2"}` + "\n",
		},
		{name: "jq arguments", script: `jq -n --arg v v1.2.3 '{"version": $v}'`, want: "{\n  \"version\": \"v1.2.3\"\n}\n"},
		{name: "jq -r", script: `echo '{"a":["x"]}' | jq -r '.a[]'`, want: "x\n"},
		{name: "jq -s", script: `echo '1 2' | jq -sc .`, want: "[1,2]\n"},
		{name: "jq -e", script: `echo null | jq -e . >/dev/null`, code: 1},
		{name: "jq bad input", script: `echo '{' | jq . 2>/dev/null`, code: 1},
		{name: "copy tree", script: "mkdir -p a/b && echo x > a/b/f && chmod 0755 a/b/f && cp -a a c && ls -R c && test -x c/b/f", want: "c\nc/b\nc/b/f\n"},
		{name: "move", script: "echo x > f; mkdir d; mv -f f d && cat d/f", want: "x\n"},
		{name: "links", script: "echo x > f && ln -sf f l && ln -sf f l && readlink l && cat l", want: "f\nx\n"},
		{name: "find", script: "mkdir -p d/e; touch d/a.go d/e/b.go d/c; find d -type f -name '*.go'", want: "d/a.go\nd/e/b.go\n"},
		{name: "find exec", script: "mkdir d; touch d/a; find d -type f -exec basename {} \\;", want: "a\n"},
		{name: "tar", script: "mkdir -p d/e; echo x > d/e/f; tar -czf t.tgz d; mkdir o; tar -C o -xf t.tgz; cat o/d/e/f; tar -tf t.tgz", want: "x\nd/\nd/e/\nd/e/f\n"},
		{name: "sed", script: `printf 'a-1\nb-2\n' | sed -e 's/\(.\)-\([0-9]\)/\2&/' -e '1d'`, want: "2b-2\n"},
		{name: "sed -E -i", script: `echo 'x=1' > f; sed -i -E 's|(x)=1|\1=$2|' f; cat f`, want: "x=$2\n"},
		{name: "sed -n p", script: `seq 3 | sed -n '$p'`, want: "3\n"},
		{name: "grep none", script: "echo a | grep -q b", code: 1},
		{name: "grep count", script: "printf 'a\\nb\\na\\n' | grep -c a", want: "2\n"},
		{name: "grep -v -E", script: "printf 'a\\nb\\nc\\n' | grep -vE 'a|b'", want: "c\n"},
		{name: "head and tail", script: "seq 5 | head -n 3 | tail -1; seq 5 | tail -n +5; echo abc | head -c 2", want: "3\n5\nab"},
		{name: "sort", script: "printf '10\\n9\\n9\\n' | sort -n -u", want: "9\n10\n"},
		{name: "tr and cut", script: "echo a,B,c | tr a-z A-Z | cut -d , -f 2-; echo aab | tr -d a", want: "B,C\nb\n"},
		{name: "wc and uniq", script: "printf 'a\\na\\nb\\n' | uniq | wc -l", want: "2\n"},
		{name: "env", script: "env -i A=1 printenv A", want: "1\n"},
		{name: "names", script: "basename /a/b.txt .txt; dirname /a/b.txt", want: "b\n/a\n"},
		{name: "xargs", script: "echo a b | xargs echo x", want: "x a b\n"},
		{name: "builtins as programs", script: "env printf '%s-' a b; env test 1 = 2 || echo differ; env [ 1 = 1 ] && echo same", want: "a-b-differ\nsame\n"},
		{name: "tee", script: "echo a | tee f g; cat f g", want: "a\na\na\n"},
		{name: "sleep", script: "sleep 0.001 && sleep 1ms"},
		{name: "arguments after script", script: "cat", stdin: "in", want: "in"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			var out, errors bytes.Buffer
			code := run([]string{"sh", "-c", test.script}, strings.NewReader(test.stdin), &out, &errors)
			if code != test.code || out.String() != test.want {
				t.Errorf("exit code %d, want %d; stdout %q, want %q; stderr %q", code, test.code, out.String(), test.want, errors.String())
			}
		})
	}
}

func TestShellOptions(t *testing.T) {
	var out bytes.Buffer
	code := run([]string{"sh", "-ec", "false; echo no"}, strings.NewReader(""), &out, &out)
	if code != 1 || out.Len() != 0 {
		t.Errorf("sh -ec ended with %d and %q, want 1 and nothing", code, out.String())
	}
	script := filepath.Join(t.TempDir(), "s.sh")
	if err := os.WriteFile(script, []byte(`echo "$# $1"`), 0o644); err != nil {
		t.Fatal(err)
	}
	if code := run([]string{"/bin/sh", script, "a", "b"}, strings.NewReader(""), &out, &out); code != 0 || out.String() != "2 a\n" {
		t.Errorf("sh FILE ended with %d and %q", code, out.String())
	}
}

func TestLazyInput(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close() // never written to: a read of it would not return
	defer read.Close()
	var out bytes.Buffer
	if code := run([]string{"jq", "-n", "1"}, read, &out, &out); code != 0 || out.String() != "1\n" {
		t.Errorf("jq -n 1 ended with %d and %q", code, out.String())
	}
}

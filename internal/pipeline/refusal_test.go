package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/pkg/contract"
	"github.com/modship/modship/pkg/module"
	"github.com/modship/modship/pkg/publish"
)

// TestRefusals: each is told at its step, with its exit code, and writes no tag.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		name     string
		setup    func(*rig)
		tag      string
		channels []module.Channel
		flags    []string // of werf
		change   func(*Options)
		want     string // begins with the step
		hint     string
		code     exit.Code
		builds   int
		planned  bool // the refusal is in the plan, which is not an error itself
	}{
		{
			name: "unknown rule waived", tag: "v1.0.0", change: func(o *Options) { o.Waive = []int{999} },
			want: "check the settings: ", code: exit.Usage,
		},
		{
			name: "channel for a dev build", tag: "dev", channels: []module.Channel{module.Alpha},
			want: "check the settings: tag dev (from --tag) cannot go on release channel alpha", hint: "vX.Y.Z", code: exit.Violated,
		},
		{
			name: "version with uncommitted files", tag: "v1.0.0", flags: []string{"dev"},
			want: "check the settings: version v1.0.0 cannot be published with --dev or --loose-giterminism", hint: "--tag dev", code: exit.Violated,
		},
		{
			name: "werf variable", tag: "v1.0.0", setup: func(r *rig) { r.t.Setenv("WERF_PARALLEL_TASKS_LIMIT", "many") },
			want: "werf does not understand WERF_PARALLEL_TASKS_LIMIT=many", code: exit.Usage,
		},
		{
			name: "no directory for temporary files", tag: "v1.0.0", setup: func(r *rig) {
				r.t.Setenv("WERF_TMP_DIR", filepath.Join(r.dir, "module.yaml"))
			},
			want: "prepare: create the directory for temporary files: ", hint: "MODSHIP_HOME", code: exit.Failed,
		},
		{
			name: "broken login", tag: "v1.0.0", setup: func(r *rig) {
				r.t.Setenv("MODULES_REGISTRY_LOGIN", "u")
				r.t.Setenv("MODULES_REGISTRY_PASSWORD", "p")
				r.t.Setenv("DOCKER_CONFIG", r.dir)
				r.write(map[string]string{"config.json": "{"})
			},
			want: "prepare: read registry logins: ", code: exit.Failed,
		},
		{
			name: "broken werf.yaml", tag: "v1.0.0", setup: func(r *rig) {
				r.write(map[string]string{"werf.yaml": "project: echo\nconfigVersion: 1\n---\nimage: a\nfrom: alpine:3\nnosuch: 1\n"})
				r.commit("broken")
			},
			want: "read the repository: ", code: exit.Failed,
		},
		{
			name: "no bundle", tag: "v1.0.0", setup: func(r *rig) {
				r.write(map[string]string{"werf.yaml": "project: echo\nconfigVersion: 1\n---\nimage: a\nfrom: alpine:3\n"})
				r.commit("no-bundle")
			},
			want: "check the repository: werf.yaml defines no image bundle", hint: "define them in werf.yaml", code: exit.Failed,
		},
		{
			name: "rule on the repository", tag: "v1.0.0", planned: true, setup: func(r *rig) {
				r.write(map[string]string{"module.yaml": "name: other\n"})
				r.commit("name")
			}, change: func(o *Options) { o.Settings.Name.Value = "echo" },
			want: "check the repository: a cluster could not use the module: contract rule ", hint: "--waive", code: exit.Violated,
		},
		{
			name: "a release image without version.json", tag: "v1.0.0", planned: true, setup: func(r *rig) {
				r.write(map[string]string{"werf.yaml": strings.Replace(moduleFiles["werf.yaml"], "shell: {setup", "# {", 1)})
				r.commit("no-version")
			},
			want: "check the repository: a cluster could not use the module: contract rule 10 violated", hint: "--waive", code: exit.Violated,
		},
		{
			name: "registry does not answer", tag: "v1.0.0", setup: func(r *rig) {
				r.spoil(func(s *spoiled) { s.login = errors.New("nobody answers") })
			},
			want: "check the registry: nobody answers", code: exit.Failed,
		},
		{
			name: "an IPv6 address", tag: "v1.0.0", change: func(o *Options) { o.Settings.Source.Value = "[::1]:5000/modules" },
			want: "prepare: builds cannot push to the IPv6 address [::1]:5000", hint: "name", code: exit.Usage,
		},
		{
			name: "ladder", tag: "v1.0.1", channels: []module.Channel{module.Stable}, planned: true, setup: func(r *rig) {
				r.builds("v1.0.0", "old")
				r.mustPublish("v1.0.0", module.Alpha)
				r.builder.builds = 0
			},
			want: "check the registry: ", code: exit.Violated,
		},
		{
			name: "rule on the images", tag: "v1.0.0", builds: 1, planned: true, setup: func(r *rig) {
				r.builds("v1.0.0", "one", "templates/lost.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: lost}\ndata:\n  image: {{ include \"helm_lib_module_image\" (list . \"lost\") }}\n")
			},
			want: "check the images: a cluster could not use the module: contract rule 28 violated", code: exit.Violated,
		},
		{
			name: "an image that is not final", tag: "v1.0.0", builds: 1, setup: func(r *rig) {
				r.builder.result = &build.Result{Images: []build.Image{{Name: "bundle", Ref: "r/m:t", Digest: "sha256:0"}}}
				r.builder.plan = &build.Plan{}
			},
			want: "build: image release-channel-version was not built: it is not final in werf.yaml", code: exit.Failed,
		},
		{
			name: "published with different content", tag: "v1.0.0", builds: 1, planned: true, setup: func(r *rig) {
				r.builds("v1.0.0", "old")
				r.mustPublish("v1.0.0")
				r.builds("v1.0.0", "new")
				r.builder.builds = 0
			},
			want: "check the images: a cluster could not use the module: contract rule 41 violated", code: exit.Violated,
		},
		{
			name: "forced under a channel", tag: "v1.0.0", builds: 1, planned: true, setup: func(r *rig) {
				r.builds("v1.0.0", "old")
				r.mustPublish("v1.0.0", module.Alpha)
				r.builds("v1.0.0", "new")
				r.builder.builds = 0
			}, change: func(o *Options) { o.Force = true },
			want: "publish: ", code: exit.Violated,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t)
			r.builds(tc.tag, "one")
			if tc.setup != nil {
				tc.setup(r)
			}
			options := func() Options {
				opts := r.options(tc.tag, tc.channels, tc.flags...)
				if tc.change != nil {
					tc.change(&opts)
				}
				return opts
			}
			before := r.digest(r.repository().Bundle(tc.tag))
			result, err := r.publish(options())
			code, hint := codeOf(err), exit.HintOf(err)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) || code != tc.code || !strings.Contains(hint, tc.hint) {
				t.Errorf("%v (code %d, want %d; hint %q)\nwant %s", err, code, tc.code, hint, tc.want)
			}
			if r.builder.builds != tc.builds {
				t.Errorf("%d builds, want %d", r.builder.builds, tc.builds)
			}
			if after := r.digest(r.repository().Bundle(tc.tag)); after != before || result != nil && len(written(result.Writes)) > 0 {
				t.Errorf("written: %s, before %s, %+v", after, before, result)
			}
			plan, planErr := r.plan(options())
			switch {
			case tc.planned && (planErr != nil || plan.Refusal == nil || codeOf(plan.Refusal) != tc.code):
				t.Errorf("plan: %+v, %v", plan, planErr)
			case !tc.planned && tc.builds == 0 && (planErr == nil || planErr.Error() != err.Error()):
				t.Errorf("plan: %v\npublish: %v", planErr, err)
			}
		})
	}
}

// spoiled is a registry with faults.
type spoiled struct {
	Registry
	apply func(context.Context, *publish.Plan) error
	login error
}

func (s spoiled) Login(ctx context.Context, repository module.Repository) error {
	if s.login != nil {
		return s.login
	}
	return s.Registry.Login(ctx, repository)
}

func (s spoiled) Apply(ctx context.Context, plan *publish.Plan) error {
	if s.apply != nil {
		return s.apply(ctx, plan)
	}
	return s.Registry.Apply(ctx, plan)
}

// spoil changes the registry of the rig's jobs.
func (r *rig) spoil(change func(*spoiled)) {
	r.change = func(d *Deps) {
		open := d.OpenRegistry
		d.OpenRegistry = func(repository module.Repository) Registry {
			registry := spoiled{Registry: open(repository)}
			change(&registry)
			return registry
		}
	}
}

// TestLockService: a build does not begin without the locks it needs, and a plan
// needs none.
func TestLockService(t *testing.T) {
	r := newRig(t)
	r.builds("v1.0.0", "one")
	var asked []string
	r.change = func(d *Deps) {
		d.Answers = func(_ context.Context, address string) error {
			asked = append(asked, address)
			return errors.New("no such host")
		}
	}
	opts := r.options("v1.0.0", nil)
	if err := opts.Flags.Set("synchronization", "http://locks.example/x"); err != nil {
		t.Fatal(err)
	}
	_, err := r.publish(opts)
	if want := "build: werf's lock service http://locks.example/x cannot be reached: no such host"; err == nil || err.Error() != want || !strings.Contains(exit.HintOf(err), "WERF_SYNCHRONIZATION") {
		t.Errorf("error %v, want %s", err, want)
	}
	if len(asked) != 2 || r.builder.builds != 0 {
		t.Errorf("asked %v, %d builds", asked, r.builder.builds)
	}
}

// TestWritingFails: the result says what stands.
func TestWritingFails(t *testing.T) {
	r := newRig(t)
	r.builds("v1.0.0", "one")
	r.spoil(func(s *spoiled) {
		s.apply = func(_ context.Context, plan *publish.Plan) error {
			plan.Writes[0].Done = true
			return errors.New("the line is cut")
		}
	})
	result, err := r.publish(r.options("v1.0.0", nil))
	if err == nil || err.Error() != "publish: the line is cut" || len(written(result.Writes)) != 1 {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestOvertaken: where something appears before the first write, the plan is
// made, announced and checked again, and what is written is what was announced.
func TestOvertaken(t *testing.T) {
	stale := func(r *rig, rival func()) {
		r.spoil(func(s *spoiled) {
			apply, overtaken := s.Registry.Apply, false
			s.apply = func(ctx context.Context, plan *publish.Plan) error {
				if !overtaken {
					overtaken = true
					rival()
					return fmt.Errorf("an entry appeared: %w", publish.ErrStale)
				}
				return apply(ctx, plan)
			}
		})
	}
	t.Run("by the registration", func(t *testing.T) {
		r := newRig(t)
		r.builds("v1.0.0", "one")
		stale(r, func() { r.tag(r.repository().Registration(), image(t)) })
		result, err := r.publish(r.options("v1.0.0", nil))
		registration := r.repository().Registration()
		if err != nil || !r.said("create "+registration) || !r.said("keep "+registration) {
			t.Fatalf("%v, %q", err, r.messages)
		}
		if last := result.Writes[2]; last.Ref != registration || last.Action != publish.Keep || last.Done {
			t.Errorf("%+v", last)
		}
	})
	t.Run("by other content of the version", func(t *testing.T) {
		r := newRig(t)
		r.builds("v1.0.0", "one")
		rival := image(t, "rival", "rival")
		stale(r, func() { r.tag(r.repository().Release("v1.0.0"), rival) })
		result, err := r.publish(r.options("v1.0.0", nil))
		if err == nil || !strings.HasPrefix(err.Error(), "publish: ") || !strings.Contains(err.Error(), "different content") || len(written(result.Writes)) > 0 {
			t.Errorf("%v, %+v", err, result)
		}
	})
}

// TestPublishedIsBroken: what was written is read again as a cluster does.
func TestPublishedIsBroken(t *testing.T) {
	r := newRig(t)
	r.builds("v1.0.0", "one")
	r.spoil(func(s *spoiled) {
		apply := s.Registry.Apply
		s.apply = func(ctx context.Context, plan *publish.Plan) error {
			err := apply(ctx, plan)
			r.tag(r.repository().Bundle("v1.0.0"), image(t, "module.yaml", "name: other\n"))
			return err
		}
	})
	result, err := r.publish(r.options("v1.0.0", nil))
	if exit.CodeOf(err) != exit.Violated || !strings.HasPrefix(err.Error(), "verify what was published: ") || !contract.Failed(result.Violations) {
		t.Errorf("%v, %+v", err, result)
	}
}

// TestInterrupt: a run that is cancelled between two steps does not begin the next.
func TestInterrupt(t *testing.T) {
	r := newRig(t)
	r.builds("v1.0.0", "one")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.job(r.options("dev", nil)).run(ctx, (*job).publish); !errors.Is(err, context.Canceled) || r.builder.builds > 0 {
		t.Errorf("%v, %d builds", err, r.builder.builds)
	}
}

// TestForce overwrites a version that no channel is on.
func TestForce(t *testing.T) {
	r := newRig(t)
	r.builds("v1.0.0", "old")
	r.mustPublish("v1.0.0")
	r.builds("v1.0.0", "new")
	opts := r.options("v1.0.0", nil)
	opts.Force = true
	result, err := r.publish(opts)
	if err != nil || len(written(result.Writes)) != 2 {
		t.Errorf("%+v, %v", result, err)
	}
}

// TestNotes: what a user may not expect is told.
func TestNotes(t *testing.T) {
	r := newRig(t)
	r.builds("v1.0.0", "one")
	r.builder.result.LeftOut = 2
	r.write(map[string]string{"module.yaml": moduleFiles["module.yaml"] + "# changed\n"})
	r.mustPublish("v1.0.0")
	r.builder.result.LeftOut = 1
	r.mustPublish("v1.0.0")
	for _, want := range []string{
		"note: the commit is published, without the changes in module.yaml",
		"2 images of werf.yaml are not needed by a final image and were left out",
		"1 image of werf.yaml is not needed by a final image and was left out",
	} {
		if !r.said(want) {
			t.Errorf("%q was not said: %q", want, r.messages)
		}
	}
}

// TestShallowClone is told with what it means for the command.
func TestShallowClone(t *testing.T) {
	r := newRig(t)
	r.builds("dev", "one")
	r.write(map[string]string{"images/hello/hello.txt": "changed\n"})
	r.commit("two")
	r.git("git clone -q --depth 1 file://$PWD ../shallow && rm -rf .git && mv ../shallow/.git .")
	if _, err := r.plan(r.options("dev", nil)); err != nil || !r.said("a build first fetches the whole history from origin") {
		t.Errorf("plan: %v, %q", err, r.messages)
	}
	if r.mustPublish("dev"); !r.said("werf fetches the whole history from origin (fetch-depth: 0") {
		t.Errorf("publish: %q", r.messages)
	}
}

// TestReportCannotBeWritten is an error, and the images are built all the same.
func TestReportCannotBeWritten(t *testing.T) {
	r := newRig(t)
	r.builds("dev", "one")
	opts := r.options("dev", nil)
	opts.Report = filepath.Join(r.home, "nosuch", "report.json")
	result, err := r.job(opts).run(t.Context(), (*job).build)
	if !errors.Is(err, os.ErrNotExist) || result.Build == nil {
		t.Errorf("%+v, %v", result, err)
	}
	opts.Report = ""
	opts.DurationsFrom = filepath.Join(r.home, "nosuch.json")
	if _, err := r.job(opts).run(t.Context(), (*job).build); exit.CodeOf(err) != exit.Usage {
		t.Errorf("durations: %v", err)
	}
	opts.DurationsFrom, opts.Images = "", []string{"helo"}
	if _, err := r.job(opts).run(t.Context(), (*job).build); exit.CodeOf(err) != exit.Usage || exit.HintOf(err) != "Did you mean hello?" {
		t.Errorf("unknown image: %v (%s)", err, exit.HintOf(err))
	}
}

// codeOf returns the exit code that the command line gives err.
func codeOf(err error) exit.Code {
	if _, ok := errors.AsType[*publish.RefusedError](err); ok {
		return exit.Violated
	}
	return exit.CodeOf(err)
}

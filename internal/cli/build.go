package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/build/isolate"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/internal/progress"
	"github.com/modship/modship/internal/settings"
	"github.com/modship/modship/internal/werfenv"
)

// buildOptions holds the flags of the commands that build.
type buildOptions struct {
	common
	Images  []string
	All     bool
	Workers int
	Report  string
	Shard   string

	AsCI          bool
	Against       string
	Watch         bool
	DurationsFrom string
	Timeline      string
	Trace         string
}

func (o *buildOptions) addBuild(fs *pflag.FlagSet) {
	fs.BoolVar(&o.All, "all", false, "also build images that no final image needs")
	fs.BoolVar(&o.AsCI, "as-ci", false, "take CI's images, and refuse if this checkout would give others")
	o.addAgainst(fs)
	fs.BoolVar(&o.Watch, "watch", false, "build again whenever a file is saved, under a dev tag of your own; needs --dev")
	fs.IntVar(&o.Workers, "workers", 0, "`NUMBER` of images built at once ($WERF_PARALLEL_TASKS_LIMIT; default: 5)")
	fs.StringVar(&o.Report, "report", "", "write werf's build report (JSON) to this `FILE`")
	fs.StringVar(&o.DurationsFrom, "durations-from", "", "build report `FILE` with the expected durations of images that were never built here")
	fs.StringVar(&o.Timeline, "timeline", "", "write the timeline of the build (HTML) to this `FILE`")
	fs.StringVar(&o.Trace, "trace", "", "write the timeline of the build in Chrome's trace format to this `FILE`")
}

func newBuildCommand(io *streams) *cobra.Command {
	o := &buildOptions{}
	cmd := &cobra.Command{
		Use:   "build [IMAGE...]",
		Short: "Build the images of the module and push them",
		Long: `Builds the final images of werf.yaml with everything they need, or only the named
images, and pushes them to <source>/<name> under werf's content tags. Images that
the repository already has are reused.

With --as-ci, final images have the digests of CI's, or nothing is built: whatever
` + "`modship match`" + ` would name as a difference is refused.`,
		Example: `  modship build
  modship build controller webhook
  modship build --report report.json --timeline timeline.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Images = args
			return runBuild(cmd.Context(), io, o)
		},
	}
	cmd.ValidArgsFunction = o.completeImages
	fs := cmd.Flags()
	o.addTarget(fs)
	o.addTag(fs, "module `TAG` that the templates see")
	o.addBuild(fs)
	fs.StringVar(&o.Shard, "shard", "", "build part I of N (`I/N`) of a build that several machines share, or \"auto\": whatever is ready and no other machine builds")
	o.addFormat(fs, "text", "json")
	o.addProgress(fs)
	o.addWerf(cmd)
	return cmd
}

func runBuild(ctx context.Context, io *streams, o *buildOptions) error {
	if err := checkFormat(o.Format, "text", "json"); err != nil {
		return err
	}
	if o.Watch {
		return o.runWatch(ctx, io)
	}
	opts, display, err := o.prepareBuild(ctx, io)
	if err != nil {
		return err
	}
	began := time.Now()
	result, err := pipeline.Build(ctx, opts)
	if err == nil && opts.Shard != nil {
		built := len(result.Build.Images) - len(result.Build.Reused())
		display.Message("shard %s: %d built here, %d built on other machines or before", opts.Shard, built, len(result.Build.Images)-built)
	}
	display.Close()
	tidy(ctx, io, opts.Settings, began)
	io.report(ciReport("build", opts.Settings.Dir.Value, result))
	pictures := o.analyze(io, result)
	if err != nil {
		return errors.Join(err, pictures)
	}
	if o.Format == "json" {
		return errors.Join(writeJSON(io.Out, resultJSON(result)), pictures)
	}
	printImages(io.Out, result.Build.Images)
	return pictures
}

// prepareBuild makes the options of a command that builds, and opens the display.
//
// Where Buildah builds, the program is started again here, from its beginning,
// in namespaces of its own: what stands above the call of isolate.Enter runs
// twice, and nothing may be printed or begun there.
func (o *buildOptions) prepareBuild(ctx context.Context, io *streams) (pipeline.Options, progress.Display, error) {
	opts, err := o.pipelineOptions(ctx, io)
	if err != nil {
		return opts, nil, err
	}
	backend, err := useBackend(ctx)
	if err != nil {
		return opts, nil, err
	}
	if backend.Name == werfenv.Buildah {
		if err := isolate.Enter(isolate.Options{StorageDir: opts.Dirs.Containers()}); err != nil {
			return opts, nil, err
		}
	}
	setGCPercent(buildGCPercent)
	display, err := progress.New(o.Progress, io.Err, progress.Options{Fold: io.fold(o.Progress)})
	if err != nil {
		return opts, nil, exit.With(exit.Usage, err, "")
	}
	opts.Reporter = display
	for _, note := range opts.Settings.Notes {
		display.Message("note: %s", note)
	}
	display.Message("backend: %s (%s)", backend.Name, backend.Reason)
	if !o.AsCI {
		return opts, display, nil
	}
	if opts, err = pipeline.AsCI(ctx, opts, o.Against); err != nil {
		display.Close()
		return opts, nil, err
	}
	return opts, display, nil
}

func (o *buildOptions) addAgainst(fs *pflag.FlagSet) {
	fs.StringVar(&o.Against, "against", "", "module `SOURCE` that CI publishes to; default: the one of this run")
}

// prepareLookUp makes the options of a command that looks up what a build would
// do; only notes are displayed. It needs no rights: where the namespaces of a
// build cannot be entered, images that only the container storage of this
// machine has count as not built.
//
// Like prepareBuild, it starts the program again.
func (o *buildOptions) prepareLookUp(ctx context.Context, io *streams) (pipeline.Options, error) {
	opts, err := o.pipelineOptions(ctx, io)
	if err != nil {
		return opts, err
	}
	backend, err := useBackend(ctx)
	if err != nil {
		return opts, err
	}
	if backend.Name == werfenv.Buildah {
		opts.NoStorage = isolate.Enter(isolate.Options{StorageDir: opts.Dirs.Containers(), Optional: true}) != nil
	}
	return o.quiet(io, opts)
}

// quiet displays notes only.
func (o *buildOptions) quiet(io *streams, opts pipeline.Options) (_ pipeline.Options, err error) {
	if opts.Reporter, err = progress.New(progress.Quiet, io.Err, progress.Options{}); err != nil {
		return opts, err
	}
	opts.Note = func(text string) { fmt.Fprintln(io.Err, text) }
	printNotes(io, opts.Settings)
	return opts, nil
}

// pipelineOptions checks the flags and resolves the settings.
func (o *buildOptions) pipelineOptions(ctx context.Context, io *streams) (pipeline.Options, error) {
	var opts pipeline.Options
	if o.Workers < 0 {
		return opts, exit.With(exit.Usage, fmt.Errorf("--workers %d: expected at least 1", o.Workers), "")
	}
	for flag, file := range map[string]string{"--report": o.Report, "--timeline": o.Timeline, "--trace": o.Trace} {
		if err := checkOutput(flag, file); err != nil {
			return opts, err
		}
	}
	if o.Against != "" && !o.AsCI {
		return opts, exit.With(exit.Usage, errors.New("--against says where CI's images are"), "Add --as-ci.")
	}
	shard, err := parseShard(o.Shard)
	if err != nil {
		return opts, err
	}
	s, err := o.resolve(ctx)
	return pipeline.Options{
		Settings: s, Dirs: settings.UserDirs(), Flags: o.flags, Shard: shard, Charts: io.Charts,
		Images: o.Images, All: o.All, Workers: o.Workers, Report: o.Report, DurationsFrom: o.DurationsFrom,
	}, err
}

// useBackend chooses the container backend, for werf to use.
func useBackend(ctx context.Context) (werfenv.BackendChoice, error) {
	backend, err := werfenv.ChooseBackend(ctx)
	if err != nil {
		return backend, err
	}
	return backend, backend.Use()
}

func printImages(w io.Writer, images []build.Image) {
	for _, img := range images {
		if img.Final {
			fmt.Fprintf(w, "%s\t%s@%s\n", img.Name, img.Ref, img.Digest)
		}
	}
}

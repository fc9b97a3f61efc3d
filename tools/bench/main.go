// Command bench measures modship beside its peers in the same run: werf's own
// command line for builds and graphs, crane's commands in the order of the
// official CI action for publishing. It needs root, makes its own modules and
// registries, and gives each side its own home and container storage.
//
//	task bench -- [--quick] [--runs N] [--output FILE] [case...]
//
// Without names it runs all cases; --list shows them.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// A benchmark is one case: it returns the rows of a table.
type benchmark struct {
	name  string
	title string
	note  string // what is behind the figures; may be empty
	run   func(ctx context.Context, r *rig) ([]row, error)
}

var benchmarks = []benchmark{
	{
		"chains", "Three chains of three images, 6/1/1, 1/6/1 and 1/1/6 seconds, 5 workers",
		"werf builds level by level: 18 s of sleep are on its way, 8 s on that of a build without levels.", chains,
	},
	{
		"chain", "A chain of six images, each with an import from the one before and an empty command",
		"What a stage costs beside its commands: Buildah's processes, committing, compressing, pushing.", chain,
	},
	{
		"large", "One image with a layer of 1 GB that does not compress, registry on the same machine",
		"What has to stay the same whatever the size of a layer is the memory.", large,
	},
	{
		"sixty", "60 images (20 import, one imports 10 and depends on 20), registry on the same machine",
		"", sixty,
	},
	{
		"sixty-40ms", "The same with 40 ms added to every registry request",
		"werf pings /v2/ before every read and looks for a mark of rejection with every stage. modship reads stages through one session (internal/build/reads.go), takes the marks from the list of tags, looks at 16 images at once where werf's cache is empty, and reads what the last build asked about imports before werf asks. Digests are werf's own.", sixtyFar,
	},
	{
		"recorded", "The graph of the module virtualization (66 images, 90 edges), a file for each image, registry on the same machine",
		"The graph is not made for the bench: what each image of the real module is made from, with all contents replaced.", recorded,
	},
	{
		"watch", "A file of one image of 60 is saved beside a running `modship build --watch`",
		"What is saved goes into the image, another one and the bundle. The peer is a build of the one image by hand, in a module that is otherwise built.", watch,
	},
	{
		"graph", "The graph of a module: `modship graph --all --format json` beside `werf config graph`",
		"Catalogue: images that only give names to base images by digest. Large: long shell sections, two imports for most images. werf's configuration reader is in both sides; explain compares two commits, so it reads the configuration twice.", graphs,
	},
	{
		"scheduler", "The scheduler (pkg/schedule) with tasks that do nothing, 16 workers",
		"", scheduler,
	},
	{
		"makespan", "Wall time over the lower bound, 400 random module-like graphs for each size, simulated",
		"No schedule can be shorter than the bound; levels is what werf's way takes.", makespan,
	},
	{
		"shards", "One build on several machines that do one image at a time, simulated; durations of fixed parts are off by half",
		"A transfer of 3 s is counted for each image that needs one of another machine. No schedule can be shorter than the bound.", sharding,
	},
	{
		"publish", "Publishing on channel alpha, promoting to beta, copying (60 digests); registries with Bearer tokens",
		"The registry's part only, without build and contract checks: pkg/publish with one session for each step beside crane's commands in the order of the official CI action, and for the copy one `crane copy` for each image. As in `modship publish`, the two manifests are known from the checks. Beside what crane writes, a publish and a promotion write an entry and look for those of others before and after.", publishing,
	},
}

func main() {
	if len(os.Args) > 3 && os.Args[1] == launch {
		os.Exit(launchMain(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := bench(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "tiny sizes, one run: only to see that it works")
	runs := flags.Int("runs", 3, "how often each side is measured; medians are shown")
	output := flags.String("output", "", "write the page to this file too")
	list := flags.Bool("list", false, "list the cases")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *list {
		for _, b := range benchmarks {
			fmt.Fprintf(out, "%-12s %s\n", b.name, b.title)
		}
		return nil
	}
	chosen, err := choose(flags.Args())
	if err != nil {
		return err
	}
	r, err := newRig(rigOptions{Runs: *runs, Quick: *quick, Log: log})
	if err != nil {
		return err
	}
	defer r.close()
	page := newPage(strings.Join(args, " "), r.runs)
	for _, b := range chosen {
		r.logf("%s: %s", b.name, b.title)
		rows, err := b.run(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		page.add(b, rows)
		fmt.Fprint(log, rowsText(rows))
	}
	text := page.text()
	if _, err := io.WriteString(out, text); err != nil || *output == "" {
		return err
	}
	return os.WriteFile(*output, []byte(text), 0o644)
}

func choose(names []string) ([]benchmark, error) {
	if len(names) == 0 {
		return benchmarks, nil
	}
	var chosen []benchmark
	for _, name := range names {
		i := slices.IndexFunc(benchmarks, func(b benchmark) bool { return b.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no case %q: --list shows them", name)
		}
		chosen = append(chosen, benchmarks[i])
	}
	return chosen, nil
}

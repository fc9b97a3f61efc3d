package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/modship/modship/internal/build"
	"github.com/modship/modship/internal/exit"
	"github.com/modship/modship/internal/pipeline"
	"github.com/modship/modship/pkg/schedule"
)

type matrixOptions struct {
	buildOptions
	Shards int
}

var matrixFormats = []string{"github", "gitlab", "json"}

func newMatrixCommand(io *streams) *cobra.Command {
	o := &matrixOptions{}
	cmd := &cobra.Command{
		Use:   "matrix --shards N [IMAGE...]",
		Short: "Print a CI matrix that spreads one build over several runners",
		Long: `Divides the images that have to be built into at most N parts, balanced by how
long images took before, and prints a matrix of CI jobs. Each job runs
modship build --shard with its part. There are fewer parts if more runners would
only wait, and none if there is nothing to build.

github  {"shard":["1/2","2/2"]}, for fromJSON in strategy.matrix
gitlab  the keyword parallel of a hidden job .shards, to be included
json    the parts with their images and expected seconds of work`,
		Example: `  modship matrix --shards 4 --format github >> "$GITHUB_OUTPUT"
  modship matrix --shards 4 --format gitlab > shards.yml
  modship build --shard 2/4`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Images = args
			return runMatrix(cmd.Context(), io, o)
		},
	}
	cmd.ValidArgsFunction = o.completeImages
	fs := cmd.Flags()
	o.addTarget(fs)
	o.addTag(fs, "module `TAG` that the templates see")
	fs.IntVar(&o.Shards, "shards", 0, "at most this `NUMBER` of runners")
	fs.BoolVar(&o.All, "all", false, "also build images that no final image needs")
	fs.StringVar(&o.DurationsFrom, "durations-from", "", "build report `FILE` with the expected durations of images that were never built here")
	o.addFormat(fs, matrixFormats...)
	o.addWerf(cmd)
	return cmd
}

func runMatrix(ctx context.Context, io *streams, o *matrixOptions) error {
	if err := checkFormat(o.Format, matrixFormats...); err != nil {
		return err
	}
	if o.Shards < 1 {
		return exit.With(exit.Usage, fmt.Errorf("--shards %d: expected at least 1", o.Shards), "Give the number of runners, such as --shards 4.")
	}
	opts, err := o.prepareLookUp(ctx, io)
	if err != nil {
		return err
	}
	result, err := pipeline.PlanBuild(ctx, opts)
	if err != nil {
		return err
	}
	parts, err := result.Planned.Split(o.Shards)
	if err != nil {
		return err
	}
	return printMatrix(io.Out, o.Format, newMatrix(parts, result.Planned.Work))
}

// shardPart is one part of a build, and a job of the matrix.
type shardPart struct {
	Shard   string   `json:"shard"`
	Images  []string `json:"images"`
	Seconds float64  `json:"seconds"` // of work; images that were never built do not count
}

func newMatrix(parts [][]string, work []schedule.Task) []shardPart {
	weight := map[string]time.Duration{}
	for _, task := range work {
		weight[task.ID] = max(0, task.Weight)
	}
	matrix := []shardPart{}
	for i, ids := range parts {
		part := shardPart{Shard: build.Shard{Index: i + 1, Count: len(parts)}.String()}
		for _, id := range ids {
			part.Images = append(part.Images, strings.TrimPrefix(id, "image:"))
			part.Seconds += weight[id].Seconds()
		}
		matrix = append(matrix, part)
	}
	return matrix
}

func printMatrix(w io.Writer, format string, matrix []shardPart) error {
	shards := []string{}
	for _, part := range matrix {
		shards = append(shards, strconv.Quote(part.Shard))
	}
	var err error
	switch {
	case format == "json":
		return writeJSON(w, map[string]any{"shards": matrix})
	case format == "github":
		_, err = fmt.Fprintf(w, "{\"shard\":[%s]}\n", strings.Join(shards, ","))
	case len(shards) == 0:
		_, err = fmt.Fprint(w, ".shards:\n  rules:\n    - when: never\n")
	default:
		_, err = fmt.Fprintf(w, ".shards:\n  parallel:\n    matrix:\n      - SHARD: [%s]\n", strings.Join(shards, ", "))
	}
	return err
}

// parseShard reads the value of --shard; an empty one is no shard.
func parseShard(text string) (*build.Shard, error) {
	switch text {
	case "":
		return nil, nil
	case "auto":
		return &build.Shard{}, nil
	}
	index, count, ok := strings.Cut(text, "/")
	i, errIndex := strconv.Atoi(index)
	n, errCount := strconv.Atoi(count)
	if !ok || errIndex != nil || errCount != nil || i < 1 || i > n {
		return nil, exit.With(exit.Usage, fmt.Errorf("--shard %q: expected I/N with I from 1 to N, or auto", text), "`modship matrix` prints the parts.")
	}
	return &build.Shard{Index: i, Count: n}, nil
}

package scaffold

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestTriggers(t *testing.T) {
	for on, want := range map[string]struct{ branches, tags bool }{
		`push`:                                  {true, true},
		`[push, pull_request]`:                  {true, true},
		`pull_request`:                          {true, false},
		`{push: }`:                              {true, true},
		`{push: {branches: [main]}}`:            {true, false},
		`{push: {branches-ignore: [x]}}`:        {true, false},
		`{push: {tags: ["v*"]}}`:                {false, true},
		`{push: {tags: ["v*"], branches: [a]}}`: {true, true},
		`{push: {paths: [images]}}`:             {true, true},
		`{push: {tags: ["v*"]}, pull_request: , schedule: [{cron: "0 0 * * *"}]}`: {true, true},
		`{push: {branches: [main]}, schedule: [{cron: "0 0 * * *"}]}`:             {true, false},
		`{workflow_dispatch: {inputs: {tag: {type: string}}}, workflow_call: }`:   {false, false},
	} {
		var w workflow
		if err := yaml.Unmarshal([]byte("on: "+on), &w); err != nil {
			t.Fatal(err)
		}
		if branches, tags := w.triggers(); branches != want.branches || tags != want.tags {
			t.Errorf("%s: branches %t, tags %t", on, branches, tags)
		}
	}
}

package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/modship/modship/pkg/schedule"
)

func tasks() []schedule.Task {
	return []schedule.Task{
		{ID: "compile", Weight: 6 * time.Second},
		{ID: "generate", Weight: time.Second},
		{ID: "test", Needs: []string{"compile", "generate"}, Weight: 3 * time.Second},
		{ID: "package", Needs: []string{"compile"}, Weight: time.Second},
	}
}

// Do runs tasks in an order in which each comes after those it needs.
func ExampleDo() {
	run, err := schedule.Do(context.Background(), tasks(), schedule.DoOptions{Workers: 1}, func(_ context.Context, id string) error {
		fmt.Println(id)
		return nil
	})
	fmt.Println(len(run.Spans), err)
	// Output:
	// compile
	// generate
	// test
	// package
	// 4 <nil>
}

// A failure stops what has not been started; the error says which tasks failed
// and which were not run because of them.
func ExampleError() {
	_, err := schedule.Do(context.Background(), tasks(), schedule.DoOptions{Workers: 1}, func(_ context.Context, id string) error {
		if id == "generate" {
			return errors.New("no such template")
		}
		return nil
	})
	if failed, ok := errors.AsType[*schedule.Error](err); ok {
		fmt.Println(failed.Failed)
		fmt.Println(failed.NotRun)
	}
	// Output:
	// map[generate:no such template]
	// map[package:[] test:[generate]]
}

// Simulate predicts a run; LowerBound says how far it is from the best.
func ExampleSimulate() {
	run, err := schedule.Simulate(tasks(), schedule.SimulateOptions{Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	bound, err := schedule.LowerBound(tasks(), 2)
	fmt.Println(run.Wall(), bound, err)
	// Output: 9s 9s <nil>
}

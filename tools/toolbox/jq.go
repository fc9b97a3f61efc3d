package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/itchyny/gojq"
	"github.com/spf13/pflag"
)

// jqOptions are jq's options of the same letters. The front end is ours because
// gojq's own one needs a YAML module that the Go proxy does not serve.
type jqOptions struct {
	null, raw, rawInput, compact, slurp, join, exitStatus bool
	names                                                 []string // of variables, with $
	values                                                []any
}

func jq(c *call) error {
	var o jqOptions
	if err := o.takeVariables(c); err != nil {
		return err
	}
	args, err := c.parse(o.define)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errOperand
	}
	query, err := gojq.Parse(args[0])
	if err != nil {
		return err
	}
	inputs := newDocuments(c, o, args[1:])
	code, err := gojq.Compile(query, gojq.WithVariables(o.names), gojq.WithInputIter(inputs),
		gojq.WithEnvironLoader(os.Environ))
	if err != nil {
		return err
	}
	return o.run(c, code, inputs)
}

func (o *jqOptions) define(f *pflag.FlagSet) {
	f.BoolVarP(&o.null, "null-input", "n", false, "")
	f.BoolVarP(&o.raw, "raw-output", "r", false, "")
	f.BoolVarP(&o.rawInput, "raw-input", "R", false, "")
	f.BoolVarP(&o.compact, "compact-output", "c", false, "")
	f.BoolVarP(&o.slurp, "slurp", "s", false, "")
	f.BoolVarP(&o.join, "join-output", "j", false, "")
	f.BoolVarP(&o.exitStatus, "exit-status", "e", false, "")
	f.BoolP("sort-keys", "S", false, "") // keys are always sorted
}

// takeVariables removes --arg NAME VALUE and --argjson NAME JSON, which pflag
// cannot read, from the arguments.
func (o *jqOptions) takeVariables(c *call) error {
	var rest []string
	for i := 0; i < len(c.args); i++ {
		word := c.args[i]
		if word != "--arg" && word != "--argjson" {
			rest = append(rest, word)
			continue
		}
		if i+2 >= len(c.args) {
			return fmt.Errorf("%s needs a name and a value", word)
		}
		var value any = c.args[i+2]
		if word == "--argjson" {
			if err := json.Unmarshal([]byte(c.args[i+2]), &value); err != nil {
				return fmt.Errorf("--argjson %s: %w", c.args[i+1], err)
			}
		}
		o.names, o.values = append(o.names, "$"+c.args[i+1]), append(o.values, value)
		i += 2
	}
	c.args = rest
	return nil
}

func (o *jqOptions) run(c *call, code *gojq.Code, inputs gojq.Iter) error {
	var last any
	for {
		var document any
		if !o.null {
			next, more := inputs.Next()
			if !more {
				break
			}
			if err, failed := next.(error); failed {
				return err
			}
			document = next
		}
		results := code.Run(document, o.values...)
		for value, more := results.Next(); more; value, more = results.Next() {
			if err, failed := value.(error); failed {
				return err
			}
			if last = value; o.write(c, value) != nil {
				return status(2)
			}
		}
		if o.null {
			break
		}
	}
	if o.exitStatus && (last == nil || last == false) {
		return status(1)
	}
	return nil
}

func (o *jqOptions) write(c *call, value any) error {
	end := "\n"
	if o.join {
		end = ""
	}
	if text, isText := value.(string); isText && (o.raw || o.join) {
		_, err := io.WriteString(c.stdout, text+end)
		return err
	}
	encoded, err := gojq.Marshal(value)
	if err != nil {
		return err
	}
	if !o.compact {
		var indented bytes.Buffer
		if err := json.Indent(&indented, encoded, "", "  "); err != nil {
			return err
		}
		encoded = indented.Bytes()
	}
	_, err = c.stdout.Write(append(encoded, end...))
	return err
}

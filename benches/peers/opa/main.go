// Command opa decides the events of a file with OPA's Go SDK: one prepared query, from the event's bytes to the
// messages.
//
//	opa -events events.ndjson -query data.opapolicy.deny [-v0] [-data data.json] [-each] policy.rego ...
//	opa -load -query data.many.deny [-v0] folder ...
//
// With -load it only prepares the query over the policies of folders, and prints how many ms that took, the reading of
// files left out. Otherwise it says "ready" and then obeys lines on standard input:
//
//	answers FILE  writes one line an event, the sorted messages as a JSON array, or {"error": "..."}
//	round         decides every event once and prints how many ns that took in all
//	value FILE    writes the value that the first event gives, as JSON
//	time COUNT    evaluates the first event so often, and prints how many ns that took in all
//
// With -each, every policy is a unit of its own and an answer is an object from the policy's name to its messages;
// without it all policies are loaded together and answer one query.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"
)

// unit is a prepared query and the name of the policy that it asks; the name is empty for all policies together.
type unit struct {
	name  string
	query rego.PreparedEvalQuery
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "opa:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	eventsPath := flag.String("events", "", "file of events, one JSON document a line")
	query := flag.String("query", "", "what to ask")
	v0 := flag.Bool("v0", false, "policies are Rego v0")
	dataPath := flag.String("data", "", "base data, JSON")
	each := flag.Bool("each", false, "evaluate each policy by itself")
	load := flag.Bool("load", false, "print what loading folders takes")
	flag.Parse()

	if *load {
		return timeLoading(ctx, flag.Args(), *query, *v0)
	}

	events, err := readLines(*eventsPath)
	if err != nil {
		return err
	}
	data := map[string]any{}
	if *dataPath != "" {
		text, err := os.ReadFile(*dataPath)
		if err != nil {
			return err
		}
		if err := util.UnmarshalJSON(text, &data); err != nil {
			return err
		}
	}
	units, err := prepare(ctx, flag.Args(), *query, *v0, *each, data)
	if err != nil {
		return err
	}
	fmt.Println("ready")

	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		command, argument, _ := strings.Cut(commands.Text(), " ")
		switch command {
		case "answers":
			if err := writeAnswers(ctx, units, events, argument, *each); err != nil {
				return err
			}
			fmt.Println("written")
		case "round":
			begin := time.Now()
			for _, event := range events {
				for _, unit := range units {
					_, _ = decide(ctx, unit, event)
				}
			}
			fmt.Println(time.Since(begin).Nanoseconds())
		case "value":
			value, err := evaluate(ctx, units[0], events[0])
			if err != nil {
				return err
			}
			text, err := json.Marshal(value)
			if err != nil {
				return err
			}
			if err := os.WriteFile(argument, text, 0o644); err != nil {
				return err
			}
			fmt.Println("written")
		case "time":
			count, err := strconv.Atoi(argument)
			if err != nil {
				return err
			}
			begin := time.Now()
			for range count {
				_, _ = evaluate(ctx, units[0], events[0])
			}
			fmt.Println(time.Since(begin).Nanoseconds())
		default:
			return fmt.Errorf("unknown command %q", command)
		}
	}
	return commands.Err()
}

// timeLoading prints the ms from the texts in folders to a prepared query.
func timeLoading(ctx context.Context, folders []string, query string, v0 bool) error {
	version := ast.RegoV1
	if v0 {
		version = ast.RegoV0
	}
	for _, folder := range folders {
		paths, err := filepath.Glob(filepath.Join(folder, "*.rego"))
		if err != nil {
			return err
		}
		options := []func(*rego.Rego){rego.Query(query), rego.SetRegoVersion(version)}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			options = append(options, rego.Module(path, string(text)))
		}
		begin := time.Now()
		if _, err := rego.New(options...).PrepareForEval(ctx); err != nil {
			return err
		}
		fmt.Printf("%-24s %10.1f ms\n", filepath.Base(folder), float64(time.Since(begin).Microseconds())/1000)
	}
	return nil
}

func readLines(path string) ([][]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")), nil
}

func prepare(ctx context.Context, paths []string, query string, v0, each bool, data map[string]any) ([]unit, error) {
	version := ast.RegoV1
	if v0 {
		version = ast.RegoV0
	}
	// Base data as Rego's values rather than Go's, which is what suits OPA best.
	store := inmem.NewFromObjectWithOpts(data, inmem.OptReturnASTValuesOnRead(true))
	common := []func(*rego.Rego){rego.Query(query), rego.SetRegoVersion(version), rego.Store(store)}
	var groups [][]string
	if each {
		for _, path := range paths {
			groups = append(groups, []string{path})
		}
	} else {
		groups = [][]string{paths}
	}
	var units []unit
	for _, group := range groups {
		options := slices.Clone(common)
		for _, path := range group {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			options = append(options, rego.Module(path, string(text)))
		}
		prepared, err := rego.New(options...).PrepareForEval(ctx)
		if err != nil {
			return nil, err
		}
		name := ""
		if each {
			name = strings.TrimSuffix(filepath.Base(group[0]), ".rego")
		}
		units = append(units, unit{name, prepared})
	}
	return units, nil
}

// evaluate gives the value of the query for an event, from its bytes.
func evaluate(ctx context.Context, unit unit, event []byte) (any, error) {
	input, err := ast.ValueFromReader(bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	results, err := unit.query.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, nil
	}
	return results[0].Expressions[0].Value, nil
}

// decide gives the messages of an event, in OPA's order of values.
func decide(ctx context.Context, unit unit, event []byte) ([]any, error) {
	value, err := evaluate(ctx, unit, event)
	messages, _ := value.([]any)
	return messages, err
}

func writeAnswers(ctx context.Context, units []unit, events [][]byte, path string, each bool) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, event := range events {
		answers := map[string]any{}
		for _, unit := range units {
			messages, err := decide(ctx, unit, event)
			switch {
			case err != nil:
				answers[unit.name] = map[string]any{"error": err.Error()}
			case messages == nil:
				answers[unit.name] = []any{}
			default:
				answers[unit.name] = messages
			}
		}
		var answer any = answers
		if !each {
			answer = answers[""]
		}
		if err := lines.Encode(answer); err != nil {
			return err
		}
	}
	return out.Flush()
}

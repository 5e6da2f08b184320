// Command opa calls builtins of OPA's, one call a line, and says what they give.
//
// A call is an array of the builtin's name and its arguments. The answer is an array: ["value", V], ["undefined"],
// ["error", CODE, MESSAGE], or ["panic", MESSAGE] where OPA itself is at fault. Values are JSON, but for what JSON does not
// have or does not keep: {"number": "1e3"}, {"set": [...]}, {"object": [[key, value], ...]}, and {"bytes": [...]} for
// strings that are not UTF-8. An empty line sends off the answers that were given since the last one.
//
// It is now always the same instant, zones and randomness are fixed, and the network is not asked: those who call leave out
// what needs it.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
)

// now is the instant of each call, in ns since 1970; fuzz/src/oracle.rs has the same.
const now = "1750000000000000000"

// longest is how long a call may take; then this process ends, and whoever asked starts another.
const longest = 10 * time.Second

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "opa:", err)
		os.Exit(1)
	}
}

func run() error {
	time.Local = time.UTC
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return nil
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if len(line) == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
			continue
		}
		answer, err := answer(line)
		if err != nil {
			return fmt.Errorf("%w: %s", err, line)
		}
		encoded, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(encoded, '\n')); err != nil {
			return err
		}
	}
}

// answer says what a call gives; an error means that the line is no call.
func answer(line []byte) ([]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	var call []any
	if err := decoder.Decode(&call); err != nil {
		return nil, err
	}
	name, ok := call[0].(string)
	if !ok {
		return nil, errors.New("no name")
	}
	builtin := topdown.GetBuiltin(name)
	if builtin == nil {
		return nil, fmt.Errorf("no builtin %q", name)
	}
	operands := make([]*ast.Term, 0, len(call)-1)
	for _, argument := range call[1:] {
		value, err := fromWire(argument)
		if err != nil {
			return nil, err
		}
		operands = append(operands, value)
	}
	answers := make(chan []any, 1)
	go func() { answers <- given(builtin, operands) }()
	select {
	case answer := <-answers:
		return answer, nil
	case <-time.After(longest):
		return nil, fmt.Errorf("takes longer than %v", longest)
	}
}

func given(builtin topdown.BuiltinFunc, operands []*ast.Term) (answer []any) {
	defer func() {
		if reason := recover(); reason != nil {
			answer = []any{"panic", fmt.Sprint(reason)}
		}
	}()
	call := topdown.BuiltinContext{
		Context:      context.Background(),
		Time:         ast.NumberTerm(json.Number(now)),
		Seed:         strings.NewReader(strings.Repeat("\x00", 64)),
		Cancel:       topdown.NewCancel(),
		Cache:        builtins.Cache{},
		Capabilities: ast.CapabilitiesForThisVersion(),
	}
	var values []any
	err := builtin(call, operands, func(value *ast.Term) error {
		values = append(values, toWire(value))
		return nil
	})
	var why *topdown.Error
	var halt topdown.Halt
	switch {
	case errors.As(err, &halt):
		return []any{"error", "halt", halt.Error()}
	case errors.As(err, &why):
		return []any{"error", why.Code, why.Message}
	case err != nil:
		return []any{"error", "", err.Error()}
	case len(values) == 0:
		return []any{"undefined"}
	case len(values) == 1:
		return []any{"value", values[0]}
	default:
		return []any{"value", values}
	}
}

func fromWire(wire any) (*ast.Term, error) {
	switch wire := wire.(type) {
	case nil:
		return ast.NullTerm(), nil
	case bool:
		return ast.BooleanTerm(wire), nil
	case string:
		return ast.StringTerm(wire), nil
	case []any:
		items, err := allFromWire(wire)
		return ast.ArrayTerm(items...), err
	case map[string]any:
		for kind, content := range wire {
			switch content := content.(type) {
			case string:
				return ast.NumberTerm(json.Number(content)), nil
			case []any:
				return compositeFromWire(kind, content)
			}
		}
	}
	return nil, fmt.Errorf("no value: %v", wire)
}

func compositeFromWire(kind string, content []any) (*ast.Term, error) {
	switch kind {
	case "set":
		items, err := allFromWire(content)
		return ast.SetTerm(items...), err
	case "object":
		pairs := make([][2]*ast.Term, 0, len(content))
		for _, pair := range content {
			sides, err := allFromWire(pair.([]any))
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, [2]*ast.Term{sides[0], sides[1]})
		}
		return ast.ObjectTerm(pairs...), nil
	case "bytes":
		text := make([]byte, 0, len(content))
		for _, unit := range content {
			text = append(text, byte(unit.(float64)))
		}
		return ast.StringTerm(string(text)), nil
	}
	return nil, fmt.Errorf("no kind of value: %q", kind)
}

func allFromWire(wire []any) ([]*ast.Term, error) {
	terms := make([]*ast.Term, 0, len(wire))
	for _, item := range wire {
		term, err := fromWire(item)
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
	}
	return terms, nil
}

func toWire(term *ast.Term) any {
	switch value := term.Value.(type) {
	case ast.Null:
		return nil
	case ast.Boolean:
		return bool(value)
	case ast.Number:
		return map[string]any{"number": string(value)}
	case ast.String:
		if utf8.ValidString(string(value)) {
			return string(value)
		}
		units := make([]any, 0, len(value))
		for _, unit := range []byte(value) {
			units = append(units, unit)
		}
		return map[string]any{"bytes": units}
	case *ast.Array:
		items := make([]any, 0, value.Len())
		value.Foreach(func(item *ast.Term) { items = append(items, toWire(item)) })
		return items
	case ast.Set:
		items := make([]any, 0, value.Len())
		for _, item := range value.Slice() {
			items = append(items, toWire(item))
		}
		return map[string]any{"set": items}
	case ast.Object:
		pairs := make([]any, 0, value.Len())
		value.Foreach(func(key, inner *ast.Term) { pairs = append(pairs, []any{toWire(key), toWire(inner)}) })
		return map[string]any{"object": pairs}
	default:
		return fmt.Sprintf("no value: %T", value)
	}
}

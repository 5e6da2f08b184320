// Command fetch writes OPA's own conformance cases as JSON, one case a line.
//
// The cases belong to OPA and are not kept in this repository. They come with OPA's module, which go.mod pins, and
// are read with the loader that OPA's own tests use, so that YAML and numbers mean here what they mean there. Numbers
// keep their text.
//
//	go run . FILE
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"go/build"
	"io"
	"os"
	"path/filepath"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/test/compilecases"
)

// evaluation is a case that a query must answer. The file's folder says what it is about.
type evaluation struct {
	Kind    string `json:"kind"`
	Version string `json:"version"`
	Folder  string `json:"folder"`
	File    string `json:"file"`
	// InputFromTerm is input_term as JSON, where JSON can hold it.
	InputFromTerm any `json:"input_from_term,omitempty"`
	cases.TestCase
}

// compilation is a case of modules that must not compile.
type compilation struct {
	Kind    string `json:"kind"`
	Version string `json:"version"`
	Folder  string `json:"folder"`
	File    string `json:"file"`
	compilecases.TestCase
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: fetch FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "fetch:", err)
		os.Exit(1)
	}
}

// write writes to a file beside the target first, so that whoever finds the target finds all of it.
func write(target string) error {
	partial := fmt.Sprintf("%s.%d", target, os.Getpid())
	file, err := os.Create(partial)
	if err != nil {
		return err
	}
	defer os.Remove(partial)
	buffered := bufio.NewWriter(file)
	if err := writeCases(buffered); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(partial, target)
}

func writeCases(out io.Writer) error {
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, version := range []string{"v0", "v1"} {
		root, err := directory("cases", version)
		if err != nil {
			return err
		}
		set, err := cases.Load(root)
		if err != nil {
			return err
		}
		for _, testCase := range set.Cases {
			folder, file := place(root, testCase.Filename)
			line := evaluation{
				Kind: "evaluation", Version: version, Folder: folder, File: file,
				InputFromTerm: inputFromTerm(testCase.InputTerm), TestCase: testCase,
			}
			if err := lines.Encode(line); err != nil {
				return fmt.Errorf("%s: %w", testCase.Note, err)
			}
		}
	}
	for _, version := range []string{"v0", "v1"} {
		root, err := directory("compilecases", version)
		if err != nil {
			return err
		}
		set, err := compilecases.Load(root)
		if err != nil {
			return err
		}
		for _, testCase := range set.Cases {
			folder, file := place(root, testCase.Filename)
			line := compilation{
				Kind: "compilation", Version: version, Folder: folder, File: file, TestCase: testCase,
			}
			if err := lines.Encode(line); err != nil {
				return fmt.Errorf("%s: %w", testCase.Note, err)
			}
		}
	}
	return nil
}

// directory asks the go command where OPA's module keeps a version's cases.
func directory(kind, version string) (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	found, err := build.Import("github.com/open-policy-agent/opa/v1/test/"+kind, here, build.FindOnly)
	if err != nil {
		return "", err
	}
	return filepath.Join(found.Dir, "testdata", version), nil
}

// place cuts a path below the root into the case's folder and its file's name.
func place(root, path string) (folder, file string) {
	relative, err := filepath.Rel(root, path)
	if err != nil {
		relative = path
	}
	return filepath.ToSlash(filepath.Dir(relative)), filepath.Base(relative)
}

// inputFromTerm gives the JSON of an input that is written as a Rego term; nil where the term holds what JSON cannot.
func inputFromTerm(text *string) any {
	if text == nil {
		return nil
	}
	term, err := ast.ParseTerm(*text)
	if err != nil || !term.IsGround() {
		return nil
	}
	value, err := ast.JSON(term.Value)
	if err != nil {
		return nil
	}
	back, err := ast.InterfaceToValue(value)
	if err != nil || back.Compare(term.Value) != 0 {
		return nil
	}
	return value
}

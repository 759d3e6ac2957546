// Executes templates with Go's own text/template: one JSON string a line comes in, one JSON object a line goes out.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"text/template"
)

type answer struct {
	Out string `json:"out"`
	Err string `json:"err"`
}

func run(text string) (a answer) {
	data := map[string]any{
		"s": "hello", "i": 17, "f": 2.5, "b": true, "empty": "", "zero": 0,
		"l": []any{"a", "b", "c"}, "none": []any{},
		"m": map[string]any{"x": 1, "y": map[string]any{"z": "deep"}},
	}
	t, err := template.New("t").Option("missingkey=zero").Parse(text)
	if err != nil {
		return answer{Err: err.Error()}
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return answer{Err: err.Error()}
	}
	return answer{Out: out.String()}
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var text string
		if err := json.Unmarshal(in.Bytes(), &text); err != nil {
			panic(err)
		}
		if err := out.Encode(run(text)); err != nil {
			panic(err)
		}
	}
}

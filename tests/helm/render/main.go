// SPDX-License-Identifier: Apache-2.0

// Renders a chart as Helm does: its templates with Go's text/template, sprig's functions and Helm's own. Prints one JSON object,
// {template: text}. A cluster can be played by a file of objects that `lookup` finds.
//
//	render CHART RELEASE NAMESPACE VALUES.yaml... [-found OBJECTS.yaml]
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

type values = map[string]interface{}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) values {
	text, err := os.ReadFile(path)
	check(err)
	out := values{}
	check(yaml.Unmarshal(text, &out))
	return out
}

// As Helm: maps are merged, everything else is replaced, null takes away.
func merge(into, from values) values {
	for key, value := range from {
		below, isMap := value.(values)
		present, wasMap := into[key].(values)
		switch {
		case value == nil:
			delete(into, key)
		case isMap && wasMap:
			into[key] = merge(present, below)
		default:
			into[key] = value
		}
	}
	return into
}

func toYaml(value interface{}) string {
	text, err := yaml.Marshal(value)
	check(err)
	return strings.TrimSuffix(string(text), "\n")
}

func fromYaml(text string) values {
	out := values{}
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		return values{"Error": err.Error()}
	}
	return out
}

// What Helm adds to sprig, and what it takes away: templates see neither the environment nor the network.
func functions(root *template.Template, found []interface{}) template.FuncMap {
	all := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(all, name)
	}
	all["toYaml"], all["fromYaml"] = toYaml, fromYaml
	all["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, errors.New(message)
		}
		return value, nil
	}
	all["include"] = func(name string, data interface{}) (string, error) {
		var out strings.Builder
		err := root.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	all["lookup"] = func(api, kind, namespace, name string) values {
		for _, one := range found {
			object := one.(values)
			if object["kind"] == kind && object["metadata"].(values)["name"] == name {
				return object
			}
		}
		return values{}
	}
	return all
}

func arguments() (paths []string, found []interface{}) {
	for i := 1; i < len(os.Args); i++ {
		if os.Args[i] == "-found" {
			found = read(os.Args[i+1])["items"].([]interface{})
			i++
			continue
		}
		paths = append(paths, os.Args[i])
	}
	return paths, found
}

func main() {
	paths, found := arguments()
	chart := read(filepath.Join(paths[0], "Chart.yaml"))
	merged := read(filepath.Join(paths[0], "values.yaml"))
	for _, path := range paths[3:] {
		merged = merge(merged, read(path))
	}
	about := values{}
	for key, value := range chart {
		about[strings.ToUpper(key[:1])+key[1:]] = value
	}
	root := template.New("chart").Option("missingkey=zero")
	root.Funcs(functions(root, found))
	files, err := filepath.Glob(filepath.Join(paths[0], "templates", "*"))
	check(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		_, err = root.New(about["Name"].(string) + "/templates/" + filepath.Base(file)).Parse(string(text))
		check(err)
	}
	out := map[string]string{}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "_") {
			continue
		}
		name := about["Name"].(string) + "/templates/" + filepath.Base(file)
		var text strings.Builder
		check(root.ExecuteTemplate(&text, name, values{
			"Values":       merged,
			"Chart":        about,
			"Release":      values{"Name": paths[1], "Namespace": paths[2], "Service": "Helm", "Revision": 1, "IsInstall": true, "IsUpgrade": false},
			"Template":     values{"Name": name, "BasePath": about["Name"].(string) + "/templates"},
			"Capabilities": values{"KubeVersion": values{"Version": "v1.29.0"}},
		}))
		out[filepath.Base(file)] = strings.ReplaceAll(text.String(), "<no value>", "")
	}
	check(json.NewEncoder(os.Stdout).Encode(out))
}
